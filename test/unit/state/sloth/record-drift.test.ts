import fc from 'fast-check';
import { expect, it, test } from 'vitest';
import { compareJson } from '../../../../src/base/diff.ts';
import { driftedFields } from '../../../../src/state/sloth/record-drift.ts';

const fieldsOf = (expected: object, actual: object) =>
  driftedFields({
    resource: 'r',
    expected: JSON.stringify(expected),
    actual: JSON.stringify(actual),
  });

test.each<[string, object, object]>([
  ['a flag and its text', { field: true }, { field: 'true' }],
  ['a number and its text', { field: 3 }, { field: '3' }],
  ['one text and two', { field: ['a b'] }, { field: ['a', 'b'] }],
  ['null and nothing', { field: null }, {}],
  ['null and how Go prints it', { field: null }, { field: '<nil>' }],
  ['two secrets', { field: { password: 'a' } }, { field: { password: 'b' } }],
])('%s differ, which sloth-runner does not always see', (_, expected, actual) => {
  expect(fieldsOf(expected, actual)).toEqual(['field']);
});

it('names what differs at the top, sorted, and nothing else', () => {
  const object = fc.dictionary(
    fc.constantFrom('a', 'b', 'c', '__proto__', ''),
    fc.jsonValue({ maxDepth: 2 }),
  );
  fc.assert(
    fc.property(object, object, (expected, actual) => {
      const fields = fieldsOf(expected, actual);
      expect(fields).toEqual([...new Set(fields)].sort());
      const seen = [JSON.stringify(expected), JSON.stringify(actual)].map(
        text => JSON.parse(text) as unknown,
      );
      const changed = new Set(compareJson(seen[0], seen[1]).map(({ path }) => path[0]));
      expect(fields).toEqual([...changed].sort());
    }),
  );
});
