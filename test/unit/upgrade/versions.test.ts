import fc from 'fast-check';
import { gt, satisfies } from 'semver';
import { describe, expect, test } from 'vitest';
import { say } from '../../../src/base/clean.ts';
import { loadMigrations, type Migration } from '../../../src/upgrade/migrations.ts';
import { latest, route } from '../../../src/upgrade/versions.ts';

const real = loadMigrations();

/** A migration that is nothing but its edge. */
const edge = (from: string | null, to: string): Migration => ({
  from,
  to,
  title: say('a step'),
  features: [],
  components: [],
  packages: [],
  restarts: [],
  harms: [],
  breaking: [],
  also: [],
  files: new Map(),
});

const steps = (from: string | undefined, to: string, migrations = real): readonly string[] | string => {
  const found = route(from, to, migrations);
  return found.ok ? found.way.steps.map(each => each.to) : found.code;
};

describe('The way from one setup version to another', () => {
  test.for([
    [undefined, '1.0.0', ['1.0.0']],
    [undefined, '2.0.0', ['1.0.0', '1.1.0', '1.2.0', '2.0.0']],
    ['1.0.0', '1.2.0', ['1.1.0', '1.2.0']],
    ['1.0.7', '1.1.0', ['1.1.0']],
    ['v1.1.0', '2.0.0', ['1.2.0', '2.0.0']],
    ['1.2.0', '1.2.0', 'current'],
    ['1.2.0+build.7', '1.2.0', 'current'],
    ['2.0.0', '1.2.0', 'older'],
    ['3.0.0', '2.0.0', 'older'],
    ['1.0.0', '1.3.0', 'unknown-target'],
    ['latest', '1.2.0', 'unreadable'],
    ['0.9.0', '1.0.0', 'no-way'],
    ['1.3.0', '2.0.0', 'no-way'],
  ] as const)('from %s to %s', ([from, to, expected]) => {
    expect(steps(from, to)).toEqual(expected);
  });

  test('says what it restarts, harms and breaks, and why there is none', () => {
    const found = route('1.1.0', '2.0.0', real);
    expect(
      found.ok && [found.way.restarts.length, found.way.harms.length, found.way.breaking.length],
    ).toEqual([2, 4, 3]);
    const older = route('2.0.0', '1.0.0', real);
    expect(!older.ok && older.why).toBe(
      'Version 1.0.0 is older than 2.0.0: a server goes back only by restoring a backup.',
    );
    const gap = route('1.0.0', '3.0.0', [edge('~1.0.0', '1.1.0'), edge('~2.0.0', '3.0.0')]);
    expect(!gap.ok && gap.why).toBe(
      'No step leads on from version 1.1.0, which version 1.0.0 can reach, to 3.0.0.',
    );
  });

  test('skips versions where a step is declared that does', () => {
    const skipping = [...real, edge('>=1.0.0 <2.0.0', '2.1.0'), edge('~2.0.0', '2.1.0')];
    expect(steps('1.0.0', '2.1.0', skipping)).toEqual(['2.1.0']);
    expect(steps('2.0.0', '2.1.0', skipping)).toEqual(['2.1.0']);
    expect(latest(skipping)).toBe('2.1.0');
    expect(latest([...real, edge('~2.0.0', '3.0.0-rc.1')])).toBe('2.0.0');
  });

  test('is the shortest of all, always leads up, and is found where there is one', () => {
    const version = fc
      .tuple(fc.integer({ min: 0, max: 2 }), fc.integer({ min: 0, max: 3 }))
      .map(([a, b]) => `${a}.${b}.0`);
    const edges = fc.array(
      fc.tuple(version, version).filter(([from, to]) => gt(to, from)),
      { maxLength: 14 },
    );
    fc.assert(
      fc.property(edges, version, version, (pairs, from, to) => {
        const all = pairs.map(([a, b]) => edge(a, b));
        const found = route(from, to, all);
        // Every version at its distance, one round for each step.
        const distance = new Map([[from, 0]]);
        for (let round = 0; round < 14; round++) {
          for (const [a, b] of pairs) {
            const known = distance.get(a);
            if (known !== undefined) distance.set(b, Math.min(distance.get(b) ?? Infinity, known + 1));
          }
        }
        if (!found.ok)
          return from === to || gt(from, to) || !distance.has(to) || !pairs.some(([, b]) => b === to);
        const { steps } = found.way;
        const joined = steps.every((each, index) => satisfies(steps[index - 1]?.to ?? from, each.from ?? ''));
        return joined && steps.at(-1)?.to === to && steps.length === distance.get(to);
      }),
    );
  });
});
