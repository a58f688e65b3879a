import fc from 'fast-check';
import { expect, test } from 'vitest';
import { editJson } from '../../../src/base/edit.ts';
import type { Json } from '../../../src/base/json.ts';
import { mergeEdits } from '../../../src/base/merge.ts';

function merged(text: string, wanted: Json): string {
  const result = editJson(text, mergeEdits(JSON.parse(text), wanted), 'go');
  if (!result.ok) throw new Error(result.why);
  return result.text;
}

test('says what is wanted and leaves the spelling of what it says already', () => {
  const text = '{ "a": 1.50, "b": {"c": "\\u0078", "d": 12345678901234567890}, "e": null, "f": [1.0] }';
  expect(merged(text, { a: 1.5, b: { c: 'x' }, f: [1] })).toBe(text);
  expect(merged(text, { b: { c: 'y', n: true } })).toBe(
    text.replace('"\\u0078"', '"y"').replace('567890}', '567890, "n": true}'),
  );
  expect(JSON.parse(merged(text, { e: { g: { h: 1 } }, f: [] }))).toMatchObject({
    e: { g: { h: 1 } },
    f: [],
  });
});

test('puts nothing into what is no object', () => {
  for (const text of ['{"a": "text"}', '{"a": [1]}', '{"a": 3}', '[]', '"a"']) {
    expect(() => merged(text, { a: { b: 1 } })).toThrow('no-such-path');
  }
});

test('does so for any two objects', () => {
  const json = fc.letrec<{ value: Json }>(tie => ({
    value: fc.oneof(
      { depthSize: 'small' },
      fc.constantFrom(null, true, 0, 1, 'x', ''),
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom('a', 'b', 'c', '__proto__', '1'), tie('value'), {
        noNullPrototype: true,
      }),
    ),
  })).value;
  const object = fc.dictionary(fc.constantFrom('a', 'b', 'c', '1'), json, { noNullPrototype: true });
  fc.assert(
    fc.property(object, object, (current, wanted) => {
      const result = editJson(JSON.stringify(current), mergeEdits(current, wanted));
      if (!result.ok) {
        expect(result.why).toBe('no-such-path');
        return;
      }
      expect(mergeEdits(JSON.parse(result.text), wanted)).toEqual([]);
      for (const name of Object.keys(current)) {
        if (!(name in wanted)) expect(JSON.parse(result.text)).toHaveProperty([name], current[name]);
      }
    }),
  );
});
