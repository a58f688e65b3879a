import { expect, test } from 'vitest';
import { clean } from '../../../src/base/clean.ts';
import type { Asked } from '../../../src/deploy/plan/asked.ts';
import type { ServiceCourse } from '../../../src/deploy/course.ts';
import { truthOf, truthWords, verdictFrom, type Judged } from '../../../src/deploy/truth.ts';
import { asked, idOf, runs, service, where } from '../../kit/deployed.ts';

const course = (
  servers: readonly Asked[],
  kind: Judged['engine']['kind'],
  about: Parameters<typeof service>[1] = {},
  becomes: ServiceCourse['kind'] = 'changed',
): Judged => {
  const all = servers.map(({ server }) => server);
  const [manager] = all;
  if (!manager) throw new Error('no server');
  const engine = kind === 'swarm' ? { kind, manager, servers: all } : { kind, servers: all };
  const own = { service: service('web', about), kind: becomes, why: [], onlyImage: false, interrupts: false };
  return { where: where(servers), engine, application: { project: 'shop' }, services: [own] };
};
const judge = (judged: Judged, servers: readonly Asked[]): readonly [string, string] => {
  const truth = truthOf(judged, servers, () => idOf('1'));
  const words = truthWords(judged.where, clean('9d1c0aa'), truth, 0);
  return [verdictFrom(truth, words).state, words.replace(/checked \d\d:\d\d/, 'checked')];
};

test('says on how many servers it runs, and what is wrong with the others', () => {
  const good = asked('web1', { containers: [runs('web')] });
  const told = (other: Asked): readonly [string, string] =>
    judge(course([good, other], 'containers'), [good, other]);
  expect(told(asked('web2', { containers: [runs('web')] }))).toEqual([
    'verified',
    'production runs 9d1c0aa on 2 of 2 servers, checked',
  ]);
  expect(told(asked('web2', { containers: [runs('web', '2')] }))[1]).toBe(
    'production runs 9d1c0aa on 1 of 2 servers, checked; web2: web runs sha256:222222222222',
  );
  expect(told(asked('web2'))).toEqual([
    'failed',
    'production runs 9d1c0aa on 1 of 2 servers, checked; web2: web: 0 of 1 running',
  ]);
  expect(told(asked('web2', { containers: [runs('web', '1', { health: clean('unhealthy') })] }))[1]).toMatch(
    /web2: web is not healthy$/,
  );
  expect(told(asked('web2', 'silent'))).toEqual([
    'unverified',
    'production runs 9d1c0aa on 1 of 2 servers, checked; web2 does not answer',
  ]);
  const all = [asked('web1', 'silent'), asked('web2', 'silent')];
  expect(judge(course(all, 'containers'), all)[1]).toBe(
    'production runs 9d1c0aa on 0 of 2 servers, checked; web1, web2 do not answer',
  );
});

test('a swarm puts tasks where it likes: their sum counts', () => {
  const servers = [asked('web1', { containers: [runs('web'), runs('web')] }), asked('web2')];
  expect(judge(course(servers, 'swarm', { replicas: 2 }), servers)[0]).toBe('verified');
  expect(judge(course(servers, 'swarm', { replicas: 3 }), servers)).toEqual([
    'failed',
    'production runs 9d1c0aa on 2 of 2 servers, checked; web: 2 of 3 running',
  ]);
  // What is on every server of a swarm has no number of its own.
  const everywhere = { everywhere: true };
  expect(judge(course(servers, 'swarm', everywhere), servers)[0]).toBe('verified');
  const three = [...servers, asked('web3')];
  expect(judge(course(three, 'swarm', everywhere), three)[1]).toMatch(/; web: 2 of 3 running$/);
});

test('of a server whose Docker told nothing, or not all, nothing is missing', () => {
  const good = asked('web1', { containers: [runs('web')] });
  const docker = { state: 'answers', partly: true } as const;
  for (const other of [asked('web2', { docker }), asked('web2', { docker: { state: 'silent' } })]) {
    const unknown = 'production runs 9d1c0aa on 1 of 2 servers, checked; web2 does not answer';
    expect(judge(course([good, other], 'containers'), [good, other])).toEqual(['unverified', unknown]);
    expect(judge(course([good, other], 'swarm', { replicas: 2 }), [good, other])).toEqual([
      'unverified',
      unknown,
    ]);
  }
  const none = asked('web2', { docker: { state: 'none' } });
  expect(judge(course([good, none], 'containers'), [good, none])[0]).toBe('failed');
});

test('what is missing in a swarm may run on a server that does not answer; what is wrong on others is told', () => {
  const good = asked('web1', { containers: [runs('web')] });
  const dead = asked('web3', 'silent');
  const swarm = (other: Asked): readonly [string, string] =>
    judge(course([good, other, dead], 'swarm', { replicas: 3 }), [good, other, dead]);
  expect(swarm(asked('web2'))).toEqual([
    'unverified',
    'production runs 9d1c0aa on 2 of 3 servers, checked; web3 does not answer',
  ]);
  const ill = asked('web2', { containers: [runs('web', '1', { health: clean('unhealthy') })] });
  expect(swarm(ill)[0]).toBe('failed');
});

test('what is removed must not run, and nobody asked is nothing verified', () => {
  const servers = [asked('web1', { containers: [runs('web')] })];
  const judged = course(servers, 'containers', {}, 'removed');
  const truth = truthOf(judged, servers, () => undefined);
  expect(truth.wrong).toEqual([{ server: 'web1', what: 'web still runs', isSilent: false }]);
  const nobody = { ...judged, engine: { kind: 'compose', servers: [] } } as const;
  expect(
    verdictFrom(
      truthOf(nobody, [], () => undefined),
      clean(''),
    ).state,
  ).toBe('unverified');
});

test('how services are that were left alone is told, and changes no verdict', () => {
  const servers = [
    asked('web1', { containers: [runs('web'), runs('worker', '1', { health: clean('unhealthy') })] }),
  ];
  const { services, ...judged } = course(servers, 'containers');
  const worker: ServiceCourse = {
    service: service('worker'),
    kind: 'unchanged',
    why: [],
    onlyImage: false,
    interrupts: false,
    isLeft: true,
  };
  expect(judge({ ...judged, services: [...services, worker] }, servers)).toEqual([
    'verified',
    'production runs 9d1c0aa on 1 of 1 servers, checked; left alone: worker is not healthy on web1',
  ]);
  // What is scaled is no longer left alone.
  const scaled: ServiceCourse = { ...worker, kind: 'changed' };
  expect(judge({ ...judged, services: [...services, scaled] }, servers)[0]).toBe('failed');
});
