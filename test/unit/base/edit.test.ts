import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { editJson, isLosslessUtf8, type Edit, type Path } from '../../../src/base/edit.ts';
import type { Json } from '../../../src/base/json.ts';
import type { Writer } from '../../../src/base/json-layout.ts';
import { goJson } from '../../kit/go-json.ts';

function edited(text: string, edits: readonly Edit[], writer?: Writer): string {
  const result = editJson(text, edits, writer);
  if (!result.ok) throw new Error(`${result.why} ${result.line ?? ''}`);
  return result.text;
}

const set = (path: Path, value: Json): Edit => ({ kind: 'set', path, value });
const remove = (path: Path): Edit => ({ kind: 'remove', path });
const insert = (path: Path, value: Json, before?: number): Edit => ({
  kind: 'insert',
  path,
  value,
  ...(before !== undefined && { before }),
});

describe('every byte outside the edited value stays', () => {
  /** A piece of generated text that is one value, or one member name. */
  type Piece =
    | { readonly scalar: string }
    | { readonly list: readonly (readonly [string, Piece, string])[]; readonly space: string }
    | {
        readonly object: readonly (readonly [string, string, string, Piece, string])[];
        readonly space: string;
      };

  const space = fc.constantFrom('', '', ' ', '\n', '\n    ', '\r\n\t', ' \t ');
  const name = fc.oneof(
    fc.constantFrom(
      '"a"',
      '"\\u0061"',
      '"b"',
      '"c"',
      '"<"',
      '"\\u003c"',
      '"😀"',
      '"\\ud83d\\uDE00"',
      '"\\ud83d"',
    ),
    fc.constantFrom('"__proto__"', '""', '"0"', '"\\\\"', '"\\""', '"{"', '"a,]"'),
    fc.string({ unit: 'grapheme' }).map(each => JSON.stringify(each)),
  );
  const scalar = fc
    .oneof(
      fc.constantFrom(
        '9007199254740993',
        '1e400',
        '1.0',
        '-0',
        '0.10',
        '1E+2',
        '-1e-7',
        '12345678901234567890.5',
      ),
      fc.constantFrom(
        'true',
        'false',
        'null',
        '"\\u003c\\/\\b"',
        '"\\ud800"',
        '"\u2028\u007f"',
        '"\\\\"',
        '"]}"',
      ),
      name,
    )
    .map(each => ({ scalar: each }));
  const { piece } = fc.letrec<{ piece: Piece }>(tie => ({
    piece: fc.oneof(
      { maxDepth: 4, depthSize: 'medium' },
      scalar,
      fc.record({ list: fc.array(fc.tuple(space, tie('piece'), space), { maxLength: 4 }), space }),
      fc.record({
        object: fc.array(fc.tuple(space, name, space, tie('piece'), space), { maxLength: 5 }),
        space,
      }),
    ),
  }));

  interface Place {
    readonly path: Path;
    readonly start: number;
    readonly end: number;
    readonly double: boolean;
  }

  /** The text, and where each value stands in it: known from writing it, not from reading it. */
  function written(root: Piece, before: string, after: string): { text: string; places: readonly Place[] } {
    const places: Place[] = [];
    let text = before;
    const write = (one: Piece, path: Path, double: boolean): void => {
      const start = text.length;
      if ('scalar' in one) text += one.scalar;
      else if ('list' in one) {
        text += '[';
        for (const [index, [lead, element, tail]] of one.list.entries()) {
          text += (index > 0 ? ',' : '') + lead;
          write(element, [...path, index], double);
          text += tail;
        }
        text += `${one.list.length > 0 ? '' : one.space}]`;
      } else {
        text += '{';
        const names = one.object.map(([, each]) => JSON.parse(each) as string); // texts only
        for (const [index, [lead, spelled, gap, value, tail]] of one.object.entries()) {
          const called = names[index] ?? '';
          text += `${index > 0 ? ',' : ''}${lead}${spelled}${gap}:${tail}`;
          write(value, [...path, called], double || names.filter(each => each === called).length > 1);
          text += gap;
        }
        text += `${one.object.length > 0 ? '' : one.space}}`;
      }
      places.push({ path, start, end: text.length, double });
    };
    write(root, [], false);
    return { text: text + after, places };
  }

  function withValueAt(root: unknown, [first, ...rest]: Path, value: Json): unknown {
    if (first === undefined) return value;
    const copy: unknown = Array.isArray(root) ? [...(root as unknown[])] : { ...(root as object) }; // the path leads there
    const old: unknown = Object.getOwnPropertyDescriptor(root, first)?.value;
    const changed = withValueAt(old, rest, value);
    return Object.defineProperty(copy, first, {
      value: changed,
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }

  it('in 10,000 documents', () => {
    const newValue = fc.constantFrom<Json>('new', '', 0, -1.5, true, null, [], {});
    const around = fc.tuple(
      fc.constantFrom('', '\ufeff', ' \n'),
      fc.constantFrom('', '\n', '\r\n', '\t \n\n'),
    );
    let doubles = 0;
    fc.assert(
      fc.property(piece, around, fc.nat(), newValue, (root, [before, after], choice, value) => {
        const { text, places } = written(root, before, after);
        const place = places[choice % places.length];
        if (!place) return false;
        const result = editJson(text, [set(place.path, value)]);
        if (place.double) {
          doubles++;
          expect(result).toMatchObject({ ok: false, why: 'double-key' });
          return true;
        }
        const expected = text.slice(0, place.start) + JSON.stringify(value) + text.slice(place.end);
        expect(result).toEqual({ ok: true, text: expected });
        const parse = (each: string): unknown => JSON.parse(each.replace('\ufeff', ''));
        expect(JSON.stringify(parse(expected))).toBe(
          JSON.stringify(withValueAt(parse(text), place.path, value)),
        );
        return true;
      }),
      { numRuns: 10_000 },
    );
    expect(doubles).toBeGreaterThan(50);
  });
});

describe('what is new looks as if the writer of the file had written it', () => {
  const word = fc.string({ unit: 'grapheme' }).map(text => `_${text}`); // no index, which would come first
  const { value } = fc.letrec<{ value: Json }>(tie => ({
    value: fc.oneof(
      { maxDepth: 3 },
      fc.oneof(word, fc.integer(), fc.constantFrom(null, true, '<&>', '\u2028')),
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(word, tie('value'), { maxKeys: 4 }),
    ),
  }));
  const indent = fc.constantFrom(0, 1, 2, 4, 8);

  it('in a list: removed, replaced and inserted at once', () => {
    const element = fc.record({
      value,
      fate: fc.constantFrom('keep', 'remove', 'replace'),
      ahead: fc.array(value, { maxLength: 2 }),
    });
    fc.assert(
      fc.property(
        fc.array(element),
        fc.array(value, { maxLength: 2 }),
        value,
        indent,
        (elements, last, replacement, spaces) => {
          const print = (list: readonly Json[]) => goJson({ first: 1, list, z: '' }, spaces);
          const edits = elements.flatMap(({ fate, ahead }, index) => [
            ...ahead.map(each => insert(['list'], each, index)),
            ...(fate === 'remove' ? [remove(['list', index])] : []),
            ...(fate === 'replace' ? [set(['list', index], replacement)] : []),
          ]);
          edits.push(...last.map(each => insert(['list'], each)));
          const after = elements.flatMap(({ value: old, fate, ahead }) => [
            ...ahead,
            ...(fate === 'remove' ? [] : [fate === 'replace' ? replacement : old]),
          ]);
          expect(edited(print(elements.map(each => each.value)), edits, 'go')).toBe(
            print([...after, ...last]),
          );
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it('in an object: removed, replaced and added at once', () => {
    const fate = fc.constantFrom('keep', 'remove', 'replace', 'add');
    const members = fc.dictionary(word, fc.record({ value, fate }));
    fc.assert(
      fc.property(members, value, indent, (all, replacement, spaces) => {
        const print = (entries: (readonly [string, Json])[]) =>
          goJson({ first: 1, map: Object.fromEntries(entries), z: [1, 2] }, spaces);
        const entries = Object.entries(all);
        const standing = entries.filter(([, each]) => each.fate !== 'add');
        const edits = entries.flatMap(([called, each]) => {
          if (each.fate === 'keep') return [];
          return [each.fate === 'remove' ? remove(['map', called]) : set(['map', called], replacement)];
        });
        const stays = standing.filter(([, each]) => each.fate !== 'remove');
        const after = [
          ...stays.map(
            ([called, each]) => [called, each.fate === 'keep' ? each.value : replacement] as const,
          ),
          ...entries
            .filter(([, each]) => each.fate === 'add')
            .map(([called]) => [called, replacement] as const),
        ];
        const before = print(standing.map(([called, each]) => [called, each.value] as const));
        expect(edited(before, edits, 'go')).toBe(print(after));
      }),
      { numRuns: 2_000 },
    );
  });

  const cases: readonly (readonly [string, string, readonly Edit[], string])[] = [
    [
      'tabs',
      '{\n\t"a": {\n\t\t"b": 1\n\t}\n}\n',
      [set(['a', 'c'], [1])],
      '{\n\t"a": {\n\t\t"b": 1,\n\t\t"c": [\n\t\t\t1\n\t\t]\n\t}\n}\n',
    ],
    [
      'line ends of Windows',
      '{\r\n  "a": []\r\n}',
      [insert(['a'], {})],
      '{\r\n  "a": [\r\n    {}\r\n  ]\r\n}',
    ],
    ['line ends of Windows, nothing inside', '{\r\n}\r\n', [set(['a'], 1)], '{\r\n  "a": 1\r\n}\r\n'],
    [
      'a blank line is not repeated',
      '{\n  "a": 1,\n\n  "b": 2\n}',
      [set(['c'], 3)],
      '{\n  "a": 1,\n\n  "b": 2,\n  "c": 3\n}',
    ],
    [
      'one line with spaces',
      '{"a": 1}',
      [set(['b'], { c: [1, 2], d: {} })],
      '{"a": 1, "b": {"c": [1, 2], "d": {}}}',
    ],
    ['padded braces', '{ "a": 1, "b": 2 }', [set(['c'], 3)], '{ "a": 1, "b": 2, "c": 3 }'],
    [
      'a list in one line',
      '{\n  "a": [1, 2]\n}',
      [insert(['a'], 0, 0), insert(['a'], [3])],
      '{\n  "a": [0, 1, 2, [3]]\n}',
    ],
    [
      'lines without indentation',
      '{\n"a": {\n"b": 1\n}\n}',
      [set(['a', 'c'], {})],
      '{\n"a": {\n"b": 1,\n"c": {}\n}\n}',
    ],
    ['nothing to learn from', '{}\n', [set(['a'], [1])], '{\n  "a": [\n    1\n  ]\n}\n'],
    [
      'null is an empty map',
      '{\n  "services": null\n}',
      [set(['services', 'web'], 1)],
      '{\n  "services": {\n    "web": 1\n  }\n}',
    ],
    ['null is an empty list', '{"releases":null}', [insert(['releases'], 1)], '{"releases":[1]}'],
    ['the last one leaves', '{\n  "a": {\n    "b": 1\n  }\n}', [remove(['a', 'b'])], '{\n  "a": {}\n}'],
    ['the root', '\ufeff [1]\n', [set([], { a: 1 })], '\ufeff {\n  "a": 1\n}\n'],
    ['nothing to do', ' {"a" :1e400}', [], ' {"a" :1e400}'],
  ];
  it.each(cases)('%s', (_, text, edits, expected) => {
    expect(edited(text, edits)).toBe(expected);
  });

  it('in the escapes of Go and of Python', () => {
    const text = '{"a": 1}';
    const edits = [set(['<é>'], '&😀\u2028\u007f')];
    expect(edited(text, edits)).toBe('{"a": 1, "<é>": "&😀\u2028\u007f"}');
    expect(edited(text, edits, 'go')).toBe('{"a": 1, "\\u003cé\\u003e": "\\u0026😀\\u2028\u007f"}');
    expect(edited(text, edits, 'python')).toBe('{"a": 1, "<\\u00e9>": "&\\ud83d\\ude00\\u2028\\u007f"}');
  });

  it('puts names in the order of a Go map, which is that of UTF-8', () => {
    const names = ['\uff5e', 'b', '😀', 'd', 'a'];
    const edits = names.map((name): Edit => ({ kind: 'set', path: ['m', name], value: 0, sorted: true }));
    expect(edited('{"m":{"c":1,"e":2}}', edits)).toBe(
      '{"m":{"a":0,"b":0,"c":1,"d":0,"e":2,"\uff5e":0,"😀":0}}',
    );
  });
});

describe('refuses', () => {
  const cases: readonly (readonly [string, string, readonly Edit[], object])[] = [
    [
      'a double name on the path',
      '{"a": {"b": 1},\n"a": {"b": 2}}',
      [set(['a', 'b'], 3)],
      { why: 'double-key', path: ['a'], line: 2 },
    ],
    [
      'a double name in another spelling',
      '{"a": 1, "\\u0061": 2}',
      [remove(['a'])],
      { why: 'double-key', path: ['a'], line: 1 },
    ],
    [
      'a name that leads nowhere',
      '{"a": {}}',
      [set(['a', 'b', 'c'], 1)],
      { why: 'no-such-path', path: ['a', 'b'] },
    ],
    ['a path through a text', '{"a": "b"}', [set(['a', 'b'], 1)], { why: 'no-such-path', path: ['a'] }],
    ['an index of an object', '{"0": 1}', [set([0], 1)], { why: 'no-such-path', path: [0] }],
    ['a name in a list', '[1]', [set(['0'], 1)], { why: 'no-such-path', path: ['0'] }],
    ['an index behind the list', '[1]', [set([1], 1)], { why: 'no-such-path', path: [1] }],
    ['inserting behind the end', '[1]', [insert([], 1, 2)], { why: 'no-such-path', path: [] }],
    ['inserting into an object', '{"a": {}}', [insert(['a'], 1)], { why: 'no-such-path', path: ['a'] }],
    ['removing what is not there', '{"a": 1}', [remove(['b'])], { why: 'no-such-path', path: ['b'] }],
    ['removing the root', '{}', [remove([])], { why: 'no-such-path', path: [] }],
    ['two edits of one value', '{"a": 1}', [set(['a'], 2), remove(['a'])], { why: 'conflict', path: ['a'] }],
    [
      'an edit inside another',
      '{"a": {}}',
      [remove(['a']), set(['a', 'b'], 1)],
      { why: 'conflict', path: ['a', 'b'] },
    ],
    [
      'an edit around another',
      '{"a": []}',
      [insert(['a'], 1), set(['a'], [])],
      { why: 'conflict', path: ['a'] },
    ],
    ['a value that JSON has no word for', '{}', [set(['a'], [NaN])], { why: 'value', path: ['a'] }],
    ['a comma too many', '{"a": 1,\n}', [set(['a'], 2)], { why: 'syntax', line: 2 }],
    ['a comment', '{} // done', [], { why: 'syntax', line: 1 }],
    ['an empty text', '', [], { why: 'syntax', line: 1 }],
  ];
  it.each(cases)('%s', (_, text, edits, why) => {
    expect(editJson(text, edits)).toEqual({ ok: false, ...why });
  });

  it('what is nested deeper than readers go, in the text or by an edit', () => {
    const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);
    const deepest = Array.from({ length: 199 }, () => 0);
    expect(editJson(nested(200), [insert(deepest, 1)]).ok).toBe(true);
    expect(editJson(nested(200), [insert(deepest, [])])).toMatchObject({ ok: false, why: 'value' });
    for (const levels of [201, 10_000, 1_000_000]) {
      expect(editJson(`\n${nested(levels)}`, [])).toEqual({ ok: false, why: 'deep', line: 2 });
      expect(editJson('{"a":'.repeat(levels), [])).toEqual({ ok: false, why: 'deep', line: 1 });
    }
    const circle: Record<string, Json> = {};
    circle.again = circle;
    expect(editJson('{}', [set(['a'], circle)])).toMatchObject({ ok: false, why: 'value' });
    expect(
      editJson('{}', [
        set(
          Array.from({ length: 10_000 }, () => 'a'),
          1,
        ),
      ]),
    ).toMatchObject({ ok: false, why: 'no-such-path' });
  });

  it('a list of millions that is to be edited, but not one that stands beside', () => {
    const many = `{"many": [${'0,'.repeat(1_000_000)}0], "one": 1}`;
    expect(editJson(many, [insert(['many'], 1)])).toMatchObject({ ok: false, why: 'large' });
    expect(edited(many, [set(['one'], 2)]).endsWith('0,0], "one": 2}')).toBe(true);
  });
});

describe('real files', () => {
  const samples = path.join(import.meta.dirname, '..', '..', 'samples');
  const files = readdirSync(samples, { recursive: true, encoding: 'utf8' })
    .filter(file => file.endsWith('.json'))
    .map(file => [file, readFileSync(path.join(samples, file), 'utf8')] as const);
  const whole = files.filter(
    ([, text]) => editJson(text, []).ok && /[^\s]{3}/.test(text) && text.startsWith('{'),
  );

  it('keep everything but the one value', () => {
    expect(whole.length).toBeGreaterThan(30);
    let values = 0;
    for (const [file, text] of whole) {
      for (const place of leaves(JSON.parse(text))) {
        const marked = edited(text, [set(place.path, 'MARK')]);
        const at = marked.indexOf('"MARK"');
        expect(marked.startsWith(text.slice(0, at)), file).toBe(true);
        const tail = marked.slice(at + '"MARK"'.length);
        expect(text.endsWith(tail), file).toBe(true);
        expect(JSON.parse(text.slice(at, text.length - tail.length)), file).toEqual(place.value);
        values++;
      }
    }
    expect(values).toBeGreaterThan(500);
  });

  it('are refused when they are cut off at any byte', () => {
    for (const [file, text] of whole) {
      const bytes = Buffer.from(text.trimEnd());
      for (let end = 0; end < bytes.length; end++) {
        const cut = bytes.toString('utf8', 0, end);
        expect(editJson(cut, [set(['a'], 1)]).ok, `${file} at ${end}`).toBe(false);
      }
    }
  });

  function leaves(value: unknown, place: Path = []): { path: Path; value: unknown }[] {
    if (typeof value !== 'object' || value === null) return [{ path: place, value }];
    const isList = Array.isArray(value);
    return Object.entries(value).flatMap(([name, each]) =>
      leaves(each, [...place, isList ? Number(name) : name]),
    );
  }
});

it('knows bytes that would not come back from decoding', () => {
  const bytes = fc.oneof(
    fc.uint8Array(),
    fc.string({ unit: 'binary' }).map(text => new TextEncoder().encode(text)),
    fc
      .constantFrom(
        [0xef, 0xbb, 0xbf, 0x7b],
        [0xed, 0xa0, 0x80],
        [0xc0, 0x80],
        [0xff, 0xfe],
        [0xf4, 0x90, 0x80, 0x80],
      )
      .map(each => Uint8Array.from(each)),
  );
  fc.assert(
    fc.property(bytes, each => {
      const again = Buffer.from(Buffer.from(each).toString('utf8'));
      expect(isLosslessUtf8(each)).toBe(again.equals(each));
    }),
    { numRuns: 1_000 },
  );
});
