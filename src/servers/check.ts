import { NONE } from '../base/clean.ts';
import { UserError } from '../base/errors.ts';
import type { Connections } from '../ssh/connections.ts';
import { noAnswer } from '../ssh/failures.ts';
import type { Prompts } from '../ssh/prompts.ts';
import type { NoAnswer, Observation } from '../state/observed.ts';
import { answerOf } from './answer.ts';
import { checkHere } from './here.ts';
import { checkScript } from './scripts.ts';
import type { ServerRef } from './server.ts';

/** Whom a check may ask, and what ends it. */
export interface Asking {
  readonly prompts: Prompts;
  readonly signal: AbortSignal;
}

/** Asks one server for everything, in one round trip. That it does not answer is an answer; only the signal makes it reject. */
export async function checkServer(
  connections: Connections,
  { target }: ServerRef,
  { prompts, signal }: Asking,
): Promise<Observation> {
  try {
    return await connections.reach(target, { prompts, signal }, async server => {
      const asked = Date.now();
      const inTime = AbortSignal.any([signal, AbortSignal.timeout(LIMIT_MS)]);
      const ended = await server.run(target.isHere === true ? checkHere() : checkScript(), [], {
        root: 'if-possible',
        signal: inTime,
      });
      const answered = Date.now();
      return { at: answered, answer: answerOf({ ...ended, asked, answered }) };
    });
  } catch (error) {
    signal.throwIfAborted();
    return { at: Date.now(), failure: failureOf(error) };
  }
}

/** Asks all of them at once, and hands on each answer as it comes. */
export async function checkServers(
  connections: Connections,
  servers: readonly ServerRef[],
  asking: Asking,
  heard: (server: ServerRef, observation: Observation) => void,
): Promise<void> {
  await Promise.all(
    servers.map(async server => heard(server, await checkServer(connections, server, asking))),
  );
}

/** Longer than the script takes when everything on a server hangs. How long a connection may take is configured. */
const LIMIT_MS = 15_000;

function failureOf(error: unknown): NoAnswer {
  if (error instanceof Error && error.name === 'TimeoutError') {
    const { code, what, next } = noAnswer(NONE, LIMIT_MS);
    return { code, what, next };
  }
  if (!(error instanceof UserError)) throw error;
  const { code, what, where, next } = error;
  return { code, what, where, next };
}
