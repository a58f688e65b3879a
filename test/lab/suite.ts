import { describe, test } from 'vitest';
import { lacking, type Level } from './level.ts';

/** Whether campaigns run at their full length. Files named `*.long.lab.test.ts` run only then. */
export const isLong = process.env.SHIPSHAPE_LAB === 'long';

interface Needs {
  readonly needs: Level;
  /** Another reason not to run it. */
  readonly unless?: () => string | undefined;
}

/** A suite that is skipped by name, with the reason, where the machine does not let it run. */
export function labSuite(name: string, { needs, unless }: Needs, body: () => void): void {
  const reason = lacking(needs);
  const other = reason === undefined ? unless?.() : undefined;
  if (reason !== undefined) test.skip(`${name}: needs the lab's level "${needs}", ${reason}`);
  else if (other !== undefined) test.skip(`${name}: ${other}`);
  else describe(name, body);
}

/** Prints how long something took. It is never judged. */
export async function timed<T>(name: string, act: () => Promise<T>): Promise<T> {
  const begin = performance.now();
  const result = await act();
  process.stdout.write(`    ${name}: ${((performance.now() - begin) / 1000).toFixed(2)} s\n`);
  return result;
}
