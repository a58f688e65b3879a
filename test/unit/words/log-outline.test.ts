import fc from 'fast-check';
import { expect, test } from 'vitest';
import { foldsOf, outlineOf, type Section } from '../../../src/words/log-outline.ts';

const at = (second: number, text: string): string =>
  `[2026-11-20T10:00:${String(second).padStart(2, '0')}Z] ${text}`;

function printed(sections: readonly Section[], indent = ''): string[] {
  return sections.flatMap(({ name, detail, from, to, children }) => [
    `${indent}${name} (${detail}) ${from}-${to}`,
    ...printed(children, `${indent}  `),
  ]);
}

test('a log is its deployment, the phases of that, and the errors in them', () => {
  const lines = [
    at(0, 'Starting deployment to production'),
    at(0, 'Deployment id: deploy-1'),
    at(1, 'phase build started'),
    at(9, 'npm warns of 3 packages'),
    at(13, 'phase build completed'),
    at(13, 'phase migrate_pre skipped'),
    at(14, 'phase rollout started'),
    at(15, 'Error: table "sessions" does not exist'),
    '    at shop.js:12',
    at(16, 'phase rollout failed'),
    at(17, 'phase finalize started'),
    '',
  ];
  expect(printed(outlineOf(lines))).toEqual([
    'Deployment to production (2026-11-20T10:00:00Z) 0-10',
    '  build (completed · 12 s) 2-4',
    '  migrate_pre (skipped) 5-5',
    '  rollout (failed · 2 s) 6-9',
    '    Error: table "sessions" does not exist (2026-11-20T10:00:15Z) 7-7',
    '  finalize (running) 10-10',
  ]);
  expect(foldsOf(lines)).toEqual([
    [0, 10],
    [2, 4],
    [6, 9],
    [7, 8],
  ]);
});

test('each deployment of a log that has several is a part of it', () => {
  const lines = ['production', 'production', 'staging'].flatMap(name => [
    `[2026-11-20T18:56:51-05:00] Starting Swarm deployment to ${name}`,
    '[2026-11-20T18:56:51-05:00] Git commit: 4f2c9ab',
  ]);
  expect(outlineOf(lines).map(({ name, from, to }) => [name, from, to])).toEqual([
    ['Deployment to production', 0, 1],
    ['Deployment to production', 2, 3],
    ['Deployment to staging', 4, 5],
  ]);
});

test('what is no log has no parts, and a name in it cannot be longer than a line of an outline', () => {
  expect(outlineOf(['{', '  "a": 1', '}'])).toEqual([]);
  expect(outlineOf([`Error: ${'x'.repeat(5_000)}`])[0]?.name).toHaveLength(120);
  expect(outlineOf(Array.from({ length: 5_000 }, () => 'Error: again'))).toHaveLength(1_000);
});

const LINE = fc.oneof(
  fc.constantFrom(
    ...[
      'Starting deployment to a',
      'phase b started',
      'phase b failed',
      'phase c completed',
      'Error: no',
    ].map(text => at(0, text)),
    '',
    'at x',
  ),
  fc.string(),
);

test('every part lies within the log and within the part around it, whatever the lines', () => {
  fc.assert(
    fc.property(fc.array(LINE, { maxLength: 40 }), lines => {
      const check = (sections: readonly Section[], from: number, to: number): void => {
        for (const section of sections) {
          expect(section.from).toBeGreaterThanOrEqual(from);
          expect(section.to).toBeLessThanOrEqual(to);
          expect(section.to).toBeGreaterThanOrEqual(section.from);
          check(section.children, section.from, section.to);
        }
      };
      check(outlineOf(lines), 0, lines.length - 1);
      for (const [from, to] of foldsOf(lines)) expect(lines[from] !== undefined && lines[to]).toBeDefined();
    }),
  );
});
