/** Many faults, some at once, and what became of them. */
import { inParallel } from '../../../src/base/parallel.ts';
import type { Fault } from './faults.ts';
import { play, type Played } from './play.ts';

/** Plays each fault in a lab of its own, and prints how it ended and how many there were. */
export async function campaign(faults: readonly Fault[], bundle: string): Promise<readonly Played[]> {
  const only = new RegExp(process.env.SHIPSHAPE_FAULT ?? '');
  const each = [...faults.filter(({ name }) => only.test(name)).entries()];
  const played = await inParallel(each, 2, async ([index, fault]) => {
    const one = await playOne(fault, bundle, index % 2 === 0);
    const { end, ended, says, lock, why } = one;
    process.stdout.write(
      `    ${fault.name} -> ${end} (${ended}; the record: ${says}; lock ${lock})${why === undefined ? '' : `\n${why}`}\n`,
    );
    return one;
  });
  process.stdout.write(account(played));
  return played;
}

async function playOne(fault: Fault, bundle: string, isOver: boolean): Promise<Played> {
  try {
    return await play(fault, bundle, isOver);
  } catch (error) {
    const why = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { fault, end: 'wrong', ended: 'unknown', says: 'unknown', lock: 'left', why };
  }
}

/** How many there were, and how they ended. */
function account(played: readonly Played[]): string {
  const counted = (name: string, of: (each: Played) => string): string => {
    const counts = new Map<string, number>();
    for (const each of played) counts.set(of(each), (counts.get(of(each)) ?? 0) + 1);
    const texts = [...counts].map(([what, count]) => `${count} ${what}`).sort();
    return `  ${name}: ${texts.join(', ')}\n`;
  };
  return [
    `${played.length} faults\n`,
    counted('end', ({ end }) => end),
    counted('record', ({ says }) => says),
    counted('lock', ({ lock }) => lock),
  ].join('');
}
