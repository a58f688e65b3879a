import { describe, expect, it, onTestFinished } from 'vitest';
import { clean } from '../../../src/base/clean.ts';
import { keyOf } from '../../../src/base/finding.ts';
import { openReader, readOnce } from '../../../src/engine.ts';
import type { Service, State } from '../../../src/state/model.ts';
import { glance } from '../../../src/words/attention.ts';
import { inTitle, tagOf } from '../../../src/words/names.ts';
import { productionBy } from '../../../src/words/production.ts';
import { sinceLastLook } from '../../../src/words/last-look.ts';
import { filterRows, printRows, rowsOf } from '../../../src/words/rows.ts';
import { searchWords } from '../../../src/words/stacks.ts';
import { serviceHealth } from '../../../src/words/services.ts';
import { COMPLETED, failedIn, releasesFile, type StagecraftRelease } from '../../kit/stagecraft.ts';
import { DAY, HOUR } from '../../kit/times.ts';
import { workspace } from '../../kit/workspace.ts';

const NOW = Date.UTC(2026, 10, 20, 12);

async function stateWith(...releases: StagecraftRelease[]): Promise<State> {
  const { write, root } = workspace(onTestFinished);
  write(releasesFile('seed', releases));
  return readOnce(
    openReader({}, undefined, () => NOW),
    [root],
  );
}

const release = (hoursAgo: number, version: string, phases = COMPLETED): StagecraftRelease => ({
  environment: 'prod',
  at: NOW - hoursAgo * HOUR,
  version,
  phases,
});

it('does not call current what has failed', async () => {
  const state = await stateWith(release(5, 'v2'), release(3, 'v3', failedIn('rollout')));
  const printed = printRows(rowsOf('releases', state, NOW));
  expect(printed).toMatch(/v3 +failed in rollout · 3 h ago/);
  expect(printed).toMatch(/v2 +last good · 5 h ago/);
});

describe('since the last look', () => {
  it('counts what happened, and what failed of it', async () => {
    const state = await stateWith(release(30, 'v1'), release(5, 'v2'), release(3, 'v3', failedIn('rollout')));
    const since = (last: number | undefined) => sinceLastLook(state, last, clean('yesterday 18:10'));
    expect(since(NOW - DAY)).toBe('Since yesterday 18:10: 2 deployments, 1 failed');
    expect(since(NOW - 4 * HOUR)).toBe('Since yesterday 18:10: 1 deployment, 1 failed');
    expect(since(NOW - 100 * DAY)).toBe('Since yesterday 18:10: 3 deployments, 1 failed');
  });

  it('says nothing when nothing happened, or when nobody ever looked', async () => {
    const state = await stateWith(release(5, 'v1'));
    expect(sinceLastLook(state, NOW - HOUR, clean('11:00'))).toBeUndefined();
    expect(sinceLastLook(state, undefined, undefined)).toBeUndefined();
  });
});

describe('one glance', () => {
  it('names what is live where nothing is wrong', async () => {
    expect(glance(await stateWith(release(5, 'v2.1.0')), [], productionBy(['prod*']))).toBe('prod v2.1.0');
    expect(glance(await stateWith(), [], productionBy([]))).toBe('nothing recorded');
  });
});

describe('an old state database', () => {
  it('is a row of its own, behind the stacks, which offers to migrate it', async () => {
    const { sample, root } = workspace(onTestFinished);
    sample('sloth-runner/stacks.db');
    const stacks = rowsOf('stacks', await readOnce(openReader({}), [root]), NOW);
    sample('sloth-runner/state.db');
    const rows = rowsOf('stacks', await readOnce(openReader({}), [root]), NOW);
    expect(rows.slice(0, -1)).toEqual(stacks);
    expect(rows.at(-1)).toMatchObject({
      description: 'old state database',
      abilities: ['migrateStacks', 'showMigrationScript'],
      children: [],
    });
    expect(rows.at(-1)?.facts?.at(-1)?.value).toContain('3 workflows');
  });
});

describe('two projects of one name', () => {
  it('are told apart by their folders', async () => {
    const { sample, root } = workspace(onTestFinished);
    sample('tako/master-newyork', 'mine');
    sample('tako/master-mixed-tz', 'theirs');
    const state = await readOnce(
      openReader({}, undefined, () => NOW),
      [root],
    );
    expect(rowsOf('releases', state, NOW).map(({ label }) => label)).toEqual([
      'my-app (mine) / production',
      'my-app (theirs) / production',
    ]);
  });
});

describe('a filter', () => {
  it('keeps rows that match, what is above them, and what is below', async () => {
    const state = await stateWith(release(9, 'v1'), release(5, 'v2', failedIn('migrate_pre')));
    const rows = rowsOf('releases', state, NOW);
    expect(printRows(filterRows(rows, 'MIGRATE PRE'))).toContain('failed in migrate pre');
    expect(printRows(filterRows(rows, 'migrate pre'))).not.toContain('v1');
    expect(filterRows(rows, 'prod')).toEqual(rows);
    expect(filterRows(rows, 'no such thing')).toEqual([]);
  });

  it('finds stacks by tag and status, in any combination', async () => {
    const { sample, root } = workspace(onTestFinished);
    sample('sloth-runner/stacks.db');
    const state = await readOnce(
      openReader({}, undefined, () => NOW),
      [root],
    );
    const found = (text: string) => filterRows(rowsOf('stacks', state, NOW), text).map(({ label }) => label);
    const words =
      state.projects[0]?.stacks.filter(({ name }) => name === 'prod-web').flatMap(searchWords) ?? [];
    expect(words).toContain('status:completed');
    const [tag = ''] = words.filter(word => word.startsWith('tag:'));
    expect(found(`${tag} status:completed`)).toEqual(['prod-web']);
    expect(found(`${tag} status:failed`)).toEqual([]);
    expect(found('status:failed')).toEqual(['staging-db']);
  });
});

describe('an image', () => {
  it.each([
    ['registry.example.com:5000/shop/web:v1.2', 'v1.2'],
    ['postgres:16', '16'],
    ['shop/web', undefined],
    ['registry:5000/shop/web', undefined],
    ['shop/web:v1@sha256:abc', 'v1'],
  ])('%s has the tag %s', (image, tag) => expect(tagOf(clean(image))).toBe(tag));
});

it('a name begins in a title as its other words do, and is else as it is', () => {
  expect(['production', 'prod-eu', 'QA'].map(name => inTitle(clean(name)))).toEqual([
    'Production',
    'Prod-eu',
    'QA',
  ]);
});

describe('the health of a service', () => {
  const service = (recorded: Partial<Service>, states: readonly string[] = []): Service => ({
    key: keyOf('web'),
    name: clean('web'),
    declared: true,
    recorded: true,
    ports: [],
    domains: [],
    dependsOn: [],
    history: [],
    facts: [],
    source: { file: 'tako.yaml' },
    containers: states.map((status, index) => ({ id: clean(`c${index}`), status: clean(status) })),
    ...recorded,
  });

  it.each<[string, string, Service]>([
    ['nothing recorded', 'service', service({ recorded: false })],
    [
      '3 of 3 healthy',
      'healthy',
      service({ replicas: 3, health: clean('healthy') }, ['running', 'running', 'running']),
    ],
    [
      '1 of 2 running',
      'degraded',
      service({ replicas: 2, health: clean('unhealthy') }, ['running', 'exited']),
    ],
    ['0 of 2 running', 'down', service({ replicas: 2 }, ['exited', 'dead'])],
    ['0 of 1 running', 'down', service({ replicas: 1, status: clean('stopped') })],
    [
      '1 of 1 running, unhealthy',
      'degraded',
      service({ replicas: 1, health: clean('unhealthy') }, ['running']),
    ],
    ['2 replicas, health not recorded', 'service', service({ replicas: 2 })],
    ['1 replica, healthy', 'healthy', service({ replicas: 1, health: clean('healthy') })],
    [
      '1 of 1 running, rebooting',
      'service',
      service({ replicas: 1, health: clean('rebooting') }, ['running']),
    ],
    ['health not recorded', 'service', service({ replicas: 0 })],
  ])('%s', (words, icon, each) => expect(serviceHealth(each)).toEqual({ words, icon }));
});
