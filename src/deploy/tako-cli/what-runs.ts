/** What runs of an environment, as takod says it: the only truth there is about it. */
import { clean, join, say, type Clean } from '../../base/clean.ts';
import { clockText } from '../../base/time.ts';
import type { Verdict } from '../../operations/operation.ts';
import type { TakodService } from '../../state/takod.ts';
import type { TakoAccess } from '../access.ts';
import type { EnvironmentRef } from '../requests.ts';
import { services } from './documents.ts';
import { Tako } from './tako.ts';

export async function whatRuns(tako: Tako, signal: AbortSignal): Promise<readonly TakodService[]> {
  return services((await tako.ask('StatusResult', ['ps'], signal)).fields);
}

/** What a service is expected to be after it was changed. */
export interface ExpectedService {
  readonly name: string;
  readonly isRemoved: boolean;
  /** Where it is known. */
  readonly revision?: string;
  readonly image?: string;
  /** How many of it. */
  readonly replicas?: number;
}

/** Looks with a run of its own, whatever the one said that made the change. */
export async function judge(
  access: TakoAccess,
  where: EnvironmentRef,
  expected: readonly ExpectedService[],
  signal: AbortSignal,
): Promise<Verdict> {
  const tako = await Tako.in(where, access, { log: () => undefined, signal });
  const running = await whatRuns(tako, signal);
  const found = (name: string): TakodService | undefined => running.find(one => one.name === clean(name));
  const wrong = expected.flatMap(each => wrongWith(each, found(each.name)));
  const others = expected.flatMap(each => otherIn(each, found(each.name)) ?? []);
  const clock = clean(clockText(access.now()));
  const text = say('{0}: {1}, checked {2}', clean(where.environment), runsWords(running), clock);
  if (wrong.length > 0) return { state: 'failed', why: join([...wrong, text], '; ') };
  // How revisions are named is the program's own affair, so that another one proves nothing.
  if (others.length > 0) return { state: 'unverified', why: join([...others, text], '; ') };
  return { state: 'verified', text };
}

function wrongWith({ name, isRemoved, replicas }: ExpectedService, found: TakodService | undefined): Clean[] {
  const service = clean(name);
  if (isRemoved) return found && found.running > 0 ? [say('{0} still runs', service)] : [];
  if (!found) return [say('{0} is not there', service)];
  if (found.isJob) return [];
  return [
    ...(replicas !== undefined && found.desired !== replicas
      ? [say('{0}: {1} are wanted there', service, found.desired)]
      : []),
    ...(found.running < found.desired
      ? [say('{0}: {1} of {2} running', service, found.running, found.desired)]
      : []),
    ...(found.health === 'unhealthy' ? [say('{0} is not healthy', service)] : []),
  ];
}

/** What it runs instead, where that can be told. */
function otherIn(
  { name, isRemoved, revision, image }: ExpectedService,
  found: TakodService | undefined,
): Clean | undefined {
  if (isRemoved || !found) return undefined;
  const { revision: runs, image: its } = found;
  // One of them may be short for the other.
  const isOther = revision && runs && !runs.startsWith(revision) && !revision.startsWith(runs);
  if (isOther) return say('{0} runs {1}', clean(name), runs);
  return image && its && image !== its ? say('{0} runs {1}', clean(name), its) : undefined;
}

/** "web a1b2c3d 2 of 2, worker a1b2c3d 1 of 2" */
export function runsWords(running: readonly TakodService[]): Clean {
  const lasting = running.filter(({ isJob }) => !isJob);
  if (lasting.length === 0) return say('nothing runs');
  return join(
    lasting.map(({ name, revision, running: count, desired, health }) =>
      join(
        [
          name,
          clean(revision?.slice(0, 12)),
          say('{0} of {1}', count, desired),
          health === undefined || health === 'healthy' ? undefined : health,
        ],
        ' ',
      ),
    ),
    ', ',
  );
}
