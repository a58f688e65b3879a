/** Brings a server to run a program by itself, and follows that whatever becomes of the connection. */
import { setTimeout as sleep } from 'node:timers/promises';
import { clean, say, type Clean } from '../base/clean.ts';
import { UserError } from '../base/errors.ts';
import type { ServerRef } from '../servers/server.ts';
import { followDetached, lookAtDetached, startDetached, type DetachedState } from '../ssh/detached.ts';
import type { Access } from './access.ts';
import { isLost, Line } from './line.ts';
import { Output, type Heard } from './output.ts';
import { INCOMPLETE, pauseProgram, type Program } from './program.ts';

/** What became of a run, as far as it is known. */
export type RunEnd =
  | 'finished'
  /** Everything was undone: the server is as it was. */
  | 'undone'
  /** Something could not be undone. */
  | 'stuck'
  | 'paused'
  /** Somebody else changes the setup there. Nothing was done. */
  | 'busy'
  /** It stopped in between, and goes on when it is resumed. */
  | 'stopped'
  /** It was not begun. */
  | 'refused'
  /** It goes on there by itself and is not followed any more. */
  | 'left';

export interface Driven {
  readonly end: RunEnd;
  /** What the server said of it, or why it is not known. */
  readonly why?: Clean;
}

export interface Drive {
  readonly server: ServerRef;
  /** The id of the run on the server. */
  readonly run: string;
  readonly program: Program;
  /** The same with all that it needs, for a server that lost what it had. */
  readonly whole?: Program;
  /** It may have been started there before: what runs is followed, what has stopped goes on. */
  readonly again?: boolean;
  readonly heard: Heard;
  /** Pauses it at the next safe point. */
  readonly signal: AbortSignal;
}

/** Follows a run to its end. A lost line, a reboot and a killed process are waited out. */
export async function drive(
  access: Access,
  { server, run, program, whole, again = false, heard, signal }: Drive,
): Promise<Driven> {
  const leave = access.leave ?? NEVER;
  const line = new Line(access, server, heard.log, leave);
  const output = new Output(heard);
  const idOf = (start: number): string => `${run}-${start}`; // of its own, so that each is begun once, whoever asks
  const stateOf = async (start: number): Promise<DetachedState['state']> =>
    (await line.hold(one => lookAtDetached(one, idOf(start), { root: true, signal: leave }))).state;
  const begin = ({ script, args }: Program, start: number): Promise<boolean> =>
    line.hold(one => startDetached(one, idOf(start), script, { args, root: true, signal: leave }));

  const over = pauseWhen(signal, line, run, heard);
  let isBegun = again;
  try {
    let start = 0;
    while (again && (await stateOf(start + 1)) !== 'none') start++;
    if (start === 0 || (await stateOf(start)) !== 'running') await begin(program, ++start);
    isBegun = true;
    for (let restarts = 0; ; restarts++) {
      const end = await follow(line, idOf(start), output, leave);
      const isIncomplete = end.state === 'ended' && end.code === INCOMPLETE && whole !== undefined;
      if (end.state === 'ended' && !isIncomplete) return ending(end.code, output, again);
      if (restarts === RESTARTS) return { end: 'stopped', why: say('It was cut off there again and again') };
      if (!isIncomplete) heard.log(say('The run was cut off there. It goes on where it was.'));
      await begin(isIncomplete ? whole : program, ++start);
    }
  } catch (error) {
    if (leave.aborted) return { end: 'left' };
    if (!(error instanceof UserError)) return { end: 'left', why: clean(String(error)) };
    const isRefused = error.code === 'not-started' || (!isBegun && !isLost(error));
    return { end: isRefused ? (isBegun ? 'stopped' : 'refused') : 'left', why: error.what };
  } finally {
    over.abort();
  }
}

async function follow(line: Line, id: string, output: Output, signal: AbortSignal): Promise<DetachedState> {
  let offset = 0;
  output.begin();
  const onOutput = (chunk: Buffer): void => {
    output.add(chunk);
    offset += chunk.length;
  };
  const end = await line.hold(one => followDetached(one, id, { offset, root: true, signal, onOutput }));
  output.end();
  return end;
}

/** As `run.sh` and `restore.sh` say what became of it. */
function ending(code: number, { why, hasBegun }: Output, again: boolean): Driven {
  const end = ENDS.get(code) ?? (hasBegun || again ? 'stopped' : 'refused');
  return { end, ...(end !== 'finished' && end !== 'paused' && why !== undefined && { why }) };
}

const ENDS: ReadonlyMap<number, RunEnd> = new Map([
  [0, 'finished'],
  [10, 'undone'],
  [11, 'stuck'],
  [20, 'paused'],
  [75, 'busy'],
]);

/** So often a run is started again that was cut off. */
const RESTARTS = 5;
const NEVER = new AbortController().signal;

/** Asks the run to pause when the signal says so. Returns what ends that. */
function pauseWhen(signal: AbortSignal, line: Line, run: string, { log }: Heard): AbortController {
  const over = new AbortController();
  const { script, args } = pauseProgram(run);
  const pause = async (): Promise<void> => {
    log(say('It is asked to pause at the next safe point.'));
    // It may be about to begin, and has no folder yet.
    while ((await line.hold(one => one.run(script, args, { root: true, signal: over.signal }))).code !== 0)
      await sleep(300, undefined, { signal: over.signal });
  };
  const asked = (): void => void pause().catch(() => undefined); // how it ended is seen where it is followed
  if (signal.aborted) asked();
  else signal.addEventListener('abort', asked, { once: true, signal: over.signal });
  return over;
}
