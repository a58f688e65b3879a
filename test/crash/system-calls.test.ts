import { afterAll, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { child, program, type Child } from '../kit/child.ts';
import { workspace } from '../kit/workspace.ts';
import { EVERY, figures } from './counts.ts';
import type { Shape } from '../kit/generations.ts';
import type { Outcome } from './once.ts';
import { project, recover, settle, standing, wrong, type Project } from './project.ts';
import { attach, callsIn, HAS_STRACE, threads, type Call } from './strace.ts';

const once = program('../crash/once', afterAll);

interface Fault {
  readonly what: string;
  /** At this call only, or at all of its name from there on. */
  readonly goesOn: boolean;
}

const FAULTS: readonly Fault[] = [
  { what: 'signal=SIGKILL', goesOn: false },
  ...['ENOSPC', 'EIO', 'EACCES', 'EROFS'].flatMap(code => [
    { what: `error=${code}`, goesOn: false },
    { what: `error=${code}`, goesOn: true },
  ]),
];
const TRIES = 60;

interface Write extends Shape {
  readonly title: string;
  /** The third file of several comes with odd rounds and goes with even ones. */
  readonly first: number;
  /** Whether it has to finish first what another process had marked. */
  readonly afterDeath?: boolean;
}

const WRITES: readonly Write[] = [
  { title: 'one file', bytes: 4096, several: false, first: 1 },
  { title: 'several files, a new one among them', bytes: 4096, several: true, first: 1 },
  { title: 'several files, one of which is removed', bytes: 4096, several: true, first: 2 },
  {
    title: 'several files after a process that died',
    bytes: 4096,
    several: true,
    first: 1,
    afterDeath: true,
  },
];
/** After the lock, the mark and the first file. */
const DEADLY = 'inject=rename:signal=SIGKILL:when=4';

/** A process that writes a generation when it is asked to, another one when that has died, and their project. */
class Writing {
  readonly project: Project;
  readonly #write: Write;
  #writer: Child | undefined;
  #worker: number | undefined;
  #round = 0;

  constructor(write: Write) {
    this.project = project(write);
    this.#write = write;
  }

  /** Writes while strace looks on; `undefined` when the process dies of it. */
  async write(log: string, options: readonly string[]): Promise<Outcome | undefined> {
    const { several, first, afterDeath = false } = this.#write;
    // All rounds that are looked at are of the kind of the first one.
    while (several && (this.#round + Number(afterDeath) + 1) % 2 !== first % 2) await this.writeWell();
    if (afterDeath) await this.#die(log);
    const writer = await this.#alive();
    // The thread that works on files, once it is known: others may make the same calls, for other reasons.
    const all = threads(writer);
    const traced = this.#worker === undefined ? all : all.slice(this.#worker, this.#worker + 1);
    const tracer = await attach(writer, traced, log, options);
    const outcome = await this.#ask(writer);
    if (outcome === undefined) await writer.ended;
    await tracer.letGo();
    this.#worker ??= all.indexOf(callsIn(log, this.project.root)[0]?.thread ?? 0);
    return outcome;
  }

  /** Lets another process die in the middle of a write. */
  async #die(log: string): Promise<void> {
    const other = await this.#start();
    const tracer = await attach(other, threads(other), log, ['-e', 'trace=rename', '-e', DEADLY]);
    expect(await this.#ask(other)).toBe(undefined);
    await other.ended;
    await tracer.letGo();
    expect((await this.project.lock.lookAt()).state).toBe('interrupted');
  }

  async writeWell(): Promise<void> {
    expect(await this.#ask(await this.#alive())).toBe('written');
    settle(this.project);
  }

  /** That everything is old or new after that, and that a next write goes well. */
  async check(outcome: Outcome | undefined): Promise<void> {
    const isWhole = standing(this.project).length === 1;
    if (outcome === undefined) {
      this.#writer = undefined;
      await recover(this.project);
    } else {
      const isLeft = typeof outcome === 'object' && 'code' in outcome && outcome.code === 'unfinished';
      if (!isWhole && !isLeft && this.#write.afterDeath !== true) wrong.lost++;
      await this.writeWell();
    }
  }

  async #alive(): Promise<Child> {
    return (this.#writer ??= await this.#start());
  }

  async #start(): Promise<Child> {
    const another = workspace(onTestFinished).root;
    const writer = child(once, [this.project.root, another, JSON.stringify(this.#write)]);
    onTestFinished(() => writer.signal('SIGKILL'));
    expect(await writer.line()).toBe('ready');
    return writer;
  }

  async #ask(writer: Child): Promise<Outcome | undefined> {
    this.project.possible = [...this.project.possible, { round: ++this.#round, shape: this.#write }];
    writer.tell(String(this.#round));
    const line = await writer.line();
    const outcome = line === undefined ? undefined : (JSON.parse(line) as Outcome); // what once.ts prints
    if (outcome === 'written') this.project.possible = this.project.possible.slice(-1);
    return outcome;
  }
}

/** Makes one call of a write fail, and returns what was told of it; nothing where that call was not made any more. */
async function fail(
  writing: Writing,
  log: string,
  call: Call,
  { what, goesOn }: Fault,
): Promise<string | undefined> {
  let { nth } = call;
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const inject = `inject=${call.name}:${what}:when=${nth}${goesOn ? '+' : ''}`;
    const outcome = await writing.write(log, ['-e', `trace=${call.name}`, '-e', inject]);
    await writing.check(outcome);
    // Of calls that have nothing to do with files there is not always the same number before this one.
    const found = callsIn(log, writing.project.root).find(each => each.nthThere === call.nthThere);
    const isMet = found?.nth === nth;
    nth = found?.nth ?? nth + 1;
    if (!isMet) continue;
    if (outcome === undefined) return 'dead';
    if (typeof outcome === 'string') return outcome;
    if ('bug' in outcome) return outcome.bug;
    expect([outcome.what, outcome.where, outcome.next].join('\n')).toMatch(/^\w.*\.\n\/.*\n\w.*\.$/);
    return outcome.code;
  }
  return undefined;
}

beforeEach(() => {
  vi.stubEnv('UV_THREADPOOL_SIZE', '1'); // so that the calls come in the same order each time
  return () => vi.unstubAllEnvs();
});

describe.skipIf(!HAS_STRACE)('a fault at every system call', () => {
  test.each(WRITES.map(each => [each.title, each] as const))(
    'of a write of %s',
    { timeout: 3_600_000 },
    async (title, write) => {
      const log = workspace(onTestFinished).file('log');
      const writing = new Writing(write);
      const listed: (readonly Call[])[] = [];
      for (let round = 0; round < 3; round++) {
        expect(await writing.write(log, ['-e', 'trace=%file,%desc'])).toBe('written');
        listed.push(callsIn(log, writing.project.root));
        await writing.check('written');
      }
      // On a busy machine a call can be made twice that is made once else: it would be waited for in vain.
      const all = listed.reduce((fewest, each) => (each.length < fewest.length ? each : fewest));
      expect(all.length).toBeGreaterThan(40);
      // In the short form, fewer where each takes long.
      const every = write.afterDeath ? EVERY ** 2 : EVERY;
      const calls = all.filter((_, index) => index % every === 0);
      const told = new Map<string, number>();
      let [faults, missed] = [0, 0];
      for (const call of calls) {
        for (const fault of FAULTS) {
          // Node wakes its main thread by a write, too, and gives up when that fails.
          if (call.name === 'write' && fault.goesOn) continue;
          const end = await fail(writing, log, call, fault);
          const entry = `${fault.what}${fault.goesOn ? ' from then on' : ''}: ${end ?? 'not met'}`;
          told.set(entry, (told.get(entry) ?? 0) + 1);
          if (end === undefined) missed++;
          else faults++;
        }
      }
      expect(missed).toBeLessThanOrEqual(faults / 20); // calls that a busy machine alone makes
      figures(`${faults} faults at ${calls.length} system calls of a write of ${title}`, [
        `${wrong.unreadable} files unreadable, ${wrong.lost} writes lost or torn, ${wrong.orphans} with orphans`,
        ...[...told].sort().map(([entry, times]) => `${String(times).padStart(6)}  ${entry}`),
      ]);
      expect(wrong).toEqual({ unreadable: 0, lost: 0, orphans: 0 });
      // A dead holder that cannot be read may be a living one, so it is waited for.
      const clear = /SIGKILL: dead$|=(\w+).*: (written|unfinished|\1)$|from then on: not-acquired$/;
      expect([...told.keys()].filter(entry => !clear.test(entry))).toEqual([]);
    },
  );
});
