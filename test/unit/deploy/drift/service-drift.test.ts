import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clean } from '../../../../src/base/clean.ts';
import { dayText } from '../../../../src/base/time.ts';
import { serviceDrift } from '../../../../src/deploy/drift/service-drift.ts';
import type { State } from '../../../../src/state/model.ts';
import type { ObservedContainer, ServerAnswer } from '../../../../src/state/observed.ts';
import { driftText, runningWords } from '../../../../src/words/running.ts';
import { answersIn } from '../../../../src/words/restorable.ts';
import { AT, failure, seen, type Seen } from '../../../kit/asked.ts';
import { answerOf, container, deployedBy, held, image, swarmService } from '../../../kit/observed.ts';
import { HASH, ran, recordedIn, RELEASE } from '../../../kit/recorded.ts';
import { DAY, HOUR } from '../../../kit/times.ts';

const of = (service: string, about: Partial<ObservedContainer> = {}) =>
  container(service, { deployed: deployedBy(service, RELEASE), ...about });

const with_ = (...containers: readonly ObservedContainer[]) => answerOf('2.0.0', { containers });

const compared = ({ projects: [project], ...state }: State) => {
  const [environment] = project?.environments ?? [];
  if (!project || !environment) throw new Error('No environment');
  return serviceDrift(
    project,
    environment,
    answersIn({ ...state, projects: [project] })(project, environment),
  );
};

const WEB_AND_WORKER = [ran('web', ['a', 'b']), ran('worker', ['a', 'b'])];

/** What is told of two servers that were to run web and worker. */
async function told(servers: Readonly<Record<string, Seen | undefined>>, services = WEB_AND_WORKER) {
  const { drift, ...others } = compared(await seen(servers, {}, recordedIn(services, Object.keys(servers))));
  return { ...others, drift: drift.map(driftText), all: drift };
}

describe('servers with plain Docker', () => {
  it('run what is recorded', async () => {
    const { drift, compared, counts } = await told({
      a: with_(of('web'), of('worker')),
      b: with_(of('web'), of('worker')),
    });
    expect(drift).toEqual([]);
    expect(compared).toEqual(['a', 'b']);
    expect(counts.get('web')).toEqual({ running: 2, wanted: 2 });
  });

  it('are told apart by image, count, settings and what is not recorded, each with where it was seen', async () => {
    const { drift, all } = await told({
      a: answerOf('2.0.0', {
        containers: [
          of('web', { imageId: clean(`sha256:${'9'.repeat(64)}`) }),
          of('worker', { deployed: deployedBy('worker', RELEASE, { hash: clean('f'.repeat(64)) }) }),
          of('miner'),
        ],
        images: [image('shop/web:9d1c0aa', '9')],
      }),
      b: with_(of('web'), of('worker', { id: clean('worker1cccccc'), state: clean('exited') })),
    });
    expect(drift).toEqual([
      'web: a runs 9d1c0aa, recorded v1.4.2',
      'worker 1 of 2',
      'worker: other settings than recorded',
      'miner runs on a, not recorded',
    ]);
    expect(all.map(({ kind, servers }) => [kind, servers])).toEqual([
      ['image', ['a']],
      ['replicas', ['b']],
      ['settings', ['a']],
      ['unexpected', ['a']],
    ]);
    expect(all[1]?.evidence).toBe('worker on b exited');
    expect(all[0]?.evidence).toContain('web on a has sha256:999999999999');
  });

  it('call an image as its container does, and whole where more than its tag is another', async () => {
    const imageId = clean(`sha256:${'9'.repeat(64)}`);
    const one = with_(of('web', { imageId, image: clean('else/site:2') }), of('worker'));
    const images = [image('shop/web:9d1c0aa', '9'), image('else/site:2', '9')];
    const other = { ...one, images };
    const { drift } = await told({ a: other, b: other });
    expect(drift).toEqual(['web: servers run else/site:2, recorded shop/web:v1.4.2']);
    // Where that name means another image by now it says nothing.
    const moved = { ...one, images: images.slice(0, 1) };
    expect((await told({ a: moved, b: moved })).drift).toEqual(['web: servers run 9d1c0aa, recorded v1.4.2']);
  });

  it('have lost a service where all of them say so, and never where one does not answer', async () => {
    const both = await told({ a: with_(of('worker')), b: with_(of('worker')) });
    expect(both.drift).toEqual(['web is gone']);
    expect(both.all[0]?.severity).toBe('error');

    const one = await told({ a: with_(of('worker')), b: failure('unreachable') });
    expect(one.drift).toEqual(['web 0 of 1']);
    expect(one.left).toEqual([{ server: 'b', why: 'does not answer' }]);

    for (const silent of [undefined, failure('unreachable')]) {
      const none = await told({ a: silent, b: silent });
      expect(none).toMatchObject({ drift: [], compared: [], left: [{ server: 'a' }, { server: 'b' }] });
      expect(none.at).toBeUndefined();
    }
  });

  it.each([
    ['Docker does not answer', answerOf('2.0.0', { docker: { state: 'silent' } })],
    ['did not answer in full', answerOf('2.0.0', { docker: { state: 'answers', partly: true } })],
    [
      'run by takod',
      answerOf('2.0.0', { setup: { kind: 'takod', evidence: clean('/usr/local/bin/takod') } }),
    ],
    ['asked before the deployment that is recorded', { at: AT - 2 * HOUR, answer: with_() }],
  ] as const)('are not compared where that would say nothing: %s', async (why, answer) => {
    const { drift, left } = await told({ a: answer, b: with_(of('web'), of('worker')) });
    expect(drift).toEqual([]);
    expect(left).toEqual([{ server: 'a', why }]);
  });

  it('are said to be ignored where a person ignores what differs, and until when', async () => {
    const { all, ...comparison } = await told({ a: with_(of('web')), b: with_(of('web'), of('worker')) });
    const ignored = { until: AT + 7 * DAY, reason: clean('The new disk comes on Monday') };
    const drift = all.map(each => ({ ...each, ignored }));
    const words = (now: number) => runningWords({ name: clean('worker') }, { ...comparison, drift }, now);
    expect(words(AT)?.words).toContain(`1 of 2 running · ignored until ${dayText(ignored.until)} · asked`);
    expect(words(AT)?.icon).toBeUndefined();
    expect(words(ignored.until)?.words).not.toContain('ignored');
  });

  it('are let be while somebody deploys to them', async () => {
    const deployed: ServerAnswer['deployed'] = [
      { project: clean('shop'), environment: clean('production'), releases: [], hold: held(AT) },
    ];
    const { drift, left } = await told({ a: answerOf('2.0.0', { deployed }), b: with_() });
    expect(drift).toEqual([]);
    expect(left).toEqual([
      { server: 'a', why: 'being deployed to' },
      { server: 'b', why: 'being deployed to' },
    ]);
  });

  it('are known by the names of their containers where there are no labels, and by those of images without ids', async () => {
    const plain = (name: string, about: Partial<ObservedContainer> = {}) =>
      container(`shop_production_${name}`, { image: clean('docker.io/shop/web:v1.4.2@sha256:77'), ...about });
    const services = [ran('web', ['a'], { imageId: '' })];
    expect((await told({ a: with_(plain('web_1')) }, services)).drift).toEqual([]);
    expect(
      (await told({ a: with_(plain('web_1', { image: clean('shop/web:v2') })) }, services)).drift,
    ).toHaveLength(1);
    expect((await told({ a: with_(plain('web_1'), plain('old_2')) }, services)).drift).toEqual([
      'old runs on a, not recorded',
    ]);
  });
});

describe('a swarm', () => {
  const manager = (about: Partial<ServerAnswer>) =>
    answerOf('2.0.0', { docker: { state: 'answers', swarm: 'manager' }, ...about });
  const service = (name: string, running: number, desired: number) => ({
    ...swarmService(`shop_production_${name}`, running, desired),
    deployed: deployedBy(name, RELEASE),
    imageId: clean(`sha256:${'1'.repeat(64)}`),
  });

  it('tells of all of it through a manager, also that a node is down', async () => {
    const nodes = ['ready', 'down'].map((state, index) => ({
      name: clean(`n${index}`),
      state: clean(state),
      availability: clean('active'),
    }));
    const services = [
      { ...service('web', 2, 2), imageId: clean(`sha256:${'9'.repeat(64)}`) },
      service('worker', 1, 2),
      service('extra', 1, 1),
    ];
    const { drift, counts } = await told({ a: manager({ services, nodes }), b: undefined });
    expect(drift).toEqual([
      'web: servers run sha256:999999999999, recorded shop/web:v1.4.2',
      'worker 1 of 2',
      'extra runs, not recorded',
      'node n1 down',
    ]);
    expect(counts.get('worker')).toEqual({ running: 1, wanted: 2 });
    expect((await told({ a: manager({ services: [service('web', 2, 2)] }), b: undefined })).drift).toEqual([
      'worker is gone',
    ]);
  });

  it('is not judged by its workers', async () => {
    const worker = answerOf('2.0.0', { docker: { state: 'answers', swarm: 'worker' } });
    const { drift, left } = await told({ a: worker, b: worker });
    expect(drift).toEqual([]);
    expect(left.map(({ why }) => why)).toEqual(Array(2).fill('no manager of the swarm answered'));
  });
});

it('counts containers over any servers, of which any answer', async () => {
  const server = fc.record({
    wanted: fc.integer({ min: 0, max: 3 }),
    runs: fc.integer({ min: 0, max: 3 }),
    answers: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(server, { minLength: 1, maxLength: 4 }), async servers => {
      const all = servers.map((each, index) => ({ ...each, name: `s${index}` }));
      const nodes = all.flatMap(({ name, wanted }) => Array<string>(wanted).fill(name));
      if (nodes.length === 0) return;
      const observed = all.map(({ name, runs, answers }) => {
        const containers = Array.from({ length: runs }, (_, slot) =>
          of('web', { id: clean(`${name}${slot}`) }),
        );
        return [name, answers ? with_(...containers) : failure('unreachable')] as const;
      });
      const files = recordedIn(
        [ran('web', nodes)],
        all.map(({ name }) => name),
      );
      const {
        drift,
        counts,
        compared: heard,
      } = compared(await seen(Object.fromEntries(observed), {}, files));
      const hosts = all.filter(({ answers, wanted }) => answers && wanted > 0);
      const sum = (of: readonly number[]) => of.reduce((total, each) => total + each, 0);
      expect(heard).toEqual(all.filter(({ answers }) => answers).map(({ name }) => name));
      const [wanted, running] = [sum(hosts.map(each => each.wanted)), sum(hosts.map(each => each.runs))];
      expect(counts.get('web')).toEqual(hosts.length > 0 ? { running, wanted } : undefined);
      const short = hosts.filter(each => each.runs !== each.wanted).map(({ name }) => name);
      const [counted] = drift.filter(({ kind }) => kind === 'replicas' || kind === 'gone');
      expect(counted?.servers ?? []).toEqual(short);
      // Nothing is gone while one of its servers was not heard.
      const isWhole = all.every(({ answers, wanted: here }) => answers || here === 0);
      expect(drift.some(({ kind }) => kind === 'gone')).toBe(isWhole && running === 0);
      const strays = all.filter(({ answers, wanted: here, runs }) => answers && here === 0 && runs > 0);
      expect(drift.filter(({ kind }) => kind === 'unexpected').flatMap(each => each.servers)).toEqual(
        strays.map(({ name }) => name),
      );
    }),
    { numRuns: 60 },
  );
});

it('knows the settings of what was deployed from an editor', async () => {
  const state = await seen({ a: with_() }, {}, recordedIn([ran('web', ['a'])], ['a']));
  const [service] = state.projects[0]?.environments[0]?.releases[0]?.services ?? [];
  expect(service?.hash).toBe(HASH);
});
