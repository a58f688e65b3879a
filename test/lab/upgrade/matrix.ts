/** One cell of the matrix of faults: a step, a moment in it, and what happens then. Judged from outside of the product. */
import { setTimeout as sleep } from 'node:timers/promises';
import { openLab, type Server } from '../lab.ts';
import { openDesk, type Desk, type Told } from './desk.ts';
import { FAULTS, type Fault } from './faults.ts';
import { resumeOf, upgradeOf } from './fleet.ts';
import { stopAt, type Moment, type Stopped } from './moment.ts';
import { detect, difference, everyFile, packagesOf } from './server.ts';
import { STEPS, type Part, type Step } from './steps.ts';

export interface Cell {
  readonly step: Step;
  readonly part: Part;
  readonly moment: Moment;
  readonly fault: Fault;
}

type State = 'old' | 'new' | 'stopped';

/** How it ended, as seen on the server. `resumed`: it had stopped in between. */
export type End = 'old' | 'new' | 'resumed -> old' | 'resumed -> new';

export const nameOf = ({ step, part, moment, fault }: Cell): string =>
  `${step.to}, ${part}: ${moment.name}, ${fault.name}`;

const PARTS = ['before', 'during', 'after'] as const;

/** Every fault at every moment; of each part only so many moments. */
export const cellsOf = (step: Step, moments = Infinity): readonly Cell[] =>
  PARTS.flatMap(part =>
    step.moments[part]
      .slice(0, moments)
      .flatMap(moment => FAULTS.map(fault => ({ step, part, moment, fault }))),
  );

/** Every fault in every part of a step, each at another moment of it. */
export const spread = (step: Step): readonly Cell[] =>
  PARTS.flatMap(part =>
    FAULTS.flatMap((fault, index) => {
      const moment = step.moments[part][index % step.moments[part].length];
      return moment ? [{ step, part, moment, fault }] : [];
    }),
  );

export const stepTo = (to: string): Step => {
  const step = STEPS.find(each => each.to === to);
  if (!step) throw new Error(`No step leads to ${to}`);
  return step;
};

interface Look {
  readonly files: readonly string[];
  readonly packages: string;
}

const look = async (server: Server): Promise<Look> => ({
  files: await everyFile(server),
  packages: await packagesOf(server),
});

/** What an upgrade changes where nothing happens: by step. What is in the version file and in caches is another thing each time. */
const changes = new Map<string, readonly string[]>();
const changesOf = (before: Look, after: Look): readonly string[] =>
  difference(before.files, after.files).filter(
    line => !/^. \w{64} .*(version\.json|ld\.so\.cache|docker\/key\.json|\.pyc)$/.test(line),
  );

class Wrong extends Error {}
function must(isSo: boolean, what: string, seen?: unknown): void {
  if (!isSo)
    throw new Wrong(seen === undefined ? what : `${what}: ${JSON.stringify(seen, null, 1).slice(0, 3_000)}`);
}

/** Plays a cell with copies of a server that the step starts from. Rejects where anything is not as it has to be. */
export async function play(
  { step, moment, fault }: { readonly step: Step; readonly moment?: Moment; readonly fault?: Fault },
  { bundle, like }: { readonly bundle: string; readonly like: Server },
): Promise<End> {
  const closing: (() => unknown)[] = [];
  const lab = await openLab(close => closing.unshift(close));
  try {
    const { kind } = step;
    const [one, two] = await Promise.all([lab.server({ kind, like }), lab.server({ kind, like })]);
    const desk = await openDesk(bundle, [one, two], close => closing.unshift(close));
    const stopped = stopAt(one, moment);
    const seenOnTwo = stopAt(two);
    const [before, times] = [await look(one), await everyFile(two, { times: true })];
    const beside = {
      files: times.map(each => each.replace(/ \d+\.\d{10}$/, '')).sort(),
      packages: await packagesOf(two),
    };

    const editor = desk.start(upgradeOf(step.isTwo ? [one, two] : [one], { to: step.to }));
    if (fault) await strike(fault, stopped, { server: one, line: lineOf(desk.lines, one), editor, step });
    const last = await editor.ended;
    await untilIdle(one);
    await untilIdle(two);
    if (fault) await fault.mend?.({ server: one, line: lineOf(desk.lines, one), editor, step });
    stopped.mend();

    const state = await stateOf(one);
    const isResumed = state === 'stopped';
    let word = last;
    if (isResumed) {
      const says = /stopped at step|goes on by itself/.test(last?.why ?? '');
      must(last === undefined || says, 'the editor says that it stopped', last);
      word = await resume(desk, one);
    }
    const end = isResumed ? await stateOf(one) : state;
    if (end === 'stopped') throw new Wrong(`resuming does not end it: ${JSON.stringify(word)}`);
    const isTold =
      word?.end === 'verified'
        ? end === 'new' || isResumed // that an undoing has come to its end is what was asked for, too
        : end === 'old' || word?.why?.startsWith(`web1 is on ${step.to};`) === true; // the other one was not begun
    must(word === undefined || isTold || fault?.name === 'verification fails', 'the editor tells the truth', [
      end,
      word,
    ]);
    await judge(one, step, { before, end, seen: stopped.seen() });

    const isUntouched = difference(times, await everyFile(two, { times: true })).length === 0;
    const besideEnd = isUntouched ? 'old' : await stateOf(two);
    must(
      besideEnd === 'old' || (step.isTwo && state === 'new' && besideEnd === 'new'),
      'the other server',
      besideEnd,
    );
    if (besideEnd === 'new') {
      await judge(two, step, { before: beside, end: 'new', seen: seenOnTwo.seen() });
    } else must((await packagesOf(two)) === beside.packages && isUntouched, 'the other server is untouched');
    return isResumed ? `resumed -> ${end}` : end;
  } finally {
    for (const close of closing) await close();
  }
}

/** By a new editor, as after a restart. */
async function resume(desk: Desk, server: Server): Promise<Told | undefined> {
  const { run } = await detect(server);
  const word = await desk.start(resumeOf(server, run?.id ?? '')).ended;
  await untilIdle(server);
  return word;
}

function lineOf<T>(lines: ReadonlyMap<Server, T>, server: Server): T {
  const line = lines.get(server);
  if (!line) throw new Error('no line');
  return line;
}

async function strike(fault: Fault, stopped: Stopped, scene: Parameters<Fault['strike']>[0]): Promise<void> {
  const { editor } = scene;
  const come = await Promise.race([stopped.reached.then(() => true), editor.ended.then(() => false)]);
  must(come, 'the moment comes', editor.told.slice(-20));
  stopped.goOn(await fault.strike(scene));
  await fault.soon?.(scene);
}

/** Nothing changes there any more: twice, because what is just being started may not be seen yet. */
async function untilIdle(server: Server): Promise<void> {
  for (let [tries, idle] = [0, 0]; idle < 2; tries++) {
    const { code, stdout } = await server.attempt(
      `pgrep -x systemd-run
       ls /var/lib/shipshape/runs 2>/dev/null | while read -r each; do
         systemctl is-active -q "shipshape-$each" && echo "$each"; done; true`,
    );
    idle = code === 0 && stdout === '' ? idle + 1 : 0;
    must(tries < 1_200, 'what runs on the server ends', stdout);
    await sleep(100);
  }
}

/** By its journal alone, in which there was nothing before. */
async function stateOf(server: Server): Promise<State> {
  const last = await server.run(
    'tail -n 1 /var/lib/shipshape/setup/journal 2>/dev/null | cut -d " " -f 3-; true',
  );
  if (last === 'finished\n') return 'new';
  return last === '' || last === 'undone\n' ? 'old' : 'stopped';
}

async function judge(
  server: Server,
  { to }: Step,
  {
    before,
    end,
    seen,
  }: { readonly before: Look; readonly end: 'old' | 'new'; readonly seen: ReturnType<Stopped['seen']> },
): Promise<void> {
  for (const { last, version } of seen) {
    const isAhead = version === to && !/^(writing|finished)$/.test(last) && last !== '';
    must(!isAhead, 'version.json is not ahead of what was verified', seen);
  }
  const verified = `grep -q ' verified ${to}$' /var/lib/shipshape/setup/journal`;
  if (end === 'old') {
    const after = await look(server);
    const files = difference(before.files, after.files);
    must(files.length === 0, 'every file is as it was', files);
    must(
      after.packages === before.packages,
      'the packages are as they were',
      difference(before.packages.split('\n'), after.packages.split('\n')),
    );
    return;
  }
  must((await server.attempt(verified)).code === 0, 'it was verified');
  const { code, stdout, stderr } = await server.attempt(
    `for each in /var/lib/shipshape/setup/runs/*/steps/${to}; do STEP=$each sh $each/verify.sh || exit 1; done`,
  );
  must(code === 0, 'it can be verified again', stdout + stderr);
  const made = changesOf(before, await look(server));
  const usual = changes.get(to);
  if (usual === undefined) changes.set(to, made);
  else
    must(difference(usual, made).length === 0, 'it changed what it always changes', difference(usual, made));
}

/** A killed server that cells of a step begin with copies of. */
export async function prepared(
  { kind, prepare }: Step,
  whenDone: (close: () => Promise<void>) => void,
): Promise<Server> {
  const server = await (await openLab(whenDone)).server({ kind });
  await prepare(server);
  await server.run('rm -rf /var/lib/shipshape /var/backups/tako; sync');
  await server.kill();
  return server;
}
