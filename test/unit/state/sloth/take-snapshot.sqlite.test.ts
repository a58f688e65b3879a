import { DatabaseSync } from 'node:sqlite';
import { expect, onTestFinished, test } from 'vitest';
import { parseRecord, printRecord } from '../../../../src/state/sloth/record.ts';
import { byteSum, takeSnapshot } from '../../../../src/state/sloth/take-snapshot.ts';
import { transact } from '../../../../src/state/sloth/transaction.ts';
import { insertResource, insertStack, takeSnapshot as takeAsUpstream } from '../../../kit/sloth.ts';
import { StackDatabase, type Column } from '../../../kit/sloth-database.ts';
import { workspace } from '../../../kit/workspace.ts';

const AT = Date.UTC(2025, 9, 10, 15, 0, 0, 120);
const by = 'ana <&>';
const description = 'Before "it"\u2028';

/** What two of the program's tables hold. */
function rowsOf(file: string): readonly unknown[] {
  const database = new DatabaseSync(file, { readOnly: true });
  const rows = ['state_versions', 'state_activity'].map(table =>
    database.prepare(`SELECT * FROM ${table} ORDER BY rowid`).all(),
  );
  database.close();
  return rows;
}

function fill(database: StackDatabase, more: Readonly<Record<string, Column>>): void {
  insertStack(database, { id: 'one', name: 'web <1>', at: AT - 9e6, outputs: { z: [1.5, '\u2028'], a: {} } });
  insertStack(database, { id: 'bare', name: 'bare', at: AT - 8e6, completedAt: AT, lastError: 'no & no' });
  const at = { module: 'pkg', type: 'package', at: AT - 7e6 };
  insertResource(database, 'one', { ...at, name: 'nginx', properties: { b: '<é>', a: null }, appliedAt: AT });
  insertResource(database, 'one', { ...at, name: 'curl', properties: {}, at: AT - 8e6, error: 'x' });
  for (const [column, value] of Object.entries(more)) {
    database.rows(`UPDATE stacks SET ${column} = ?`, value);
  }
}

const zone = -new Date(AT).getTimezoneOffset();

test.each<[string, Readonly<Record<string, Column>>]>([
  ['as they are made', {}],
  ['of which a run was recorded', { last_duration: 9_073_451_220, execution_count: 4, last_error: '' }],
  ['with JSON that a person has laid out', { metadata: '{ "b" : 2,\n "a": [ ] }', configuration: 'null' }],
])('snapshots of stacks %s are the same, column by column, as the program makes them', async (_, more) => {
  const { file } = workspace(onTestFinished);
  for (const name of ['ours.db', 'theirs.db']) {
    const database = new StackDatabase(file(name), { zone });
    fill(database, more);
    if (name === 'theirs.db')
      for (const stack of ['one', 'bare', 'one']) takeAsUpstream(database, stack, by, description, AT);
    database.close();
  }
  const { value } = await transact(file('ours.db'), transaction =>
    ['one', 'bare', 'one'].map(stack => takeSnapshot(transaction, stack, { by, description, at: AT })),
  );
  expect(value).toEqual([1, 1, 2]);
  expect(rowsOf(file('ours.db'))).toEqual(rowsOf(file('theirs.db')));
});

/** The snapshots of the sample, which the real program wrote. */
function sampleSnapshots(): readonly { readonly text: string; readonly sum: string }[] {
  const database = new DatabaseSync(workspace(onTestFinished).sample('sloth-runner/stacks.db'));
  const rows = database.prepare('SELECT state_snapshot, checksum FROM state_versions').all();
  database.close();
  return rows.map(row => ({ text: String(row.state_snapshot), sum: String(row.checksum) }));
}

test('what the real program wrote is understood, and printed byte for byte', () => {
  const snapshots = sampleSnapshots();
  expect(snapshots).toHaveLength(6);
  for (const { text, sum } of snapshots) {
    const record = parseRecord(text);
    if (!record) throw new Error('not understood');
    const { stack, resources } = printRecord(record);
    expect(text).toContain(`"stack_state":${stack},"resources":${resources},"checksum":""`);
    expect(byteSum(text)).toBe(sum);
  }
});

test('a snapshot of the stacks the real program left is made of exactly their newest', async () => {
  const database = workspace(onTestFinished).sample('sloth-runner/stacks.db');
  const { value } = await transact(database, transaction => {
    const [stack] = transaction.all(`SELECT id FROM stacks WHERE name = 'prod-web'`);
    const id = String(stack?.id);
    takeSnapshot(transaction, id, { by, description, at: AT });
    return transaction.all(
      `SELECT state_snapshot AS text FROM state_versions WHERE stack_id = ? ORDER BY version DESC LIMIT 2`,
      id,
    );
  });
  const [ours, theirs] = value.map(({ text }) => JSON.parse(String(text)) as object); // an object
  const same = { created_at: '', created_by: '', description: '', version: 0 };
  expect({ ...ours, ...same }).toEqual({ ...theirs, ...same });
});

test('numbers that no double holds keep their digits', async () => {
  const { file } = workspace(onTestFinished);
  const database = new StackDatabase(file('stacks.db'));
  fill(database, { outputs: '{"id": 12345678901234567890, "ratio": 1.50}' });
  database.close();
  const { value } = await transact(file('stacks.db'), transaction => {
    takeSnapshot(transaction, 'one', { by, description, at: AT });
    return transaction.all('SELECT state_snapshot AS text FROM state_versions')[0]?.text;
  });
  expect(value).toContain('"outputs":{"id":12345678901234567890,"ratio":1.5}');
});

test.each(['{"a":', 'yes'])('a stack whose outputs are %s is not made a snapshot of', async outputs => {
  const { file } = workspace(onTestFinished);
  const database = new StackDatabase(file('stacks.db'));
  fill(database, { outputs });
  database.close();
  const before = rowsOf(file('stacks.db'));
  const taking = transact(file('stacks.db'), each => takeSnapshot(each, 'one', { by, description, at: AT }));
  await expect(taking).rejects.toMatchObject({ code: 'json-syntax' });
  expect(rowsOf(file('stacks.db'))).toEqual(before);
});

test.each(['', 'null', '{}', '{"stack_state":{}}', '{"stack_state":{"id":7}}', '[1]'])(
  '%j is no snapshot',
  text => {
    expect(parseRecord(text)).toBeUndefined();
  },
);
