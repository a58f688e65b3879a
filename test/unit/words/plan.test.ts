import { expect, test } from 'vitest';
import { clean, say } from '../../../src/base/clean.ts';
import type { Plan } from '../../../src/operations/operation.ts';
import { planDocument, planLine, planLines, refusalWords } from '../../../src/words/plan.ts';

const plan = (about: Partial<Plan>): Plan => ({
  title: say('Do something'),
  target: say('thing'),
  risk: 'confirm',
  changes: [],
  findings: [],
  steps: [],
  undoable: true,
  ...about,
});

test('warnings come first, then what would change, then what else there is to know', () => {
  const { text, isCut } = planLines(
    plan({
      undoable: false,
      steps: [say('A step')],
      changes: [
        { path: [clean('web'), clean('image')], kind: 'changed', from: clean('v1'), to: clean('v2') },
        { path: [clean('db')], kind: 'removed' },
        { path: [clean('cache')], kind: 'added', to: 3 },
      ],
      findings: [
        { severity: 'info', code: 'i', text: say('Good to know') },
        { severity: 'ok', code: 'o', text: say('Passed') },
        { severity: 'warning', code: 'w', text: say('Mind this') },
      ],
    }),
  );
  expect(text.split('\n')).toEqual([
    'Warning: Mind this.',
    'This cannot be undone.',
    '1 of 1 checks passed',
    'web / image: v1 → v2',
    '− db',
    '+ cache: 3',
    'A step',
    'Good to know',
  ]);
  expect(isCut).toBe(false);
});

test('a question shows eight lines, the document all of them', () => {
  const long = plan({ steps: Array.from({ length: 30 }, (_, index) => say('Step {0}', index)) });
  const { text, isCut } = planLines(long);
  expect(text.split('\n')).toHaveLength(8);
  expect(text).toMatch(/… and 23 more$/);
  expect(isCut).toBe(true);
  expect(planDocument(long)).toContain('Step 29');
});

test('checks are counted in the question; the document has each with what it was judged by', () => {
  const checked = plan({
    findings: [
      { severity: 'ok', code: 'disk', text: say('Enough room.'), evidence: say('4.1 GB free on /var') },
      { severity: 'error', code: 'lock', text: say('Somebody changes its setup.'), evidence: say('run-7') },
      { severity: 'warning', code: 'harm', text: say('Traefik restarts.'), evidence: say('shop.acme.test') },
      { severity: 'error', code: 'clock', text: say('Its clock is wrong.') },
    ],
    steps: [say('Make a backup')],
  });
  expect(planLines(checked).text.split('\n')).toEqual([
    'Warning: Traefik restarts. (shop.acme.test)',
    '1 of 3 checks passed',
    'Make a backup',
  ]);
  expect(planDocument(checked)).toBe(`Do something

Warning: Traefik restarts. (shop.acme.test)

1 of 3 checks passed
✓ Enough room. (4.1 GB free on /var)
✗ Somebody changes its setup. (run-7)
✗ Its clock is wrong.

Make a backup
`);
  expect(planLine(checked)).toBe('1 of 3 checks passed · Warning: Traefik restarts. (shop.acme.test)');
  expect(refusalWords(checked)).toBe(
    'Do something: not possible. Somebody changes its setup. (run-7) One more check failed.',
  );
  expect(refusalWords(plan({}))).toBeUndefined();
});

test('checks and warnings are sentences, what they were judged by is none, however they were written', () => {
  const written = plan({
    findings: [
      { severity: 'ok', code: 'reachable', text: say('It answers') },
      { severity: 'ok', code: 'root', text: say('Its setup may be changed'), evidence: say('root') },
      { severity: 'warning', code: 'clock', text: say('Its clock is off'), evidence: say('400 s') },
      {
        severity: 'error',
        code: 'a',
        text: say('It did not answer.'),
        evidence: say('Check it. Try again.'),
      },
      { severity: 'error', code: 'b', text: say('Is it there?') },
      { severity: 'info', code: 'c', text: say('3 to add'), evidence: say('2 min') },
    ],
  });
  expect(planDocument(written)).toBe(`Do something

Warning: Its clock is off. (400 s)

2 of 4 checks passed
✓ It answers.
✓ Its setup may be changed. (root)
✗ It did not answer. (Check it. Try again)
✗ Is it there?

3 to add (2 min)
`);
  expect(refusalWords(written)).toBe(
    'Do something: not possible. It did not answer. (Check it. Try again) One more check failed.',
  );
});
