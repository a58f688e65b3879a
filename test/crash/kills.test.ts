import { afterAll, expect, test } from 'vitest';
import { child, program } from '../kit/child.ts';
import { random, type Random } from '../kit/random.ts';
import { figures, KILLS } from './counts.ts';
import { project, recover, standing, wrong, type Project } from './project.ts';
import type { Aim } from './victim.ts';

const SEED = 20_260_801;
const LANES = 2; // at the same time
const SMALLEST = 4 * 1024;
const LARGEST = 16 * 1024 * 1024;

const victim = program('../crash/victim', afterAll);
const died = new Map<string, number>();
const sum = { kills: 0, writing: 0, acknowledged: 0, interrupted: 0, bytes: 0 };

/** Most die while they write; the others while they take the lock, finish what was left, or let go. */
function aim(chance: Random, several: boolean, isLeft: boolean): Aim {
  const choice = chance.next();
  const phase = choice < 0.05 ? 'release' : choice < (isLeft ? 0.4 : 0.07) ? 'acquire' : 'commit';
  // As many small files as large ones.
  const bytes = Math.floor(SMALLEST * (LARGEST / SMALLEST) ** chance.next());
  const [step, moment] = [chance.next(), chance.next()];
  return { phase, byTime: chance.next() < 0.5, step, moment, bytes, several };
}

/** Lets one process write until it dies. */
async function kill(project: Project, shape: Aim): Promise<void> {
  let round = Math.max(...project.possible.map(each => each.round)) + 1;
  const process = child(victim, [project.root, String(round), JSON.stringify(shape)]);
  let where: readonly string[] = [];
  for (let line = await process.line(); line !== undefined; line = await process.line()) {
    const [what, ...rest] = line.split(' ');
    if (what === 'dies') where = rest;
    if (what !== 'committed') continue;
    project.possible = [{ round: round++, shape }];
    sum.acknowledged++;
  }
  const [phase, step, writing] = where;
  expect([phase, await process.ended]).toEqual([expect.any(String), null]);
  project.possible = [...project.possible, { round, shape }];
  sum.kills++;
  sum.bytes += shape.bytes;
  if (writing === 'writing') sum.writing++;
  died.set(`${phase} ${step}`, (died.get(`${phase} ${step}`) ?? 0) + 1);
}

async function lane(kills: number, chance: Random): Promise<void> {
  const projects = [false, true].map(several => project({ bytes: SMALLEST, several }));
  for (let number = 0; number < kills; number++) {
    for (const [index, each] of projects.entries()) {
      if (number % 2 !== index) continue;
      await kill(each, aim(chance, index === 1, each.possible.length > 1));
      standing(each);
      if ((await each.lock.lookAt()).state === 'interrupted') sum.interrupted++;
      // Now and then the next process has to finish what was left, and may be killed while it does.
      if (chance.next() < 0.75) await recover(each);
    }
  }
}

test(`${KILLS} killed processes leave what was or what is to be`, { timeout: 10_800_000 }, async () => {
  await Promise.all(Array.from({ length: LANES }, (_, index) => lane(KILLS / LANES, random(SEED + index))));
  const share = Math.floor((100 * sum.writing) / sum.kills);
  figures(`${sum.kills} processes killed (seed ${SEED})`, [
    `${share} % between the first write and the last fsync, ${Math.round(sum.bytes / sum.kills / 1024)} KB on average`,
    `${sum.acknowledged} writes acknowledged, ${sum.interrupted} left to be finished by the next lock`,
    `${wrong.unreadable} files unreadable, ${wrong.lost} writes lost or torn, ${wrong.orphans} with orphans`,
    ...[...died]
      .sort((a, b) => b[1] - a[1])
      .map(([where, times]) => `${String(times).padStart(6)}  ${where}`),
  ]);
  expect(wrong).toEqual({ unreadable: 0, lost: 0, orphans: 0 });
  expect(share).toBeGreaterThanOrEqual(80);
  expect(sum.interrupted).toBeGreaterThan(0);
});
