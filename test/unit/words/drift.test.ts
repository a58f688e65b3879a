import { expect, onTestFinished, test } from 'vitest';
import { clean, type CleanJson } from '../../../src/base/clean.ts';
import { keyOf } from '../../../src/base/finding.ts';
import { appendFacts } from '../../../src/state/own.ts';
import { isPending } from '../../../src/state/pending.ts';
import { driftKey, ignoredFact, sourceFact } from '../../../src/state/sloth/drift.ts';
import type { Drift } from '../../../src/state/model.ts';
import { driftRow } from '../../../src/words/drift.ts';
import { printRows } from '../../../src/words/rows.ts';
import { DAY } from '../../kit/times.ts';
import { workspace } from '../../kit/workspace.ts';
import { read, stackOf, textOf, writeDatabase } from '../state/sloth/reading.ts';

const NOW = Date.UTC(2025, 9, 12, 12);

/** The stack `staging-db` of the sample, whose drift is ignored, with facts of our own about it. */
async function sample(facts: 'none' | 'some' = 'some') {
  const space = workspace(onTestFinished);
  const file = space.sample('sloth-runner/stacks.db');
  if (facts === 'some') {
    await appendFacts(
      space.root,
      [
        sourceFact(file, 4, clean('snapshot 2')),
        ignoredFact(file, 4, NOW + DAY, clean('Until the token=abcdef is changed')),
        sourceFact(space.file('other.db'), 4, clean('another database')),
      ],
      NOW,
    );
  }
  return { file, stack: stackOf(await read(file), 'staging-db') };
}

const rowAt = (stack: Awaited<ReturnType<typeof sample>>['stack'], at: number) =>
  stack.drift.filter(({ drifted }) => drifted).map(drift => driftRow(stack, drift, at));

test('a drift says what differs, from where that is known, and why it is let be', async () => {
  const { stack } = await sample();
  expect(
    printRows(rowAt(stack, NOW))
      .split('\n')
      .map(line => line.trimStart()),
  ).toEqual([
    'v postgres-staging  database · version, instance_type, multi_az · ignored until 2025-10-13 · Until the token=•••••• is changed · from snapshot 2 · 1 d ago',
    'instance_type: db.t3.medium → db.t3.large',
    'version: 14.5 → 14.9',
    '+ multi_az: false',
  ]);
});

test('a drift is open again after that day', async () => {
  const { stack } = await sample();
  const [row] = rowAt(stack, NOW + 2 * DAY);
  expect(row?.description).toContain('pending again, was ignored until 2025-10-13 · from snapshot 2');
  expect([row?.icon, row?.abilities]).toEqual([
    'drift',
    ['showDrift', 'resolveDrift', 'ignoreDrift', 'adoptDrift'],
  ]);
});

test('without facts of ours it is what sloth-runner recorded', async () => {
  const { stack } = await sample('none');
  const [drift] = stack.drift.filter(({ drifted }) => drifted);
  expect([drift?.ignored, drift?.source]).toEqual([undefined, undefined]);
  expect(rowAt(stack, NOW)[0]).toMatchObject({
    description: 'database · version, instance_type, multi_az · ignored · 1 d ago',
    abilities: ['showDrift', 'reopenDrift'],
  });
});

test('a great many differences are shown in part', async () => {
  const { stack } = await sample();
  const values = (value: number): CleanJson =>
    Object.fromEntries(Array.from({ length: 130 }, (_, index) => [`field ${index}`, value]));
  const drift: Drift = {
    key: keyOf('d'),
    resource: clean('r'),
    drifted: true,
    resolution: clean('pending'),
    fields: [],
    expected: values(1),
    actual: values(2),
  };
  const { children } = driftRow(stack, drift, NOW);
  expect(children).toHaveLength(101);
  expect(children?.at(-1)?.label).toBe('… and 30 more');
  expect(isPending(drift, NOW)).toBe(true);
});

test('the drift of a stack is copied as sloth-runner prints it', async () => {
  const { file, stack } = await sample();
  const copied = JSON.parse(await textOf(file, driftKey(stack.key))) as readonly object[];
  expect(Object.keys(copied[0] ?? {}).sort()).toEqual(
    [
      'id',
      'stack_id',
      'resource_id',
      'detected_at',
      'expected_state',
      'actual_state',
      'drifted_fields',
      'is_drifted',
      'resolution_status',
    ].sort(),
  );
  expect(copied).toMatchObject([
    { id: 5, detected_at: '2025-10-10T13:16:41Z', drifted_fields: [], is_drifted: false },
    {
      id: 4,
      stack_id: stack.id,
      resource_id: `${stack.id}/terraform/database/postgres-staging`,
      detected_at: '2025-10-10T13:16:40Z',
      expected_state: { engine: 'postgres', instance_type: 'db.t3.medium', version: '14.5' },
      actual_state: { engine: 'postgres', instance_type: 'db.t3.large', multi_az: false, version: '14.9' },
      drifted_fields: ['version', 'instance_type', 'multi_az'],
      is_drifted: true,
      resolution_status: 'ignored',
    },
  ]);
});

test('of no drift the copy is null, and secrets in it are masked', async () => {
  const file = workspace(onTestFinished).file('stacks.db');
  const schema = `CREATE TABLE stacks (id, name); INSERT INTO stacks VALUES ('a', 'a'), ('b', 'b');
    CREATE TABLE drift_detections (id INTEGER PRIMARY KEY, stack_id, resource_id, detected_at, expected_state, actual_state,
      drift_fields, is_drifted, resolution_status);`;
  await writeDatabase(
    file,
    `${schema} INSERT INTO drift_detections VALUES
       (1, 'b', 'r', 'never', '{"password":"hunter2"}', '{"url":"https://u:hunter2@x"}', '{', 1, NULL);`,
  );
  const project = await read(file);
  const text = (name: string) => textOf(file, driftKey(stackOf(project, name).key));
  expect(await text('a')).toBe('null');
  expect(await text('b')).not.toContain('hunter2');
  expect(JSON.parse(await text('b'))).toMatchObject([
    { detected_at: '0001-01-01T00:00:00Z', drifted_fields: null, is_drifted: true, resolution_status: null },
  ]);
});
