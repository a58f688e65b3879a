import { expect, test } from 'vitest';
import { clean } from '../../../../src/base/clean.ts';
import type { Finding } from '../../../../src/base/finding.ts';
import type { ServiceCourse } from '../../../../src/deploy/course.ts';
import type { PastRelease } from '../../../../src/deploy/plan/past.ts';
import { courseOf } from '../../../../src/deploy/plan/roll-back.ts';
import { asked, idOf, runs, service, where } from '../../../kit/deployed.ts';

const NAMES = ['web1', 'web2', 'web3'];

/** Going back to a release in which the service ran on some servers; its servers still have something of that release. */
function back(
  nodes: readonly string[],
  today: readonly string[] | undefined,
  kind: 'containers' | 'swarm' = 'containers',
): { readonly course: ServiceCourse; readonly told: readonly string[] } {
  const deployed = [
    { project: clean('shop'), environment: clean('production'), releases: [clean('deploy-1')] },
  ];
  const servers = NAMES.map(name =>
    asked(name, {
      // Only the manager of a swarm has settings.
      deployed: kind === 'swarm' && name !== 'web1' ? [] : deployed,
      containers: name === 'web3' ? [runs('web', '2')] : [],
    }),
  );
  const all = servers.map(({ server }) => server);
  const [manager] = all;
  if (!manager) throw new Error('none');
  const findings: Finding[] = [];
  const found = {
    asked: servers,
    running: new Map(),
    ended: new Map(),
    findings: [],
    past: { releases: [], unfinished: [], own: [], findings: [] },
    begun: { where: where(servers), left: [], over: [], keep: [], unfinished: [] },
  };
  const recorded = {
    name: clean('web'),
    image: clean('shop/web:v1'),
    imageId: clean(idOf('1')),
    replicas: 1,
    ports: [],
    domains: [],
    containers: nodes.map(node => ({ id: clean(node), node: clean(node) })),
  };
  const course = courseOf(recorded, {
    application: {
      tool: 'tako',
      root: '/',
      project: 'shop',
      environment: 'production',
      source: 'tako.yaml',
      configHash: '',
      registries: [],
      secrets: [],
      services: [service('web', today && { servers: today })],
    },
    engine: kind === 'swarm' ? { kind, manager, servers: all } : { kind, servers: all },
    found,
    findings,
    target: { id: clean('deploy-1') } as unknown as PastRelease, // all that is looked at
  });
  return { course, told: findings.map(({ text }) => text) };
}

test('a service that was moved goes back to the servers that it was on, with the settings that lie there', () => {
  const { course, told } = back(['web1', 'web2'], ['web3']);
  expect(course).toMatchObject({ service: { servers: ['web1', 'web2'] }, asIn: { release: 'deploy-1' } });
  expect(told).toEqual([]);
  // What is no server of the environment any more takes nothing.
  expect(back(['web1', 'old'], ['web3']).course.service.servers).toEqual(['web1']);
  expect(back(['old'], ['web3']).course.service.servers).toEqual(['web3']);
});

test('settings that a server never had are told before anything is done', () => {
  const { course, told } = back(['web1', 'web2'], undefined);
  expect(course.service.servers).toBeUndefined();
  expect(course).not.toHaveProperty('asIn');
  expect(told).toEqual(['The settings of web then do not lie on web3: those of today are used']);
  expect(back(NAMES, undefined)).toMatchObject({ course: { asIn: { release: 'deploy-1' } }, told: [] });
  // In a swarm it says nothing where tasks were.
  expect(back(['web1'], ['web3'], 'swarm')).toMatchObject({
    course: { service: { servers: ['web3'] }, asIn: { release: 'deploy-1' } },
    told: [],
  });
});
