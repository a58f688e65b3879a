/** Runs tasks in fresh processes and gathers what they measured. */
import { spawnSync } from 'node:child_process';
import path from 'node:path';

/** One line of the table. `ratio`: how many times cheaper than the baseline. */
export interface Result {
  readonly name: string;
  readonly ours: number;
  readonly baseline: number | null;
  readonly ratio: number | null;
  readonly unit: string;
  readonly goal: string;
  readonly ok: boolean;
}

/** What has to hold: at most this much, or at least so many times cheaper than the baseline. */
export type Goal = { readonly atMost: number } | { readonly timesCheaper: number } | 'none';

export function result(
  name: string,
  unit: string,
  ours: number,
  goal: Goal,
  baseline: number | null = null,
): Result {
  const ratio = baseline === null || ours === 0 ? null : round(baseline / ours);
  const line = { name, ours: round(ours), baseline: baseline === null ? null : round(baseline), ratio, unit };
  if (goal === 'none') return { ...line, goal: '', ok: true };
  if ('atMost' in goal) return { ...line, goal: `<= ${goal.atMost}`, ok: ours <= goal.atMost };
  return { ...line, goal: `>= ${goal.timesCheaper} x cheaper`, ok: (ratio ?? 0) >= goal.timesCheaper };
}

/** The measurements of one task, by name. */
export type Measured = Readonly<Record<string, number>>;

/** Runs a task in a process of its own, so that nothing is loaded or remembered. */
export function fresh(built: string, task: string, ...args: readonly string[]): Measured {
  const flags = ['--expose-gc', '--max-old-space-size=4096'];
  const script = path.join(built, 'task.js');
  const { status, stdout, stderr } = spawnSync(process.execPath, [...flags, script, task, ...args], {
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  if (status !== 0) throw new Error(`${task} ${args.join(' ')} failed:\n${stderr.slice(-2000)}`);
  return JSON.parse(stdout) as Measured; // what task.ts prints
}

/** The median of each measurement of a task that ran several times. */
export function median(times: number, run: () => Measured): Measured {
  const runs = Array.from({ length: times }, run);
  const names = Object.keys(runs[0] ?? {});
  return Object.fromEntries(names.map(name => [name, middle(runs.map(each => each[name] ?? Number.NaN))]));
}

export function middle(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** The results as a table for a terminal. */
export function table(results: readonly Result[]): string {
  const head = ['', 'ours', 'baseline', 'times cheaper', 'unit', 'goal', ''];
  const rows = results.map(({ name, ours, baseline, ratio, unit, goal, ok }) =>
    [name, ours, baseline ?? '', ratio ?? '', unit, goal, goal === '' ? '' : ok ? 'ok' : 'MISSED'].map(
      String,
    ),
  );
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map(row => row[column]?.length ?? 0)));
  const numeric = new Set([1, 2, 3]);
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) =>
        numeric.has(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd();
  return [head, ...rows].map(line).join('\n');
}

function round(value: number): number {
  return Number(value.toPrecision(3));
}
