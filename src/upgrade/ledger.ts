/** What is remembered here about upgrades of servers, also by an editor that was killed: one JSON object a line. */
import path from 'node:path';
import { appendLine } from '../base/append.ts';
import type { Clean } from '../base/clean.ts';
import { processLives, processName } from '../base/evidence.ts';
import { Fields } from '../base/fields.ts';
import { isUnreadable, readText } from '../base/files.ts';
import { parseJson } from '../base/json.ts';
import { makeOwnFolder, OWN_FOLDER } from '../base/own.ts';
import { parseTime, utcText, type Instant } from '../base/time.ts';
import type { ServerRef } from '../servers/server.ts';
import type { Target } from '../ssh/target.ts';
import type { RunEnd } from './drive.ts';

const FILE = `${OWN_FOLDER}/upgrades.jsonl`;
/** Of a longer file the end is read: some ten thousand upgrades. */
const LIMIT = 16 * 1024 * 1024;

/** A run on one server, as it is begun. */
export interface Begun {
  /** Its id on the server. */
  readonly run: string;
  readonly server: ServerRef;
  /** Nothing where the server was not set up. */
  readonly from?: string;
  readonly to: string;
  /** The versions on the way. */
  readonly steps: readonly string[];
  /** The name of its backup; nothing where it has none. */
  readonly backup?: string;
}

/** A run with what is known of how it went. */
export interface Remembered extends Begun {
  readonly at: Instant;
  /** The process that follows it, where one began to and has not seen its end. */
  readonly follower?: string | undefined;
  /** What the journal on the server said last, as far as somebody heard it. */
  readonly last?: Clean;
  /** Nothing where nobody was there to see it. */
  readonly ended?: {
    readonly at: Instant;
    readonly end: RunEnd;
    /** An independent look found the server as planned. */
    readonly verified: boolean;
    readonly why?: Clean;
  };
}

/** Writes down what becomes of a run. */
export interface Entry {
  event(event: Clean): void;
  /** A run that is resumed ends again: the last time counts. */
  end(ended: Omit<NonNullable<Remembered['ended']>, 'at'>): Promise<void>;
}

/** `begun`: nothing for a run that goes on; it was written down when it was begun, here or elsewhere. */
export async function beginRun(
  storage: string,
  now: () => Instant,
  { server, run }: Pick<Begun, 'server' | 'run'>,
  begun?: Begun,
): Promise<Entry> {
  await makeOwnFolder(storage);
  const { id: machine } = server;
  let written = Promise.resolve();
  const append = (line: object): Promise<void> => {
    const text = JSON.stringify({ at: utcText(now()), run, machine, ...line });
    written = written.catch(() => undefined).then(() => appendLine(storage, FILE, text));
    return written;
  };
  const { from, to, steps, backup } = begun ?? {};
  const about = begun && { name: server.name, target: server.target, from, to, steps, backup };
  await append({ ...about, follower: await processName() });
  return {
    // One that is missing is missed by nobody: the server has it, too.
    event: event => void append({ event }).catch(() => undefined),
    end: ended => append({ ...ended }),
  };
}

/** Everything that is remembered, oldest first. What cannot be read is passed over, such as a line that a crash cut off. */
export async function readLedger(storage: string): Promise<readonly Remembered[]> {
  const file = await readText(path.join(storage, FILE), { limit: LIMIT, tail: true });
  if (isUnreadable(file)) return [];
  const runs = new Map<string, Remembered>();
  for (const line of file.text.split('\n')) {
    const parsed = parseJson(line);
    const fields = parsed.ok ? Fields.of(parsed.value) : undefined;
    const [run, machine] = [fields?.raw('run'), fields?.raw('machine')];
    const at = parseTime(fields?.raw('at'));
    if (!fields || typeof run !== 'string' || typeof machine !== 'string' || at === undefined) continue;
    const key = JSON.stringify([machine, run]);
    const known = runs.get(key) ?? begunIn(fields, run, machine, at);
    if (known) runs.set(key, { ...known, ...saidIn(fields, at) });
  }
  return [...runs.values()];
}

function begunIn(fields: Fields, run: string, id: string, at: Instant): Remembered | undefined {
  const [name, to, target] = [fields.text('name'), fields.raw('to'), targetIn(fields.raw('target'))];
  const [from, backup] = [fields.raw('from'), fields.raw('backup')];
  if (name === undefined || typeof to !== 'string' || !target) return undefined;
  return {
    run,
    at,
    to,
    server: { id, name, target },
    steps: fields.texts('steps'),
    ...(typeof from === 'string' && { from }),
    ...(typeof backup === 'string' && { backup }),
  };
}

function targetIn(value: unknown): Target | undefined {
  const fields = Fields.of(value);
  const text = (name: string): string | undefined => {
    const found = fields?.raw(name);
    return typeof found === 'string' ? found : undefined;
  };
  const [host, user, identityFile] = [text('host'), text('user'), text('identityFile')];
  const port = fields?.raw('port');
  if (host === undefined) return undefined;
  return {
    host,
    ...(typeof port === 'number' && { port }),
    ...(user !== undefined && { user }),
    ...(identityFile !== undefined && { identityFile }),
  };
}

function saidIn(fields: Fields, at: Instant): Partial<Remembered> {
  const last = fields.text('event');
  if (last !== undefined) return { last };
  const follower = fields.raw('follower');
  if (typeof follower === 'string') return { follower };
  const end = ENDS.find(each => each === fields.raw('end'));
  if (end === undefined) return {};
  const why = fields.text('why');
  return {
    follower: undefined,
    ended: { at, end, verified: fields.raw('verified') === true, ...(why !== undefined && { why }) },
  };
}

const ENDS: readonly RunEnd[] = [
  'finished',
  'undone',
  'stuck',
  'paused',
  'busy',
  'stopped',
  'refused',
  'left',
];
const OVER: ReadonlySet<RunEnd | undefined> = new Set<RunEnd>(['finished', 'undone', 'busy', 'refused']);

/** Runs that wait to be resumed, or whose end nobody has seen; the newest of a server alone counts there. */
export function unfinished(runs: readonly Remembered[]): readonly Remembered[] {
  const newest = new Map(runs.map(each => [each.server.id, each]));
  return [...newest.values()].filter(({ ended }) => !OVER.has(ended?.end));
}

/** Those of them that no window follows, also none that is stopped or hangs. */
export async function leftAlone(runs: readonly Remembered[]): Promise<readonly Remembered[]> {
  const each = unfinished(runs).map(async run => {
    const { follower } = run;
    return follower !== undefined && (await processLives(follower)) ? [] : [run];
  });
  return (await Promise.all(each)).flat();
}

export interface Rate {
  readonly succeeded: number;
  readonly failed: number;
}

/** How upgrades went, counted here: in all, and by the version they led to. What has not come to an end is not counted. */
export function rates(runs: readonly Remembered[]): {
  readonly all: Rate;
  readonly byVersion: ReadonlyMap<string, Rate>;
} {
  const byVersion = new Map<string, Rate>();
  const all = { succeeded: 0, failed: 0 };
  for (const { to, ended } of runs) {
    const isSuccess = ended?.end === 'finished' && ended.verified;
    const isFailure = ended !== undefined && !isSuccess && FAILED.has(ended.end);
    if (!isSuccess && !isFailure) continue;
    const { succeeded, failed } = byVersion.get(to) ?? { succeeded: 0, failed: 0 };
    byVersion.set(to, { succeeded: succeeded + Number(isSuccess), failed: failed + Number(isFailure) });
    all.succeeded += Number(isSuccess);
    all.failed += Number(isFailure);
  }
  return { all, byVersion };
}

const FAILED: ReadonlySet<RunEnd> = new Set(['finished', 'undone', 'stuck', 'stopped']);

/** Whether these very steps were made and verified on another server. */
export function wasVerified(runs: readonly Remembered[], machine: string, steps: readonly string[]): boolean {
  return runs.some(
    each =>
      each.server.id !== machine &&
      each.ended?.end === 'finished' &&
      each.ended.verified &&
      isEqual(each.steps, steps),
  );
}

/** How long these steps took where they succeeded, in the middle of all times; nothing where they never did. */
export function usualTime(runs: readonly Remembered[], steps: readonly string[]): number | undefined {
  const times = runs.flatMap(({ at, ended, steps: made }) =>
    ended?.end === 'finished' && isEqual(made, steps) ? [ended.at - at] : [],
  );
  return times.sort((a, b) => a - b)[Math.floor(times.length / 2)];
}

const isEqual = (a: readonly string[], b: readonly string[]): boolean => a.join(' ') === b.join(' ');
