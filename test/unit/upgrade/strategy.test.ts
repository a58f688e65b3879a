import { describe, expect, test } from 'vitest';
import { clean, say } from '../../../src/base/clean.ts';
import type { ProjectSetup } from '../../../src/state/model.ts';
import type { Observation, ServerAnswer } from '../../../src/state/observed.ts';
import { loadMigrations, type Migration } from '../../../src/upgrade/migrations.ts';
import { decide, type Allowed, type Candidate, type Strategy } from '../../../src/upgrade/strategy.ts';
import { windowFrom } from '../../../src/upgrade/window.ts';
import { answerOf } from '../../kit/observed.ts';

const real = loadMigrations();
/** A Saturday, in the middle of the window. */
const NOW = Date.parse('2026-11-21T03:00+01:00');
const HOUR = 3_600_000;

const nights = windowFrom({ days: ['sat', 'sun'], start: '02:00', end: '06:00', zone: 'Europe/Berlin' });
const allowed = (strategy: Strategy, window?: unknown): Allowed => ({
  strategy,
  window: window === undefined ? nights : windowFrom(window),
});
const source = { file: '/shop/tako.yaml', line: 4 };
const setup = (section: Omit<ProjectSetup, 'source'>): ProjectSetup => ({ ...section, source });

/** A patch for 1.1.0, which the real versions do not have. */
const patched: readonly Migration[] = [
  ...real,
  ...real.filter(({ to }) => to === '1.1.0').map(each => ({ ...each, from: '1.1.0', to: '1.1.1' })),
];

function candidate(
  version: string,
  also: Partial<Candidate> = {},
  answer: Partial<ServerAnswer> = {},
): Candidate {
  const observation: Observation = { at: NOW - HOUR, answer: answerOf(version, answer) };
  return { observation, production: [], deploying: [], setups: [], ...also };
}

/** A decision in a line. */
function decided(given: Candidate, by: Allowed, { migrations = real, now = NOW } = {}): string {
  const { kind, why, ...rest } = decide(given, by, migrations, now);
  return 'to' in rest ? `${kind} ${rest.from} -> ${rest.to}: ${why}` : `${kind}: ${why}`;
}

describe('by itself', () => {
  test('the conservative strategy upgrades and proposes nothing', () => {
    expect(decided(candidate('1.1.0'), allowed('conservative'))).toBe(
      'show 1.1.0 -> 2.0.0: Upgrades are started by hand.',
    );
  });

  test('the balanced one starts patches, and proposes minor versions', () => {
    expect(decided(candidate('1.1.0'), allowed('balanced'), { migrations: patched })).toBe(
      'start 1.1.0 -> 1.1.1: The maintenance window is open.',
    );
    expect(decided(candidate('1.1.0'), allowed('balanced'))).toBe(
      'propose 1.1.0 -> 1.2.0: Only patch versions start by themselves.',
    );
    expect(decided(candidate('1.2.0'), allowed('balanced'))).toBe(
      'show 1.2.0 -> 2.0.0: Version 2.0.0 needs your approval: it breaks something.',
    );
  });

  test('the aggressive one starts every version that breaks nothing', () => {
    expect(decided(candidate('1.0.0'), allowed('aggressive'))).toBe(
      'start 1.0.0 -> 1.2.0: The maintenance window is open.',
    );
    const harmless = real.map(each => ({ ...each, breaking: [] }));
    expect(decided(candidate('1.2.0'), allowed('aggressive'), { migrations: harmless })).toBe(
      'start 1.2.0 -> 2.0.0: The maintenance window is open.',
    );
    expect(decided(candidate('1.2.0'), allowed('aggressive'))).toMatch(/^show .* needs your approval/);
  });

  test('nothing starts in production: it is proposed', () => {
    expect(decided(candidate('1.1.0', { production: [clean('production')] }), allowed('aggressive'))).toBe(
      'propose 1.1.0 -> 1.2.0: Nothing starts by itself in production: production.',
    );
  });

  test('nothing starts outside of the window, or without one', () => {
    const later = { now: NOW + 4 * HOUR };
    expect(decided(candidate('1.1.0'), allowed('aggressive'), later)).toMatch(
      /^show 1\.1\.0 -> 2\.0\.0: The maintenance window opens Sun 02:00( Europe\/Berlin)?\.$/,
    );
    expect(decided(candidate('1.1.0'), allowed('aggressive', null))).toBe(
      'show 1.1.0 -> 2.0.0: No maintenance window is set.',
    );
    expect(decided(candidate('1.1.0'), allowed('aggressive', { start: 'two' }))).toMatch(
      /^show .*The maintenance window is not understood/,
    );
  });

  test('the end of the first window that closes counts', () => {
    const decision = decide(
      candidate('1.1.0', { setups: [setup({ window: { start: clean('00:00'), end: clean('23:59') } })] }),
      allowed('aggressive'),
      real,
      NOW,
    );
    expect(decision).toMatchObject({ kind: 'start', closes: Date.parse('2026-11-21T06:00+01:00') });
  });
});

describe('what a repository says', () => {
  const start = /^start 1\.1\.0 -> 1\.2\.0/;
  const aggressive = (section: Omit<ProjectSetup, 'source'>): string =>
    decided(candidate('1.1.0', { setups: [setup(section)] }), allowed('aggressive'));

  test('can make it stricter', () => {
    expect(aggressive({ strategy: clean('aggressive') })).toMatch(start);
    expect(aggressive({ strategy: clean('balanced') })).toMatch(/^propose .*Only patch versions/);
    expect(aggressive({ strategy: clean('conservative') })).toMatch(/^show .*by hand/);
    expect(aggressive({ strategy: clean('${STRATEGY}') })).toMatch(/^show .*by hand/);
    expect(aggressive({ upgrades: false })).toMatch(/^propose .*does not want upgrades to start/);
    expect(aggressive({ checks: false })).toMatch(/^show .*does not want to be told/);
    expect(aggressive({ window: { start: clean('12:00'), end: clean('13:00') } })).toMatch(/^show .*opens/);
    expect(aggressive({ window: {} })).toMatch(/^show .*not understood/);
  });

  test('starts nothing', () => {
    const eager = setup({ checks: true, upgrades: true, strategy: clean('aggressive'), window: undefined });
    const given = candidate('1.1.0', { setups: [eager] });
    expect(decided(given, allowed('conservative'))).toMatch(/^show .*by hand/);
    expect(decided(given, allowed('balanced'))).toMatch(/^propose/);
    const always = setup({ ...eager, window: { start: clean('00:00'), end: clean('00:00') } });
    expect(decided({ ...given, setups: [always] }, allowed('aggressive', null))).toMatch(
      /^show .*No maintenance/,
    );
  });

  test('is asked of all repositories that name the server', () => {
    const [eager, calm] = [
      setup({ strategy: clean('aggressive') }),
      setup({ strategy: clean('conservative') }),
    ];
    expect(decided(candidate('1.1.0', { setups: [eager, calm] }), allowed('aggressive'))).toMatch(/^show/);
  });
});

describe('a server that is not fit for it', () => {
  const container = {
    id: clean('1'),
    name: clean('shop_web_1'),
    image: clean('web'),
    imageId: clean('sha256:1'),
    state: clean('running'),
    restarts: 0,
    sites: [],
  };
  const service = { name: clean('shop_web'), image: clean('web'), running: 1, desired: 2, sites: [] };
  const run = { id: '1', active: false, state: 'stuck', last: clean('undo failed') } as const;

  test.each<[Partial<ServerAnswer>, string]>([
    [{ deploying: [clean('docker build')] }, 'A deployment is in progress: docker build'],
    [{ run }, 'An earlier change stopped in between (1): resume it first'],
    [{ root: false }, 'deploy is not root there and cannot become it'],
    [{ docker: { state: 'silent' } }, 'Docker does not answer'],
    [{ services: [service] }, 'shop_web: 1 of 2 run'],
    [{ containers: [{ ...container, health: clean('unhealthy') }] }, 'shop_web_1 is unhealthy'],
    [{ containers: [{ ...container, state: clean('restarting') }] }, 'shop_web_1 is restarting'],
  ])('%j is only shown', (answer, why) => {
    expect(decided(candidate('1.1.0', {}, answer), allowed('aggressive'))).toBe(
      `show 1.1.0 -> 2.0.0: ${why}`,
    );
  });

  test('is only shown while a deployment to it is recorded as running, or where the check is old', () => {
    expect(decided(candidate('1.1.0', { deploying: [clean('ana: v2')] }), allowed('aggressive'))).toMatch(
      /^show .*in progress: ana: v2$/,
    );
    const old = candidate('1.1.0');
    expect(decided(old, allowed('aggressive'), { now: NOW + 24 * HOUR })).toMatch(
      /^show .*more than a day ago/,
    );
  });

  test('is passed over where nothing is known of it, or nothing can be done', () => {
    const answers = (answer: Partial<ServerAnswer>): string =>
      decided(candidate('1.1.0', {}, answer), allowed('aggressive'));
    expect(answers({ setup: { kind: 'not-set-up' } })).toBe('none: Its setup cannot be upgraded here.');
    expect(answers({ setup: { kind: 'takod', evidence: clean('takod') } })).toMatch(/^none/);
    expect(decided(candidate('2.0.0'), allowed('aggressive'))).toBe('none: This server has version 2.0.0.');
    expect(decided(candidate('9.0.0'), allowed('aggressive'))).toMatch(/^none: Version 2\.0\.0 is older/);
    const failure = { code: 'unreachable', what: say('No answer.'), next: say('Look at it.') };
    const unreachable = { ...candidate('1.1.0'), observation: { at: NOW, failure } };
    expect(decided(unreachable, allowed('aggressive'))).toMatch(/^none: It was not checked/);
    expect(decided({ ...unreachable, observation: undefined }, allowed('aggressive'))).toMatch(/^none/);
    expect(answers({ setup: { kind: 'legacy', version: '1.0.0' } })).toMatch(/^start 1\.0\.0 -> 1\.2\.0/);
  });
});
