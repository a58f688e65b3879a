import { clean, join, say, type Clean } from '../base/clean.ts';
import { keyBelow } from '../base/finding.ts';
import type { Instant } from '../base/time.ts';
import type { Environment, Project, Release, ReleaseEntry, State } from '../state/model.ts';
import { detailsKey } from '../state/details.ts';
import { fact } from '../state/facts.ts';
import { PAGE } from '../state/source.ts';
import { ago, moment, span } from './ages.ts';
import { comparisons } from './comparable.ts';
import { findingsOf, withProblems } from './findings.ts';
import { lastGoodLog } from './log-compare.ts';
import {
  currentRelease,
  describe,
  environmentName,
  outcomeWords,
  releaseName,
  shortCommit,
  toolName,
} from './names.ts';
import { phaseRow } from './phases.ts';
import type { Icon, Row } from './row.ts';
import { undeployedWords, type Undeployed, type UndeployedByKey } from './undeployed.ts';

/** The Releases view: environments, newest release first. */
export function releaseRows(state: State, now: Instant, undeployed: UndeployedByKey = new Map()): Row[] {
  const projects = state.projects.filter(({ tool }) => tool === 'tako' || tool === 'stagecraft');
  const rows = projects.flatMap(project =>
    project.environments.map(environment =>
      environmentRow(state, project, environment, now, undeployed.get(environment.key)),
    ),
  );
  return withProblems(rows, projects);
}

function environmentRow(
  state: State,
  project: Project,
  environment: Environment,
  now: Instant,
  undeployed: Undeployed | undefined,
): Row {
  const { key, name, releases, more, source } = environment;
  const newest = releases[0];
  const current = currentRelease(environment) ?? newest;
  const lastGood = releases.find(each => isGood(each) && each.id !== environment.current);
  const rows = releases.map(release => releaseRow(project, release, environment, lastGood, now));
  return {
    key,
    label: environmentName(state, project, name),
    description: current
      ? environmentWords(project, current, newest, now, undeployed && undeployedWords(undeployed))
      : say('nothing recorded yet'),
    icon: 'environment',
    facts: [
      ...fact(say('Project'), project.name),
      ...fact(say('Kept by'), toolName(project)),
      ...fact(say('Servers'), join(environment.servers, ', ')),
      ...environment.facts,
      ...project.facts,
      ...(project.lock ? fact(say('Lock'), project.lock.evidence) : []),
    ],
    open: source ? { file: source } : undefined,
    source,
    abilities: [
      'copySummary',
      ...(source ? (['openSource'] as const) : []),
      ...(undeployed ? (['showUndeployed'] as const) : []),
      ...comparisons(project, environment),
      ...(project.tool === 'tako' && releases.length > 0 ? (['pruneHistory'] as const) : []),
      ...(hasArchives(project) ? (['pruneArtifacts'] as const) : []),
    ],
    children: [...findingsOf(project, key), ...rows, ...(more ? [moreRow(environment)] : [])],
    expanded: true,
  };
}

/** Tako keeps images that were built as archives. */
function hasArchives({ services, facts }: Project): boolean {
  return [...facts, ...services.flatMap(service => service.facts)].some(
    ({ name }) => name === say('Archive'),
  );
}

/** It put a state of the project on the servers that could be put there again. */
function isGood({ outcome, kind }: Release): boolean {
  return outcome === 'succeeded' && kind !== 'scale' && kind !== 'build';
}

/** "a1b2c3d · 14 commits not deployed · recorded here 2 h ago · servers not asked" */
function environmentWords(
  project: Project,
  current: Release,
  newest: Release | undefined,
  now: Instant,
  undeployed: Clean | undefined,
): Clean {
  const busy = newest?.outcome === 'running' ? newest : undefined;
  const shown = busy ?? current;
  const age = shown.at === undefined ? undefined : ago(shown.at, now);
  return describe(
    releaseName(shown),
    shown.outcome === 'succeeded' ? undefined : statusWords(shown),
    busy ? undefined : undeployed,
    busy ? age : age && say('recorded here {0}', age),
    project.tool === 'tako' && !busy ? say('servers not asked') : undefined,
    lockWords(project),
  );
}

function lockWords({ lock }: Project): Clean | undefined {
  if (!lock) return undefined;
  if (lock.verdict === 'stale') return say('lock left behind');
  return lock.by ? say('locked by {0}', lock.by) : say('locked');
}

function releaseRow(
  project: Project,
  release: Release,
  environment: Environment,
  lastGood: Release | undefined,
  now: Instant,
): Row {
  const { key, id, at, by, log, source, phases, outcome } = release;
  const isCurrent = id === environment.current;
  const showPhases =
    outcome !== 'pending' && phases.some(({ status }) => status !== 'completed' && status !== 'skipped');
  const role = isCurrent ? say('current') : release === lastGood ? say('last good') : undefined;
  const status = outcome === 'succeeded' && release.kind === 'deploy' ? undefined : statusWords(release);
  const rollback = environment.rollbackPoints.includes(id) ? say('rollback point') : undefined;
  return {
    key,
    id,
    label: releaseName(release),
    description: describe(role, status, at === undefined ? undefined : ago(at, now), by, rollback),
    icon: releaseIcon(release, isCurrent),
    facts: releaseFacts(release),
    spoken: join(
      [
        releaseName(release),
        role,
        status,
        at === undefined ? undefined : moment(at),
        by && say('by {0}', by),
        rollback,
      ],
      ', ',
    ),
    open: { document: key, kind: log ? 'log' : 'json' },
    ...(log && { details: { document: detailsKey(key), kind: 'json' } }),
    source,
    abilities: [
      'copyId',
      'copySummary',
      'openSource',
      'openDetails',
      ...(log ? (['openLog'] as const) : []),
      ...(lastGoodLog(environment, release) ? (['compareLog'] as const) : []),
      ...comparisons(project, environment, release),
      'noteRelease',
      ...(outcome === 'interrupted' ? (['closeRelease'] as const) : []),
      ...(project.tool === 'tako'
        ? [release.rollbackPoint ? ('unmarkRollbackPoint' as const) : ('markRollbackPoint' as const)]
        : []),
    ],
    children: showPhases ? phases.map(phase => phaseRow(release, phase, now)) : undefined,
    expanded: outcome === 'running',
  };
}

/** What came of it, in words: "failed in rollout", "rollout running (4 of 6)", "rollback". */
export function statusWords(release: ReleaseEntry): Clean {
  const { outcome, phases, kind, status } = release;
  const at = (wanted: string): Clean | undefined => {
    const phase = phases.find(each => each.status === wanted);
    return phase && clean(phase.name.replaceAll('_', ' '));
  };
  if (outcome === 'failed') {
    const phase = at('failed');
    return phase ? say('failed in {0}', phase) : say('failed');
  }
  if (outcome === 'running') {
    const index = phases.findIndex(each => each.status === 'running');
    const phase = at('running');
    return phase ? say('{0} running ({1} of {2})', phase, index + 1, phases.length) : say('running');
  }
  if (outcome === 'interrupted') {
    const phase = at('running');
    return phase ? say('interrupted in {0}', phase) : say('interrupted');
  }
  if (outcome === 'pending' && kind === 'build') return say('built, not deployed');
  if (outcome === 'succeeded' || outcome === 'rolled-back') {
    if (kind === 'rollback') return say('rollback');
    if (kind === 'scale') return say('scaled');
    if (kind === 'promote') return say('promoted');
    if (kind === 'import') return say('imported');
  }
  return outcomeWords(outcome, status);
}

export function releaseFacts(release: Release) {
  const {
    id,
    status,
    version,
    at,
    timestamp,
    durationSeconds,
    by,
    services,
    servers,
    configHash,
    notes,
    previous,
    phases,
  } = release;
  return [
    ...fact(say('Release'), id),
    ...fact(say('Status'), status),
    ...fact(say('Version'), version),
    ...fact(say('Commit'), release.commit),
    ...fact(say('Recorded'), at === undefined ? timestamp : say('{0} ({1})', moment(at), timestamp)),
    ...fact(say('Took'), durationSeconds === undefined ? undefined : span(durationSeconds * 1000)),
    ...fact(say('By'), by),
    ...fact(
      say('Services'),
      join(
        services.map(({ name, image }) => (image ? say('{0} ({1})', name, image) : name)),
        ', ',
      ),
    ),
    ...fact(say('Servers'), join(servers, ', ')),
    ...fact(
      say('Phases'),
      join(
        phases.map(phase => say('{0} {1}', phase.name, phase.status)),
        ', ',
      ),
    ),
    ...fact(say('Config hash'), configHash),
    ...fact(say('Release before'), previous),
    ...fact(say('Notes'), notes),
    ...release.facts,
  ];
}

function moreRow({ key, releases }: Environment): Row {
  return {
    key: keyBelow(key, 'more'),
    label: say('Load {0} more…', PAGE),
    icon: 'more',
    more: { list: key, rows: releases.length + PAGE },
  };
}

function releaseIcon({ outcome, kind }: Release, isCurrent: boolean): Icon {
  if (outcome === 'succeeded')
    return kind === 'rollback' ? 'rolled-back' : isCurrent ? 'current' : 'succeeded';
  if (outcome === 'partial') return 'degraded';
  return outcome;
}

/** "Since yesterday 18:10: 2 deployments, 1 failed" for the view's message; nothing when nothing happened. */
export function sinceLastLook(
  state: State,
  last: Instant | undefined,
  lastText: Clean | undefined,
): Clean | undefined {
  if (last === undefined || lastText === undefined) return undefined;
  const fresh = state.projects
    .flatMap(({ environments }) => environments)
    .flatMap(({ releases }) => releases)
    .filter(({ at, kind }) => at !== undefined && at > last && kind !== 'build');
  if (fresh.length === 0) return undefined;
  const failed = fresh.filter(({ outcome }) => outcome === 'failed' || outcome === 'interrupted').length;
  const deployments = fresh.length === 1 ? say('1 deployment') : say('{0} deployments', fresh.length);
  return failed === 0
    ? say('Since {0}: {1}', lastText, deployments)
    : say('Since {0}: {1}, {2} failed', lastText, deployments, failed);
}

/** The name under which a release is picked from a list. */
export function pickName(release: ReleaseEntry): Clean {
  const commit = shortCommit(release);
  const name = releaseName(release);
  return commit && commit !== name ? say('{0} ({1})', name, commit) : name;
}
