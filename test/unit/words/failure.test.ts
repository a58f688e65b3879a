import { expect, test } from 'vitest';
import { say } from '../../../src/base/clean.ts';
import { UserError } from '../../../src/base/errors.ts';
import { failureWords } from '../../../src/words/failure.ts';

test.each([
  [say('It stopped.'), 'It stopped. Look at it. (web01)'],
  [say('It stopped. not so: log-rotation'), 'It stopped. not so: log-rotation. Look at it. (web01)'],
])('a failure is told in sentences: %s', (what, told) => {
  expect(failureWords(new UserError('x', { what, where: 'web01', next: say('Look at it.') }))).toBe(told);
});
