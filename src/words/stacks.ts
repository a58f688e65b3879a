import { clean, join, say, type Clean } from '../base/clean.ts';
import { isWithin } from '../base/files.ts';
import { keyBelow } from '../base/finding.ts';
import type { Instant } from '../base/time.ts';
import type { Project, Snapshot, Stack, State } from '../state/model.ts';
import { fact, valueFacts } from '../state/facts.ts';
import { isPending } from '../state/pending.ts';
import { PAGE } from '../state/source.ts';
import { ago, moment, span } from './ages.ts';
import { backupItems } from './backups.ts';
import { dependencyAbilities, dependencyFacts } from './dependencies.ts';
import { driftRow } from './drift.ts';
import { findingsOf, withProblems } from './findings.ts';
import { activityRow, executionRow, outcomeIcon } from './history.ts';
import { describe, outcomeWords, projectName } from './names.ts';
import { isOldDatabase, oldDatabaseRow } from './old-database.ts';
import type { Ability, Icon, Row } from './row.ts';
import { resourceRow } from './servers.ts';

/** The Stacks view. The database is a level of its own only where there are several, or where it lies elsewhere. */
export function stackRows(state: State, now: Instant): Row[] {
  const all = state.projects.filter(({ tool }) => tool === 'sloth-runner');
  const databases = all.filter(project => !isOldDatabase(project));
  const rows = databases.flatMap(project => {
    const outside = isOutside(state, project);
    const stacks = withProblems(stacksOf(project, now), [project]);
    if (databases.length === 1 && !outside) return stacks;
    return [
      {
        key: project.key,
        label: project.name,
        description: describe(
          stackCount(project.stacks.length),
          outside ? say('outside this workspace') : undefined,
        ),
        icon: 'database',
        facts: project.facts,
        open: project.source ? { file: project.source } : undefined,
        abilities: [
          'newStack',
          'verifySnapshots',
          ...(backupItems([project]).length > 0 ? (['restoreBackup'] as const) : []),
        ],
        children: stacks,
        expanded: !outside,
      } satisfies Row,
    ];
  });
  const old = all.filter(isOldDatabase).map(project => oldDatabaseRow(project, isOutside(state, project)));
  return [...rows, ...old];
}

/** A stack as it stands in a list of all. */
export interface ListedStack {
  /** With its database, where there are several. */
  readonly name: Clean;
  readonly stack: Stack;
  readonly abilities: readonly Ability[];
}

/** The stacks that people made. */
export function listedStacks(state: State): ListedStack[] {
  const databases = state.projects.filter(each => each.tool === 'sloth-runner' && !isOldDatabase(each));
  return databases.flatMap(project =>
    project.stacks
      .filter(({ ownOperations }) => !ownOperations)
      .map(stack => ({
        name: databases.length === 1 ? stack.name : say('{0} / {1}', projectName(state, project), stack.name),
        stack,
        abilities: stackAbilities(project, stack),
      })),
  );
}

/** Whether a project's state lies outside of the opened folders (the machine's own database): never urgent. */
export function isOutside({ searched }: State, { root }: Project): boolean {
  return !searched.some(path => isWithin(root, path));
}

/** What people made first; the stacks that sloth-runner keeps for its own operations last, folded. */
function stacksOf(project: Project, now: Instant): Row[] {
  const own = project.stacks.filter(({ ownOperations }) => ownOperations);
  const key = keyBelow(project.key, 'own');
  return [
    ...project.stacks
      .filter(({ ownOperations }) => !ownOperations)
      .map(stack => stackRow(project, stack, now)),
    ...(own.length > 0
      ? [
          {
            key,
            label: say('Operations of sloth-runner'),
            description: stackCount(own.length),
            icon: 'group',
            children: own.map(stack => stackRow(project, stack, now)),
          } satisfies Row,
        ]
      : []),
  ];
}

function stackCount(count: number): Clean {
  return count === 1 ? say('1 stack') : say('{0} stacks', count);
}

function stackRow(project: Project, stack: Stack, now: Instant): Row {
  const { key, id, name, at, lock, drift } = stack;
  const drifted = drift.filter(each => isPending(each, now)).length;
  const factsOf = dependencyFacts(stack);
  const held = lock?.verdict === 'held' ? lock : undefined;
  const state = describe(
    held
      ? describe(
          held.by ? say('locked by {0}', held.by) : say('locked'),
          held.operation,
          held.since === undefined ? undefined : span(now - held.since),
        )
      : undefined,
    lock?.verdict === 'stale' ? say('expired lock') : undefined,
    stack.outcome === 'succeeded' ? undefined : outcomeWords(stack.outcome, stack.status),
    drifted === 0 ? undefined : say('{0} drifted', drifted),
    at === undefined || held ? undefined : ago(at, now),
  );
  return {
    key,
    id,
    label: name,
    description: state,
    icon: held ? 'locked' : stackIcon(stack, drifted),
    facts: stackFacts(stack),
    open: { document: key, kind: 'json' },
    source: stack.source,
    words: searchWords(stack),
    abilities: stackAbilities(project, stack),
    children: [
      ...findingsOf(project, key),
      ...section(
        stack,
        'drift',
        say('Drift'),
        drift.filter(({ drifted: is }) => is).map(each => driftRow(stack, each, now)),
        false,
      ),
      ...section(
        stack,
        'resources',
        say('Resources'),
        stack.resources.map(each => resourceRow(each, key, factsOf(each))),
        false,
      ),
      ...section(
        stack,
        'snapshots',
        say('Snapshots'),
        stack.snapshots.map(each => snapshotRow(each, now)),
        stack.moreSnapshots,
      ),
      ...section(
        stack,
        'executions',
        say('Executions'),
        stack.executions.map(each => executionRow(each, now)),
        stack.moreExecutions,
      ),
      ...section(
        stack,
        'activity',
        say('Activity'),
        stack.activity.map(each => activityRow(each, now)),
        stack.moreActivity,
      ),
      ...section(
        stack,
        'events',
        say('Events'),
        stack.events.map(each => activityRow(each, now)),
        false,
      ),
    ],
  };
}

function stackAbilities(project: Project, stack: Stack): readonly Ability[] {
  const { id, resources, drift, snapshots, activity, tags, lock } = stack;
  return [
    'copyId',
    'copySummary',
    'openDetails',
    'openSource',
    ...(stack.ownOperations ? [] : (['runStack'] as const)),
    'snapshotStack',
    ...(resources.length > 0 ? (['checkDrift'] as const) : []),
    ...(drift.length > 0 ? (['showDrift', 'copyDrift'] as const) : []),
    'backUpStack',
    'addTag',
    'deleteStack',
    ...dependencyAbilities(stack),
    ...(snapshots.length > 0 ? (['restoreStack', 'compareSnapshots', 'verifySnapshots'] as const) : []),
    ...(snapshots.length > 1 ? (['archiveSnapshots'] as const) : []),
    ...(backupItems([project], id).length > 0 ? (['restoreBackup'] as const) : []),
    ...(activity.length > 0 ? (['exportActivity'] as const) : []),
    ...(tags.length > 0 ? (['removeTag'] as const) : []),
    lock ? 'breakStackLock' : 'lockStack',
  ];
}

/** By what a stack is found: `status:failed tag:production`. */
export function searchWords({ status, tags }: Stack): Clean[] {
  const word = (kind: string, value: string): Clean => clean(`${kind}:${value.replaceAll(/\s+/g, '-')}`);
  return [...(status ? [word('status', status)] : []), ...tags.map(tag => word('tag', tag))];
}

/** A folded list below a stack; none where there is nothing in it. */
function section(stack: Stack, name: string, label: Clean, rows: readonly Row[], more: boolean): Row[] {
  if (rows.length === 0) return [];
  const list = keyBelow(stack.key, name);
  const moreRow: Row = {
    key: keyBelow(list, 'more'),
    label: say('Load {0} more…', PAGE),
    icon: 'more',
    more: { list, rows: rows.length + PAGE },
  };
  return [
    {
      key: list,
      label,
      description: more ? say('newest {0}', rows.length) : say('{0}', rows.length),
      icon: 'group',
      children: more ? [...rows, moreRow] : rows,
    },
  ];
}

function snapshotRow({ key, version, at, by, description }: Snapshot, now: Instant): Row {
  return {
    key,
    id: say('{0}', version),
    label: say('Snapshot {0}', version),
    description: describe(description, at === undefined ? undefined : ago(at, now), by),
    icon: 'snapshot',
    facts: fact(say('Made'), at === undefined ? undefined : moment(at)),
    open: { document: key, kind: 'json' },
    abilities: ['copyId', 'openDetails', 'restoreStack', 'compareSnapshots'],
  };
}

function stackFacts(stack: Stack) {
  const { id, status, version, description, at, createdAt, lock, tags, lastError, lastDurationSeconds } =
    stack;
  return [
    ...fact(say('Stack'), id),
    ...fact(say('Status'), status),
    ...fact(say('Version'), version),
    ...fact(say('Description'), description),
    ...fact(say('Lock'), lock?.evidence),
    ...fact(say('Last error'), lastError),
    ...fact(say('Tags'), join(tags, ', ')),
    ...fact(say('Workflow'), stack.workflowFile),
    ...fact(say('Updated'), at === undefined ? undefined : moment(at)),
    ...fact(say('Created'), createdAt === undefined ? undefined : moment(createdAt)),
    ...fact(say('Runs'), stack.executionCount),
    ...fact(
      say('Last run took'),
      lastDurationSeconds === undefined ? undefined : span(lastDurationSeconds * 1000),
    ),
    ...valueFacts(stack.outputs),
  ];
}

function stackIcon({ outcome }: Stack, drifted: number): Icon {
  return outcome === 'succeeded' && drifted > 0
    ? 'drift'
    : outcome === 'succeeded'
      ? 'stack'
      : outcomeIcon(outcome);
}
