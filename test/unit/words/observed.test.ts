import { expect, it } from 'vitest';
import { clean } from '../../../src/base/clean.ts';
import { machinesOf } from '../../../src/state/machines.ts';
import { moment } from '../../../src/words/ages.ts';
import { printRows } from '../../../src/words/rows.ts';
import { AT, failure, NOW, rowOf, run, seen, type Seen } from '../../kit/asked.ts';
import { answerOf, container, held, recorded, swarmService } from '../../kit/observed.ts';
import { answer } from '../servers/answers.ts';
import { DAY, HOUR, MINUTE } from '../../kit/times.ts';

const SHOP = { project: clean('shop'), environment: clean('production'), releases: [] };

async function described(each: Seen | undefined): Promise<readonly [unknown, string]> {
  const { description, icon } = rowOf(await seen({ web: each }), 'web');
  return [description, icon];
}

const TRAEFIK = { docker: '24.0.7', traefik: '2.10' };

it.each<readonly [Seen | undefined, string, string]>([
  [undefined, '10.0.0.1', 'server'],
  [answerOf('1.0.0', { setup: { kind: 'not-set-up' } }), '10.0.0.1 · not set up', 'server'],
  [answerOf('1.2.0'), '10.0.0.1 · setup 1.2.0 · 2.0.0 available', 'server'],
  [answerOf('2.0.0'), '10.0.0.1 · setup 2.0.0', 'server'],
  // A version that nothing leads on from is none that something is available for.
  [answerOf('9.0.0'), '10.0.0.1 · setup 9.0.0', 'server'],
  [
    answerOf('1.0.0', { setup: { kind: 'legacy', version: '1.0.0' } }),
    '10.0.0.1 · setup 1.0.0 · 2.0.0 available',
    'server',
  ],
  [
    answerOf('1.0.0', { setup: { kind: 'takod', version: '0.11', evidence: clean('takod.service') } }),
    '10.0.0.1 · run by takod 0.11',
    'server',
  ],
  [
    answerOf('1.0.0', { setup: { kind: 'damaged', why: clean('line 3') } }),
    '10.0.0.1 · setup damaged: line 3',
    'error',
  ],
  [
    answerOf('1.0.0', { setup: { kind: 'unknown', why: clean('may not be read') } }),
    '10.0.0.1 · setup not known: may not be read',
    'server',
  ],
  [failure('host-key-unknown'), '10.0.0.1 · host key not known · Review…', 'unknown'],
  [failure('host-key-changed'), '10.0.0.1 · host key changed · asked 11:58', 'error'],
  [failure('host-key-revoked'), '10.0.0.1 · host key revoked · asked 11:58', 'error'],
  [failure('unreachable'), '10.0.0.1 · does not answer · asked 11:58', 'unknown'],
  [failure('not-logged-in'), '10.0.0.1 · login refused · asked 11:58', 'unknown'],
  [failure('constructor'), '10.0.0.1 · It did not answer. · asked 11:58', 'unknown'],
  [{ at: NOW - 90 * MINUTE, answer: answerOf('2.0.0') }, '10.0.0.1 · setup 2.0.0 · asked 10:30', 'server'],
  [
    { at: NOW - DAY, failure: failure('unreachable') },
    '10.0.0.1 · does not answer · asked yesterday 12:00',
    'unknown',
  ],
  [
    answerOf('1.1.0', { run: run({ state: 'stuck' }) }),
    '10.0.0.1 · upgrade stopped at step 1.2.0 · Resume… · setup 1.1.0 · 2.0.0 available',
    'error',
  ],
  [
    answerOf('1.1.0', { run: run({ state: 'paused' }) }),
    '10.0.0.1 · upgrade paused at step 1.2.0 · Resume… · setup 1.1.0 · 2.0.0 available',
    'degraded',
  ],
  [
    answerOf('1.1.0', { run: run({ active: true }) }),
    '10.0.0.1 · upgrade at step 1.2.0 · setup 1.1.0 · 2.0.0 available',
    'running',
  ],
  [answerOf('2.0.0', { run: run({ state: 'finished' }) }), '10.0.0.1 · setup 2.0.0', 'server'],
  [
    answerOf('2.0.0', {
      docker: { state: 'silent' },
      disks: [
        { path: clean('/'), total: 4e10, free: 4e8, inodes: 100, inodesFree: 90 },
        { path: clean('/var'), total: 4e10, free: 4e10, inodes: 1_000, inodesFree: 20 },
      ],
      rebootRequired: true,
      clockSkew: -400,
      deploying: [clean('takod holds a lease')],
    }),
    '10.0.0.1 · setup 2.0.0 · Docker does not answer · deployment in progress · 400 MB free on / · few inodes left on /var · reboot required · clock off by 6 min',
    'degraded',
  ],
  [
    answerOf('2.0.0', {
      deploying: [clean('production of shop · ana@mac · Deploy shop'), clean('Docker Swarm is updating web')],
      deployed: [{ ...SHOP, hold: held(NOW - HOUR, { now: NOW }) }],
    }),
    '10.0.0.1 · setup 2.0.0 · deployment by ana@mac since 11:00',
    'server',
  ],
  [
    answerOf('2.0.0', { deployed: [SHOP, { ...SHOP, hold: held(NOW - DAY, { now: NOW, idle: 400 }) }] }),
    '10.0.0.1 · setup 2.0.0 · lock left by ana@mac since yesterday 12:00',
    'server',
  ],
  [
    answerOf('2.0.0', {
      services: [
        swarmService('web', 2, 2),
        swarmService('worker', 1, 2),
        swarmService('mail', 0, 1),
        swarmService('cron', 0, 1),
      ],
      containers: [
        container('web', { health: clean('healthy') }),
        container('worker', { health: clean('unhealthy') }),
        container('migrate', { state: clean('exited') }),
      ],
    }),
    '10.0.0.1 · setup 2.0.0 · worker 1 of 2 · mail 0 of 1 · 1 more service · worker unhealthy',
    'degraded',
  ],
])('a server is told as it answered: %#', async (each, words, icon) => {
  expect(await described(each)).toEqual([words, icon]);
});

it('an upgrade is followed step by step', async () => {
  const upgrading = { run: 'run-7', to: '1.2.0', step: 2, steps: 3, since: AT };
  const state = await seen(
    {
      web: answerOf('1.0.0'),
      mail: undefined,
      bare: answerOf('1.0.0', { setup: { kind: 'not-set-up' } }),
    },
    {
      web: { ...upgrading, doing: clean('Monitoring and metrics') },
      bare: { ...upgrading, doing: clean('Log rotation') },
      mail: { ...upgrading, step: 0, doing: clean('backing up') },
    },
  );
  expect(rowOf(state, 'web')).toMatchObject({
    description: '10.0.0.1 · upgrading to 1.2.0: step 2 of 3 · Monitoring and metrics',
    icon: 'running',
    spoken: 'web, address 10.0.0.1, upgrading to 1.2.0: step 2 of 3 · Monitoring and metrics',
  });
  expect(rowOf(state, 'mail').description).toBe('10.0.0.2 · upgrading to 1.2.0 · backing up');
  expect(rowOf(state, 'bare').description).toBe('10.0.0.3 · setting up: step 2 of 3 · Log rotation');
});

it('what runs on a server stands below it', async () => {
  const state = await seen({
    web: answerOf('2.0.0', {
      services: [swarmService('worker', 1, 2)],
      containers: [
        container('web', { health: clean('healthy'), restarts: 1, startedAt: NOW - 2 * HOUR }),
        container('old', { state: clean('exited'), restarts: 12 }),
        container('bad', { health: clean('unhealthy') }),
        container('loop', { state: clean('restarting') }),
      ],
    }),
  });
  const { children = [] } = rowOf(state, 'web');
  expect(printRows(children)).toBe(
    [
      '  worker            1 of 2 running · shop/worker:v1.4.2',
      '  bad               unhealthy · shop/bad:v1.4.2',
      '  loop              restarting · shop/loop:v1.4.2',
      '  old               exited · shop/old:v1.4.2 · 12 restarts',
      '  web               healthy · shop/web:v1.4.2 · 1 restart',
    ].join('\n'),
  );
  expect(children.map(({ icon }) => icon)).toEqual(['degraded', 'degraded', 'down', 'container', 'healthy']);
  expect(children[4]?.spoken).toBe('container web, healthy, image shop/web:v1.4.2, 1 restart');
});

it('a tooltip has what is there beside what is recorded', async () => {
  const state = await seen({
    web: answerOf('2.0.0', {
      setup: recorded('1.2.0', { ...TRAEFIK, nginx: '1.24', fail2ban: '' }),
      components: { docker: clean('26.1.5'), nginx: clean('1.24') },
      features: [clean('log-rotation')],
      root: false,
      user: clean('deploy'),
      disks: [{ path: clean('/'), total: 4e10, free: 1.2e10, inodes: 100, inodesFree: 95 }],
      memory: { total: 4e9, available: 1.5e9 },
      load: [0.25, 0.1, 0],
      processors: 2,
      clockSkew: 12,
      backups: ['backup-20261119-010203', 'backup-20261118-010203'],
    }),
  });
  const facts = Object.fromEntries((rowOf(state, 'web').facts ?? []).map(({ name, value }) => [name, value]));
  expect(facts).toMatchObject({
    Setup: '1.2.0',
    docker: '26.1.5, recorded 24.0.7',
    traefik: 'not found, recorded 2.10',
    nginx: '1.24',
    fail2ban: 'not found',
    Features: 'log-rotation, docker-swarm (only recorded)',
    'Logged in as': 'deploy, who may not become root',
    'Disk /': '12 GB of 40 GB free, 95% of inodes free',
    Memory: '1500 MB of 4000 MB available',
    Load: '0.25, 0.10, 0.00 on 2 processors',
    Clock: '12 s ahead of here',
    'Backups of its setup': 'backup-20261119-010203, backup-20261118-010203',
  });
});

it('names so many recorded features and counts the others', async () => {
  const { setup } = answer({
    file: JSON.stringify({
      version: '1.2.0',
      features: Array.from({ length: 300 }, (_, index) => `mine-${index}`),
    }),
  });
  const { facts = [] } = rowOf(
    await seen({ web: answerOf('1.2.0', { setup, features: [clean('nginx')] }) }),
    'web',
  );
  const told = facts.find(({ name }) => name === 'Features')?.value ?? '';
  expect(told).toMatch(
    /^nginx, mine-0 \(only recorded\), .*, mine-49 \(only recorded\), 250 more \(only recorded\)$/,
  );
});

it('tells when its upgrade is scheduled, of that server alone', async () => {
  const state = await seen({ web: answerOf('1.1.0'), db: answerOf('1.1.0') });
  const web = machinesOf(state).find(({ server }) => server.name === 'web');
  const scheduled = {
    at: NOW + DAY,
    machine: web?.id ?? '',
    name: clean('web'),
    to: '1.2.0',
    outsideWindow: false,
  };
  const told = (name: string) =>
    rowOf(state, name, { scheduled }).facts?.flatMap(each => (each.name === 'Scheduled' ? [each.value] : []));
  expect(told('web')).toEqual([`upgrade to 1.2.0, ${moment(scheduled.at)}`]);
  expect(told('db')).toEqual([]);
});

it('offers what makes sense', async () => {
  const state = await seen({
    bare: answerOf('1.0.0', { setup: { kind: 'not-set-up' } }),
    old: answerOf('1.1.0', { backups: ['backup-20261119-010203'] }),
    newest: answerOf('2.0.0'),
    stopped: answerOf('1.1.0', { run: run({}) }),
    busy: answerOf('1.1.0', { run: run({ active: true }) }),
    tako: answerOf('1.0.0', { setup: { kind: 'takod', evidence: clean('takod.service') } }),
    stranger: failure('host-key-unknown'),
    dead: failure('unreachable'),
  });
  const offered = (name: string) =>
    rowOf(state, name).abilities?.filter(each =>
      /^(?:check|review|setUp|upgrade|resume|restore|manage)/.test(each),
    );
  expect(offered('bare')).toEqual(['checkServer', 'setUpServer']);
  expect(offered('old')).toEqual(['checkServer', 'upgradeServer', 'restoreSetup', 'manageBackups']);
  expect(offered('newest')).toEqual(['checkServer']);
  expect(offered('stopped')).toEqual(['checkServer', 'resumeUpgrade']);
  expect(offered('busy')).toEqual(['checkServer']);
  expect(offered('tako')).toEqual(['checkServer']);
  expect(offered('stranger')).toEqual(['checkServer', 'reviewHostKeys']);
  expect(offered('dead')).toEqual(['checkServer']);
});
