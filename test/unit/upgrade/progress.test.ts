import { expect, test } from 'vitest';
import { clean } from '../../../src/base/clean.ts';
import type { Run } from '../../../src/operations/operation.ts';
import { Progress } from '../../../src/upgrade/progress.ts';

/** What a journal says is told, in its order, as phases that come to their end or fail. */
async function phasesOf(events: readonly string[], isFailure: boolean): Promise<readonly string[]> {
  const phases: string[] = [];
  const run: Run = {
    signal: new AbortController().signal,
    log: () => undefined,
    step: async (name, work) => {
      try {
        const result = await work();
        phases.push(`${name} ✓`);
        return result;
      } catch (error) {
        phases.push(`${name} ✗`);
        throw error;
      }
    },
  };
  const access = { now: () => 0, upgrading: () => undefined };
  const server = { id: 'web01', name: clean('web01'), target: { host: 'web01' } };
  const steps = [{ to: '1.1.0', title: clean('Log rotation') }];
  const progress = new Progress(access, run, { server, run: 'run', to: '1.1.0', steps });
  for (const event of events) {
    progress.event(clean(event));
    await Promise.resolve();
  }
  progress.end(isFailure);
  await new Promise(setImmediate);
  return phases;
}

test('a step that fails is told as failed, and undoing it as done', async () => {
  const events = [
    'started',
    'backed-up',
    'begin 1.1.0',
    'applied 1.1.0',
    'undoing',
    'undone 1.1.0',
    'undone',
  ];
  expect(await phasesOf(events, true)).toEqual([
    'web01: backing up ✓',
    'web01: Log rotation: applying ✗',
    'web01: undoing ✓',
  ]);
});

test('what cannot be undone is told as failed', async () => {
  const events = ['started', 'begin 1.1.0', 'undoing', 'stuck 1.1.0'];
  expect(await phasesOf(events, true)).toEqual([
    'web01: backing up ✓',
    'web01: Log rotation: applying ✗',
    'web01: undoing ✗',
  ]);
});
