import { expect, test } from 'vitest';
import { say } from '../../../src/base/clean.ts';
import { stepLine, timedLine } from '../../../src/words/run-lines.ts';

test('a step is told when it begins and when it fails, by its name or in words', () => {
  expect(stepLine({ step: 'verify', state: 'started' })).toEqual({
    text: 'Looking at the result',
    tone: 'step',
  });
  expect(stepLine({ step: 'verify', state: 'completed' })).toBeUndefined();
  expect(stepLine({ step: 'web01: \u001b[31mred', state: 'failed' })).toEqual({
    text: 'Failed: web01: red',
    tone: 'failed',
  });
});

test('the log has the time of each line, and what a server printed stands further in', () => {
  const at = new Date(2026, 10, 20, 9, 5, 7).getTime();
  expect(timedLine(at, { text: say('Beginning'), tone: 'step' })).toBe('09:05:07  Beginning');
  expect(timedLine(at, { text: say('ok'), tone: 'output' })).toBe('09:05:07    ok');
});
