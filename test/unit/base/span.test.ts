import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { shifted, type Replacement } from '../../../src/base/span.ts';

const replace = (rangeOffset: number, rangeLength: number, text = ''): Replacement => ({
  rangeOffset,
  rangeLength,
  text,
});

describe('a span', () => {
  test.each<[what: string, replacement: Replacement, start: number, end: number]>([
    ['before it', replace(0, 0, 'ab'), 12, 22],
    ['right before it', replace(10, 0, 'ab'), 12, 22],
    ['that takes away what is before it', replace(4, 6), 4, 14],
    ['of the same length before it', replace(0, 3, 'abc'), 10, 20],
    ['behind it', replace(20, 5, 'ab'), 10, 20],
    ['within it', replace(12, 2, 'abcde'), 10, 23],
    ['of its beginning', replace(8, 4, 'xyz'), 11, 19],
    ['of its end', replace(15, 10, 'xyz'), 10, 15],
  ])('after a replacement %s', (_, replacement, start, end) => {
    expect(shifted([{ start: 10, end: 20 }], [replacement])).toEqual([{ start, end }]);
  });

  test.each([replace(10, 10), replace(10, 10, 'another'), replace(0, 50), replace(9, 11, '\n')])(
    'is gone with %j',
    replacement => {
      expect(shifted([{ start: 10, end: 20 }], [replacement])).toEqual([]);
    },
  );

  test('keeps what else it carries', () => {
    const change = replace(0, 0, '\n');
    expect(shifted([{ start: 1, end: 2, name: 'web' }], [change])).toEqual([
      { start: 2, end: 3, name: 'web' },
    ]);
  });
});

test('names stand where they stood, whatever is typed around them', () => {
  const edit = fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    length: fc.nat({ max: 12 }),
    text: fc.constantFrom('', 'x', '\n', '\r\n', '  # a comment\n', 'name', '😀'),
  });
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom('<web>', '<worker>', ' ', '\n', 'text'), { minLength: 1, maxLength: 30 }),
      fc.array(edit, { maxLength: 8 }),
      (words, edits) => {
        let text = words.join('');
        let spans: readonly { start: number; end: number; name: string }[] = [...text.matchAll(/<\w+>/g)].map(
          ({ 0: name, index }) => ({ name, start: index, end: index + name.length }),
        );
        for (const { at, length, text: typed } of edits) {
          const change = replace(Math.floor(at * text.length), 0, typed);
          const whole = { ...change, rangeLength: Math.min(length, text.length - change.rangeOffset) };
          const isTouched = ({ start, end }: { start: number; end: number }): boolean =>
            whole.rangeOffset < end && whole.rangeOffset + whole.rangeLength > start;
          const left = spans.filter(each => !isTouched(each));
          text = text.slice(0, whole.rangeOffset) + typed + text.slice(whole.rangeOffset + whole.rangeLength);
          spans = shifted(left, [whole]);
          expect(spans).toHaveLength(left.length);
        }
        for (const { name, start, end } of spans) expect(text.slice(start, end)).toBe(name);
      },
    ),
    { numRuns: 2_000 },
  );
});
