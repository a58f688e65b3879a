/** Asks takod about an environment, through the tako program: what runs, what was deployed, drift, checks, and the state. */
import { clean, say, type Clean } from '../../base/clean.ts';
import { UserError } from '../../base/errors.ts';
import type { Fields } from '../../base/fields.ts';
import type { NoAnswer } from '../../state/observed.ts';
import { takodKey, type TakodAnswer, type TakodObservation } from '../../state/takod.ts';
import type { TakoAccess } from '../access.ts';
import { reasonOf } from '../failure.ts';
import type { EnvironmentRef } from '../requests.ts';
import { checks, drift, history, services, stateStatus } from './documents.ts';
import { Tako } from './tako.ts';

/** As many as the servers keep. */
export const HISTORY = ['history', '-n', '50'] as const;

/** For all that is asked: each question connects to all servers. */
const LIMIT_MS = 120_000;

/** Tells what it found, also that nothing could be asked. What has not come when `late` aborts is not waited for. */
export async function askTakod(
  access: TakoAccess,
  where: EnvironmentRef,
  signal: AbortSignal,
  late = AbortSignal.timeout(LIMIT_MS),
): Promise<TakodObservation> {
  const inTime = AbortSignal.any([signal, late]);
  const observation = await observe(access, where, { signal, inTime });
  signal.throwIfAborted();
  access.askedTakod?.(takodKey(where), observation);
  return observation;
}

async function observe(
  access: TakoAccess,
  where: EnvironmentRef,
  { signal, inTime }: { readonly signal: AbortSignal; readonly inTime: AbortSignal },
): Promise<TakodObservation> {
  try {
    const tako = await Tako.in(where, access, { log: () => undefined, signal: inTime });
    const missing: { part: Clean; why: Clean }[] = [];
    let failure: unknown;
    // One after the other: each of them connects to all servers.
    const part = async <T>(
      [kind, args, name]: readonly [string, readonly string[], Clean],
      decode: (fields: Fields) => T,
    ): Promise<T | undefined> => {
      try {
        return decode((await tako.ask(kind, args, inTime)).fields);
      } catch (error) {
        signal.throwIfAborted();
        failure ??= error;
        missing.push({ part: name, why: isLate(error) ? tooLate() : reasonOf(error) });
        return undefined;
      }
    };
    const running = await part(['StatusResult', ['ps'], say('what runs')], services);
    const deployed = await part(['HistoryResult', HISTORY, say('history')], history);
    const differs = await part(['DriftResult', ['drift'], say('drift')], drift);
    const checked = await part(['DoctorResult', ['doctor'], say('checks')], checks);
    const state = await part(['StateStatusResult', ['state', 'status'], say('state')], stateStatus);
    const answer: TakodAnswer = {
      ...(running && { services: running }),
      ...(deployed && { history: deployed }),
      ...(differs && { drift: differs }),
      ...(checked && { checks: checked }),
      ...(state && { state }),
      missing,
    };
    const hasNone = missing.length === 5;
    return hasNone ? { at: access.now(), failure: noAnswer(failure) } : { at: access.now(), answer };
  } catch (error) {
    signal.throwIfAborted();
    return { at: access.now(), failure: noAnswer(error) };
  }
}

const isLate = (error: unknown): boolean => error instanceof Error && error.name === 'TimeoutError';
const tooLate = (): Clean => say('no answer in time');

function noAnswer(error: unknown): NoAnswer {
  if (isLate(error)) {
    const next = say('Check the servers and ask again.');
    return { code: 'tako-late', what: say('takod has not answered in time.'), next };
  }
  if (!(error instanceof UserError)) {
    return {
      code: 'tako-failed',
      what: clean(error instanceof Error ? error.message : error),
      next: clean(''),
    };
  }
  const { code, what, where, next } = error;
  return { code, what, where, next };
}
