/** Writes generations and kills itself in the middle of a step: `node victim.mjs <root> <first> <aim as JSON>`. */
import { writeSync } from 'node:fs';
import promises from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { LockFolder } from '../../src/base/lock.ts';
import { generation, type Shape } from '../kit/generations.ts';

/** Where it is to die. The fractions are of the phase, counted in steps or in time, and of the time that the step takes. */
export interface Aim extends Shape {
  readonly phase: 'acquire' | 'commit' | 'release';
  readonly byTime: boolean;
  readonly step: number;
  readonly moment: number;
}

const [root = '', first = '', aimText = ''] = process.argv.slice(2);
const aim = JSON.parse(aimText) as Aim; // what kills.test.ts passes
// While it takes the lock it may have to finish what another one left, and nobody knows how many steps that has.
const UNKNOWN = { steps: 40, ms: 0.3 };

interface Step {
  readonly name: string;
  readonly ms: number;
}

let phase: Aim['phase'] = 'acquire';
let isFirst = true;
/** The steps of each phase of the first generation, which tell how to hit the second one. */
const known: Record<Aim['phase'], Step[]> = { acquire: [], commit: [], release: [] };
let fuse: { left: number; readonly ms: number } | undefined;
let done: readonly Step[] = []; // of the phase that goes on

const say = (line: string): unknown => writeSync(1, `${line}\n`);

/** Makes every call of a function that works on files a step, which may be the last one. */
function watch(holder: object, names: readonly string[]): void {
  const functions = holder as Record<string, (...args: unknown[]) => Promise<unknown>>; // these are all there
  for (const name of names) {
    const original = functions[name];
    if (!original) throw new Error(`There is no ${name}.`);
    functions[name] = async function (this: unknown, ...args: unknown[]): Promise<unknown> {
      const begin = performance.now();
      const doing = original.apply(this, args);
      if (fuse && fuse.left-- <= 0) {
        while (performance.now() - begin < fuse.ms);
        die(name);
      }
      return doing.finally(() => {
        const step = { name, ms: performance.now() - begin };
        done = [...done, step];
        if (isFirst) known[phase].push(step);
      });
    };
  }
}

function die(name: string): never {
  const has = (steps: readonly Step[], wanted: string): number =>
    steps.filter(step => step.name === wanted).length;
  const begun = has(done, 'writeFile') > 0 || name === 'writeFile';
  const isWriting = phase === 'commit' && begun && has(done, 'sync') < has(known.commit, 'sync');
  say(`dies ${phase} ${name} ${isWriting ? 'writing' : 'else'}`);
  process.kill(process.pid, 'SIGKILL');
  for (;;);
}

/** Sets the fuse where this is the phase to die in. */
function enter(next: Aim['phase']): void {
  phase = next;
  done = [];
  if (next !== aim.phase || fuse || (isFirst && next !== 'acquire')) return;
  fuse = isFirst
    ? { left: Math.floor(aim.step * UNKNOWN.steps), ms: aim.moment * UNKNOWN.ms }
    : fuseFor(known[next], next === 'commit');
}

/** Of a commit, only from its first write to its last fsync. */
function fuseFor(steps: readonly Step[], isCommit: boolean): typeof fuse {
  const begin = isCommit ? steps.findIndex(step => step.name === 'writeFile') : 0;
  const end = isCommit ? steps.findLastIndex(step => step.name === 'sync') + 1 : steps.length;
  let left = begin + Math.floor(aim.step * (end - begin));
  if (aim.byTime) {
    let ms = aim.step * steps.slice(begin, end).reduce((sum, step) => sum + step.ms, 0);
    for (left = begin; left < end - 1; left++) if ((ms -= steps[left]?.ms ?? 0) < 0) break;
  }
  return { left, ms: aim.moment * (steps[left]?.ms ?? UNKNOWN.ms) };
}

const handle = await promises.open('/dev/null');
await handle.close();
watch(Object.getPrototypeOf(handle) as object, ['writeFile', 'stat', 'chmod', 'sync']);
watch(promises, [
  'open',
  'rename',
  'rm',
  'rmdir',
  'mkdir',
  'lstat',
  'stat',
  'readdir',
  'readFile',
  'realpath',
  'access',
]);
syncBuiltinESMExports();

const lock = new LockFolder(root, 'state.json');
for (let round = Number(first); ; round++) {
  enter('acquire');
  const held = await lock.acquire('generations', new AbortController().signal);
  enter('commit');
  await held.commit(generation(round, aim));
  say(`committed ${round}`);
  enter('release');
  await held.release();
  isFirst = false;
}
