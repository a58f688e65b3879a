/** Runs the tako program in a project, and takes what it prints for machines. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { clean, say, type Clean } from '../../base/clean.ts';
import { systemCode, UserError } from '../../base/errors.ts';
import { Lines } from '../lines.ts';
import { takoDocument, takoEvent, type TakoDocument, type TakoEvent } from './document.ts';
import { FOR_MACHINES, type TakoProgram } from './program.ts';

export interface TakoRun {
  readonly root: string;
  /** Always handed over: without one the program may take any of them. */
  readonly environment: string;
  readonly args: readonly string[];
  /** What it prints for people. */
  readonly log: (line: Clean) => void;
  /** Where it is given, the program tells what goes on. */
  readonly onEvent?: (event: TakoEvent) => void;
  /** Values that no line may hold. */
  readonly secrets: readonly string[];
  /** Asks it to stop, as Ctrl+C does. */
  readonly signal: AbortSignal;
  /** How long it may take to stop before it is ended by force. */
  readonly patience?: number;
}

export interface TakoEnded {
  /** Nothing where it was ended by force. */
  readonly code: number | null;
  readonly document?: TakoDocument;
  /** What it printed for machines, byte for byte. */
  readonly text: string;
  /** What it said last for people of what went wrong. */
  readonly error: Clean;
}

/** What it changes on servers it has to put in order by itself. */
const PATIENCE_MS = 10 * 60_000;
/** Documents are small; what is longer is none. */
const LIMIT = 4_000_000;
const LINE_LIMIT = 2_000;

export async function runTako({ file }: TakoProgram, run: TakoRun): Promise<TakoEnded> {
  const { root, environment, args, log, onEvent, secrets, signal, patience = PATIENCE_MS } = run;
  signal.throwIfAborted();
  const output = onEvent ? ['--events', 'ndjson'] : ['--output', 'json'];
  const program = spawn(file, [...args, '-e', environment, ...output], {
    cwd: root,
    env: { ...process.env, ...FOR_MACHINES },
    stdio: ['ignore', 'pipe', 'pipe'],
    windowsHide: true,
  });
  const stop = stopping(program, patience, log);
  signal.addEventListener('abort', stop.begin, { once: true });
  const printed: Buffer[] = [];
  let size = 0;
  const heard: { error: Clean; result?: TakoDocument } = { error: clean('') };
  const events = new Lines(line => {
    const event = takoEvent(line, secrets);
    if (event) onEvent?.(event);
    if (event?.result) heard.result = event.result;
    return Promise.resolve();
  }, LIMIT);
  const said = new Lines(line => {
    const words = clean(line, LINE_LIMIT, secrets);
    // Some commands print how they are used behind it.
    const [, why] = /^Error: (.+)/.exec(words) ?? [];
    if (why !== undefined) heard.error = clean(why, LINE_LIMIT);
    if (words !== '') log(words);
    return Promise.resolve();
  });
  const read = async (from: Readable, take: (chunk: Buffer) => Promise<void>): Promise<void> => {
    for await (const chunk of from as AsyncIterable<Buffer>) await take(chunk);
  };
  try {
    const [[code]] = await Promise.all([
      once(program, 'close') as Promise<[number | null]>, // what Node passes
      read(program.stdout, async chunk => {
        size += chunk.length;
        if (size <= LIMIT) printed.push(chunk);
        if (onEvent) await events.add(chunk);
      }).then(() => events.end()),
      read(program.stderr, chunk => said.add(chunk)).then(() => said.end()),
    ]);
    const text = size <= LIMIT ? Buffer.concat(printed).toString() : '';
    const document = heard.result ?? takoDocument(text, secrets);
    return { code, text, error: heard.error, ...(document && { document }) };
  } catch (failure) {
    throw systemCode(failure) === undefined ? failure : notStarted(file, failure);
  } finally {
    signal.removeEventListener('abort', stop.begin);
    stop.end();
  }
}

function notStarted(file: string, cause: unknown): UserError {
  const words = {
    what: say('The tako program could not be started: {0}', clean(systemCode(cause))),
    where: file,
    next: say('Choose another program.'),
  };
  return new UserError('tako-missing', words, { cause });
}

/** Interrupts it, and ends it by force only when that has not helped for long. */
function stopping(
  program: ChildProcess,
  patience: number,
  log: TakoRun['log'],
): { readonly begin: () => void; readonly end: () => void } {
  let timer: NodeJS.Timeout | undefined;
  return {
    begin() {
      if (process.platform === 'win32' && patience > 0) {
        // There an interrupt of another program ends it at once, whatever it is at.
        log(say('On Windows the program cannot be asked to stop: it goes on to its end.'));
        return;
      }
      program.kill('SIGINT');
      timer = setTimeout(() => {
        log(say('The program does not stop, and is ended by force.'));
        program.kill('SIGKILL');
      }, patience).unref();
    },
    end: () => clearTimeout(timer),
  };
}
