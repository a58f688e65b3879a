import { expect, it, onTestFinished } from 'vitest';
import { openReader, readOnce } from '../../../src/engine.ts';
import type { State } from '../../../src/state/model.ts';
import { notices, type News } from '../../../src/words/notices.ts';
import { productionBy } from '../../../src/words/production.ts';
import {
  BUILD_ONLY,
  COMPLETED,
  failedIn,
  releasesFile,
  runningIn,
  type Phases,
} from '../../kit/stagecraft.ts';
import { takoFolder, type Deploy } from '../../kit/tako.ts';
import { HOUR, MINUTE, seedTime } from '../../kit/times.ts';
import { workspace } from '../../kit/workspace.ts';

const NOW = Date.UTC(2026, 10, 20, 12);

async function stateOf(
  files: Parameters<ReturnType<typeof workspace>['write']>[0],
  now = NOW,
): Promise<State> {
  const { root, write } = workspace(onTestFinished);
  write(files);
  return readOnce(
    openReader({}, undefined, () => now),
    [root],
  );
}

const releases = (...all: readonly (readonly [environment: string, at: number, phases: Phases])[]) =>
  releasesFile(
    'seed',
    all.map(([environment, at, phases], index) => ({ environment, at, version: `v${index}`, phases })),
  );

const deployments = (...deploys: readonly Partial<Deploy>[]) =>
  takoFolder({
    form: 'seed',
    name: 'shop',
    createdAt: NOW - 100 * HOUR,
    servers: { production: ['web01'] },
    deploys: deploys.map(deploy => ({ environment: 'production', at: NOW - 5 * MINUTE, ...deploy })),
  });

function texts(state: State, news: Partial<News> = {}): string[] {
  const all = notices(state, {
    wanted: 'failures',
    isProduction: productionBy(['prod*', 'live']),
    since: NOW - 24 * HOUR,
    now: NOW,
    who: 'tom@here',
    ...news,
  });
  expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
  return all.map(({ severity, text }) => `${severity}: ${text.replace(/\d\d:\d\d$/, 'CLOCK')}`);
}

it('tells of deployments to production that failed', async () => {
  const state = await stateOf(
    releases(
      ['prod', NOW - 20 * MINUTE, failedIn('rollout')],
      ['staging', NOW - 15 * MINUTE, failedIn('rollout')],
      ['live', NOW - 10 * MINUTE, runningIn('rollout')],
      ['prod', NOW - 5 * MINUTE, COMPLETED],
    ),
  );
  expect(texts(state)).toEqual(['warning: prod: v0 failed in rollout · CLOCK']);
});

it('tells of all of them where that is wanted, except of what deployed nothing', async () => {
  const state = await stateOf({
    ...releases(['prod', NOW - 20 * MINUTE, COMPLETED], ['prod', NOW - 10 * MINUTE, BUILD_ONLY]),
  });
  expect(texts(state, { wanted: 'all' })).toEqual(['info: prod: v0 deployed · CLOCK']);
  const shop = await stateOf(
    deployments(
      { id: 'deploy-1', by: 'maria', commit: 'a1b2c3d4'.repeat(5) },
      { id: 'rollback-2', kind: 'rollback', status: 'success', at: NOW - MINUTE },
      { id: 'imported-3', at: NOW - 2 * MINUTE },
    ),
  );
  expect(texts(shop, { wanted: 'all' })).toEqual([
    'info: production: rollback-2 rollback · CLOCK',
    'info: production: a1b2c3d deployed · maria · CLOCK',
  ]);
});

it('tells nothing that was over before somebody looked, or more than an hour ago', async () => {
  const state = await stateOf(
    deployments(
      { id: 'deploy-1', status: 'failed', at: NOW - 50 * MINUTE },
      { id: 'deploy-2', status: 'failed', at: NOW - 2 * HOUR },
      // It began before, and ended after.
      { id: 'deploy-3', status: 'failed', at: NOW - 70 * MINUTE, seconds: 30 * 60 },
    ),
  );
  expect(texts(state)).toHaveLength(2);
  expect(texts(state, { since: NOW - 45 * MINUTE })).toEqual([
    'warning: production: deploy-3 failed · CLOCK',
  ]);
  expect(texts(state, { since: NOW - 10 * MINUTE })).toEqual([]);
  expect(texts(state, { isProduction: () => false })).toEqual([]);
});

it('tells the end of a deployment, though it told of its beginning', async () => {
  const id = async (status: string) => {
    const state = await stateOf(deployments({ id: 'deploy-1', status }));
    const news = { isProduction: () => true, since: 0, now: NOW, who: '' };
    return notices(state, { wanted: 'all', ...news }).map(notice => notice.id.replace(/^.*\//, ''));
  };
  expect(await id('in_progress')).toEqual([]);
  expect(await id('failed')).toEqual(['deploy-1 failed']);
  expect(await id('success')).toEqual(['deploy-1 succeeded']);
});

it('tells of a lock that has become an old one', async () => {
  const lock = (minutes: number, who = 'ana@elsewhere') => ({
    '.tako/.lock': JSON.stringify({
      id: 'l1',
      operation: 'deploy',
      who,
      created: seedTime(NOW - minutes * MINUTE),
      pid: 1,
    }),
  });
  const state = async (files: object) => stateOf({ ...deployments({}), ...files });
  expect(texts(await state(lock(10)))).toEqual([]);
  expect(texts(await state(lock(40)))).toEqual([
    'warning: shop: The lock of ana@elsewhere is older than 30 minutes; Tako takes it over.',
  ]);
  expect(texts(await state(lock(40)), { since: NOW - 5 * MINUTE })).toEqual([]);
  expect(texts(await state(lock(300)))).toEqual([]);
  expect(texts(await state(lock(40)), { isProduction: () => false })).toEqual([]);
});

it('tells of a lock that is held for long by somebody else', async () => {
  const { root, sample } = workspace(onTestFinished);
  sample('sloth-runner/stacks.db');
  const state = await readOnce(openReader({}), [root]);
  const [project] = state.projects;
  const stack = project?.stacks.find(({ lock }) => lock);
  if (!project || !stack?.lock) throw new Error('no lock in the sample');
  const held = (since: number): State => {
    const lock = {
      ...stack.lock,
      evidence: stack.name,
      verdict: 'held' as const,
      since,
      until: NOW + 9 * HOUR,
    };
    return { ...state, projects: [{ ...project, stacks: [{ ...stack, lock }] }] };
  };
  const [by, operation] = [stack.lock.by ?? '', stack.lock.operation ?? ''];
  expect(texts(held(NOW - 35 * MINUTE))).toEqual([
    `warning: ${stack.name} is locked by ${by} · ${operation} · for 35 min`,
  ]);
  expect(texts(held(NOW - 35 * MINUTE), { who: by })).toEqual([]);
  expect(texts(held(NOW - 25 * MINUTE))).toEqual([]);
  expect(texts({ ...held(NOW - 35 * MINUTE), searched: ['/elsewhere'] })).toEqual([]);
});
