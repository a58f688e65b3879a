import { describe, expect, test } from 'vitest';
import { clean } from '../../../src/base/clean.ts';
import type { ServerAnswer } from '../../../src/state/observed.ts';
import { generalHarm, ownHarm } from '../../../src/upgrade/harm.ts';
import { judge, type Expected } from '../../../src/upgrade/judge.ts';
import type { Remembered } from '../../../src/upgrade/ledger.ts';
import { loadMigrations } from '../../../src/upgrade/migrations.ts';
import { CAREFULLY, type UpgradedServer, type UpgradeInput } from '../../../src/upgrade/requests.ts';
import { prepare, type Prepared } from '../../../src/upgrade/server.ts';
import { route, type Way } from '../../../src/upgrade/versions.ts';
import { answerOf, container, swarmService } from '../../kit/observed.ts';

const migrations = loadMigrations();
const web01: UpgradedServer = {
  id: 'web01',
  name: clean('web01'),
  target: { host: 'web01' },
  production: [],
  deploying: [],
};

function way(from: string, to: string): Way {
  const found = route(from, to, migrations);
  if (!found.ok) throw new Error(found.why);
  return found.way;
}

function prepared(
  answer: ServerAnswer,
  to: string,
  also: Partial<UpgradeInput & { ledger: readonly Remembered[]; server: Partial<UpgradedServer> }> = {},
): Prepared {
  const { ledger = [], server, ...input } = also;
  const terms = { to, migrations, ledger, input: { servers: [], rollout: CAREFULLY, options: [], ...input } };
  return prepare({ ...web01, ...server }, { at: 0, answer }, terms);
}

const errors = ({ findings }: Prepared): readonly string[] =>
  findings.flatMap(({ severity, text }) => (severity === 'error' ? [text] : []));

describe('The upgrade of one server', () => {
  test('is a way from its version, also from none', () => {
    const from = (setup: ServerAnswer['setup']) =>
      prepared(answerOf('', { setup }), '1.2.0').way?.steps.map(each => each.to);
    expect(from({ kind: 'not-set-up' })).toEqual(['1.0.0', '1.1.0', '1.2.0']);
    expect(from({ kind: 'legacy', version: '1.0.0' })).toEqual(['1.1.0', '1.2.0']);
    expect(from({ kind: 'takod', version: '1.1.0', evidence: clean('takod') })).toBeUndefined();
    expect(from({ kind: 'damaged', why: clean('x') })).toBeUndefined();
  });

  test('is nothing where it has the version, whatever else is wrong there', () => {
    const { way, findings } = prepared(answerOf('1.2.0', { systemd: false }), '1.2.0');
    expect([way, findings.map(({ severity, code }) => [severity, code])]).toEqual([
      undefined,
      [['info', 'current']],
    ]);
  });

  test('leads back by a backup only', () => {
    expect(errors(prepared(answerOf('1.2.0'), '1.1.0'))).toEqual([
      'Version 1.1.0 is older than 1.2.0: a server goes back only by restoring a backup.',
    ]);
  });

  test('goes without a backup only where the same steps were verified on another server', () => {
    const known = (machine: string, verified: boolean): Remembered => ({
      run: 'run-1',
      at: 0,
      to: '1.2.0',
      steps: ['1.1.0', '1.2.0'],
      from: '1.0.0',
      server: { ...web01, id: machine },
      ended: { at: 1, end: 'finished', verified },
    });
    const tried = (to: string, ...ledger: readonly Remembered[]) =>
      prepared(answerOf('1.0.0'), to, { skipBackup: true, ledger }).findings.find(
        ({ code }) => code === 'backup',
      )?.severity;
    expect(tried('1.2.0')).toBe('error');
    expect(tried('1.2.0', known('web01', true))).toBe('error');
    expect(tried('1.2.0', known('web02', false))).toBe('error');
    expect(tried('1.1.0', known('web02', true))).toBe('error');
    expect(tried('1.2.0', known('web02', true))).toBe('warning');
  });

  test('is not done with nobody there in production, nor where it breaks things', () => {
    const alone = { unattended: true };
    expect(errors(prepared(answerOf('1.0.0'), '1.2.0', alone))).toEqual([]);
    expect(errors(prepared(answerOf('1.0.0'), '2.0.0', alone))).toEqual([
      'This version breaks things: somebody has to be there',
    ]);
    const production = { ...alone, server: { production: [clean('production')] } };
    expect(errors(prepared(answerOf('1.0.0'), '1.1.0', production))).toEqual([
      'It is production: somebody has to be there',
    ]);
  });
});

describe('What an upgrade touches', () => {
  const sites = (...names: readonly string[]) => ({ sites: names.map(each => clean(each)) });
  const own = (steps: Way, also: Partial<ServerAnswer>): readonly string[] =>
    ownHarm(steps, answerOf('1.1.0', also)).map(({ text }) => text);

  test('is named with the sites behind Traefik, where that runs', () => {
    const traefik = container('edge', { image: clean('docker.io/library/traefik:v2.11') });
    const shop = container('shop', sites('shop.acme.test', 'acme.test'));
    const blog = { ...swarmService('blog', 1, 1), ...sites('blog.acme.test') };
    const step = way('1.1.0', '1.2.0');
    expect(own(step, { containers: [traefik, shop], services: [blog] })).toEqual([
      'Traefik restarts: acme.test, blog.acme.test, shop.acme.test may pause for seconds',
    ]);
    expect(own(step, { containers: [traefik] })).toEqual([
      'Traefik restarts: sites behind it may pause for seconds',
    ]);
    expect(own(step, { containers: [shop] })).toEqual([]);
    expect(own(step, { containers: [{ ...traefik, state: clean('exited') }] })).toEqual([]);
    expect(own(way('1.0.0', '1.1.0'), { containers: [traefik] })).toEqual([]);
  });

  test('is named with the services of the swarm, and with containers of none', () => {
    const names = Array.from({ length: 10 }, (_, index) => swarmService(`s${index}`, 1, 1));
    const containers = [container('old'), container('task', { service: clean('s1') })];
    expect(own(way('1.2.0', '2.0.0'), { services: names, containers })).toEqual([
      'These services get new tasks, one service after the other: s0, s1, s2, s3, s4, s5, s6, s7, 2 more',
      'Of these, those in Docker’s default network no longer reach each other: old',
    ]);
    expect(own(way('1.2.0', '2.0.0'), {})).toEqual([]);
  });

  test('is told once for all servers, what breaks as a warning', () => {
    const harm = generalHarm([way('1.0.0', '1.2.0'), way('1.1.0', '1.2.0')]);
    expect(harm.map(({ severity, code }) => [severity, code])).toEqual([
      ['info', 'restarts'],
      ...Array.from({ length: 4 }, () => ['info', 'harms']),
    ]);
    expect(harm[0]?.text).toBe('Restarts: systemd-journald, Traefik');
    expect(generalHarm([way('1.2.0', '2.0.0')]).filter(({ code }) => code === 'breaks')).toHaveLength(3);
  });
});

describe('A server after its upgrade', () => {
  const brought = ['log-rotation', 'journal-limits', 'log-cleanup'].map(each => clean(each));
  const finished: ServerAnswer['run'] = {
    id: 'run-1',
    active: false,
    state: 'finished',
    last: clean('finished'),
  };
  const after = (also: Partial<ServerAnswer> = {}): ServerAnswer =>
    answerOf('1.1.0', {
      setup: { kind: 'versioned', version: '1.1.0', record: { components: {}, features: brought } },
      run: finished,
      features: [clean('log-rotation')],
      ...also,
    });
  const wrong = (is: ServerAnswer, was: Partial<ServerAnswer> = {}): readonly string[] => {
    const { steps } = way('1.0.0', '1.1.0');
    const expected: Expected = {
      to: '1.1.0',
      steps,
      options: [],
      run: 'run-1',
      before: answerOf('1.0.0', was),
    };
    return judge(expected, is);
  };

  test('is as planned', () => {
    expect(wrong(after())).toEqual([]);
    expect(wrong(after({ run: { ...finished, id: 'run-2', state: 'underway' } }))).toEqual([]); // somebody else's, since
  });

  test('is not where its version, its features or its run are not', () => {
    expect(
      wrong(answerOf('1.0.0', { run: { ...finished, state: 'undone', last: clean('undone') } })),
    ).toEqual(['its version is 1.0.0', 'its run is not finished: undone']);
    expect(wrong(answerOf('1.1.0', { setup: { kind: 'not-set-up' } }))).toEqual([
      'its version is none: it is not set up',
    ]);
    expect(wrong(after({ features: [] }))).toEqual(['log-rotation cannot be seen there']);
    const record = { components: {}, features: brought.slice(1) };
    expect(wrong(after({ setup: { kind: 'versioned', version: '1.1.0', record } }))).toEqual([
      'log-rotation is not recorded',
    ]);
  });

  test('is not where something that ran before does not, or keeps ending', () => {
    const web = container('web', { health: clean('healthy') });
    const task = (name: string) => container(name, { service: clean('shop_web') });
    const before = { containers: [web, task('one'), task('two')], services: [swarmService('worker', 2, 2)] };
    expect(wrong(after(before), before)).toEqual([]);
    // Tasks get other names; what has just been started is not judged ill.
    expect(
      wrong(
        after({
          ...before,
          containers: [{ ...web, health: clean('starting') }, task('three'), task('four')],
        }),
        before,
      ),
    ).toEqual([]);
    expect(
      wrong(after({ ...before, containers: [{ ...web, health: clean('unhealthy') }, task('one')] }), before),
    ).toEqual(['web does not run as before', 'shop_web does not run as before']);
    expect(
      wrong(after({ ...before, containers: [{ ...web, restarts: 2 }, task('one'), task('two')] }), before),
    ).toEqual(['web keeps ending']);
    expect(wrong(after({ ...before, services: [swarmService('worker', 1, 2)] }), before)).toEqual([
      'worker: 1 of 2 run',
    ]);
    expect(wrong(after({ ...before, services: [swarmService('worker', 2, 3)] }), before)).toEqual([]);
  });
});
