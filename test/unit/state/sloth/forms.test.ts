import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Json } from '../../../../src/base/json.ts';
import {
  columnTime,
  goJson,
  jsonTime,
  members,
  offsetTime,
  utcTime,
} from '../../../../src/state/sloth/forms.ts';
import { goJson as kitJson, goValue } from '../../../kit/go-json.ts';
import { goSqliteTime, goTime, sqliteTime } from '../../../kit/times.ts';

const instant = fc.integer({ min: 172_800_000, max: Date.UTC(2099, 11) });
const zone = fc.integer({ min: -14 * 60, max: 14 * 60 });

describe('a time', () => {
  test('is written as the program writes it, in every zone', () => {
    fc.assert(
      fc.property(instant, zone, (at, minutes) => {
        expect(offsetTime(at, minutes)).toBe(goSqliteTime(at, minutes));
        expect(utcTime(at)).toBe(sqliteTime(at));
        expect(jsonTime(offsetTime(at, minutes))).toBe(goTime(at, minutes));
        expect(columnTime(goTime(at, minutes))).toBe(offsetTime(at, minutes));
      }),
    );
  });

  test('is written in the zone of the machine unless told', () => {
    const summer = Date.UTC(2025, 6, 1);
    expect(offsetTime(summer)).toBe(goSqliteTime(summer, -new Date(summer).getTimezoneOffset()));
  });

  test.each<[unknown, string]>([
    ['2026-11-20 20:57:21.71856223-03:00', '2026-11-20T20:57:21.71856223-03:00'],
    ['2026-11-20 23:57:21', '2026-11-20T23:57:21Z'],
    ['2026-11-20 23:57:21.500000000+00:00', '2026-11-20T23:57:21.5Z'],
    ['2026-11-20T23:57Z', '2026-11-20T23:57:00Z'],
    ['2026-11-20', '2026-11-20T00:00:00Z'],
    [1763683041, '2025-11-20T23:57:21Z'],
    ['soon', '0001-01-01T00:00:00Z'],
    [null, '0001-01-01T00:00:00Z'],
  ])('%s in a column is %s in JSON', (column, json) => {
    expect(jsonTime(column)).toBe(json);
  });
});

describe('JSON', () => {
  test('is printed as by Go', () => {
    const values = [
      fc.string({ unit: 'binary' }).map(text => text.toWellFormed()),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.boolean(),
      fc.constant(null),
    ];
    // JavaScript would put names of digits first.
    const key = fc.stringMatching(/^[a-zé<&"\uffee\u{1f600}]{1,6}$/u);
    fc.assert(
      fc.property(fc.object({ key, values }), value => {
        const text = JSON.stringify(value, undefined, 2);
        const sorted = goValue(JSON.parse(text) as Json) as object; // an object stays one
        expect(goJson(text)).toBe(kitJson(sorted));
      }),
    );
  });

  test.each([
    ['{"b":1,"a":2,"b":3}', '{"a":2,"b":3}'],
    ['["\\u00e9\\/","<a & b>","\\u2028"]', '["é/","\\u003ca \\u0026 b\\u003e","\\u2028"]'],
    ['["\\ud800"]', '["\ufffd"]'],
    ['{"\u{1f600}":1,"\uffee":2}', '{"\uffee":2,"\u{1f600}":1}'],
    ['[1.50, 1E3, 1e-7, -0.0, 1e21]', '[1.5,1000,1e-7,-0,1e+21]'],
    ['[9007199254740993, 0.12345678901234567890, 1e400]', '[9007199254740993,0.12345678901234567890,1e400]'],
    ['{"2":1,"10":2}', '{"10":2,"2":1}'],
    ['null', 'null'],
  ])('%s comes out as %s', (text, go) => {
    expect(goJson(text)).toBe(go);
  });

  test('that is none is not printed', () => {
    expect(['', '{', '{"a":}', "{'a':1}"].map(goJson)).toEqual([undefined, undefined, undefined, undefined]);
  });

  test('gives its members as they are spelled', () => {
    expect([...members('{"a": [1, 2 ], "b": 1.50, "a": {}}')]).toEqual([
      ['a', '{}'],
      ['b', '1.50'],
    ]);
    expect([...members('[1, {"x": 2}]').values()]).toEqual(['1', '{"x": 2}']);
    expect(members('null').size + members('{').size).toBe(0);
  });
});
