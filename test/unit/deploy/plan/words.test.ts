import { describe, expect, test } from 'vitest';
import { clean } from '../../../../src/base/clean.ts';
import type { Engine } from '../../../../src/deploy/configuration/application.ts';
import { bareService } from '../../../../src/deploy/configuration/bare-service.ts';
import type { Course, ServiceCourse } from '../../../../src/deploy/course.ts';
import { courseFindings } from '../../../../src/deploy/plan/words.ts';
import { remainsFindings } from '../../../../src/deploy/plan/remains.ts';
import { asked, runs } from '../../../kit/deployed.ts';
import { container, held } from '../../../kit/observed.ts';

const server = { id: 'web1', name: clean('web1'), target: { host: 'web1' } };

const WHOSE = { application: { project: 'shop' }, where: { environment: 'production' }, unfinished: [] };

/** What is said against a service of three replicas. */
function said(
  kind: Engine['kind'],
  host: number | undefined,
  about: Partial<ServiceCourse> = {},
): readonly string[] {
  const engine: Engine =
    kind === 'swarm' ? { kind, servers: [server], manager: server } : { kind, servers: [server] };
  const service = bareService('web', {
    replicas: 3,
    ports: [{ container: 80, protocol: 'tcp', ...(host !== undefined && { host }) }],
  });
  const course = {
    engine,
    left: [],
    kind: 'deploy',
    ...WHOSE,
    services: [{ service, kind: 'new', why: [], onlyImage: false, interrupts: false, ...about }],
  } as unknown as Course; // the findings look at nothing else
  return courseFindings(course, [], { releases: [], unfinished: [], own: [], findings: [] })
    .filter(({ severity }) => severity === 'error')
    .map(({ text }) => text);
}

describe('replicas that would share a port of their server', () => {
  const refused = ['web cannot run 3 times on a server: each would need its port 8080'];

  test.each<readonly [string, readonly string[], readonly string[]]>([
    ['with plain Docker', said('containers', 8080), refused],
    ['with Compose', said('compose', 8080), refused],
    ['of a swarm, which hands it out to all', said('swarm', 8080), []],
    ['without one', said('containers', undefined), []],
    ['that run already', said('containers', 8080, { kind: 'unchanged' }), []],
    ['as they ran before', said('containers', 8080, { asIn: { release: 'deploy-1' } }), []],
  ])('%s', (_, told, expected) => {
    expect(told).toEqual(expected);
  });
});

test('replicas that write to one volume of their server are told', () => {
  const told = (
    engine: Engine,
    readOnly: boolean,
    replicas: number,
    kind: ServiceCourse['kind'] = 'changed',
  ): readonly string[] => {
    const volumes = [{ source: 'data', target: '/data', readOnly }];
    const service = bareService('web', { replicas, volumes });
    const course = {
      engine,
      left: [],
      kind: 'scale',
      ...WHOSE,
      services: [{ service, kind, why: [], onlyImage: false, interrupts: false }],
    } as unknown as Course; // the findings look at nothing else
    return courseFindings(course, [], { releases: [], unfinished: [], findings: [], own: [] }).flatMap(
      each => (each.code === 'shared-volume' ? [`${each.severity}: ${each.text}`] : []),
    );
  };
  const plain: Engine = { kind: 'containers', servers: [server] };
  expect(told(plain, false, 3)).toEqual([
    'warning: web runs 3 times on a server, and all write to the same volume',
  ]);
  expect(told(plain, true, 3)).toEqual([]);
  expect(told(plain, false, 1)).toEqual([]);
  expect(told(plain, false, 3, 'unchanged')).toEqual([]);
  expect(told({ kind: 'swarm', servers: [server], manager: server }, false, 3)).toEqual([]);
});

test('names the domains that nothing routes, on servers that answered', () => {
  const traefik = container('traefik', { image: clean('traefik:v3.1') });
  const servers = [asked('web1', { containers: [traefik] }), asked('web2'), asked('web3', 'silent')];
  const all = servers.map(({ server: each }) => each);
  const told = (kind: 'containers' | 'swarm', domains: readonly string[]): readonly string[] => {
    const engine: Engine =
      kind === 'swarm' ? { kind, servers: all, manager: server } : { kind, servers: all };
    const course = {
      engine,
      left: [],
      kind: 'deploy',
      ...WHOSE,
      services: [
        {
          service: bareService('web', { domains }),
          kind: 'new',
          why: [],
          onlyImage: false,
          interrupts: false,
        },
      ],
    } as unknown as Course; // the findings look at nothing else
    return courseFindings(course, servers, { releases: [], unfinished: [], own: [], findings: [] }).flatMap(
      each => (each.code === 'no-proxy' ? [each.text] : []),
    );
  };
  expect(told('containers', ['shop.acme.test'])).toEqual([
    'No Traefik runs on web2, which would route shop.acme.test',
  ]);
  expect(told('containers', [])).toEqual([]);
  expect(told('swarm', ['shop.acme.test'])).toEqual([]); // one is enough
});

test('what was left of an interrupted release is told with what becomes of it', () => {
  const left = { release: 'deploy-2' };
  const hold = { ...held(0, { idle: 600 }), release: clean('deploy-3') };
  const deployed = [{ project: clean('shop'), environment: clean('production'), releases: [], hold }];
  const servers = [
    asked('web1', { containers: [runs('web', '2', left), runs('api', '1', left)], deployed }),
    asked('web2', {
      containers: [runs('web'), runs('api', '1', left), runs('job', '1', { release: 'deploy-3' })],
    }),
  ];
  const course = {
    ...WHOSE,
    services: [
      { service: bareService('web', {}), kind: 'changed' },
      { service: bareService('api', {}), kind: 'unchanged' },
      { service: bareService('job', {}), kind: 'removed' },
    ],
    unfinished: [{ id: 'deploy-2', timestamp: '' }],
  } as unknown as Course; // the findings look at nothing else
  expect(remainsFindings(course, servers).map(({ text }) => text)).toEqual([
    'web of deploy-2, which was interrupted, runs on web1: it is replaced',
    'api of deploy-2, which was interrupted, runs on web1, web2: it stays',
    'job of deploy-3, which was interrupted, runs on web2: it is ended',
  ]);
});

test('servers that are left out are one or several', () => {
  const told = (...left: readonly string[]): string | undefined => {
    const engine: Engine = { kind: 'containers', servers: [server] };
    const course = { engine, left, kind: 'deploy', ...WHOSE, services: [] } as unknown as Course; // all it looks at
    const findings = courseFindings(course, [], { releases: [], unfinished: [], own: [], findings: [] });
    return findings.find(({ code }) => code === 'left-out')?.text;
  };
  expect(told()).toBeUndefined();
  expect(told('web2')).toBe('web2 does not answer and is left out');
  expect(told('web2', 'web3')).toBe('web2, web3 do not answer and are left out');
});
