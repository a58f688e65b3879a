import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { interpolated } from '../../../src/base/interpolate.ts';

const VALUES: Readonly<Record<string, string>> = { A: 'a', EMPTY: '', NESTED: '${A}' };
const lookup = (name: string): string | undefined => VALUES[name];

describe('variables as Docker Compose replaces them', () => {
  test.each([
    ['$A-$A.${A}', 'a-a.a'],
    ['$$A $${A} $$$A', '$A ${A} $a'],
    ['${GONE}$GONE', ''],
    ['${GONE:-x} ${EMPTY:-x} ${GONE-x} ${EMPTY-x} ${A:-x}', 'x x x  a'],
    ['${A:+x} ${EMPTY:+x} ${EMPTY+x} ${GONE+x}', 'x  x '],
    ['${GONE:-${EMPTY:-{b}$A}}!', '{b}a!'],
    ['${NESTED}', '${A}'],
    ['$1 ${1} ${A B} ${A $', '$1 ${1} ${A B} ${A $'],
    ['${A:?no} ${EMPTY?no}', 'a '],
  ])('%s is %s', (text, expected) => {
    expect(interpolated(text, lookup)).toBe(expected);
  });

  test('what has to have a value is told with its message', () => {
    const told: string[] = [];
    const text = '${GONE:?set $A} ${EMPTY:?} ${OTHER?x} ${A:-${UNUSED?y}}';
    expect(interpolated(text, lookup, { required: (...each) => told.push(each.join(': ')) })).toBe('   a');
    expect(told).toEqual(['GONE: set a', 'EMPTY: ', 'OTHER: x']);
  });

  test('what has no value, and nothing instead, is told', () => {
    const told: string[] = [];
    interpolated('$GONE ${OTHER} ${GONE:-x} ${EMPTY} ${GONE+x}', lookup, {
      missing: each => told.push(each),
    });
    expect(told).toEqual(['GONE', 'OTHER']);
  });

  test('with every dollar doubled, a text is what it was', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('$', '{', '}', 'A', ':', '-', '\n', 'é') }), text => {
        expect(interpolated(text.replaceAll('$', '$$$$'), lookup)).toBe(text);
      }),
    );
  });
});
