import type { Comparison } from '../base/change.ts';
import { clean, join, say, type Clean } from '../base/clean.ts';
import type { Instant } from '../base/time.ts';
import type { Environment, Project, Release, State } from '../state/model.ts';
import { ago } from './ages.ts';
import { changesTable } from './changes-table.ts';
import { environmentName, releaseName } from './names.ts';
import type { Action, Page } from './page.ts';
import type { ReleaseHistory } from './release-history.ts';
import { isGood } from './restorable.ts';
import { commitsTables, filesTable, phasesTable } from './release-tables.ts';
import { statusWords } from './releases.ts';
import { changedServices, releaseSentence, serviceSentences } from './service-changes.ts';

/** What is compared: a release, or without one what the environment is configured to be. */
export interface Side {
  readonly environment: Environment;
  readonly release?: Release;
}

/** Two things of a project, and what is known of how they differ. */
export interface ReleaseDiff {
  readonly project: Project;
  readonly from: Side;
  readonly to: Side;
  readonly comparison: Comparison;
  readonly history: ReleaseHistory;
}

/** More services are counted. */
const SENTENCES = 12;

/** What can be done with the page. */
export type DiffAction = 'rollBack' | 'openAsText' | 'openChangedFiles' | 'copySummary' | 'fetch';

/** How two releases differ, in words and in tables. */
export function releasePage(state: State, diff: ReleaseDiff, now: Instant): Page {
  const { project, from, to, history } = diff;
  const names = namesOf(state, project, from, to);
  const migrations = migrationFiles(project, history);
  return {
    title: isOneEnvironment(from, to)
      ? say('{0}: {1} → {2}', environmentName(state, project, from.environment.name), ...names)
      : say('{0} → {1}', ...names),
    summary: sentencesOf(state, diff, at => ago(at, now)),
    actions: actionsOf(diff),
    tables: [
      // Phases have a table of their own.
      changesTable(
        diff.comparison.changes.filter(({ path }) => path[0] !== 'phases'),
        {
          field: 'services',
          column: say('Service'),
          whole: say('the service'),
          others: say('the release'),
          icon: 'service',
        },
      ),
      ...phasesTable(from.release, to.release, names),
      ...commitsTables(history, now),
      ...(migrations.length > 0 ? [filesTable(migrations)] : []),
    ],
  };
}

/** What there is to say, the most important first. `when`: how a moment is told. */
export function sentencesOf(state: State, diff: ReleaseDiff, when: (at: Instant) => Clean): readonly Clean[] {
  const { project, from, to, history, comparison } = diff;
  const [before, after] = namesOf(state, project, from, to);
  return [
    say('From {0} to {1}.', sideWords(from, before, when), sideWords(to, after, when)),
    ...changeSentences(diff),
    ...historySentences(from, to, history),
    ...[migrationSentence(migrationFiles(project, history))].filter(each => each !== undefined),
    ...comparison.notes,
  ];
}

function actionsOf({ from, to, history }: ReleaseDiff): Action[] {
  const action = (id: DiffAction, title: Clean): Action => ({ id, title });
  const older = isOneEnvironment(from, to) ? from.release : undefined;
  return [
    ...(older && isGood(older) && older.id !== from.environment.current
      ? [action('rollBack', say('Roll Back to {0}…', releaseName(older)))]
      : []),
    ...(from.release && to.release ? [action('openAsText', say('Open as Text'))] : []),
    ...(history.kind === 'commits' && history.files.length > 0
      ? [action('openChangedFiles', say('Open Changed Files'))]
      : []),
    ...(history.kind === 'missing' ? [action('fetch', say('Fetch'))] : []),
    action('copySummary', say('Copy Summary')),
  ];
}

/** What tells the two apart, in few words. */
function namesOf(state: State, project: Project, from: Side, to: Side): readonly [Clean, Clean] {
  const [before, after] = [nameOf(from), nameOf(to)];
  if (!isOneEnvironment(from, to)) {
    const place = ({ environment }: Side): Clean => environmentName(state, project, environment.name);
    return [say('{0} {1}', place(from), before), say('{0} {1}', place(to), after)];
  }
  const isTwice = before === after && from.release && to.release; // deployed again
  return isTwice ? [from.release.id, to.release.id] : [before, after];
}

function nameOf({ release }: Side): Clean {
  return release ? releaseName(release) : say('working tree');
}

function isOneEnvironment(from: Side, to: Side): boolean {
  return from.environment.key === to.environment.key;
}

/** "9d1c0aa (failed in rollout, 3 d ago, maria)" */
function sideWords({ release, environment }: Side, name: Clean, when: (at: Instant) => Clean): Clean {
  if (!release) return say('the configuration of {0} in the working tree', environment.name);
  const { outcome, kind, at, by } = release;
  const about = join(
    [
      outcome === 'succeeded' && kind === 'deploy' ? undefined : statusWords(release),
      at === undefined ? undefined : when(at),
      by,
    ],
    ', ',
  );
  return about === '' ? name : say('{0} ({1})', name, about);
}

function changeSentences({ project, from, to, comparison: { changes, more, notes } }: ReleaseDiff): Clean[] {
  const services = serviceSentences(changes);
  const release = releaseSentence(changes);
  const differing = changedServices(changes);
  // Beyond the limit anything may differ.
  const same = more > 0 ? [] : servicesOfBoth(project, from, to).filter(name => !differing.has(name));
  const nothing =
    notes.length === 0 ? say('Nothing recorded differs.') : say('Nothing that could be compared differs.');
  return [
    ...services.slice(0, SENTENCES),
    ...(services.length > SENTENCES ? [say('{0} more services differ.', services.length - SENTENCES)] : []),
    ...(same.length === 0
      ? []
      : from.release && to.release
        ? [say('Unchanged: {0}', join(same, ', '))]
        : [say('No difference found: {0}', join(same, ', '))]),
    ...(release === '' ? [] : [say('Release: {0}', release)]),
    ...(changes.length === 0 ? [nothing] : []),
    ...(more > 0 ? [say('{0} more differences are not listed.', more)] : []),
  ];
}

/** Of a side without services nothing can be said to be unchanged. */
function servicesOfBoth({ services }: Project, from: Side, to: Side): readonly Clean[] {
  const [before, after] = [from, to].map(({ release, environment }) =>
    (
      release?.services ?? services.filter(each => each.declared && each.environment === environment.name)
    ).map(({ name }) => name),
  );
  return before?.filter(name => after?.includes(name)) ?? [];
}

function historySentences(from: Side, to: Side, history: ReleaseHistory): Clean[] {
  switch (history.kind) {
    case 'unknown':
      return [say('Commits are not compared. {0}', history.why)];
    case 'missing':
      return history.commits.map(commit => say('{0} is not in this clone.', commit));
    case 'commits': {
      const { added, removed, files } = history;
      if (added.length + removed.length + files.length === 0) {
        const isOne = from.release?.commit !== undefined && from.release.commit === to.release?.commit;
        return [isOne ? say('Both are of one commit.') : say('No commit of the project lies between them.')];
      }
      const counts = say(
        'Commits that come in: {0}, that go out: {1}; files that differ: {2}.',
        added.length,
        removed.length,
        files.length,
      );
      return [counts, ...(history.more ? [say('Only the newest commits are listed.')] : [])];
    }
  }
}

/** The changed files that lie in a folder of migrations: a configured one, or one that is called so. */
export function migrationFiles(
  { migrations = [] }: Pick<Project, 'migrations'>,
  history: ReleaseHistory,
): readonly Clean[] {
  if (history.kind !== 'commits') return [];
  const folders = migrations.map(folder => folder.replace(/^(\.\/)+|\/+$/g, ''));
  return history.files.filter(
    file => /(^|\/)migrations\//.test(file) || folders.some(folder => file.startsWith(`${folder}/`)),
  );
}

/** That databases are another matter, where files of migrations differ. */
export function migrationSentence(files: readonly Clean[]): Clean | undefined {
  const folders = [...new Set(files.map(file => clean(file.slice(0, file.lastIndexOf('/') + 1))))];
  if (folders.length === 0) return undefined;
  const where = join(folders.slice(0, 3), ', ');
  const differ =
    files.length === 1
      ? say('1 file under {0} differs.', where)
      : say('{0} files under {1} differ.', files.length, where);
  return join([say('Migrations are not recorded.'), differ, say('Databases are not rolled back.')], ' ');
}
