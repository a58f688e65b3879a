import { clean, join, say, type Clean } from '../base/clean.ts';
import { keyBelow } from '../base/finding.ts';
import type { Answered } from '../deploy/plan/asked.ts';
import type { Instant } from '../base/time.ts';
import type { Environment, Project, Release, ReleaseEntry, State } from '../state/model.ts';
import { otherCommits } from '../state/other-commits.ts';
import { detailsKey } from '../state/details.ts';
import { fact } from '../state/facts.ts';
import { PAGE } from '../state/source.ts';
import { NO_PROGRAM, takodKey, type TakodObservation } from '../state/takod.ts';
import { ago, moment } from './ages.ts';
import { askedIn } from './asked.ts';
import { comparisons } from './comparable.ts';
import { findingsOf, withProblems } from './findings.ts';
import { lastGoodLog } from './log-compare.ts';
import { currentRelease, describe, environmentName, outcomeWords, releaseName, toolName } from './names.ts';
import { holdRows } from './holds.ts';
import { phaseRow } from './phases.ts';
import { answersIn, canGoBack, isGood, restoringIn } from './restorable.ts';
import type { Restoring, RollbackWords } from './restoring.ts';
import { releaseFacts } from './release-facts.ts';
import type { Icon, Row } from './row.ts';
import { compareIn, comparedWords } from './running.ts';
import { notAskedWords, takodRows } from './takod-rows.ts';
import { undeployedWords, type Undeployed, type UndeployedByKey } from './undeployed.ts';

/** The Releases view: environments, newest release first. */
export function releaseRows(state: State, now: Instant, undeployed: UndeployedByKey = new Map()): Row[] {
  const projects = state.projects.filter(({ tool }) => tool === 'tako' || tool === 'stagecraft');
  const asked = askedIn(state, now);
  const answers = answersIn(state);
  const compare = compareIn(state);
  const restoring = restoringIn(state);
  const rows = projects.flatMap(project =>
    project.environments.map(environment => {
      const takod = state.takod[takodKey({ root: project.root, environment: environment.name })];
      return environmentRow(state, project, environment, {
        now,
        takod,
        undeployed: undeployed.get(environment.key),
        asked:
          comparedWords(compare(project, environment), now) ??
          (takod && notAskedWords(takod, now)) ??
          asked(project, environment),
        answers: answers(project, environment),
        restoring: restoring(project, environment),
      });
    }),
  );
  return withProblems(rows, projects);
}

/** What is known of an environment besides what is recorded. */
interface Looked {
  readonly now: Instant;
  readonly undeployed: Undeployed | undefined;
  readonly asked: Clean | undefined;
  readonly answers: readonly Answered[];
  readonly takod: TakodObservation | undefined;
  readonly restoring: Restoring;
}

function environmentRow(
  state: State,
  project: Project,
  environment: Environment,
  { now, undeployed, asked, answers, takod, restoring }: Looked,
): Row {
  const { key, name, releases, more, source } = environment;
  const newest = releases[0];
  const current = currentRelease(environment) ?? newest;
  const hasServers = project.servers.some(each => environment.servers.includes(each.name));
  const lastGood = releases.find(each => isGood(each) && each.id !== environment.current);
  const { runs, able, isTold } = restoring;
  const rows = releases.map(release =>
    releaseRow(project, release, environment, {
      now,
      lastGood,
      rollback: isTold && isGood(release) && !runs(release) ? able(release) : undefined,
    }),
  );
  return {
    key,
    label: environmentName(state, project, name),
    description: current
      ? environmentWords(project, current, newest, { now, undeployed, asked })
      : describe(say('nothing recorded yet'), asked),
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
      ...(hasServers ? (['checkEnvironment', 'showDrift'] as const) : []),
      'deploy',
      ...(canGoBack(restoring) ? (['rollBack'] as const) : []),
      ...(current && project.environments.length > 1 ? (['promote'] as const) : []),
      ...(NO_PROGRAM.has(takod?.failure?.code ?? '') ? (['chooseTako'] as const) : []),
    ],
    children: [
      ...findingsOf(project, key),
      ...(takod ? takodRows(environment, takod, now) : []),
      ...holdRows(project, environment, answers),
      ...rows,
      ...(more ? [moreRow(environment)] : []),
    ],
    expanded: true,
  };
}

/** Tako keeps images that were built as archives. */
function hasArchives({ services, facts }: Project): boolean {
  return [...facts, ...services.flatMap(service => service.facts)].some(
    ({ name }) => name === say('Archive'),
  );
}

/** "a1b2c3d · 14 commits not deployed · recorded here 2 h ago · servers not asked" */
function environmentWords(
  project: Project,
  current: Release,
  newest: Release | undefined,
  { now, undeployed, asked }: Pick<Looked, 'now' | 'undeployed' | 'asked'>,
): Clean {
  const busy = newest?.outcome === 'running' ? newest : undefined;
  const shown = busy ?? current;
  const age = shown.at === undefined ? undefined : ago(shown.at, now);
  return describe(
    releaseName(shown),
    shown.outcome === 'succeeded' ? undefined : statusWords(shown),
    otherCommits(shown),
    busy ? undefined : undeployed && undeployedWords(undeployed),
    busy ? age : age && say('recorded here {0}', age),
    busy ? undefined : (asked ?? (project.tool === 'tako' ? say('servers not asked') : undefined)),
    lockWords(project),
  );
}

function lockWords({ lock }: Project): Clean | undefined {
  if (!lock) return undefined;
  if (lock.verdict === 'stale') return say('lock left behind');
  return lock.by ? say('locked by {0}', lock.by) : say('locked');
}

/** What a row says of a release besides what is recorded of it. */
interface Offered {
  readonly now: Instant;
  readonly lastGood: Release | undefined;
  /** Whether it can be gone back to, where that is known. */
  readonly rollback: RollbackWords | undefined;
}

function releaseRow(
  project: Project,
  release: Release,
  environment: Environment,
  { now, lastGood, rollback: able }: Offered,
): Row {
  const { key, id, at, by, log, source, phases, outcome } = release;
  const isCurrent = id === environment.current;
  const showPhases =
    outcome !== 'pending' && phases.some(({ status }) => status !== 'completed' && status !== 'skipped');
  // What failed is recorded as current, and is not what runs where it was put back.
  const role =
    isCurrent && outcome !== 'failed' ? say('current') : release === lastGood ? say('last good') : undefined;
  const status = outcome === 'succeeded' && release.kind === 'deploy' ? undefined : statusWords(release);
  const others = otherCommits(release);
  const rollback = environment.rollbackPoints.includes(id) ? say('rollback point') : undefined;
  return {
    key,
    id,
    label: releaseName(release),
    description: describe(
      role,
      status,
      others,
      at === undefined ? undefined : ago(at, now),
      by,
      rollback,
      able?.words,
    ),
    icon: releaseIcon(release, isCurrent),
    facts: releaseFacts(release),
    spoken: join(
      [
        releaseName(release),
        role,
        status,
        others,
        at === undefined ? undefined : moment(at),
        by && say('by {0}', by),
        rollback,
        able?.words,
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
      ...(isGood(release) && !isCurrent && able?.isPossible !== false ? (['rollBack'] as const) : []),
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
