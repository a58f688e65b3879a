/** Whether a server is upgraded by itself, is proposed to be, or is only shown as outdated: by what a person's settings allow. */
import { diff, major, prerelease, rcompare } from 'semver';
import { clean, join, say, type Clean } from '../base/clean.ts';
import type { Instant } from '../base/time.ts';
import type { ProjectSetup } from '../state/model.ts';
import type { Observation } from '../state/observed.ts';
import type { Migration } from './migrations.ts';
import { preflight } from './preflight.ts';
import { latest, route } from './versions.ts';
import {
  clockIn,
  closesAt,
  isOpen,
  nextOpening,
  windowFrom,
  type ReadWindow,
  type Window,
} from './window.ts';

const STRATEGIES = ['conservative', 'balanced', 'aggressive'] as const;

/** From the strictest on. */
export type Strategy = (typeof STRATEGIES)[number];

/** As a setting gives it; what is not understood allows nothing. */
export function strategyFrom(value: unknown): Strategy {
  return STRATEGIES.find(each => each === value) ?? 'conservative';
}

/** What a person allows by the settings of their own. */
export interface Allowed {
  readonly strategy: Strategy;
  readonly window: ReadWindow;
}

/** A server, and everything that speaks for and against upgrading it by itself. */
export interface Candidate {
  readonly observation: Observation | undefined;
  /** Names of its environments that are production. */
  readonly production: readonly Clean[];
  /** Deployments to it that are recorded as running. */
  readonly deploying: readonly Clean[];
  /** What the repositories say that name it. */
  readonly setups: readonly ProjectSetup[];
}

/**
 * `start`: it may begin without being asked, now. `propose`: a person is asked, now. `show`: it is outdated, and that is all.
 * `none`: there is nothing to upgrade to, or it is not known.
 */
export type Decision =
  | {
      readonly kind: 'start' | 'propose';
      readonly from: string;
      readonly to: string;
      readonly why: Clean;
      readonly closes: Instant;
    }
  | { readonly kind: 'show'; readonly from: string; readonly to: string; readonly why: Clean }
  | { readonly kind: 'none'; readonly why: Clean };

const HOUR = 3_600_000;
/** What was seen longer ago says too little about how a server is. */
const SEEN = 24 * HOUR;

export function decide(
  { observation, production, deploying, setups }: Candidate,
  allowed: Allowed,
  migrations: readonly Migration[],
  now: Instant,
): Decision {
  const answer = observation?.answer;
  if (!answer) return { kind: 'none', why: say('It was not checked, or did not answer.') };
  const { setup } = answer;
  if (setup.kind !== 'versioned' && setup.kind !== 'legacy')
    return { kind: 'none', why: say('Its setup cannot be upgraded here.') };
  const from = setup.version;
  const newest = latest(migrations);
  if (newest === undefined) return { kind: 'none', why: say('There is no setup version.') };
  const whole = route(from, newest, migrations);
  if (!whole.ok) return { kind: 'none', why: whole.why };
  const show = (why: Clean): Decision => ({ kind: 'show', from, to: newest, why });

  const strategy = strictest(allowed, setups);
  if (strategy === 'conservative') return show(say('Upgrades are started by hand.'));
  if (setups.some(({ checks }) => checks === false))
    return show(say('Its repository does not want to be told of newer versions.'));
  const open = openWindows([allowed.window, ...setups.map(windowOf)], now);
  if (!open.ok) return show(open.why);
  const hindrance = preflight({ deploying }, observation).find(({ severity }) => severity === 'error');
  if (hindrance) return show(hindrance.text);
  if (now - observation.at > SEEN) return show(say('It was checked more than a day ago.'));

  const targets = targetsFrom(from, migrations);
  const quiet = targets.filter(({ breaks }) => !breaks);
  const mayStart = quiet.find(({ to }) => strategy === 'aggressive' || diff(from, to) === 'patch');
  const mayAsk = quiet.find(({ to }) => strategy === 'aggressive' || major(to) === major(from));
  const against = againstStarting(production, setups);
  const { closes } = open;
  if (mayStart && !against)
    return { kind: 'start', from, to: mayStart.to, why: say('The maintenance window is open.'), closes };
  const proposed = mayStart ?? mayAsk;
  if (!proposed) return show(say('Version {0} needs your approval: it breaks something.', clean(newest)));
  const why = mayStart && against ? against : say('Only patch versions start by themselves.');
  return { kind: 'propose', from, to: proposed.to, why, closes };
}

/** The strictest of what the settings and the repositories say. A word that is not known is as strict as any. */
function strictest({ strategy }: Allowed, setups: readonly ProjectSetup[]): Strategy {
  const ranks = [strategy, ...setups.flatMap(each => each.strategy ?? [])].map(word =>
    Math.max(
      0,
      STRATEGIES.findIndex(known => known === word.toLowerCase()),
    ),
  );
  return STRATEGIES[Math.min(...ranks)] ?? 'conservative';
}

function windowOf({ window }: ProjectSetup): ReadWindow {
  return windowFrom(window);
}

type Openness = { readonly ok: true; readonly closes: Instant } | { readonly ok: false; readonly why: Clean };

/** The first one is the person's, without which nothing starts; all that are set have to be open. */
function openWindows(read: readonly ReadWindow[], now: Instant): Openness {
  const [own] = read;
  if (own?.ok && !own.window) return { ok: false, why: say('No maintenance window is set.') };
  let closes = Infinity;
  for (const each of read) {
    if (!each.ok) return each;
    const { window } = each;
    if (!window) continue;
    if (!isOpen(window, now)) return { ok: false, why: opensText(window, now) };
    closes = Math.min(closes, closesAt(window, now));
  }
  return { ok: true, closes };
}

function opensText(window: Window, now: Instant): Clean {
  const opens = nextOpening(window, now);
  return say('The maintenance window opens {0}.', clockIn(window, opens, 'day and time'));
}

interface Target {
  readonly to: string;
  readonly breaks: boolean;
}

/** Every version that can be reached, the newest first. */
function targetsFrom(from: string, migrations: readonly Migration[]): readonly Target[] {
  const versions = new Set(migrations.map(({ to }) => to).filter(to => prerelease(to) === null));
  return [...versions]
    .flatMap(to => {
      const found = route(from, to, migrations);
      return found.ok ? [{ to, breaks: found.way.breaking.length > 0 }] : [];
    })
    .sort((a, b) => rcompare(a.to, b.to));
}

/** The newest version to which it can be upgraded while nobody is there: the way breaks nothing. */
export function harmlessTarget(from: string, migrations: readonly Migration[]): string | undefined {
  return targetsFrom(from, migrations).find(({ breaks }) => !breaks)?.to;
}

/** Why nothing starts there by itself, whatever the strategy. */
function againstStarting(production: readonly Clean[], setups: readonly ProjectSetup[]): Clean | undefined {
  if (production.length > 0)
    return say('Nothing starts by itself in production: {0}.', join(production, ', '));
  return setups.some(({ upgrades }) => upgrades === false)
    ? say('Its repository does not want upgrades to start by themselves.')
    : undefined;
}
