import { join, say, type Clean } from '../base/clean.ts';
import type { Instant } from '../base/time.ts';
import { machinesOf } from '../state/machines.ts';
import type { Environment, Project, State } from '../state/model.ts';
import type { NoAnswer, Observation } from '../state/observed.ts';
import { askedWords } from './ages.ts';

/** Tells of an environment whether its servers were asked; nothing where none was. */
export type Asked = (project: Project, environment: Environment) => Clean | undefined;

/**
 * "asked 09:02", "1 of 2 servers answered, asked 09:02". It says nothing of what runs there: what was answered is not compared
 * with what is recorded.
 */
export function askedIn(state: State, now: Instant): Asked {
  const observed = new Map(
    machinesOf(state).flatMap(({ id, server, also }) =>
      [server, ...also].map(each => [each.key, state.observed[id]] as const),
    ),
  );
  return ({ servers }, { servers: names }) => {
    const asked = servers
      .filter(({ name }) => names.includes(name))
      .flatMap(({ key }) => observed.get(key) ?? []);
    if (asked.length === 0) return undefined;
    const answered = asked.filter(({ answer }) => answer).length;
    // All of it together is as old as its oldest part.
    const words = askedWords(Math.min(...asked.map(({ at }) => at)), now);
    return answered === names.length
      ? words
      : join([say('{0} of {1} servers answered', answered, names.length), words], ', ');
  };
}

/** What came of asking several servers, when all was done. */
export function checkedWords(observations: readonly (Observation | undefined)[]): Clean {
  const answered = observations.filter(each => each?.answer).length;
  return say('{0} of {1} servers answered', answered, observations.length);
}

/** That somebody else may answer where these servers should. */
export function refusedKeysWords(
  servers: readonly { readonly name: Clean; readonly failure: NoAnswer | undefined }[],
): Clean {
  const [first] = servers;
  if (first?.failure && servers.length === 1) {
    const { what, next, where } = first.failure;
    return join([say('{0}: {1}', first.name, what), next, where && say('({0})', where)], ' ');
  }
  const names = join(
    servers.map(({ name }) => name),
    ', ',
  );
  return say(
    '{0} servers show host keys that are not theirs: {1}. Somebody may be in between. Nothing was sent to them.',
    servers.length,
    names,
  );
}
