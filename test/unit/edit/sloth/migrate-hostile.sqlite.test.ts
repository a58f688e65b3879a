import { copyFileSync, mkdirSync, renameSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { openReader } from '../../../../src/engine.ts';
import { createDatabase } from '../../../../src/state/sloth/create.ts';
import { migrationKey } from '../../../../src/state/sloth/migration-key.ts';
import type { Place } from '../../../../src/state/source.ts';
import { perform, placeOf, plan } from '../../../kit/operate.ts';
import { rowsIn } from '../../../kit/rows.ts';
import { hasSqliteShell, runScript } from '../../../kit/sqlite-shell.ts';
import { workspace } from '../../../kit/workspace.ts';

const now = () => Date.UTC(2025, 9, 10, 15);

function script(place: Place): Promise<string> {
  return openReader({}).text(place, migrationKey(place.key), new AbortController().signal);
}

/** What is in a database, without the times at which it came there. */
function undated(file: string): unknown {
  const { stacks = [], state_activity = [], ...rest } = rowsIn(file);
  return {
    ...rest,
    stacks: stacks.map(row => ({ ...row, updated_at: '' })),
    state_activity: state_activity.map(row => ({ ...row, created_at: '' })),
  };
}

test.skipIf(!hasSqliteShell)(
  'the script does the same in the shell, wherever the databases lie',
  async () => {
    const { root, sample, file } = workspace(onTestFinished);
    const folder = file(`it's 100% #1 ü`);
    mkdirSync(folder);
    renameSync(sample('sloth-runner/state.db'), `${folder}/state.db`);
    const place = await placeOf(folder, 'sloth-runner');
    const target = file('stacks.db');
    expect(runScript(target, await script(place))).toContain('3 stacks were added');
    await perform({ operation: 'sloth.migrate', input: { place, target: file('run.db') } }, { now });
    expect(undated(target)).toEqual(undated(file('run.db')));
    const before = rowsIn(target);
    expect(runScript(target, await script(place))).toContain('0 stacks were added');
    expect(rowsIn(target)).toEqual(before);
    expect(await script(place)).not.toContain('deploy-prod');
    expect(root).not.toBe('');
  },
);

test.skipIf(!hasSqliteShell)('a script that fails on the way adds nothing', async () => {
  const { file, sample } = workspace(onTestFinished);
  sample('sloth-runner/state.db');
  const place = await placeOf(file('.'), 'sloth-runner');
  const target = file('new.sqlite');
  const broken = (await script(place)).replace('INSERT INTO main.state_activity', 'INSERT INTO main.nowhere');
  expect(() => runScript(target, broken)).toThrow('no such table');
  expect(rowsIn(target)).toEqual({});
  expect(() => runScript(target, broken.replace('state.db?', 'gone.db?'))).toThrow('unable to open');
});

const cell = fc.oneof(
  { arbitrary: fc.constant(null), weight: 2 },
  fc.bigInt({ min: -3n, max: 3n }),
  // Not more digits: releases of SQLite print those in different ways.
  fc.constantFrom(1.5, 9_000_000_000_000_000n, -(10n ** 18n), 1_700_000_000n),
  fc.constantFrom(
    'a',
    'b',
    '',
    'null',
    '{}',
    '{"a":1}',
    '[1]',
    '{"a":',
    '{"a":"<&>"}',
    `it's`,
    '2025-10-07 12:00:00',
  ),
  fc.constantFrom('2025-10-07T12:00:00Z', '2025-10-07', '0x10', 'ü\u2028\u2029', '\u0001"\\'),
  fc.string({ unit: 'grapheme' }).map(text => text.replaceAll('\u0000', '')),
  fc.constantFrom('b', '{}').map(text => new TextEncoder().encode(text)),
);

const id = fc.constantFrom('a', 'b', 'c', '1', 1n, '', null);

/** Tables as the old program makes them, but that nothing in them is checked. */
const TABLES = {
  workflow_states:
    'id, name, version, status, started_at, completed_at, duration_seconds, metadata, error_msg, locked_by, created_at, updated_at',
  workflow_resources: 'id, workflow_id, type, name, action, status, attributes, created_at, updated_at',
  workflow_outputs: 'workflow_id, key, value, created_at',
};

const hostile = fc.record({
  workflow_states: fc.array(fc.tuple(id, ...Array.from({ length: 11 }, () => cell)), {
    minLength: 1,
    maxLength: 6,
  }),
  workflow_resources: fc.array(fc.tuple(fc.oneof(id, cell), id, ...Array.from({ length: 7 }, () => cell)), {
    maxLength: 8,
  }),
  workflow_outputs: fc.array(fc.tuple(id, cell, cell, cell), { maxLength: 6 }),
});

type Hostile = typeof hostile extends fc.Arbitrary<infer T> ? T : never;

function write(file: string, content: Hostile): void {
  const database = new DatabaseSync(file);
  for (const [table, columns] of Object.entries(TABLES)) {
    database.exec(`CREATE TABLE ${table} (${columns})`);
    for (const row of content[table as keyof Hostile])
      // the same names
      database.prepare(`INSERT INTO ${table} VALUES (${row.map(() => '?').join(', ')})`).run(...row);
  }
  database.close();
}

const RUNS = 40;

test.skipIf(!hasSqliteShell)(
  'whatever an old database holds is migrated or named, and the script agrees',
  async () => {
    let added = 0;
    const existing = workspace(onTestFinished).file('stacks.db');
    await createDatabase(existing, each => {
      each.run(`INSERT INTO stacks (id, name) VALUES ('a', 'a'), ('b', 'other')`);
      each.run(`INSERT INTO resources (id, stack_id, type, name, module) VALUES ('c', 'a', 'a', 'b', '')`);
    });
    await fc.assert(
      fc.asyncProperty(hostile, fc.boolean(), async (content, isNew) => {
        const { root, file } = workspace(onTestFinished);
        write(file('state.db'), content);
        const place = await placeOf(root, 'sloth-runner');
        const [target, other] = [file('run.db'), file('script.db')];
        if (!isNew) for (const each of [target, other]) copyFileSync(existing, each);
        const request = { operation: 'sloth.migrate', input: { place, target } };
        const { changes, findings } = await plan(request, now);
        const numbers = changes
          .slice(0, 3)
          .map(({ to }) => JSON.stringify(to).match(/\d+/g)?.map(Number) ?? []);
        const sums = numbers.map(each => each.reduce((sum, number) => sum + number, 0));
        expect(sums).toEqual(Object.values(content).map(({ length }) => length));
        runScript(other, await script(place));
        if (numbers[0]?.[0] === 0) {
          expect(findings.map(({ code }) => code)).toContain('nothing-to-do');
          return;
        }
        added++;
        expect((await perform(request, { now })).verdict).toEqual({ state: 'verified' });
        expect(undated(target)).toEqual(undated(other));
        const project = await openReader({}).read(
          await placeOfFile(target),
          {},
          new AbortController().signal,
        );
        expect(project.findings.filter(({ severity }) => severity === 'error')).toEqual([]);
        const { stacks = [], resources = [] } = rowsIn(target);
        const empty = [...stacks, ...resources].filter(({ description, module }) =>
          [description, module].some(each => String(each).toLowerCase().startsWith('migrated')),
        );
        const never = ['completed_at', 'last_applied'];
        for (const row of empty)
          for (const [column, value] of Object.entries(row))
            if (!never.includes(column)) expect(value, column).not.toBeNull();
      }),
      { numRuns: RUNS },
    );
    expect(added).toBeGreaterThan(RUNS / 4);
  },
);

async function placeOfFile(file: string): Promise<Place> {
  const { places } = await openReader({}).find(file, new AbortController().signal);
  const [place] = places;
  if (!place) throw new Error('no database');
  return place;
}
