import { describe, expect, it } from 'vitest';
import { parseYaml } from '../../../src/base/yaml.ts';

it('tells the lines of keys and list entries', () => {
  const parsed = parseYaml('a:\n  b:\n\n    - 1\n    - c: 2\n7: x\n');
  if (!parsed.ok) throw new Error(parsed.detail);
  expect(parsed.value).toEqual({ a: { b: [1, { c: 2 }] }, 7: 'x' });
  const cases: readonly (readonly [readonly (string | number)[], number | undefined])[] = [
    [['a'], 1],
    [['a', 'b'], 2],
    [['a', 'b', 0], 4],
    [['a', 'b', 1, 'c'], 5],
    [['7'], 6],
    [[], 1],
    [['gone'], undefined],
    [['a', 'gone', 'too'], undefined],
  ];
  for (const [path, line] of cases) expect([path, parsed.lineOf(path)]).toEqual([path, line]);
});

it('takes merged keys, the last of double keys, and the first of several documents', () => {
  expect(parseYaml('x: &x { a: 1 }\ny: { <<: *x, b: 2 }')).toMatchObject({ value: { y: { a: 1, b: 2 } } });
  expect(parseYaml('a: 1\na: 2')).toMatchObject({ value: { a: 2 } });
  expect(parseYaml('a: 1\n---\nb: 2')).toMatchObject({ value: { a: 1 } });
  expect(parseYaml('')).toMatchObject({ ok: true, value: null });
});

describe('refuses what would hold everything up', () => {
  const cases: Readonly<Record<string, string>> = {
    'deep nesting': '['.repeat(500_000),
    'deep indentation': Array.from({ length: 1_000 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n'),
    'aliases that multiply': [
      'a: &a [x]',
      ...Array.from(
        { length: 9 },
        (_, index) => `b${index}: &b${index} [${`*${index === 0 ? 'a' : `b${index - 1}`}, `.repeat(9)}]`,
      ),
    ].join('\n'),
    'thousands of aliases': Array.from(
      { length: 20_000 },
      (_, index) => `k${index}: &a${index} 1\nl${index}: *a${index}`,
    ).join('\n'),
    'an unknown alias': 'a: *b',
  };
  it.each(Object.entries(cases))('%s', (_name, text) => {
    expect(parseYaml(text).ok).toBe(false);
  });

  it('tells the line of an error', () => {
    expect(parseYaml('a: 1\nb: [\n')).toMatchObject({ ok: false, line: 3 });
  });
});

it('takes plain values for what the parser of Python takes them for, where asked', () => {
  const text =
    'a: &a [yes, n, 0777, 08, 1_000, 1:30, 2025-01-02, e1, 1e3, 1.0e+3]\nb: &b { x: 1 }\nc: { <<: *b }';
  const a = [true, 'n', 511, '08', 1000, 90, '2025-01-02', 'e1', '1e3', 1000];
  expect(parseYaml(text, 'python')).toMatchObject({ value: { a, c: { x: 1 } } });
});
