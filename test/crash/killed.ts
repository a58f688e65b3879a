/** A process that performs operations, to be killed while it does. */
import path from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { child, type Child } from '../kit/child.ts';

/** Started and ready. `now`: where its clock stands. */
export async function operator(now = Date.now()): Promise<Child> {
  const started = child(path.join(import.meta.dirname, 'operator.ts'), [String(now)]);
  onTestFinished(() => started.signal('SIGKILL'));
  expect(await started.line()).toBe('ready');
  return started;
}
