import { join, say, type Clean } from '../base/clean.ts';
import { fact } from '../state/facts.ts';
import type { Fact, Resource, Stack } from '../state/model.ts';
import type { Ability } from './row.ts';

/** What a tooltip names; the document of dependencies names all. */
const NAMED = 10;

/** What the resources of a stack need, what needs them, and how many would go along, for their tooltips. */
export function dependencyFacts({ resources, dependencies }: Stack): (resource: Resource) => readonly Fact[] {
  const names = new Map(resources.map(({ id, type, name }) => [id, say('{0} {1}', type, name)]));
  const needs = new Map<Clean, Clean[]>();
  const neededBy = new Map<Clean, Clean[]>();
  const add = (lists: Map<Clean, Clean[]>, id: Clean, other: Clean, inferred: boolean): void => {
    const name = names.get(other) ?? other;
    const list = lists.get(id) ?? [];
    lists.set(id, list);
    list.push(inferred ? say('{0} (inferred)', name) : name);
  };
  for (const { from, to, inferred } of dependencies) {
    add(needs, from, to, inferred);
    add(neededBy, to, from, inferred);
  }
  return ({ id, dependents }) => [
    ...fact(say('Depends on'), some(needs.get(id))),
    ...fact(say('Needed by'), some(neededBy.get(id))),
    ...fact(say('If it goes'), dependents === undefined ? undefined : othersText(dependents)),
  ];
}

export function dependencyAbilities({ dependencies }: Stack): readonly Ability[] {
  if (dependencies.length === 0) return [];
  const isAny = dependencies.some(({ inferred }) => inferred);
  return ['showDependencies', ...(isAny ? (['recordDependencies'] as const) : [])];
}

function some(names: readonly Clean[] = []): Clean {
  const rest = names.length - NAMED;
  return join([...names.slice(0, NAMED), rest > 0 ? say('… and {0} more', rest) : undefined], ', ');
}

function othersText(count: number): Clean {
  return count === 1 ? say('1 other resource is affected') : say('{0} other resources are affected', count);
}
