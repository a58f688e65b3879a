/** Whether a server is as it should be after an upgrade, by what it answers when it is asked anew. */
import { clean, say, type Clean } from '../base/clean.ts';
import type { ObservedContainer, ServerAnswer } from '../state/observed.ts';
import type { Migration } from './migrations.ts';

/** What was to be done to a server, and how it was before. */
export interface Expected {
  readonly to: string;
  readonly steps: readonly Migration[];
  readonly options: readonly string[];
  /** The id of the run that did it. */
  readonly run: string;
  readonly before: ServerAnswer;
}

/** What is not as planned. */
export function judge({ to, steps, options, run, before }: Expected, after: ServerAnswer): readonly Clean[] {
  const { setup } = after;
  const wrong: Clean[] = [];
  if (setup.kind !== 'versioned' || setup.version !== to)
    wrong.push(say('its version is {0}', versionOf(after)));
  else {
    const brought = steps.flatMap(({ features }) =>
      features.filter(each => each.optional !== true || options.includes(each.name)),
    );
    const missing = brought.filter(({ name }) => !setup.record.features.some(each => each === name));
    wrong.push(...missing.map(({ name }) => say('{0} is not recorded', clean(name))));
    const unseen = brought.filter(
      ({ name }) => SEEN.has(name) && !after.features.some(each => each === name),
    );
    wrong.push(...unseen.map(({ name }) => say('{0} cannot be seen there', clean(name))));
  }
  if (after.run?.id === run && (after.run.active || after.run.state !== 'finished'))
    wrong.push(say('its run is not finished: {0}', after.run.last));
  return [...wrong, ...worse(before, after)];
}

/** Features that a check of a server sees for itself. For the others the steps have looked, on the server. */
const SEEN: ReadonlySet<string> = new Set(['nginx', 'traefik-proxy', 'log-rotation']);

/** The version of a server in words. */
export function versionOf({ setup }: ServerAnswer): Clean {
  if (setup.kind === 'not-set-up') return say('none: it is not set up');
  return 'version' in setup && setup.version !== undefined ? clean(setup.version) : say('not known');
}

/** Services that ran before, and do not run any more or keep ending. One that was restarted on purpose runs again. */
function worse(before: ServerAnswer, after: ServerAnswer): readonly Clean[] {
  const [was, is] = [groups(before), groups(after)];
  const fewer = [...was].filter(([name, count]) => (is.get(name) ?? 0) < count).map(([name]) => name);
  const restarted = after.containers.filter(({ id, restarts }) =>
    before.containers.some(each => each.id === id && each.restarts < restarts),
  );
  const short = after.services.filter(({ name, running, desired }) => {
    const earlier = before.services.find(each => each.name === name);
    return earlier !== undefined && running < Math.min(desired, earlier.running);
  });
  return [
    ...fewer.map(name => say('{0} does not run as before', name)),
    ...restarted.map(({ name }) => say('{0} keeps ending', name)),
    ...short.map(({ name, running, desired }) => say('{0}: {1} of {2} run', name, running, desired)),
  ];
}

/** How many containers run well, by what they belong to: tasks of a swarm get new names. */
function groups({ containers, services }: ServerAnswer): ReadonlyMap<Clean, number> {
  const counts = new Map<Clean, number>();
  for (const each of containers) {
    const name = each.service ?? each.name;
    // Its manager knows better how many there should be.
    if (!isWell(each) || services.some(service => service.name === name)) continue;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}

const isWell = ({ state, health }: ObservedContainer): boolean =>
  state === 'running' && health !== 'unhealthy';
