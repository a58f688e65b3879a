import { expect, onTestFinished, test } from 'vitest';
import { dependenciesKey } from '../../../../src/state/sloth/dependency-texts.ts';
import { TABLES } from '../../../../src/state/sloth/schema.ts';
import { workspace } from '../../../kit/workspace.ts';
import { read, stackOf, textOf, writeDatabase } from './reading.ts';

interface Given {
  readonly name: string;
  readonly properties?: unknown;
  readonly needs?: readonly string[];
}

/** A stack `s` of resources `s/m/t/<name>`, beside another one. */
function stackWith(resources: readonly Given[], more = ''): Promise<string> {
  const rows = resources.map(({ name, properties = {}, needs = [] }) => {
    const ids = JSON.stringify(needs.map(each => `s/m/t/${each}`));
    return `INSERT INTO resources (id, stack_id, type, name, module, properties, dependencies)
      VALUES ('s/m/t/${name}', 's', 't', '${name}', 'm', '${JSON.stringify(properties)}', '${ids}')`;
  });
  const stacks = [
    `INSERT INTO stacks (id, name) VALUES ('s', 'shop'), ('other', 'other')`,
    `INSERT INTO resources (id, stack_id, type, name, module) VALUES ('theirs', 'other', 't', 'theirs', 'm')`,
  ];
  const { file } = workspace(onTestFinished);
  return writeDatabase(
    file('stacks.db'),
    [...Object.values(TABLES).flat(), ...stacks, ...rows, more].join(';\n'),
  );
}

test('edges from both places and from properties are told apart', async () => {
  const file = await stackWith(
    [
      { name: 'network' },
      { name: 'database', needs: ['network'], properties: { subnet: '${t.network.id}' } },
      { name: 'web', properties: { urls: [{ to: 'pg://${t.database.host}' }] } },
    ],
    `INSERT INTO resource_dependencies VALUES ('s/m/t/web', 's/m/t/network', 'implicit', '')`,
  );
  const { dependencies, resources } = stackOf(await read(file), 'shop');
  const told = dependencies.map(({ from, to, type, inferred }) => [
    from.slice(6),
    to.slice(6),
    type,
    inferred,
  ]);
  expect(told).toEqual([
    ['database', 'network', 'explicit', false],
    ['web', 'network', 'implicit', false],
    ['web', 'database', 'implicit', true],
  ]);
  expect(resources.map(({ name, dependents }) => [name, dependents])).toEqual([
    ['network', 2],
    ['database', 1],
    ['web', undefined],
  ]);
});

test('circles and edges that lead nowhere are warnings about their stack', async () => {
  const file = await stackWith([
    { name: 'one', needs: ['two'] },
    { name: 'two', properties: { uses: 't.one' } },
    { name: 'alone', needs: ['alone', 'gone'] },
  ]);
  const project = await read(file);
  const { key } = stackOf(project, 'shop');
  expect(project.findings).toEqual(
    [
      {
        code: 'dependency-cycle',
        text: 'Stack shop: In a circle need each other: t one, t two. t alone needs itself.',
      },
      {
        code: 'dangling-dependency',
        text: 'Stack shop: t alone needs m/t/gone, which is not recorded.',
      },
    ].map(each => ({ ...each, severity: 'warning', key, at: { file } })),
  );
});

test('a resource of another stack is no edge that leads nowhere; of many that do, a few are told', async () => {
  const theirs = `INSERT INTO resource_dependencies VALUES ('s/m/t/one', 'theirs', 'explicit', '')`;
  expect((await read(await stackWith([{ name: 'one' }], theirs))).findings).toEqual([]);
  const many = await read(await stackWith([{ name: 'one', needs: ['a', 'b', 'c', 'd', 'e'] }]));
  expect(many.findings).toHaveLength(1);
  expect(many.findings[0]?.text).toMatch(/ t one needs m\/t\/c, which is not recorded\. And 2 more\.$/);
});

test('the document says in which order things come and go, and what needs each', async () => {
  const file = await stackWith([
    { name: 'web', needs: ['database', 'gone'] },
    { name: 'cache', needs: ['cache'] },
    { name: 'database', properties: { subnet: 't.network.id' } },
    { name: 'network' },
  ]);
  const { key } = stackOf(await read(file), 'shop');
  expect(await textOf(file, dependenciesKey(key))).toBe(`Dependencies of shop

Order of creation
  1. t network
  2. t database
  3. t web
  4. t cache

Order of destruction
  1. t cache
  2. t web
  3. t database
  4. t network

Circles, broken in the order of recording
  t cache needs itself.

What is not recorded
  t web needs m/t/gone, which is not recorded.

Inferred from references in properties, not recorded
  t database needs t network.

If one goes
  t network: needed by 2 in all, directly by t database.
  t database: needed by 1 in all, directly by t web.
`);
});
