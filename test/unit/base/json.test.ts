import fc from 'fast-check';
import { findNodeAtLocation, parseTree } from 'jsonc-parser';
import { expect, it } from 'vitest';
import { lineOf, memberLines } from '../../../src/base/json.ts';

it('finds the lines of the members of a list', () => {
  const text = '{\n"a": [\n1, {\n"b": [2]},\n"x\\"y", [\n], null],\n"b": [9]}';
  expect([...memberLines(text, 'a')]).toEqual([
    [0, 3],
    [1, 3],
    [2, 5],
    [3, 5],
    [4, 6],
  ]);
  expect(memberLines('{"a": 1, "b": []}', 'a').size).toBe(0);
  expect(memberLines('{"a": {"b": [1]}}', 'b').size).toBe(0); // not at the top
});

it('finds a field in any case, and of two of one name the last', () => {
  expect([...memberLines('{"A": {"x": 1},\n"a": {"y":\n2}}', 'a')]).toEqual([['y', 2]]);
  expect(lineOf('{"a": 1,\n"a":\n2}', ['a'])).toBe(3);
});

it('tells the same lines as parsing the whole text does', () => {
  const name = fc.string().filter(each => each !== '__proto__');
  const members = fc.oneof(fc.array(fc.jsonValue()), fc.dictionary(name, fc.jsonValue()));
  fc.assert(
    fc.property(members, fc.jsonValue(), fc.integer({ min: 0, max: 2 }), (value, other, indent) => {
      const text = JSON.stringify({ other, field: value, last: other }, null, indent);
      const lines = memberLines(text, 'field');
      const keys = Array.isArray(value) ? [...value.keys()] : Object.keys(value);
      expect(lines.size).toBe(keys.length);
      const tree = parseTree(text);
      for (const key of keys) {
        const node = tree && findNodeAtLocation(tree, ['field', key]);
        const line = text.slice(0, node?.offset).split('\n').length;
        expect(lines.get(key)).toBe(line);
        expect(lineOf(text, ['field', key])).toBe(line);
      }
    }),
  );
});
