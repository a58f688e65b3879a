import { clean, join, say, type Clean } from '../base/clean.ts';
import { keyBelow, type Key } from '../base/finding.ts';
import type { Instant } from '../base/time.ts';
import { isIll, isShort } from '../servers/health.ts';
import { fact, factOf } from '../state/facts.ts';
import type { Observation, ObservedContainer, SwarmService } from '../state/observed.ts';
import { ago, moment } from './ages.ts';
import { describe } from './names.ts';
import type { Icon, Row } from './row.ts';

/** What runs on a server, as it answered: services of its swarm, then its containers. */
export function runningRows({ answer }: Observation, parent: Key, now: Instant): Row[] {
  if (!answer) return [];
  return [
    ...answer.services.toSorted(byName).map(service => swarmRow(service, parent)),
    ...answer.containers.toSorted(byName).map(container => containerRow(container, parent, now)),
  ];
}

function byName(a: { readonly name: Clean }, b: { readonly name: Clean }): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}

function swarmRow(service: SwarmService, parent: Key): Row {
  const { name, image, running, desired, sites } = service;
  const words = say('{0} of {1} running', running, desired);
  return {
    key: keyBelow(parent, 'services', name),
    id: name,
    label: name,
    description: describe(words, image),
    icon: !isShort(service) ? 'service' : running === 0 ? 'down' : 'degraded',
    facts: [...fact(say('Image'), image), ...factOf(say('Sites'), ...sites)],
    spoken: join([say('service {0}', name), words, say('image {0}', image)], ', '),
    abilities: ['copyId'],
  };
}

function containerRow(container: ObservedContainer, parent: Key, now: Instant): Row {
  const { id, name, image, imageId, state, health, restarts, startedAt, service, sites } = container;
  const words = state === 'running' && health ? health : state;
  const again =
    restarts === 0 ? undefined : restarts === 1 ? say('1 restart') : say('{0} restarts', restarts);
  return {
    key: keyBelow(parent, 'containers', id),
    id,
    label: name,
    description: describe(words, image, again),
    icon: containerIcon(container),
    facts: [
      ...fact(say('Container'), clean(id.slice(0, 12))),
      ...fact(say('Image'), image),
      ...fact(say('Image id'), imageId),
      ...fact(say('Service'), service),
      ...fact(say('Status'), describe(state, health)),
      ...fact(
        say('Started'),
        startedAt === undefined ? undefined : say('{0} ({1})', ago(startedAt, now), moment(startedAt)),
      ),
      ...fact(say('Restarts'), again && restarts),
      ...factOf(say('Sites'), ...sites),
    ],
    spoken: join([say('container {0}', name), words, say('image {0}', image), again], ', '),
    abilities: ['copyId'],
  };
}

function containerIcon(container: ObservedContainer): Icon {
  if (isIll(container)) return container.health === 'unhealthy' ? 'degraded' : 'down';
  return container.health === 'healthy' ? 'healthy' : 'container';
}
