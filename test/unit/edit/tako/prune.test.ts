import { expect, onTestFinished, test } from 'vitest';
import { contents, perform, placeOf, plan } from '../../../kit/operate.ts';
import { workspace } from '../../../kit/workspace.ts';
import {
  CURRENT,
  environment,
  HISTORY,
  historyName,
  ids,
  readProject,
  record,
  type RecordFields,
} from '../../state/tako/reading.ts';
import { AT, MINUTE } from '../../state/tako/writing.ts';

const LOGS = '.tako/logs/deployments';

/** `r0`, the newest, to `r9`, an hour apart, with a log each; the first one is current. */
function history(more: Readonly<Record<number, object>> = {}): Record<string, string> {
  const files: Record<string, string> = {};
  for (let index = 0; index < 10; index++) {
    const timestamp = new Date(AT - index * 60 * MINUTE).toISOString().replace('.000', '');
    const fields: RecordFields = { id: `r${index}`, timestamp, ...more[index] };
    files[`${HISTORY}/${historyName(timestamp)}`] = record(fields);
    if (index === 0) files[CURRENT] = record(fields);
    const name = historyName(timestamp).replace('json', 'log');
    files[`${LOGS}/${name}`] = `[${timestamp}] Starting deployment to production\n`;
    files[`.tako/logs/builds/${name}`] = 'built\n';
  }
  return files;
}

async function setUp(files: Readonly<Record<string, string>>) {
  const { root, write } = workspace(onTestFinished);
  write(files);
  const place = await placeOf(root, 'tako');
  const request = (keep: number) => ({
    operation: 'tako.prune',
    input: { place, environment: 'production', keep },
  });
  return { root, request, write };
}

test('the newest stay, the others go with their logs, and come back', async () => {
  const { root, request } = await setUp(history());
  const before = contents(root);
  const { plan: seen, verdict, undo } = await perform(request(3));
  expect(seen).toMatchObject({ risk: 'typed', target: 'production' });
  expect(seen.findings).toMatchObject([{ severity: 'info', text: '3 records stay.' }]);
  expect(verdict).toEqual({ state: 'verified' });
  const after = contents(root);
  const removed = Object.keys(before).filter(name => !(name in after));
  expect(removed.sort()).toEqual(seen.changes.map(({ path }) => path.join()).sort());
  expect(removed).toHaveLength(7 * 3);
  expect(after).toEqual(Object.fromEntries(Object.entries(before).filter(([name]) => name in after)));
  const { releases } = environment(await readProject(root), 'production');
  expect(releases.map(({ id, log }) => [id, log !== undefined])).toEqual([
    ['r0', true],
    ['r1', true],
    ['r2', true],
  ]);
  if (!undo) throw new Error('no undo');
  await perform(undo);
  expect(contents(root)).toEqual(before);
});

test('rollback points, what kept ones speak of and what cannot be read stay', async () => {
  const { root, request, write } = await setUp(
    history({
      1: { notes: 'Rolled back web to deployment r6' },
      4: { rollback_point: true },
      6: { notes: 'again, see r8' },
      9: { timestamp: 'yesterday' },
    }),
  );
  write({
    [`${HISTORY}/2020-01-01T00-00-00Z.json`]: '{"deployment_id":',
    [`${HISTORY}/notes.txt`]: 'mine',
    '.tako/deployments/production/rollback/last-stable.json': record({
      id: 'r7',
      timestamp: new Date(AT - 7 * 60 * MINUTE).toISOString().replace('.000', ''),
    }),
  });
  const before = contents(root);
  await perform(request(2));
  const kept = ids(await readProject(root));
  expect(kept).toEqual(['r0', 'r1', 'r4', 'r6', 'r7', 'r8', 'r9']);
  const after = contents(root);
  for (const name of ['2020-01-01T00-00-00Z.json', 'notes.txt']) {
    expect(after[`${HISTORY}/${name}`]).toBe(before[`${HISTORY}/${name}`]);
  }
});

test('the current record stays, also when it is an old one', async () => {
  const files = history();
  const old =
    Object.keys(files)
      .filter(name => name.startsWith(HISTORY))
      .sort()[0] ?? '';
  const { root, request } = await setUp({ ...files, [CURRENT]: files[old] ?? '' });
  await perform(request(1));
  expect(ids(await readProject(root))).toEqual(['r0', 'r9']);
});

test('both records of one deployment stay or go', async () => {
  const timestamp = new Date(AT).toISOString().replace('.000', '');
  const { root, request } = await setUp({
    ...history(),
    [`${HISTORY}/2024-11-13T05-30-00Z_2.json`]: record({
      id: '1731493800000000000_42',
      timestamp: '2024-11-13T05:30:00-05:00',
    }),
    [`${HISTORY}/${historyName(timestamp)}`]: record({ id: 'r0', timestamp }),
  });
  const before = Object.keys(contents(root)).filter(name => name.startsWith(HISTORY)).length;
  await perform(request(1));
  expect(before).toBe(11);
  expect(Object.keys(contents(root)).filter(name => name.startsWith(HISTORY))).toHaveLength(2);
});

test('no other environment loses its logs', async () => {
  const timestamp = new Date(AT - 5 * 60 * MINUTE).toISOString().replace('.000', '');
  const other = `.tako/deployments/staging/history/${historyName(timestamp)}`;
  const log = `${LOGS}/${historyName(timestamp).replace('json', 'log')}`;
  const { root, request, write } = await setUp(history());
  write({
    [other]: record({ id: 's', timestamp, environment: 'staging' }),
    [log]: `[${timestamp}] Starting deployment to staging\n`,
  });
  await perform(request(1));
  expect(Object.keys(contents(root)).filter(name => name.startsWith('.tako/logs/deployments'))).toEqual(
    [log, `${LOGS}/2024-11-13T10-30-00Z.log`].sort(),
  );
  expect(ids(await readProject(root), 'staging')).toEqual(['s']);
});

test.each([0, -1, 1.5, Number.NaN])('keeping %s is refused', async keep => {
  const { request } = await setUp(history());
  expect((await plan(request(keep))).findings).toMatchObject([{ severity: 'error', code: 'bad-value' }]);
});

test('nothing is planned where nothing is old, or where the format is newer', async () => {
  const { request, write } = await setUp(history());
  expect((await plan(request(10))).findings).toMatchObject([{ severity: 'error', code: 'nothing-to-do' }]);
  write({ '.tako/state.json': '{"version": "2.0.0"}' });
  await expect(plan(request(1))).rejects.toMatchObject({ code: 'newer-version' });
});

test('says so when a record is there again by the time it is looked at', async () => {
  const files = history();
  const { request, write } = await setUp(files);
  const { verdict } = await perform(request(1), {
    step: ({ step, state }) => {
      if (step === 'verify' && state === 'started') write(files);
    },
  });
  expect(verdict).toMatchObject({ state: 'failed', why: 'r1 is still recorded.' });
});
