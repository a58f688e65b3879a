import { join, say, type Clean } from '../base/clean.ts';
import { newestFirst, type Instant } from '../base/time.ts';
import type { Lock, State } from '../state/model.ts';
import { isPending } from '../state/pending.ts';
import { actionsOn } from './actions.ts';
import { ago, span } from './ages.ts';
import { ageCell, numberCell, textCell } from './cells.ts';
import { resolving } from './drift.ts';
import { outcomeIcon } from './history.ts';
import { describe, outcomeWords } from './names.ts';
import type { Page, Table } from './page.ts';
import { listedStacks, type ListedStack } from './stacks.ts';

/** So many of the newest activities of all stacks are listed. */
const ACTIVITIES = 50;

/** All stacks at a glance, as sloth-runner recorded them. */
export function stacksPage(state: State, now: Instant): Page {
  const listed = listedStacks(state);
  return {
    title: say('Stacks'),
    summary: [describe(countWords(listed.length), ...statusWords(listed)), say('Servers were not asked.')],
    actions: [],
    tables: [
      stackTable(listed, now),
      lockTable(listed, now),
      driftTable(listed, now),
      activityTable(listed, now),
    ],
  };
}

function countWords(count: number): Clean {
  return count === 1 ? say('1 stack') : say('{0} stacks', count);
}

/** "2 succeeded", "1 failed". */
function statusWords(listed: readonly ListedStack[]): Clean[] {
  const counts = new Map<Clean, number>();
  for (const { stack } of listed) {
    const words = outcomeWords(stack.outcome, stack.status);
    counts.set(words, (counts.get(words) ?? 0) + 1);
  }
  return [...counts].map(([words, count]) => say('{0} {1}', count, words));
}

function stackTable(listed: readonly ListedStack[], now: Instant): Table {
  return {
    title: say('Stacks'),
    empty: say('No stack is recorded.'),
    columns: [
      say('Stack'),
      say('Status'),
      say('Version'),
      say('Newest snapshot'),
      say('Lock'),
      say('Drift pending'),
      say('Resources'),
      say('Last execution'),
      say('Updated'),
    ],
    rows: listed.map(({ name, stack, abilities }) => {
      const { key, outcome, status, version, lock, drift, resources, at } = stack;
      const [snapshot] = stack.snapshots;
      const [execution] = stack.executions;
      return {
        id: key,
        cells: [
          textCell(name, 'stack'),
          textCell(outcomeWords(outcome, status), outcomeIcon(outcome)),
          textCell(version),
          snapshot ? numberCell(snapshot.version) : textCell(undefined),
          lock ? textCell(lockWords(lock), 'locked') : textCell(undefined),
          numberCell(drift.filter(each => isPending(each, now)).length),
          numberCell(resources.length),
          execution
            ? {
                text: describe(
                  outcomeWords(execution.outcome, execution.status),
                  execution.startedAt === undefined ? undefined : ago(execution.startedAt, now),
                ),
                icon: outcomeIcon(execution.outcome),
                order: execution.startedAt,
              }
            : textCell(undefined),
          ageCell(at, now),
        ],
        actions: actionsOn(key, abilities, ['snapshotStack', 'checkDrift', 'showDrift', 'lockStack']),
      };
    }),
  };
}

function lockWords({ by, verdict }: Lock): Clean {
  if (verdict === 'stale') return say('expired lock');
  return by ? say('locked by {0}', by) : say('locked');
}

function lockTable(listed: readonly ListedStack[], now: Instant): Table {
  return {
    title: say('Locks'),
    empty: say('No stack is locked.'),
    columns: [say('Stack'), say('Operation'), say('Holder'), say('Held for'), say('Evidence')],
    rows: listed.flatMap(({ name, stack: { key, lock }, abilities }) =>
      lock
        ? [
            {
              id: key,
              cells: [
                textCell(name, lock.verdict === 'stale' ? 'warning' : 'locked'),
                textCell(lock.operation),
                textCell(lock.by),
                lock.since === undefined
                  ? textCell(undefined)
                  : { text: span(now - lock.since), order: now - lock.since },
                textCell(lock.evidence),
              ],
              actions: actionsOn(key, abilities, ['breakStackLock']),
            },
          ]
        : [],
    ),
  };
}

function driftTable(listed: readonly ListedStack[], now: Instant): Table {
  return {
    title: say('Drift pending'),
    empty: say('No drift is pending.'),
    columns: [say('Resource'), say('Stack'), say('Fields'), say('Found'), say('Source')],
    rows: listed.flatMap(({ name, stack }) =>
      stack.drift
        .filter(drift => isPending(drift, now))
        .map(drift => {
          const { key, resource, fields, at, source } = drift;
          const known = stack.resources.find(({ id }) => id === resource);
          return {
            id: key,
            cells: [
              textCell(known ? describe(known.name, known.type) : resource, 'drift'),
              textCell(name),
              textCell(join(fields, ', ')),
              ageCell(at, now),
              textCell(source),
            ],
            actions: actionsOn(key, ['showDrift', ...resolving(drift, now)]),
          };
        }),
    ),
  };
}

function activityTable(listed: readonly ListedStack[], now: Instant): Table {
  const newest = listed
    .flatMap(({ name, stack }) => stack.activity.map(activity => ({ name, activity })))
    .toSorted((a, b) => newestFirst(a.activity.at, b.activity.at))
    .slice(0, ACTIVITIES);
  return {
    title: say('Last activity'),
    empty: say('No activity is recorded.'),
    columns: [say('What'), say('Stack'), say('Kind'), say('By'), say('When')],
    rows: newest.map(({ name, activity: { key, text, type, by, at } }) => ({
      id: key,
      cells: [
        textCell(text ?? type, 'activity'),
        textCell(name),
        textCell(type),
        textCell(by),
        ageCell(at, now),
      ],
      actions: [],
    })),
  };
}
