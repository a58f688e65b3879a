import { readFileSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { closeUnfinished } from '../../../../src/deploy/record/unfinished.ts';
import type { EnvironmentRef } from '../../../../src/deploy/requests.ts';
import { beginDeployment } from '../../../../src/state/tako/ledger.ts';
import { takoLock } from '../../../../src/state/tako/hold.ts';
import { contents, perform, placeOf, plan } from '../../../kit/operate.ts';
import { workspace } from '../../../kit/workspace.ts';
import {
  briefs,
  CURRENT,
  environment,
  HISTORY,
  historyFiles,
  readProject,
} from '../../state/tako/reading.ts';
import { AT, MINUTE, never, save, SECOND } from '../../state/tako/writing.ts';

const ID = 'deploy-20241113-103000';
const LOG = '.tako/logs/deployments/2024-11-13T10-30-00Z.log';
const LATER = AT + 60 * MINUTE;

/** A deployment whose process ended in the middle of its rollout. */
async function interrupted(root: string): Promise<void> {
  const held = await takoLock(root).acquire('deploy', never);
  let time = AT;
  const ledger = await beginDeployment(
    root,
    held,
    { environment: 'production', kind: 'deploy', secrets: [] },
    () => time,
  );
  await ledger.phase('build', 'started');
  await ledger.phase('build', 'completed');
  time += 30 * SECOND;
  await ledger.phase('rollout', 'started');
  await held.release();
}

async function request(root: string, release = ID) {
  return {
    operation: 'tako.close',
    input: { place: await placeOf(root, 'tako'), environment: 'production', release },
  };
}

test('whoever puts back what it had done has that recorded, too', async () => {
  const { root } = workspace(onTestFinished);
  await save(root, { id: 'before', timestamp: AT - MINUTE });
  await interrupted(root);
  const held = await takoLock(root).acquire('take over', never);
  const where = { tool: 'tako', root, environment: 'production' } as EnvironmentRef; // all that is looked at
  const [shown] = environment(await readProject(root), 'production').releases;
  await closeUnfinished(
    { where, unfinished: [{ id: ID, timestamp: shown?.timestamp ?? '' }] },
    held,
    LATER,
    'put back',
  );
  await held.release();
  const [closed] = environment(await readProject(root), 'production').releases;
  expect(closed).toMatchObject({ id: ID, outcome: 'failed', notes: 'Interrupted in rollout; put back' });
});

test('what only its log tells of becomes a failed release', async () => {
  const { root, file } = workspace(onTestFinished);
  await save(root, { id: 'before', timestamp: AT - MINUTE });
  await interrupted(root);
  const [shown] = environment(await readProject(root), 'production').releases;
  expect(shown).toMatchObject({ id: ID, outcome: 'interrupted' });
  const before = contents(root);

  const { verdict, plan: seen, undo } = await perform(await request(root), { now: () => LATER });
  expect(verdict).toEqual({ state: 'verified' });
  expect(seen).toMatchObject({ title: `Record ${ID} as failed`, risk: 'confirm', findings: [] });
  const project = await readProject(root);
  expect(briefs(project)).toEqual([]);
  const { releases, current } = environment(project, 'production');
  expect(current).toBe(ID);
  expect(releases.map(({ id }) => id)).toEqual([ID, 'before']);
  expect(releases[0]).toMatchObject({
    outcome: 'failed',
    at: AT + 30 * SECOND,
    durationSeconds: 30,
    notes: 'Interrupted in rollout',
    log: file(LOG),
    phases: [
      { name: 'build', status: 'completed' },
      { name: 'rollout', status: 'failed' },
    ],
  });
  expect(
    readFileSync(file(LOG), 'utf8').endsWith(`[2024-11-13T11:30:00Z] phase rollout failed
[2024-11-13T11:30:00Z] Deployment ended: failed
`),
  ).toBe(true);
  expect(readFileSync(file('.tako/state.json'), 'utf8')).toContain('"config_hash": "sha256:def456..."');
  if (!undo) throw new Error('no undo');
  await perform(undo);
  expect(contents(root)).toEqual(before);
});

test('is no longer current when another one was deployed since', async () => {
  const { root } = workspace(onTestFinished);
  await interrupted(root);
  await save(root, { id: 'since', timestamp: AT + 5 * MINUTE });
  const before = contents(root);
  await perform(await request(root), { now: () => LATER });
  const { releases, current } = environment(await readProject(root), 'production');
  expect([current, releases.map(({ id, outcome }) => [id, outcome])]).toEqual([
    'since',
    [
      ['since', 'succeeded'],
      [ID, 'failed'],
    ],
  ]);
  const after = contents(root);
  const changed = Object.keys(after).filter(name => after[name] !== before[name]);
  expect(changed).toEqual([`${HISTORY}/2024-11-13T10-30-30Z.json`, LOG]);
});

test('a record that says it runs says that it failed', async () => {
  const { root, write } = workspace(onTestFinished);
  const running = { id: 'remote', timestamp: '2024-11-13T10:30:00.5Z', status: 'in_progress' };
  write(historyFiles([running]));
  const before = contents(root);
  const { verdict } = await perform(await request(root, 'remote'), { now: () => LATER });
  expect(verdict).toEqual({ state: 'verified' });
  const after = contents(root);
  for (const name of [CURRENT, `${HISTORY}/2024-11-13T10-30-00Z.json`]) {
    expect(after[name]).toBe(
      before[name]?.replace('"in_progress"', '"failed"').replace('"notes": ""', '"notes": "Interrupted"'),
    );
  }
});

test('one that gave a sign of life is closed with a warning, one that has ended is not', async () => {
  const { root } = workspace(onTestFinished);
  await interrupted(root);
  const seen = await plan(await request(root), () => AT + 10 * MINUTE);
  expect(seen.findings).toMatchObject([{ severity: 'warning', code: 'may-still-run' }]);
  await perform(await request(root), { now: () => LATER });
  expect((await plan(await request(root))).findings).toMatchObject([
    { severity: 'error', code: 'not-running' },
  ]);
});

test('the first deployment of all can be closed, too', async () => {
  const { root } = workspace(onTestFinished);
  await interrupted(root);
  await perform(await request(root), { now: () => LATER });
  expect(environment(await readProject(root), 'production')).toMatchObject({
    current: ID,
    releases: [{ id: ID }],
  });
});
