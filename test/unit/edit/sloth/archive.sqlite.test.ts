import { readdirSync, statSync } from 'node:fs';
import { expect, test } from 'vitest';
import { perform, plan } from '../../../kit/operate.ts';
import { change } from '../../../kit/rows.ts';
import { read } from '../../state/sloth/reading.ts';
import { DELETE, dump, now, stacks } from './backed-up.ts';

/** The stack with twelve snapshots, of which the last rollback names two. */
async function withSnapshots() {
  const space = await stacks();
  for (let version = 2; version <= 12; version++) {
    const text = `{"version":${version},"padding":"${'x'.repeat(1000)}"}`;
    change(
      space.database,
      `INSERT INTO state_versions VALUES ('web-v${version}', 'web', ${version}, '${text}', '', 'ana', '', '')`,
    );
  }
  const metadata = '{"rollback_from_version":"4","rollback_to_version":"2"}';
  change(space.database, `UPDATE stacks SET metadata = '${metadata}' WHERE id = 'web'`);
  const archive = (keep: number) => ({
    operation: 'sloth.archive-snapshots',
    input: { ...space.input, keep },
  });
  return { ...space, archive };
}

const versionsIn = (database: string) => dump(database).state_versions?.map(({ version }) => Number(version));

test('old snapshots move to an archive, but not the newest and those the last rollback names', async () => {
  const { database, archive, folder } = await withSnapshots();
  const size = statSync(database).size;
  const { title, risk, undoable, steps, changes } = await plan(archive(3), now);
  expect([title, risk, undoable]).toEqual(['Archive all but the newest 3 snapshots of web', 'typed', false]);
  expect(changes).toMatchObject([{ from: 12, to: 5 }]);
  expect(steps[0]).toMatch(/^7 KB become free inside the database .* does not shrink\.$/);
  const { verdict, undo } = await perform(archive(3), { now });
  expect([verdict, undo]).toEqual([{ state: 'verified' }, undefined]);
  expect(versionsIn(database)).toEqual([2, 4, 10, 11, 12]);
  expect(statSync(database).size).toBeGreaterThanOrEqual(size);
  const { backups = [] } = await read(database);
  expect(backups.map(({ kind, reason }) => [kind, reason]).toSorted()).toEqual([
    ['archive', '7 old snapshots'],
    ['backup', title],
  ]);
  expect(readdirSync(folder)).toHaveLength(4);
  expect(dump(database).state_activity?.at(-1)?.details).toMatch(/Archived 7 old snapshots as /);
});

test('the newest snapshot stays whatever is asked, and nothing is archived twice', async () => {
  const { database, archive } = await withSnapshots();
  for (const keep of [0, -1, 1.5]) {
    await expect(perform(archive(keep), { now })).rejects.toMatchObject({ code: 'refused' });
  }
  await perform(archive(1), { now });
  expect(versionsIn(database)).toEqual([2, 4, 12]);
  await expect(perform(archive(1), { now })).rejects.toMatchObject({ code: 'refused' });
});

test('an archive puts back the snapshots whose numbers are free, and is undone', async () => {
  const { database, archive, input } = await withSnapshots();
  const before = dump(database, 'state_activity', 'state_backups');
  await perform(archive(3), { now });
  const archived = (await read(database)).backups?.find(({ kind }) => kind === 'archive')?.id;
  const request = { operation: 'sloth.restore-backup', input: { ...input, backup: archived } };
  const taken = `INSERT INTO state_versions VALUES ('other', 'web', 7, '{}', '', '', '', '')`;
  change(database, taken);
  const without = dump(database);
  expect((await plan(request, now)).changes).toMatchObject([{ to: 6 }]);
  const { verdict, undo } = await perform(request, { now });
  expect(verdict).toEqual({ state: 'verified' });
  expect(versionsIn(database)).toHaveLength(12);
  if (!undo) throw new Error('no undo');
  await perform(undo, { now });
  expect(dump(database)).toEqual(without);

  change(database, `DELETE FROM state_versions WHERE id = 'other'`);
  await perform(request, { now });
  expect(dump(database, 'state_activity', 'state_backups')).toEqual(before);
  // Now all of them are there.
  await expect(perform(request, { now })).rejects.toMatchObject({ code: 'refused' });
  change(database, DELETE);
  await expect(perform(request, { now })).rejects.toMatchObject({ code: 'refused' });
});

test.each([
  ['a snapshot was made', `INSERT INTO state_versions VALUES ('web-v13', 'web', 13, '{}', '', '', '', '')`],
  ['it was locked', `INSERT INTO state_locks VALUES ('web', 'x', 'run', 'eva', '', '2099-01-01', '')`],
  ['it was deleted', DELETE],
])('nothing is archived when %s on the way', async (_, sql) => {
  const { database, archive } = await withSnapshots();
  let before: unknown;
  const late = perform(archive(3), {
    now,
    step: ({ step, state }) => {
      if (step !== 'apply' || state !== 'started') return;
      change(database, sql);
      before = dump(database);
    },
  });
  await expect(late).rejects.toMatchObject({ name: 'UserError' });
  expect(dump(database)).toEqual(before);
});

test('says that it failed when the snapshots are there again by the time it is looked at', async () => {
  const { database, archive } = await withSnapshots();
  const { verdict } = await perform(archive(3), {
    now,
    step: ({ step, state }) => {
      if (step !== 'verify' || state !== 'started') return;
      change(database, `INSERT INTO state_versions VALUES ('again', 'web', 5, '{}', '', '', '', '')`);
    },
  });
  expect(verdict.state).toBe('failed');
});
