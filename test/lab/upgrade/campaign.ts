/** Many cells of the matrix, some at once, and what became of them. */
import { inParallel } from '../../../src/base/parallel.ts';
import type { Server } from '../lab.ts';
import { nameOf, play, prepared, type Cell, type End } from './matrix.ts';
import type { Step } from './steps.ts';

export interface Played {
  readonly cell: Cell;
  readonly end: End | 'wrong';
  readonly why?: string;
}

/** Plays cells, each step's after one upgrade in which nothing happens, and prints each end. */
export async function campaign(
  cells: readonly Cell[],
  bundle: string,
  whenDone: (close: () => Promise<void>) => void,
): Promise<readonly Played[]> {
  const played: Played[] = [];
  for (const step of new Set(cells.map(cell => cell.step))) {
    const like = await prepared(step, whenDone);
    const end = await play({ step }, { bundle, like });
    if (end !== 'new') throw new Error(`Without a fault ${step.to} ends as ${end}`);
    const own = cells.filter(cell => cell.step === step);
    await inParallel(own, 2, async cell => {
      const result = await playOne(cell, { bundle, like });
      played.push(result);
      process.stdout.write(`    ${nameOf(cell)} -> ${result.end}${result.why ? `\n${result.why}` : ''}\n`);
    });
  }
  return played;
}

async function playOne(
  cell: Cell,
  given: { readonly bundle: string; readonly like: Server },
): Promise<Played> {
  try {
    return { cell, end: await play(cell, given) };
  } catch (error) {
    return {
      cell,
      end: 'wrong',
      why: error instanceof Error ? (error.stack ?? error.message) : String(error),
    };
  }
}

/** How many cells there were of each step, part and fault, and how they ended. */
export function account(played: readonly Played[]): string {
  const lines = [`${played.length} cells: ${ends(played)}`];
  const by = (name: string, keyOf: (cell: Cell) => string): void => {
    for (const key of new Set(played.map(({ cell }) => keyOf(cell)))) {
      const some = played.filter(({ cell }) => keyOf(cell) === key);
      lines.push(`  ${name} ${key}: ${some.length}: ${ends(some)}`);
    }
  };
  by('step', ({ step, part }: { readonly step: Step; readonly part: string }) => `${step.to} ${part}`);
  by('fault', ({ fault }) => fault.name);
  return `${lines.join('\n')}\n`;
}

function ends(played: readonly Played[]): string {
  const counts = new Map<string, number>();
  for (const { end } of played) counts.set(end, (counts.get(end) ?? 0) + 1);
  return [...counts]
    .map(([end, count]) => `${count} ${end}`)
    .sort()
    .join(', ');
}
