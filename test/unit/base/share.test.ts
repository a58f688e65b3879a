import fc from 'fast-check';
import { expect, it } from 'vitest';
import { share } from '../../../src/base/share.ts';

it('returns the old value wherever nothing changed', () => {
  const old = {
    list: [
      { key: 'a', n: 1 },
      { key: 'b', n: 2 },
    ],
    other: { deep: [1, 2] },
  };
  const fresh = structuredClone(old);
  expect(share(old, fresh)).toBe(old);

  const changed = share(old, {
    list: [
      { key: 'a', n: 1 },
      { key: 'b', n: 3 },
    ],
    other: { deep: [1, 2] },
  });
  expect(changed).not.toBe(old);
  expect(changed.list[0]).toBe(old.list[0]);
  expect(changed.list[1]).toEqual({ key: 'b', n: 3 });
  expect(changed.other).toBe(old.other);
});

it('finds entries again by their key when they moved', () => {
  const old = [
    { key: 'a', n: 1 },
    { key: 'b', n: 2 },
  ];
  const fresh = share(old, [
    { key: 'new', n: 0 },
    { key: 'a', n: 1 },
    { key: 'b', n: 2 },
  ]);
  expect(fresh).toHaveLength(3);
  expect(fresh[1]).toBe(old[0]);
  expect(fresh[2]).toBe(old[1]);
});

it('notices added, removed and undefined members', () => {
  const old: Record<string, unknown> = { a: 1, b: undefined };
  expect(share(old, { a: 1 })).toEqual({ a: 1 });
  expect(share(old, { a: 1, b: undefined, c: 2 })).toEqual({ a: 1, b: undefined, c: 2 });
  expect(share<unknown>([1], { 0: 1 })).toEqual({ 0: 1 });
});

it('always equals the fresh value, and is the old one exactly when they are equal', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (old, fresh) => {
      expect(share<unknown>(old, fresh)).toEqual(fresh);
      expect(share<unknown>(old, structuredClone(old))).toBe(old);
    }),
  );
});
