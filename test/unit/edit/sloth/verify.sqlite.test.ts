import { readFileSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { verificationKey } from '../../../../src/state/sloth/stacks.ts';
import type { Verification } from '../../../../src/state/sloth/verify.ts';
import { slothSource } from '../../../../src/state/sloth/source.ts';
import type { Place } from '../../../../src/state/source.ts';
import { verificationDocument, verificationSummary } from '../../../../src/words/verification.ts';
import { perform, placeOf } from '../../../kit/operate.ts';
import { change, rowsIn } from '../../../kit/rows.ts';
import { insertStack, takeSnapshot } from '../../../kit/sloth.ts';
import { StackDatabase } from '../../../kit/sloth-database.ts';
import { workspace } from '../../../kit/workspace.ts';

const NOW = Date.UTC(2025, 9, 10, 15);
const now = () => NOW;

/** Two stacks: of one, snapshot 1 is of the program, snapshot 2 is ours; the other one has two of the program. */
async function stacks() {
  const { root, file } = workspace(onTestFinished);
  const database = new StackDatabase(file('stacks.db'));
  for (const id of ['verification', 'db']) {
    insertStack(database, { id, name: id, at: NOW });
    takeSnapshot(database, id, 'ana', 'By the program', NOW);
  }
  takeSnapshot(database, 'db', 'ana', 'Another one', NOW);
  database.close();
  const place = await placeOf(root, 'sloth-runner');
  const { undo } = await perform(
    { operation: 'sloth.snapshot', input: { place, stack: 'verification', description: 'Ours' } },
    { now },
  );
  return { place, undo, database: file('stacks.db'), facts: file('.shipshape', 'facts.jsonl') };
}

async function verify(place: Place, key = verificationKey(place.key), signal = new AbortController().signal) {
  return JSON.parse(await slothSource(undefined, now).text(place, key, signal)) as Verification;
}

const replaceIn = (id: string, from: string, to: string) =>
  `UPDATE state_versions SET state_snapshot = replace(state_snapshot, '${from}', '${to}') WHERE id = '${id}'`;

test('every snapshot is looked at, and nothing is written', async () => {
  const { place, database, facts } = await stacks();
  const before = [rowsIn(database), readFileSync(facts, 'utf8')];
  const verification = await verify(place);
  expect(verification).toEqual({
    problems: [],
    snapshots: [
      { stack: 'db', version: 2, damage: [], isRecorded: false },
      { stack: 'db', version: 1, damage: [], isRecorded: false },
      { stack: 'verification', version: 2, damage: [], isRecorded: true },
      { stack: 'verification', version: 1, damage: [], isRecorded: false },
    ],
  });
  expect([rowsIn(database), readFileSync(facts, 'utf8')]).toEqual(before);
  expect(verificationSummary(verification)).toBe('All 4 snapshots are whole.');
  expect(verificationDocument(verification)).toContain('db snapshot 1 · whole · SHA-256 not recorded here\n');
});

test('of one stack only its own are looked at', async () => {
  const { place } = await stacks();
  const { stacks: read } = await slothSource(undefined, now).read(place, {}, new AbortController().signal);
  const [stack] = read.filter(({ name }) => name === 'verification');
  if (!stack) throw new Error('no stack');
  expect((await verify(place, verificationKey(stack.key))).snapshots.map(each => each.version)).toEqual([
    2, 1,
  ]);
  // And its own record is still shown.
  expect(await slothSource(undefined, now).text(place, stack.key, new AbortController().signal)).toContain(
    '"name"',
  );
});

test.each<[string, string, readonly string[]]>([
  [
    'two characters that changed places',
    replaceIn('verification-v2', 'Ours', 'Ours'.replace('ur', 'ru')),
    ['sha256'],
  ],
  ['a character', replaceIn('verification-v2', 'Ours', 'Hers'), ['sum', 'sha256']],
  ['its checksum', `UPDATE state_versions SET checksum = '1' WHERE id = 'verification-v2'`, ['sum']],
  ['its version', `UPDATE state_versions SET version = 9 WHERE id = 'verification-v2'`, ['foreign']],
  [
    'its end',
    `UPDATE state_versions SET state_snapshot = '{', checksum = '7b' WHERE id = 'verification-v2'`,
    ['sha256', 'no-json'],
  ],
  [
    'bytes that are no characters',
    `UPDATE state_versions SET state_snapshot = CAST(X'7bff7d' AS TEXT) WHERE id = 'verification-v2'`,
    ['sum', 'sha256', 'no-json'],
  ],
])('a snapshot of which somebody changed %s is named', async (_, sql, damage) => {
  const { place, database } = await stacks();
  change(database, sql);
  const verification = await verify(place);
  const damaged = verification.snapshots.filter(each => each.damage.length > 0);
  expect(damaged.map(each => [each.stack, each.damage])).toEqual([['verification', damage]]);
  expect(verificationSummary(verification)).toMatch(
    /^1 of 4 snapshots are damaged or cannot be verified: verification snapshot \d\.$/,
  );
});

test('the digest of a snapshot goes with it, for its id is given again', async () => {
  const { place, undo, database } = await stacks();
  if (!undo) throw new Error('no undo');
  await perform(undo, { now });
  const program = new StackDatabase(database);
  takeSnapshot(program, 'verification', 'ana', 'By the program, with the same number', NOW);
  program.close();
  const [, , second] = (await verify(place)).snapshots;
  expect(second).toMatchObject({ version: 2, damage: [], isRecorded: false });
});

test('looking can be given up, and a file that is no database is said to be none', async () => {
  const { place, database } = await stacks();
  const controller = new AbortController();
  const looking = verify(place, undefined, controller.signal);
  controller.abort();
  await expect(looking).rejects.toThrow(/abort/i);
  const none = { ...place, files: [database.replace('stacks.db', '.shipshape/facts.jsonl')] };
  expect(verificationSummary(await verify(none))).toMatch(/SQLite/);
});
