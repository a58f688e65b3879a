/** Plays one fault: what servers run then, what is recorded, what became of the lock, and that the next deployment goes through. */
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, vi } from 'vitest';
import { clean } from '../../../src/base/clean.ts';
import type { Request } from '../../../src/operations/operation.ts';
import type { Release } from '../../../src/state/model.ts';
import { openLab, type Server } from '../lab.ts';
import { openApp, type App, type Version } from './app.ts';
import { openDesk } from './desk.ts';
import type { Attempt, Fault, Scene } from './faults.ts';
import { answersOn, runningOn, type Running } from './look.ts';
import { joinSwarm } from './swarm-there.ts';

/**
 * What all servers run that can be asked. `each`: one of them is old and the other one new. `mixed`: one is neither. `dark`: on one
 * of them nothing answers.
 */
export type End = 'old' | 'new' | 'each' | 'mixed' | 'dark';

export interface Played {
  readonly fault: Fault;
  readonly end: End | 'wrong';
  readonly ended: string;
  /** What the record says. */
  readonly says: string;
  readonly lock: 'released' | 'left';
  readonly why?: string;
}

const HOLDER = '/var/lib/shipshape/deploy/shop/production/holder';

/** `evidence`: where a lock is left, its time is over before somebody comes; else it is taken over. */
export async function play(fault: Fault, bundle: string, evidence: boolean): Promise<Played> {
  const closing: (() => unknown)[] = [];
  const whenDone = (close: () => unknown): void => void closing.push(close);
  try {
    return await playIn(fault, bundle, evidence, whenDone);
  } finally {
    for (const close of closing.reverse()) await close();
  }
}

async function playIn(
  fault: Fault,
  bundle: string,
  isOver: boolean,
  whenDone: (close: () => unknown) => void,
): Promise<Played> {
  const { isSwarm = false, isBack = false } = fault;
  const lab = await openLab(whenDone);
  const start = (name: string): Promise<Server> => lab.server({ kind: 'docker', name, disk: '1500m' });
  const more = isSwarm ? [start('three')] : [];
  const [one, two, ...others] = await Promise.all([start('one'), start('two'), ...more]);
  const servers = [one, two, ...others] as const;
  if (isSwarm) await joinSwarm(servers);
  const usual = { front: 'proxy', isSwarm, ...fault.usual } as const;
  const app = await openApp(whenDone, servers, usual);
  const desk = openDesk(whenDone, servers);
  await desk.perform(app.release('v1'));
  const first = (await newest(app))?.id ?? '';
  if (isBack) await desk.perform(app.release('v2', fault.changes));
  const before = isBack ? ((await newest(app))?.id ?? '') : first;
  const [from, to] = isBack ? (['v2', 'v1'] as const) : (['v1', 'v2'] as const);
  const request: Request = isBack
    ? { operation: 'roll-back', input: { where: app.where, to: first, by: clean('ana@mac') } }
    : app.release('v2', fault.changes);
  const groups = isSwarm ? [servers] : servers.map(each => [each]);
  const old = { version: from, running: await Promise.all(groups.map(runningIn)) };
  const scene: Scene = { servers, app, usual, desk, bundle, request, to, first, whenDone };

  const attempt = await fault.attempt(scene);
  const changed = fault.changes?.api === undefined ? ['web'] : ['web', 'api'];
  const judged: Judged = { isSwarm, servers, old, changed, out: attempt.out ?? [] };
  const end = await endOf(judged, attempt.version ?? to);
  const says = saysOf(await newest(attempt.by ?? app), before);
  const holders = await Promise.all(reachable(judged).map(isHeld));
  const lock = holders.includes(true) ? 'left' : 'released';
  const played = { fault, end, ended: attempt.ended, says, lock } as const;
  const wrong = [
    ...wrongWith(played, attempt),
    ...(await recovered(scene, attempt, { fault, judged, isOver, isDone: says === 'new' })),
  ];
  if (wrong.length === 0) return played;
  return { ...played, end: 'wrong', why: [`${end}: ${wrong.join('; ')}`, attempt.why].join('\n') };
}

/** What is looked at. A swarm runs its tasks where it likes, so that there only all servers together count. */
interface Judged {
  readonly isSwarm: boolean;
  readonly servers: readonly Server[];
  /** What ran before: on each server, or in the swarm. */
  readonly old: { readonly version: Version; readonly running: readonly Running[] };
  /** Services that are another image then. */
  readonly changed: readonly string[];
  /** Servers that cannot be asked. */
  readonly out: readonly Server[];
}

const reachable = ({ servers, out }: Judged): readonly Server[] =>
  servers.filter(each => !out.includes(each));

const newest = async (app: App): Promise<Release | undefined> =>
  (await app.recorded()).environment.releases[0];

const isHeld = async (server: Server): Promise<boolean> =>
  (await server.attempt(`test -e ${HOLDER}`)).code === 0;

async function endOf(judged: Judged, version: Version): Promise<End> {
  const { isSwarm, old, changed } = judged;
  const there = reachable(judged);
  const ends = new Set<End>();
  for (const [index, servers] of (isSwarm ? [there] : there.map(each => [each])).entries()) {
    const before = old.running[index] ?? old.running[0] ?? {};
    // What was begun there without anybody who waits for it comes to its end.
    const { running, answers } = await settledOn(servers, isSwarm ? before : undefined);
    if (answers.length === 0) ends.add('dark');
    else if (
      JSON.stringify(running) === JSON.stringify(before) &&
      answers.every(each => each === old.version)
    )
      ends.add('old');
    else if (
      counts(running) === counts(before) &&
      answers.every(text => text === version) &&
      changed.every(name => String(running[name]) !== String(before[name])) &&
      new Set(running.web).size === 1
    )
      ends.add('new');
    else ends.add('mixed');
  }
  const [end = 'dark'] = ends;
  if (ends.has('dark')) return 'dark';
  if (ends.has('mixed')) return 'mixed';
  return ends.size === 1 ? end : 'each';
}

const counts = (of: Running): string =>
  JSON.stringify(Object.entries(of).map(([name, ids]) => [name, ids.length]));

/** What several servers run together. */
async function runningIn(servers: readonly Server[]): Promise<Running> {
  const all = (await Promise.all(servers.map(runningOn))).flatMap(each => Object.entries(each));
  const names = [...new Set(all.map(([name]) => name))].sort();
  return Object.fromEntries(
    names.map(name => [name, all.flatMap(([each, ids]) => (each === name ? ids : [])).sort()]),
  );
}

interface Look {
  readonly running: Running;
  readonly answers: readonly string[];
}

const LOOKS = 40;

/** Two looks with nothing between them that changed. `whole`: a swarm gets the time to bring what is missing elsewhere. */
async function settledOn(servers: readonly Server[], whole?: Running): Promise<Look> {
  let last = '';
  for (let count = 1; ; count++) {
    const answers = await Promise.all(servers.map(each => answersOn(each, 'web')));
    const look = { running: await runningIn(servers), answers: answers.flat().sort() };
    const text = JSON.stringify(look);
    const isWhole = whole === undefined || counts(look.running) === counts(whole);
    if ((text === last && isWhole) || count === LOOKS) return look;
    last = text;
    await sleep(3_000);
  }
}

function saysOf(release: Release | undefined, before: string): string {
  if (!release) return 'nothing';
  if (release.id === before) return 'old';
  if (release.outcome === 'succeeded') return 'new';
  return release.outcome === 'failed' ? 'old' : release.outcome;
}

/** Old or new, and the record says which; where nobody was left to say it, it says that nothing tells the end. */
function wrongWith({ fault, end, ended, says, lock }: Played, { out = [] }: Attempt): readonly string[] {
  const isKilled = ended === 'killed';
  const allowed: readonly string[] = isKilled
    ? ['interrupted', 'running', end]
    : out.length > 0 || end === 'mixed'
      ? ['partial', end]
      : [end];
  return [
    ...(ended.startsWith('broken') ? [ended] : []),
    ...(end === 'old' || end === 'new' || (end !== 'dark' && fault.mayDiffer === true)
      ? []
      : [`ends ${end}`]),
    ...(allowed.includes(says) ? [] : [`the record says ${says}`]),
    ...(lock === 'left' && !isKilled ? ['the lock is left'] : []),
  ];
}

interface Recovering {
  readonly fault: Fault;
  readonly judged: Judged;
  readonly isOver: boolean;
  /** The record says that it came to its end. */
  readonly isDone: boolean;
}

/** What is left can be taken over, which brings back what ran before; and the next deployment goes through. */
async function recovered(
  { servers, app, desk, request }: Scene,
  { mend }: Attempt,
  { fault: { isBack = false }, judged: then, isOver, isDone }: Recovering,
): Promise<readonly string[]> {
  await mend?.();
  const judged = { ...then, changed: ['web'], out: [] };
  await Promise.all(
    servers.map(each =>
      vi.waitUntil(async () => (await each.attempt('docker version')).code === 0, { timeout: 60_000 }),
    ),
  );
  // The nodes of a swarm find each other again.
  if (mend && judged.isSwarm) await endOf(judged, isBack ? 'v1' : 'v2');
  const version = isBack ? 'v3' : 'v2';
  const next = app.release(version);
  const held = await Promise.all(servers.map(isHeld));
  const wrong: string[] = [];
  if (held.includes(true)) {
    const { findings } = await desk.plan(request);
    // On a slow machine its time may be over by now.
    const holds = findings.filter(({ code }) => code === 'held' || code === 'left-over');
    expect(holds, JSON.stringify(findings)).toHaveLength(held.filter(Boolean).length);
    // The release is named while it may be half done.
    for (const { evidence } of holds)
      expect(evidence).toMatch(
        /^ana@mac: (Deploy \w+ to production of shop|Roll production of shop back to \w+)( \([\w-]+\))?, since \d\d:\d\d\. (Last sign of life at|No sign of life since)/,
      );
    if (isOver)
      for (const each of servers) {
        // What was cut off in the middle is at work until it comes to its end, and that is a sign of life.
        const isIdle = `cd ${path.dirname(HOLDER)} || exit 0; flock -n lock true`;
        await vi.waitUntil(async () => (await each.attempt(isIdle)).code === 0, { timeout: 60_000 });
        await each.run(`! test -e ${HOLDER} || touch -d '10 minutes ago' ${HOLDER}`);
      }
    else {
      const { verdict } = await desk.perform({
        operation: 'take-over-deployment',
        input: { where: app.where },
      });
      const end = await endOf(judged, version);
      const says = (await newest(app))?.outcome;
      if (verdict.state !== 'verified') wrong.push(`taking over is ${verdict.state}: ${verdict.why}`);
      if (!isDone && end !== 'old') wrong.push(`taken over it is ${end}`);
      if (says === 'running' || says === 'interrupted') wrong.push(`taken over the record says ${says}`);
    }
  }
  const { verdict } = await desk.perform(next);
  const end = await endOf(judged, version);
  const says = (await newest(app))?.outcome;
  const left = await Promise.all(servers.map(isHeld));
  return [
    ...wrong,
    ...(verdict.state === 'verified' ? [] : [`the next deployment is ${verdict.state}: ${verdict.why}`]),
    ...(end === 'new' ? [] : [`after the next deployment it is ${end}`]),
    ...(says === 'succeeded' ? [] : [`of the next deployment the record says ${says}`]),
    ...(left.includes(true) ? ['the next deployment leaves the lock'] : []),
  ];
}
