import fc from 'fast-check';
import { expect, it } from 'vitest';
import { scanJson } from '../../../src/base/json-scan.ts';

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

it('takes exactly what JSON.parse takes', () => {
  const valid = fc
    .tuple(fc.jsonValue(), fc.nat(2))
    .map(([value, indent]) => JSON.stringify(value, null, indent));
  const damaged = fc
    .tuple(
      valid,
      fc.nat(),
      fc.oneof(
        fc.string({ unit: 'binary', maxLength: 2 }),
        fc.constantFrom(',', '"', '\\', '}', ']', '-', '\n', '\0'),
      ),
      fc.nat(2),
    )
    .map(
      ([text, at, put, drop]) =>
        text.slice(0, at % (text.length + 1)) + put + text.slice((at % (text.length + 1)) + drop),
    );
  const pieces = fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"',
    '"a"',
    '0',
    '1',
    '-',
    '.',
    'e',
    'E+',
    'true',
    'nul',
    'null',
    ' ',
    '\n',
    '\r',
    '\t',
    '\\',
    '\\u',
    '\\u12aF',
    '\\n',
    '\\x',
    '\0',
    '\u001f',
    '\u007f',
    '\u00a0',
    '\u2028',
    '\ufeff',
    '\ud800',
    '//',
    'Ģ',
    'Infinity',
  );
  const random = fc.array(pieces, { maxLength: 12 }).map(each => each.join(''));
  const text = fc.oneof(valid, damaged, random).filter(each => !each.startsWith('\ufeff'));
  let taken = 0;
  fc.assert(
    fc.property(text, each => {
      const { ok } = scanJson(each);
      if (ok) taken++;
      expect(ok).toBe(parses(each));
      expect(scanJson(`\ufeff${each}`).ok).toBe(ok);
    }),
    { numRuns: 20_000 },
  );
  expect(taken).toBeGreaterThan(2_000);
});

it('takes numbers and texts of any length', () => {
  expect(scanJson('1'.repeat(5_000_000)).ok).toBe(true);
  expect(scanJson(`"${'\\n'.repeat(2_000_000)}"`).ok).toBe(true);
});

it('says where the text fails', () => {
  expect(scanJson('{"a": tru}')).toEqual({ ok: false, why: 'syntax', offset: 6 });
  expect(scanJson('{"a": "b')).toEqual({ ok: false, why: 'syntax', offset: 8 });
});

it('tells the members of what is looked into, and of nothing else', () => {
  const text = '{"a": {"b": [1, {}]}, "a" : 2, "\\u0063": []}';
  const part = (name: string | number, from: number, nameEnd: number, start: number, end: number) => ({
    name,
    from,
    nameEnd,
    start,
    end,
  });
  const scanned = scanJson(text, name => (name === 'a' ? () => undefined : undefined));
  expect(scanned).toEqual({
    ok: true,
    root: {
      ...part(0, 0, 0, 0, text.length),
      members: [
        { ...part('a', 1, 4, 6, 20), members: [{ ...part('b', 7, 10, 12, 19), members: undefined }] },
        { ...part('a', 22, 25, 28, 29), members: undefined },
        { ...part('c', 31, 39, 41, 43), members: undefined },
      ],
    },
  });
});
