import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import type { Change } from '../../../src/base/change.ts';
import { clean, cleanJson, MASK, type Clean } from '../../../src/base/clean.ts';
import { compareJson, differencesOf } from '../../../src/base/diff.ts';
import type { Json } from '../../../src/base/json.ts';

/** A difference in one line: `kind path from to`. */
function told(from: Json, to: Json): string[] {
  return compareJson(from, to).map(change =>
    [change.kind, change.path.join('.'), ...values(change)].join(' '),
  );
}

function values({ from, to }: Change): string[] {
  return [from, to].map(value => (value === undefined ? '-' : JSON.stringify(value)));
}

test.each<[string, Json, Json, readonly string[]]>([
  ['a number is not its text', { replicas: 3 }, { replicas: '3' }, ['changed replicas 3 "3"']],
  ['true is not "true"', { on: true }, { on: 'true' }, ['changed on true "true"']],
  ['null is not missing', { a: null }, {}, ['removed a null -']],
  ['null is not empty', { a: null }, { a: {} }, ['changed a null {}']],
  ['a list is not an object', { a: ['x'] }, { a: { 0: 'x' } }, ['changed a ["x"] {"0":"x"}']],
  ['one text is not two', { a: ['a b'] }, { a: ['a', 'b'] }, ['changed a.0 "a b" "a"', 'added a.1 - "b"']],
  ['the order of names does not matter', { a: 1, b: 2 }, { b: 2, a: 1 }, []],
  [
    'differences have their paths',
    { a: { b: [{ c: 1 }] } },
    { a: { b: [{ c: 2 }] } },
    ['changed a.b.0.c 1 2'],
  ],
  ['whole values come and go', { a: { b: 1 } }, { c: [2] }, ['removed a {"b":1} -', 'added c - [2]']],
  ['two other types are one change', 1, [1], ['changed  1 [1]']],
])('%s', (_, from, to, expected) => expect(told(from, to)).toEqual(expected));

describe('members of a list', () => {
  const [web, db] = [
    { name: 'web', port: 80 },
    { name: 'db', port: 5432 },
  ];

  it.each<[string, Json[], Json[], readonly string[]]>([
    ['are found again by their names', [web, db], [db], ['removed web {"name":"web","port":80} -']],
    ['are told when they moved', [web, db], [db, web], ['moved  ["web","db"] ["db","web"]']],
    [
      'may change and come',
      [web],
      [db, { ...web, port: 81 }],
      ['changed web.port 80 81', 'added db - {"name":"db","port":5432}'],
    ],
    [
      'are found by id rather than by name',
      [{ id: 1, name: 'a' }],
      [{ id: 1, name: 'b' }],
      ['changed 1.name "a" "b"'],
    ],
    ['are found by a label that only changed its type', [{ id: 0 }], [{ id: '0' }], ['changed 0.id 0 "0"']],
    [
      'are found by place where a name is there twice',
      [web, web],
      [web, db],
      ['changed 1.name "web" "db"', 'changed 1.port 80 5432'],
    ],
    [
      'are found by place where one has no name',
      [web, 1],
      [2, web],
      ['changed 0 {"name":"web","port":80} 2', 'changed 1 1 {"name":"web","port":80}'],
    ],
  ])('%s', (_, from, to, expected) => expect(told(from, to)).toEqual(expected));
});

describe('a secret', () => {
  it('differs or not, and is never shown', () => {
    expect(compareJson({ password: 'a' }, { password: 'a' })).toEqual([]);
    expect(told({ db: { password: 'hunter1' } }, { db: { password: 'hunter2' } })).toEqual([
      `changed db.password "${MASK}" "${MASK}"`,
    ]);
    expect(told({ credentials: { user: 'ana', pin: 1 } }, { credentials: { user: 'ana', pin: 2 } })).toEqual([
      `changed credentials "${MASK}" "${MASK}"`,
    ]);
    expect(told({ tokens: ['a', 'b'] }, { tokens: ['a', 'c'] })).toEqual([
      `changed tokens "${MASK}" "${MASK}"`,
    ]);
    expect(told({}, { api_key: 'x' })).toEqual([`added api_key - "${MASK}"`]);
  });

  it('that is one by its form is masked wherever it stands', () => {
    expect(told({ url: 'x' }, { url: 'postgres://shop:hunter2@db/shop' }).join()).not.toContain('hunter2');
  });

  it('that is known by its value is masked in values and paths', () => {
    const { changes } = differencesOf(
      { 'at hunter22': 'plain' },
      { 'at hunter22': ['in hunter22'] },
      { secrets: ['hunter22'] },
    );
    expect(JSON.stringify(changes)).not.toContain('hunter22');
    expect(changes).toHaveLength(1);
  });

  it('is in no change, wherever it stands and whatever becomes of it', () => {
    const secret = fc.stringMatching(/^[a-z]{3}_[a-z]{12}$/).map(text => `hush_${text}`);
    const name = fc.constantFrom('password', 'api_key', 'authToken', 'client_secret', 'credentials');
    const holder = fc.oneof(
      fc.tuple(name, secret).map(([key, value]): Json => ({ [key]: value })),
      fc.tuple(name, secret).map(([key, value]): Json => ({ [key]: [{ pin: value }], port: 1 })),
      secret.map((value): Json => ({ url: `postgres://shop:${value}@db/shop` })),
    );
    const holding = fc.oneof(
      holder,
      fc.array(holder, { maxLength: 3 }),
      fc.dictionary(fc.constantFrom('a', 'b'), holder),
      json,
    );
    fc.assert(
      fc.property(holding, holding, (from, to) => {
        expect(JSON.stringify(compareJson(from, to))).not.toContain('hush_');
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('what is not shown in full', () => {
  it('differs all the same: the end of a long text, and spaces', () => {
    const long = 'x'.repeat(400);
    const [change, ...others] = compareJson({ notes: `${long}1` }, { notes: `${long}2` });
    expect(others).toEqual([]);
    expect(change).toMatchObject({ path: ['notes'], kind: 'changed', from: change?.to });
    expect(told({ a: 'b  c' }, { a: 'b c' })).toEqual(['changed a "b c" "b c"']);
  });

  it('is counted where there are more differences than are wanted, and not made', () => {
    const list = (port: number): Json =>
      Array.from({ length: 100 }, (_, index) => ({ name: `${index}`, port }));
    const { changes, more } = differencesOf(list(80), list(81), { limit: 30 });
    expect([changes.length, more]).toEqual([30, 70]);
    expect(changes).toEqual(compareJson(list(80), list(81)).slice(0, 30));
  });
});

/** Short clean texts, so that what is told is what there is. */
const word = fc.constantFrom('a', 'b', 'web', 'db', 'id', 'name', '0', '');
const json = fc.letrec<{ value: Json }>(tie => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.constantFrom(null, true, false, 0, 1, 3, '3', 'true', 'a', ''),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.array(fc.record({ name: word, port: tie('value') }), { maxLength: 4 }),
    fc.dictionary(word, tie('value'), { maxKeys: 4 }),
  ),
})).value;

describe('of any two values', () => {
  it('equal ones do not differ, others do', () => {
    fc.assert(fc.property(json, value => compareJson(value, structuredClone(value)).length === 0));
    fc.assert(
      fc.property(json, json, (from, to) => {
        expect(compareJson(from, to).length === 0).toBe(sorted(from) === sorted(to));
      }),
    );
  });

  it('the changes lead from one to the other', () => {
    fc.assert(
      fc.property(json, json, (from, to) => {
        expect(sorted(applied(from, to))).toBe(sorted(addedLast(from, to)));
      }),
      { numRuns: 5_000 },
    );
  });

  it('the way back has the same steps, the other way round', () => {
    const back = { added: 'removed', removed: 'added', changed: 'changed', moved: 'moved' } as const;
    const steps = (changes: readonly Change[]): string[] =>
      changes.map(change => [change.kind, change.path.join('.'), ...values(change)].join(' ')).sort();
    fc.assert(
      fc.property(json, json, (from, to) => {
        const reversed = compareJson(to, from).map(({ path, kind, from: before, to: after }) => ({
          path,
          kind: back[kind],
          ...(after !== undefined && { from: after }),
          ...(before !== undefined && { to: before }),
        }));
        expect(steps(reversed)).toEqual(steps(compareJson(from, to)));
      }),
      { numRuns: 5_000 },
    );
  });

  it('anything JSON can hold is taken', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (from, to) => {
        for (const { from: before, to: after } of compareJson(from, to)) {
          for (const value of [before, after]) if (value !== undefined) cleanJson(value);
        }
      }),
    );
    expect(told(JSON.parse('{"__proto__":1}') as Json, {})).toEqual(['removed __proto__ 1 -']);
    expect(told({}, { constructor: 1 })).toEqual(['added constructor - 1']);
  });
});

it('looks at each member of a long list a fixed number of times', () => {
  const looks = (length: number): number => {
    let count = 0;
    const list = (port: number): unknown[] =>
      Array.from({ length }, (_, index) => ({
        get name() {
          count++;
          return `service ${index}`;
        },
        port,
      }));
    expect(compareJson(list(80), list(81).reverse())).toHaveLength(length + 1);
    return count / length;
  };
  expect(looks(2_000)).toBe(looks(20));
});

/** JSON text that does not depend on the order of names. */
function sorted(value: Json): string {
  return JSON.stringify(value, (_, each: unknown) =>
    typeof each === 'object' && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)))
      : each,
  );
}

/** The other value as far as changes can tell it: not where in a list with labels something was added. */
function addedLast(from: Json, to: Json): Json {
  const below = (
    [name, each]: readonly [string, Json],
    before: ReadonlyMap<string, Json>,
  ): [string, Json] => {
    const old = before.get(name);
    return [name, old === undefined ? each : addedLast(old, each)];
  };
  if (isList(from) && isList(to)) {
    const label = labelOf(from, to);
    const before = members(from, label);
    const after = [...members(to, label)].map(each => below(each, before));
    const stayed = after.filter(([name]) => before.has(name));
    const added = after.filter(([name]) => !before.has(name));
    return [...stayed, ...added].map(([, each]) => each);
  }
  if (!isRecord(from) || !isRecord(to)) return to;
  const before = new Map(Object.entries(from));
  return Object.fromEntries(Object.entries(to).map(each => below(each, before)));
}

/** Follows the changes from one value. The other one only tells by what the members of lists are named. */
function applied(from: Json, to: Json, changes = compareJson(from, to)): Json {
  const whole = changes.find(({ path, kind }) => path.length === 0 && kind !== 'moved');
  if (whole) return whole.to as Json; // nothing in it is masked
  if (isList(from) && isList(to)) {
    const label = labelOf(from, to);
    const followed = follow(members(from, label), members(to, label), changes);
    const move = changes.find(({ path, kind }) => path.length === 0 && kind === 'moved');
    const order = move ? (move.to as readonly Clean[]) : []; // the labels of those that stayed
    return [...new Set([...order, ...followed.keys()])].map(name => followed.get(name) ?? null);
  }
  if (!isRecord(from) || !isRecord(to)) return from;
  return Object.fromEntries(follow(new Map(Object.entries(from)), new Map(Object.entries(to)), changes));
}

type Members = Map<string, Json>;

function members(list: readonly Json[], label: string | undefined): Members {
  return new Map(
    list.map((each, index) => [label && isRecord(each) ? clean(each[label]) : `${index}`, each]),
  );
}

function follow(from: Members, to: Members, changes: readonly Change[]): Members {
  const followed = new Map(from);
  for (const name of new Set(changes.flatMap(({ path }) => path.slice(0, 1)))) {
    const inside = changes.filter(({ path }) => path[0] === name);
    const [own] = inside.filter(({ path, kind }) => path.length === 1 && /added|removed/.test(kind));
    if (own?.kind === 'removed') followed.delete(name);
    else if (own) followed.set(name, own.to as Json);
    else {
      const rest = inside.map(change => ({ ...change, path: change.path.slice(1) }));
      followed.set(name, applied(from.get(name) ?? null, to.get(name) ?? null, rest));
    }
  }
  return followed;
}

function labelOf(from: readonly Json[], to: readonly Json[]): string | undefined {
  return ['id', 'name'].find(label =>
    [from, to].every(list => {
      const labels = list.flatMap(each => (isRecord(each) ? [each[label]] : []));
      const isEach = labels.every(value => typeof value === 'string' || typeof value === 'number');
      return isEach && new Set(labels).size === list.length;
    }),
  );
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

function isRecord(value: Json | undefined): value is { readonly [name: string]: Json } {
  return typeof value === 'object' && value !== null && !isList(value);
}
