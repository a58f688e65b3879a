import { describe, expect, it } from 'vitest';
import { cleanLines } from '../../../src/base/clean.ts';
import type { Environment, Release } from '../../../src/state/model.ts';
import { firstDifference, lastGoodLog, withoutTimes } from '../../../src/words/log-compare.ts';

const compared = (log: string): string => withoutTimes(cleanLines(log));

describe('a log without times', () => {
  it('is the same for two deployments that did the same', () => {
    const log = (day: string, id: string, seconds: string): string =>
      [
        `[${day}T10:00:00Z] Starting deployment to production`,
        `[${day}T10:00:00-05:00] Deployment id: ${id}`,
        `[${day}T10:00:01Z] phase build started`,
        `[${day}T10:01:01Z] #8 DONE ${seconds}`,
        `[${day}T10:01:01Z] built in ${seconds}, took 1m 2s`,
        `[${day}T10:01:01Z] Git commit: 228111${id.slice(-1)}`,
        `[${day}T10:01:01Z] Built shop:a1b2c${id.slice(-1)}d`,
        `[${day}T10:01:02Z] container ${id.slice(-1)}f00ba200000 is healthy`,
        `[${day}T10:01:02Z] last seen ${day} 10:00:59`,
        '',
      ].join('\n');
    expect(compared(log('2026-11-20', 'deploy-20261120-1', '61.4s'))).toBe(
      compared(log('2026-11-23', 'deploy-20261123-2', '0.9s')),
    );
  });

  it.each([
    ['waiting at most 30s for web', 'waiting at most 60s for web'],
    ['phase rollout completed', 'phase rollout failed'],
    ['web 1.4.2', 'web 1.4.3'],
    ['Built acme/shop-web', 'Built acme/shop-worker'],
    ['pid 1234567', 'pid 7654321'],
    ['port 3000', 'port 3001'],
  ])('still tells %s from %s', (a, b) => {
    const line = (text: string): string => `[2026-11-20T10:00:00Z] ${text}`;
    expect(compared(line(a))).not.toBe(compared(line(b)));
  });

  it('keeps every line where it was', () => {
    const log = '[2026-11-20T10:00:00Z] one\n\n  two\n';
    expect(compared(log)).toBe('one\n\n  two\n');
  });
});

describe('the first line that differs', () => {
  it.each([
    ['a\nb', 'a\nb', undefined],
    ['a\nb', 'a\nc', 1],
    ['a', 'a\nb', 1],
    ['a\nb', 'a', 1],
    ['', 'a', 0],
  ])('of %j and %j', (a, b, line) => {
    expect(firstDifference(a, b)).toBe(line);
  });
});

describe('the last good log', () => {
  const release = (outcome: string, kind = 'deploy', log: string | null = 'x.log') => ({
    outcome,
    kind,
    log: log ?? undefined,
  });
  // Only what is looked at.
  const among = (...releases: readonly ReturnType<typeof release>[]) =>
    ({ releases }) as unknown as Environment & { readonly releases: readonly [Release, ...Release[]] };

  it('is of the newest older release that succeeded and has one', () => {
    const { releases, ...rest } = among(
      release('failed'),
      release('succeeded', 'deploy', null),
      release('partial'),
      release('succeeded'),
      release('succeeded'),
    );
    expect(lastGoodLog({ ...rest, releases }, releases[0])).toBe(releases[3]);
    expect(releases[4] && lastGoodLog({ ...rest, releases }, releases[4])).toBeUndefined();
  });

  it('is rather of a release that did the same', () => {
    const all = among(release('failed'), release('succeeded', 'rollback'), release('succeeded'));
    expect(lastGoodLog(all, all.releases[0])).toBe(all.releases[2]);
    const only = among(release('failed'), release('succeeded', 'rollback'));
    expect(lastGoodLog(only, only.releases[0])).toBe(only.releases[1]);
  });
});
