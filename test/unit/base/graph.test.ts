import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Graph, type Edge } from '../../../src/base/graph.ts';

const SIZE = 12;
const NAMES = Array.from({ length: SIZE }, (_, index) => `r${index}`);

const edges = (isWanted: (from: number, to: number) => boolean) =>
  fc
    .array(fc.tuple(fc.nat(SIZE - 1), fc.nat(SIZE - 1)), { maxLength: 30 })
    .map(pairs =>
      pairs
        .filter(([from, to]) => isWanted(from, to))
        .map(([from, to]) => ({ from: `r${from}`, to: `r${to}` })),
    );

/** Every pair of things of which the first needs the second, directly or not: by trying every middle. */
function closure(all: readonly Edge[]): ReadonlySet<string> {
  const pairs = new Set(all.map(({ from, to }) => `${from} ${to}`));
  for (const middle of NAMES)
    for (const from of NAMES)
      for (const to of NAMES)
        if (pairs.has(`${from} ${middle}`) && pairs.has(`${middle} ${to}`)) pairs.add(`${from} ${to}`);
  return pairs;
}

const anyEdges = edges(() => true);

describe('the order', () => {
  test('respects every edge where there is no cycle', () => {
    const shuffled = fc.shuffledSubarray(NAMES, { minLength: SIZE });
    fc.assert(
      fc.property(
        shuffled,
        edges((from, to) => from > to),
        (ids, all) => {
          const graph = new Graph(ids, all);
          expect([...graph.order].sort()).toEqual([...NAMES].sort());
          for (const { from, to } of all)
            expect(graph.order.indexOf(to)).toBeLessThan(graph.order.indexOf(from));
          expect(graph.cycles).toEqual([]);
        },
      ),
    );
  });

  test('is that of recording where nothing speaks against it, and ignores what is not there', () => {
    expect(new Graph(['c', 'a', 'b'], [{ from: 'a', to: 'x' }]).order).toEqual(['c', 'a', 'b']);
    expect(new Graph(['c', 'a', 'b'], [{ from: 'c', to: 'b' }]).order).toEqual(['b', 'c', 'a']);
  });

  test('respects every edge between things that are on no common cycle', () => {
    fc.assert(
      fc.property(anyEdges, all => {
        const { order } = new Graph(NAMES, all);
        const pairs = closure(all);
        for (const { from, to } of all)
          if (!pairs.has(`${to} ${from}`)) expect(order.indexOf(to)).toBeLessThan(order.indexOf(from));
      }),
    );
  });
});

test('cycles hold everything that needs itself in the end, and only together what needs each other', () => {
  fc.assert(
    fc.property(anyEdges, all => {
      const { cycles } = new Graph(NAMES, all);
      const pairs = closure(all);
      expect(cycles.flat().sort()).toEqual(NAMES.filter(name => pairs.has(`${name} ${name}`)).sort());
      for (const cycle of cycles)
        for (const one of cycle) for (const other of cycle) expect(pairs).toContain(`${one} ${other}`);
    }),
  );
});

test('dependents are all that need a thing in the end, and are counted as many', () => {
  fc.assert(
    fc.property(anyEdges, all => {
      const graph = new Graph(NAMES, all);
      const pairs = closure(all);
      for (const name of NAMES) {
        const expected = NAMES.filter(other => other !== name && pairs.has(`${other} ${name}`));
        expect([...graph.dependents(name)].sort()).toEqual(expected.sort());
        expect(graph.countDependents().get(name)).toBe(expected.length);
      }
    }),
  );
  expect(new Graph(['a'], []).dependents('x')).toEqual([]);
});

test('a chain of 10,000 things with 50,000 edges is no deeper than a short one', () => {
  const ids = Array.from({ length: 10_000 }, (_, index) => `r${index}`);
  const all = ids.flatMap((from, index) =>
    [1, 2, 3, 4, 5].map(step => ({ from, to: `r${Math.max(0, index - step)}` })),
  );
  const graph = new Graph(ids, all);
  expect(graph.order).toEqual(ids);
  expect(graph.cycles).toEqual([['r0']]);
  const counts = graph.countDependents();
  expect([counts.get('r0'), counts.get('r9998')]).toEqual([9_999, 1]);
  expect(graph.dependents('r5000')).toHaveLength(4_999);
  const circle = new Graph(ids, [...all, { from: 'r0', to: 'r9999' }]);
  expect(circle.cycles).toEqual([ids]);
  expect(circle.countDependents().get('r42')).toBe(9_999);
});
