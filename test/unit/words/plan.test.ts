import { expect, test } from 'vitest';
import { clean, say } from '../../../src/base/clean.ts';
import type { Plan } from '../../../src/operations/operation.ts';
import { planDocument, planLines } from '../../../src/words/plan.ts';

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
    'Warning: Mind this',
    'This cannot be undone.',
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
