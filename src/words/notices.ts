import { say, type Clean } from '../base/clean.ts';
import type { Key } from '../base/finding.ts';
import type { Instant } from '../base/time.ts';
import type { Lock, Release, State } from '../state/model.ts';
import { since as sinceWords, span } from './ages.ts';
import { describe, environmentName, projectName, releaseName } from './names.ts';
import type { IsProduction } from './production.ts';
import { statusWords } from './releases.ts';
import type { View } from './row.ts';
import { isOutside } from './stacks.ts';

/** Something that happened elsewhere and is told once. */
export interface Notice {
  /** The same in every window of the machine. */
  readonly id: string;
  readonly severity: 'warning' | 'info';
  readonly text: Clean;
  readonly view: View;
  /** The row to show. */
  readonly key: Key;
}

/** What is news: to whom, and when. */
export interface News {
  readonly wanted: 'failures' | 'all';
  readonly isProduction: IsProduction;
  /** What happened before was seen, or is shown by the views alone. */
  readonly since: Instant;
  readonly now: Instant;
  /** As whom this person locks, as `ana@laptop`. */
  readonly who: string;
}

const MINUTE = 60_000;
const LONG_LOCK = 30 * MINUTE;
/** What is older is no news, though its record may come only now. */
const NEWS_LAST = 60 * MINUTE;

/** Deployments to production that failed (where wanted, all of them) and locks that are held long, by others. */
export function notices(state: State, news: News): Notice[] {
  const from = Math.max(news.since, news.now - NEWS_LAST);
  const isNews = (at: Instant | undefined): boolean => at !== undefined && at > from;
  return state.projects
    .filter(project => !isOutside(state, project))
    .flatMap(project => {
      const production = project.environments.filter(({ name }) => news.isProduction(name));
      const deployments = production.flatMap(environment =>
        environment.releases
          .filter(release => isTold(release, news) && isNews(endOf(release)))
          .map((release): Notice => ({
            id: `${release.key} ${release.outcome}`,
            severity: hasFailed(release) ? 'warning' : 'info',
            text: deploymentText(environmentName(state, project, environment.name), release, news.now),
            view: 'releases',
            key: release.key,
          })),
      );
      const [environment] = production;
      const locks = [
        ...(environment
          ? [
              {
                of: environment.key,
                name: projectName(state, project),
                lock: project.lock,
                view: 'releases' as const,
              },
            ]
          : []),
        ...project.stacks.map(({ key, name, lock }) => ({ of: key, name, lock, view: 'stacks' as const })),
      ];
      const held = locks.flatMap(({ of, name, lock, view }): Notice[] =>
        lock && isNews(longSince(lock, news))
          ? [
              {
                id: `${of} lock ${lock.id ?? ''} ${lock.since ?? ''}`,
                severity: 'warning',
                text: lockText(name, lock, news.now),
                view,
                key: of,
              },
            ]
          : [],
      );
      return [...deployments, ...held];
    });
}

function isTold(release: Release, { wanted }: News): boolean {
  if (hasFailed(release)) return true;
  const isDone = release.outcome === 'succeeded' || release.outcome === 'rolled-back';
  return wanted === 'all' && isDone && release.kind !== 'build' && release.kind !== 'import';
}

function hasFailed({ outcome }: Release): boolean {
  return outcome === 'failed' || outcome === 'interrupted' || outcome === 'partial';
}

/** When the last of it happened, as far as that is recorded. */
function endOf({ at, durationSeconds = 0, phases }: Release): Instant | undefined {
  if (at === undefined) return undefined;
  return Math.max(at + Math.max(durationSeconds, 0) * 1000, ...phases.map(phase => phase.at ?? 0));
}

function deploymentText(environment: Clean, release: Release, now: Instant): Clean {
  const words =
    release.outcome === 'succeeded' && release.kind === 'deploy' ? say('deployed') : statusWords(release);
  const end = endOf(release);
  return describe(
    say('{0}: {1} {2}', environment, releaseName(release), words),
    release.by,
    end === undefined ? undefined : sinceWords(end, now),
  );
}

/** Since when a lock is in the way of others: it has run out, nobody is behind it any more, or it is held for long. */
function longSince({ verdict, since, until, by }: Lock, { now, who }: News): Instant | undefined {
  if (verdict === 'stale') return until === undefined ? undefined : Math.min(until, now);
  const long = since === undefined ? now : since + LONG_LOCK;
  return by === who || long >= now ? undefined : long;
}

function lockText(name: Clean, { verdict, evidence, by, operation, since }: Lock, now: Instant): Clean {
  if (verdict === 'stale') return say('{0}: {1}', name, evidence);
  return describe(
    by ? say('{0} is locked by {1}', name, by) : say('{0} is locked', name),
    operation,
    since === undefined ? undefined : say('for {0}', span(now - since)),
  );
}
