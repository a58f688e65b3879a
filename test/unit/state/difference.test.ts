import { describe, expect, test } from 'vitest';
import { clean } from '../../../src/base/clean.ts';
import { differenceOf, digestOf, type Parts } from '../../../src/state/difference.ts';

const parts = (services: Readonly<Record<string, number>>, more = 0): Parts => ({
  hash: digestOf({ services, more }),
  services: new Map(Object.entries(services).map(([name, value]) => [name, digestOf(value)])),
});

const NOW = parts({ web: 1, worker: 1, db: 1 });
const OTHER = parts({ web: 2, worker: 1, cache: 1 });
const differs = (...services: string[]) => ({ kind: 'differs', services });

describe('what is configured, and what was deployed', () => {
  test.each<[what: string, hash: string | undefined, committed: Parts | undefined, expected: unknown]>([
    ['by its hash', NOW.hash, undefined, { kind: 'same' }],
    ['by its hash, whatever was committed', NOW.hash, OTHER, { kind: 'same' }],
    ['by its commit', undefined, NOW, { kind: 'same' }],
    ['by its commit, for an empty hash', '', NOW, { kind: 'same' }],
    ['by its commit, for a hash of an unknown form', 'sha256:def456...', NOW, { kind: 'same' }],
    ['by the commit of another one', undefined, OTHER, differs('web', 'db', 'cache')],
    ['by both', OTHER.hash, OTHER, differs('web', 'db', 'cache')],
    [
      'where something beside the services differs',
      undefined,
      parts({ web: 1, worker: 1, db: 1 }, 1),
      differs(),
    ],
    ['by a hash alone', OTHER.hash, undefined, differs('recorded')],
    ['by the hash of what was never committed', OTHER.hash, NOW, differs('recorded')],
    ['without anything', undefined, undefined, { kind: 'unknown' }],
    ['with a hash that is none', 'none', undefined, { kind: 'unknown' }],
  ])('%s', async (_, hash, committed, expected) => {
    const asked = await differenceOf(
      NOW,
      hash,
      () => Promise.resolve(committed),
      () => [clean('recorded')],
    );
    expect(asked).toEqual(expected);
  });

  test('is unknown where nothing is configured', async () => {
    expect(await differenceOf(undefined, NOW.hash, () => Promise.resolve(NOW))).toEqual({ kind: 'unknown' });
  });
});
