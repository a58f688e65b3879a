/** What an upgrade restarts, harms and breaks, with the names of this person's own services and sites. */
import { clean, join, say, type Clean } from '../base/clean.ts';
import type { Finding } from '../base/finding.ts';
import { isTraefik } from '../servers/traefik.ts';
import type { ServerAnswer } from '../state/observed.ts';
import type { Touched } from './migrations.ts';
import type { Way } from './versions.ts';

const NAMES = 8;

/** What any server on these ways meets, each once. */
export function generalHarm(ways: readonly Way[]): readonly Finding[] {
  const restarts = [...new Set(ways.flatMap(each => each.restarts))];
  const list = (code: string, severity: Finding['severity'], texts: readonly Clean[]): readonly Finding[] =>
    [...new Set(texts)].map(text => ({ severity, code, text }));
  return [
    ...list(
      'breaks',
      'warning',
      ways.flatMap(each => each.breaking),
    ),
    ...list('restarts', 'info', restarts.length > 0 ? [say('Restarts: {0}', join(restarts, ', '))] : []),
    ...list(
      'harms',
      'info',
      ways.flatMap(each => each.harms),
    ),
  ];
}

/** What of this server's own services it touches. */
export function ownHarm({ steps }: Way, answer: ServerAnswer): readonly Finding[] {
  const touched = new Set(steps.flatMap(each => each.touches ?? []));
  return [...touched].flatMap(each => {
    const text = TOUCHES[each](answer);
    return text === undefined ? [] : [{ severity: 'warning' as const, code: `touches-${each}`, text }];
  });
}

const TOUCHES: Readonly<Record<Touched, (answer: ServerAnswer) => Clean | undefined>> = {
  traefik: ({ containers, services }) => {
    const proxies = containers.filter(each => each.state === 'running' && isTraefik(each));
    if (proxies.length === 0) return undefined;
    const sites = named([...containers, ...services].flatMap(each => each.sites));
    return say('Traefik restarts: {0} may pause for seconds', sites ?? say('sites behind it'));
  },
  'swarm-services': ({ services }) => {
    const names = named(services.map(({ name }) => name));
    return names && say('These services get new tasks, one service after the other: {0}', names);
  },
  containers: ({ containers }) => {
    const alone = containers.filter(({ state, service }) => state === 'running' && service === undefined);
    const names = named(alone.map(({ name }) => name));
    return names && say('Of these, those in Docker’s default network no longer reach each other: {0}', names);
  },
};

/** Some of them, in their order, and how many more. */
function named(names: readonly Clean[]): Clean | undefined {
  const all = [...new Set(names)].sort();
  if (all.length === 0) return undefined;
  const more = all.length - NAMES;
  return join([...all.slice(0, NAMES), more > 0 ? say('{0} more', more) : clean('')], ', ');
}
