import { expect, test } from 'vitest';
import { clean } from '../../../../src/base/clean.ts';
import type { AppService } from '../../../../src/deploy/configuration/application.ts';
import { endedIn, runningIn, type Asked } from '../../../../src/deploy/plan/asked.ts';
import { asItRuns, compareService, type Wanted } from '../../../../src/deploy/plan/compare-service.ts';
import { truthOf, type Truth } from '../../../../src/deploy/truth.ts';
import type { PastRelease } from '../../../../src/deploy/plan/past.ts';
import { settingsOf } from '../../../../src/deploy/configuration/service-hash.ts';
import { asked, idOf, runs, service } from '../../../kit/deployed.ts';
import { container, image, swarmService } from '../../../kit/observed.ts';

const NAMED = { project: 'shop', environment: 'production' };
const known = (digit: string): Wanted => ({
  source: { kind: 'known', reference: `shop/web:v${digit}`, id: idOf(digit) },
});

/** What becomes of a service, in short. */
function becomes(
  servers: readonly Asked[],
  wanted: Wanted = known('1'),
  own: AppService = service('web'),
  releases: readonly PastRelease[] = [],
): readonly [string, ...string[]] {
  const { kind, why } = compareService(own, wanted, {
    engine: { kind: 'containers', servers: servers.map(({ server }) => server) },
    asked: servers,
    running: runningIn(NAMED, servers),
    ended: endedIn(NAMED, servers),
    past: { releases },
    begun: { where: NAMED },
  });
  return [kind, ...why];
}

const both = (...containers: Parameters<typeof runs>): readonly Asked[] =>
  ['web1', 'web2'].map(name =>
    asked(name, { containers: [runs(...containers)], images: [image('shop/web:v1')] }),
  );

test('is unchanged only where every server runs it as it should be', () => {
  expect(becomes(both('web'))).toEqual(['unchanged']);
  expect(becomes([asked('web1'), asked('web2')])).toEqual(['new']);
  expect(becomes(both('web'), known('2'))).toEqual(['changed', 'image shop/web:v1 → shop/web:v2']);
  const [first] = both('web');
  if (!first) throw new Error('none');
  expect(becomes([first, asked('web2')])).toEqual(['changed', '0 of 1 running on web2']);
  const other = asked('web2', { containers: [runs('web', '3')] });
  expect(becomes([first, other])).toEqual(['changed', 'image sha256:333333333333 → shop/web:v1']);
  expect(becomes(both('web', '1', { health: clean('unhealthy') }))).toEqual([
    'changed',
    'not healthy on web1',
    'not healthy on web2',
  ]);
  expect(becomes(both('web'), known('1'), service('web', { replicas: 2 }))).toEqual([
    'changed',
    '1 of 2 running on web1',
    '1 of 2 running on web2',
  ]);
  expect(becomes(both('web'), known('1'), service('web', { servers: ['web1'] }))).toEqual([
    'changed',
    'no longer on web2',
  ]);
});

test('what somebody else made of it is told to be stopped', () => {
  const labels = { 'tako.project': 'shop', 'tako.environment': 'production', 'tako.service': 'web' };
  const cleaned = Object.fromEntries(Object.entries(labels).map(([name, value]) => [name, clean(value)]));
  const theirs = container('shop_production_web_1', { labels: cleaned });
  const stops = 'stops shop_production_web_1, which Shipshape did not make';
  expect(becomes([asked('web1', { containers: [theirs] })])).toEqual(['new', stops]);
  expect(becomes([asked('web1', { containers: [theirs, runs('web')] })])).toEqual(['changed', stops]);
  const other = container('other', { labels: { ...cleaned, 'tako.environment': clean('staging') } });
  const stopped = { ...theirs, state: clean('exited') };
  expect(becomes([asked('web1', { containers: [other, stopped] })])).toEqual(['new']);
});

test('what was stopped and is kept, or is of another environment, does not count', () => {
  const stopped = both('web', '1', { state: clean('exited') });
  expect(becomes(stopped)).toEqual(['new']);
  const [server] = both('web');
  const elsewhere = server?.observation.answer?.containers.map(each => ({
    ...each,
    deployed: each.deployed && { ...each.deployed, environment: clean('staging') },
  }));
  expect(becomes([asked('web1', { containers: elsewhere ?? [] })])).toEqual(['new']);
});

test('what somebody changed by hand in a swarm is brought back', () => {
  const [first] = both('web');
  const containers = first?.observation.answer?.containers ?? [];
  const deployed = containers[0]?.deployed;
  if (!deployed) throw new Error('none');
  const swarm = (environment: string): readonly Asked[] => [
    asked('web1', {
      containers,
      images: [image('shop/web:v1')],
      services: [
        {
          ...swarmService('shop_production_web', 1, 1),
          deployed: { ...deployed, environment: clean(environment) },
          byHand: clean('f'.repeat(64)),
        },
      ],
    }),
  ];
  expect(becomes(swarm('production'))).toEqual(['changed', 'variables or command changed by hand']);
  expect(becomes(swarm('staging'))).toEqual(['unchanged']);
});

test('other settings are named, where it is known what they were', () => {
  const now = service('web', { hash: 'other', environment: new Map([['A', '2']]), workingFolder: '/app' });
  expect(becomes(both('web'), known('1'), now)).toEqual(['changed', 'other settings']);
  const then = settingsOf(service('web', { environment: new Map([['A', '1']]) }), NAMED);
  const kept = { image: 'shop/web:v1', imageId: idOf('1'), hash: 'web', settings: then, asIn: 'deploy-1' };
  const own = { release: 'deploy-1', environment: 'production', services: { web: kept } };
  const release = { id: 'deploy-1', own } as unknown as PastRelease; // all that is looked at
  expect(becomes(both('web'), known('1'), now, [release])).toEqual([
    'changed',
    'settings: variable A, working folder',
  ]);
});

test('what is built may turn out to be the same', () => {
  const build: Wanted = {
    source: { kind: 'build', reference: 'shop/web:v2' },
    why: clean('a file changed'),
  };
  const compared = (servers: readonly Asked[]): boolean =>
    compareService(service('web'), build, {
      engine: { kind: 'containers', servers: servers.map(({ server }) => server) },
      asked: servers,
      running: runningIn(NAMED, servers),
      ended: new Map(),
      past: { releases: [] },
      begun: { where: NAMED },
    }).onlyImage;
  expect(compared(both('web'))).toBe(true);
  expect(compared(both('web', '1', { hash: 'other' }))).toBe(false);
  expect(compared([asked('web1', { containers: [runs('web')] }), asked('web2')])).toBe(false);
});

test('a job is done where its last run was of the same image and settings', () => {
  const job = service('job', { kind: 'job' });
  const ended = (digit: string, startedAt: number): ReturnType<typeof runs> =>
    runs('job', digit, { state: clean('exited'), startedAt });
  expect(becomes([asked('web1')], known('1'), job)).toEqual(['new']);
  expect(becomes([asked('web1', { containers: [ended('1', 2), ended('2', 1)] })], known('1'), job)).toEqual([
    'unchanged',
  ]);
  expect(becomes([asked('web1', { containers: [ended('1', 1), ended('2', 2)] })], known('1'), job)[0]).toBe(
    'changed',
  );
});

test('going back compares with the settings of then, where they are known', () => {
  const back = (hash?: string): Wanted => ({
    ...known('1'),
    asIn: {
      release: 'deploy-0',
      ...(hash !== undefined && {
        kept: { image: '', imageId: idOf('1'), hash, settings: {}, asIn: 'deploy-0' },
      }),
    },
  });
  expect(becomes(both('web'), back('web'))).toEqual(['unchanged']);
  expect(becomes(both('web'), back('then'))).toEqual(['changed', 'other settings']);
  expect(becomes(both('web'), back())).toEqual(['changed', 'settings of that release']);
  expect(becomes(both('web', '1', { release: 'deploy-0' }), back())).toEqual(['unchanged']);
});

test('what is left alone fails nothing, however it runs; what is not well of it is told', () => {
  const [first] = both('web');
  const ill = runs('web', '2', { health: clean('unhealthy') });
  if (!first) throw new Error('none');
  expect(leftAlone([first, asked('web2')])).toMatchObject({ right: ['web1', 'web2'], wrong: [], aside: [] });
  const uneven = [first, asked('web2', { containers: [runs('web', '3'), ill] })];
  expect(leftAlone(uneven)).toMatchObject({
    right: ['web1', 'web2'],
    wrong: [],
    missing: [],
    aside: ['web is not healthy on web2'],
  });
  expect(leftAlone(uneven, 'swarm')).toMatchObject({ right: ['web1', 'web2'], missing: [] });
  const gone = [asked('web1'), asked('web2')];
  expect(leftAlone(uneven, 'swarm', gone)).toMatchObject({ missing: [], aside: ['web does not run'] });
  const silent = [asked('web1', 'silent'), asked('web2')];
  expect(leftAlone(uneven, 'swarm', silent).aside).toEqual([]);
});

/** What is true of a service that is left alone, by what it ran first and what it runs then. */
function leftAlone(
  servers: readonly Asked[],
  kind: 'containers' | 'swarm' = 'containers',
  then: readonly Asked[] = servers,
): Truth {
  const all = servers.map(({ server }) => server);
  const [manager] = all;
  if (!manager) throw new Error('none');
  const engine = kind === 'swarm' ? { kind, manager, servers: all } : { kind, servers: all };
  const found = {
    asked: servers,
    running: runningIn(NAMED, servers),
    ended: new Map(),
    past: { releases: [] },
  };
  const left = asItRuns(service('web'), { engine, ...found, begun: { where: NAMED } });
  const where = { tool: 'tako', root: '/', project: clean('shop'), environment: 'production' } as const;
  const course = {
    engine,
    services: [left],
    application: { project: 'shop' },
    where: { ...where, isProduction: true, servers: [] },
  };
  return truthOf(course, then, ({ now }) => now?.imageId);
}
