/** Where a swarm runs something else than what is recorded. One of its managers tells of all of it. */
import { clean, join, say, type Clean } from '../../base/clean.ts';
import type { RecordedService } from '../../state/model.ts';
import type { SwarmNode, SwarmService } from '../../state/observed.ts';
import { imageName } from '../plan/asked.ts';
import {
  nameThere,
  unknownRelease,
  unlikeRecord,
  type Compared,
  type Count,
  type Difference,
  type Differences,
  type There,
} from './compared.ts';
import { containersOf, imageDrift, isLive } from './containers.ts';

export function swarmDrift(compared: Compared): Differences {
  const manager = compared.servers
    .filter(({ observation }) => observation.answer.docker.swarm === 'manager')
    .toSorted((a, b) => b.observation.at - a.observation.at)[0];
  if (!manager) return { differences: [], counts: new Map(), not: say('no manager of the swarm answered') };
  const { services, nodes = [] } = manager.observation.answer;
  const known = services.flatMap(service => {
    const name = serviceName(compared, service);
    return name === undefined ? [] : [{ name, service }];
  });
  const counts = new Map<string, Count>();
  const differences = compared.release.services.flatMap(recorded => {
    const found = known.find(({ name }) => name === recorded.name)?.service;
    const wanted = Math.max(recorded.replicas ?? 0, recorded.containers.length);
    counts.set(recorded.name, {
      running: found?.running ?? 0,
      wanted: Math.max(wanted, found?.desired ?? 0),
    });
    if (!found) return wanted > 0 ? [gone(recorded, wanted, manager)] : [];
    return [
      ...replicas(recorded, found, wanted),
      ...images(compared, recorded, found),
      ...settings(recorded, found),
    ];
  });
  const recorded = new Set(compared.release.services.map(({ name }) => name));
  const others = known.filter(
    ({ name, service }) =>
      !recorded.has(name) && service.desired > 0 && unlikeRecord(compared, name, service.deployed?.release),
  );
  return {
    differences: [
      ...differences,
      ...others.map(({ name, service }) => unexpected(name, service)),
      ...nodes.filter(({ state }) => state !== 'ready').map(each => nodeDown(each, manager)),
    ],
    counts,
  };
}

function serviceName(compared: Compared, { name, deployed }: SwarmService): Clean | undefined {
  const { project, environment } = compared;
  if (!deployed) return nameThere(compared, name);
  return deployed.project === project.name && deployed.environment === environment.name
    ? deployed.service
    : undefined;
}

function gone({ name }: RecordedService, wanted: number, { server }: There): Difference {
  return {
    kind: 'gone',
    severity: 'error',
    name,
    servers: [],
    expected: wanted,
    actual: 0,
    evidence: say('the swarm has no such service, says {0}', server.name),
  };
}

function replicas(
  { name }: RecordedService,
  { running, desired, tasks = [], name: full }: SwarmService,
  wanted: number,
): readonly Difference[] {
  if (running >= desired && (wanted === 0 || desired === wanted)) return [];
  const [task] = tasks.filter(({ state }) => state !== 'running');
  return [
    {
      kind: 'replicas',
      severity: running === 0 && wanted > 0 ? 'error' : 'warning',
      name,
      servers: [],
      expected: Math.max(wanted, running < desired ? desired : 0),
      actual: running,
      evidence: join(
        [
          say('{0}: {1} of {2} running', full, running, desired),
          task && (task.error ?? say('{0} on {1}', task.state, task.node ?? say('no node'))),
        ],
        ', ',
      ),
    },
  ];
}

/** By the service itself; where this manager does not have its image, by the containers on the servers that were asked. */
function images(compared: Compared, recorded: RecordedService, found: SwarmService): readonly Difference[] {
  const { name, image, imageId: expected } = recorded;
  if (found.imageId === undefined || !expected) {
    const live = containersOf(compared).filter(each => isLive(each) && each.service === name);
    return imageDrift(compared, recorded, live);
  }
  if (found.imageId === expected) return [];
  return [
    {
      kind: 'image',
      severity: 'warning',
      name,
      servers: [],
      expected: image ?? imageName(expected, compared.servers),
      actual: imageName(found.imageId, compared.servers),
      evidence: join(
        [
          say('{0} has {1}', found.name, clean(found.imageId.slice(0, 19))),
          unknownRelease(compared, [found.deployed?.release]),
        ],
        ', ',
      ),
    },
  ];
}

function settings(
  { name, hash }: RecordedService,
  { deployed, byHand, name: full }: SwarmService,
): readonly Difference[] {
  if (!hash || !deployed || (byHand === undefined && deployed.hash === hash)) return [];
  return [
    {
      kind: 'settings',
      severity: 'warning',
      name,
      servers: [],
      expected: clean(hash.slice(0, 12)),
      actual: clean((byHand ?? deployed.hash).slice(0, 12)),
      evidence: byHand === undefined ? full : say('{0}: variables or command changed by hand', full),
    },
  ];
}

function unexpected(
  name: Clean,
  { name: full, running, desired, image, deployed }: SwarmService,
): Difference {
  return {
    kind: 'unexpected',
    severity: 'warning',
    name,
    servers: [],
    expected: 0,
    actual: running,
    ...(!deployed && { isForeign: true }),
    evidence: join([say('{0}: {1} of {2} running', full, running, desired), image], ', '),
  };
}

function nodeDown({ name, state }: SwarmNode, { server }: There): Difference {
  return {
    kind: 'node',
    severity: 'error',
    name,
    servers: [],
    expected: clean('ready'),
    actual: state,
    evidence: say('{0} manages the swarm and says so', server.name),
  };
}
