import { describe, expect, test } from 'vitest';
import { clean, say } from '../../../src/base/clean.ts';
import type { Disk, ServerAnswer, SetupRun } from '../../../src/state/observed.ts';
import { preflight } from '../../../src/upgrade/preflight.ts';
import { answerOf, container, swarmService } from '../../kit/observed.ts';

const GIGABYTE = 1024 ** 3;
const disk = (path: string, free: number, inodesFree = 1_000_000): Disk => ({
  path: clean(path),
  total: 40 * GIGABYTE,
  free,
  inodes: 2_000_000,
  inodesFree,
});
const ROOT = disk('/', 20 * GIGABYTE);
const run = (about: Partial<SetupRun>): SetupRun => ({
  id: 'run-1',
  active: false,
  state: 'underway',
  last: clean('begin 1.1.0'),
  ...about,
});

/** The checks that did not pass, for a server that is well but for this. */
function wrong(also: Partial<ServerAnswer>, deploying: readonly string[] = []) {
  const answer = answerOf('1.0.0', { disks: [ROOT], ...also });
  return preflight({ deploying: deploying.map(each => clean(each)) }, { at: 0, answer })
    .filter(({ severity }) => severity !== 'ok')
    .map(({ code, severity, text }) => `${severity} ${code}: ${text}`);
}

describe('What is checked before an upgrade', () => {
  test('passes where everything is right, and says by what it was judged', () => {
    expect(
      wrong({ containers: [container('web')], services: [swarmService('shop', 2, 2)], clockSkew: -3 }),
    ).toEqual([]);
    const checks = preflight({ deploying: [] }, { at: 0, answer: answerOf('1.0.0', { disks: [ROOT] }) });
    expect(checks.find(({ code }) => code === 'disk')).toMatchObject({
      text: 'More than 1 GB is free',
      evidence: '/: 20 GB',
    });
  });

  test.for<readonly [what: string, also: Partial<ServerAnswer>, expected: readonly string[]]>([
    [
      'takod',
      { setup: { kind: 'takod', evidence: clean('/run/tako/takod.sock') } },
      ['error setup: It is run by takod and managed by the tako CLI: tako setup, tako upgrade servers'],
    ],
    ['damage', { setup: { kind: 'damaged', why: clean('no version') } }, ['error setup: no version']],
    ['silence', { setup: { kind: 'unknown', why: clean('closed') } }, ['error setup: closed']],
    [
      'no root',
      { root: false, user: clean('deploy') },
      ['error root: deploy is not root there and cannot become it'],
    ],
    ['no systemd', { systemd: false }, ['error systemd: systemd does not run on it']],
    [
      'a run that is active',
      { run: run({ active: true }) },
      ['error lock: Its setup is being changed right now (run-1): resume that to follow it'],
    ],
    [
      'a run that stopped',
      { run: run({ state: 'paused' }) },
      ['error lock: An earlier change stopped in between (run-1): resume it first'],
    ],
    ['a run that is over', { run: run({ state: 'undone' }) }, []],
    [
      'a deployment',
      { deploying: [clean('lease of ana')] },
      ['error deploying: A deployment is in progress: lease of ana'],
    ],
    ['apt', { packagesHeldBy: clean('apt-get (71)') }, ['error packages: The package manager is in use']],
    ['a full disk', { disks: [disk('/', GIGABYTE)] }, ['error disk: Less than 1 GB is free on /']],
    [
      'a full disk for packages',
      { disks: [ROOT, disk('/var', 5)] },
      ['error disk: Less than 1 GB is free on /var'],
    ],
    ['a full disk that is not written', { disks: [ROOT, disk('/boot', 5), disk('/variety', 5)] }, []],
    [
      'a disk full of files',
      { disks: [disk('/', 9 * GIGABYTE, 10)] },
      ['error inodes: Too few files can be added on /'],
    ],
    ['a disk that does not count files', { disks: [{ ...ROOT, inodes: 0, inodesFree: 0 }] }, []],
    ['a clock that is off', { clockSkew: 400 }, ['warning clock: Its clock is more than 5 minutes off']],
    [
      'a clock that is far off',
      { clockSkew: -86_400 },
      ['error clock: Its clock is more than 60 minutes off'],
    ],
    [
      'an ill container',
      {
        containers: [
          container('web', { health: clean('unhealthy') }),
          container('job', { state: clean('exited') }),
        ],
      },
      ['error services: web is unhealthy'],
    ],
    [
      'one that keeps ending',
      { containers: [container('web', { state: clean('restarting') })] },
      ['error services: web is restarting'],
    ],
    [
      'a service that is short of tasks',
      { services: [swarmService('worker', 1, 2)] },
      ['error services: worker: 1 of 2 run'],
    ],
    [
      'a Docker that does not answer',
      { docker: { state: 'silent' } },
      ['error services: Docker does not answer'],
    ],
  ])('%s', ([, also, expected]) => {
    expect(wrong(also)).toEqual(expected);
  });

  test('deployments that are recorded as running count, too', () => {
    expect(wrong({}, ['a1b2c3d by maria'])).toEqual([
      'error deploying: A deployment is in progress: a1b2c3d by maria',
    ]);
  });

  test('of a server that does not answer is only that', () => {
    const failure = {
      code: 'unreachable',
      what: say('It does not answer.'),
      next: say('Check the network.'),
    };
    expect(preflight({ deploying: [] }, { at: 0, failure })).toEqual([
      { severity: 'error', code: 'reachable', text: 'It does not answer.', evidence: 'Check the network.' },
    ]);
  });
});
