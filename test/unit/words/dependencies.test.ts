import { expect, test } from 'vitest';
import { clean } from '../../../src/base/clean.ts';
import type { Stack } from '../../../src/state/model.ts';
import { dependencyAbilities, dependencyFacts } from '../../../src/words/dependencies.ts';

function resource(name: string, dependents?: number) {
  const text = clean(name);
  return { id: text, type: clean('t'), name: text, ...(dependents && { dependents }) };
}

function edge(from: string, to: string, inferred = false) {
  return { from: clean(from), to: clean(to), type: clean('explicit'), dangling: false, inferred };
}

// A stack is large; only its resources and edges matter here.
function stack(resources: readonly object[], dependencies: readonly object[]): Stack {
  return { resources, dependencies } as unknown as Stack;
}

function facts(of: Stack, name: string): Readonly<Record<string, string>> {
  const found = of.resources.find(each => each.name === name);
  const all = found ? dependencyFacts(of)(found) : [];
  return Object.fromEntries(all.map(each => [each.name, each.value]));
}

test('a resource says what it needs, what needs it, and how many go along', () => {
  const shop = stack(
    [resource('network', 2), resource('database', 1), resource('web')],
    [edge('database', 'network'), edge('web', 'database', true), edge('web', 'elsewhere')],
  );
  expect(facts(shop, 'network')).toEqual({
    'Needed by': 't database',
    'If it goes': '2 other resources are affected',
  });
  expect(facts(shop, 'database')).toEqual({
    'Depends on': 't network',
    'Needed by': 't web (inferred)',
    'If it goes': '1 other resource is affected',
  });
  expect(facts(shop, 'web')).toEqual({ 'Depends on': 't database (inferred), elsewhere' });
  expect(dependencyAbilities(shop)).toEqual(['showDependencies', 'recordDependencies']);
});

test('of many a few are named, and nothing is offered where there is nothing', () => {
  const names = Array.from({ length: 13 }, (_, index) => `n${index}`);
  const hub = stack(
    ['hub', ...names].map(name => resource(name)),
    names.map(name => edge(name, 'hub')),
  );
  expect(facts(hub, 'hub')['Needed by']).toMatch(/^t n0, .*t n9, … and 3 more$/);
  expect(dependencyAbilities(hub)).toEqual(['showDependencies']);
  expect(dependencyAbilities(stack([resource('hub')], []))).toEqual([]);
});
