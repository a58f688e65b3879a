import { join, say, type Clean, type CleanJson } from '../base/clean.ts';
import { compareJson } from '../base/diff.ts';
import type { Key } from '../base/finding.ts';
import type { Instant } from '../base/time.ts';
import type { Drift, Stack, State } from '../state/model.ts';
import { isPending } from '../state/pending.ts';
import { action, actionsOn } from './actions.ts';
import { ageCell, textCell, valueCell } from './cells.ts';
import { resolutionWords, resolving } from './drift.ts';
import { describe } from './names.ts';
import type { Page, Table, TableRow } from './page.ts';
import {
  comparedIn,
  comparedSentence,
  isCompared,
  runningDriftRows,
  type ComparedEnvironment,
} from './running-drift.ts';
import { serviceDriftRows } from './service-drift.ts';
import { listedStacks, type ListedStack } from './stacks.ts';

/** More rows are counted, not listed. */
const MOST = 10_000;

/**
 * All drift that is recorded or was seen on servers, field by field; with a key, of that stack or environment alone. Nothing where
 * that is gone.
 */
export function driftPage(state: State, key: Key | undefined, now: Instant): Page | undefined {
  const stacks = listedStacks(state);
  const one = stacks.find(({ stack }) => stack.key === key);
  const environments = comparedIn(state).filter(
    ({ environment }) => key === undefined || environment.key === key,
  );
  if (key !== undefined && !one) return environments[0] && environmentPage(environments[0], now);
  const listed = one ? [one] : stacks;
  const found = listed.flatMap(({ stack }) => stack.drift.filter(({ drifted }) => drifted));
  const pending = found.filter(drift => isPending(drift, now)).length;
  const rows = [
    ...listed.flatMap(each => stackRows(each, now)),
    ...environments.flatMap(each => runningDriftRows(each, now, each.name)),
    ...(one ? [] : serviceDriftRows(state, isCompared(environments), now)),
  ];
  return {
    title: one ? say('Drift of {0}', one.name) : say('Drift'),
    summary: [
      say('Drifted resources: {0}, of which pending: {1}.', found.length, pending),
      ...(rows.length > MOST ? [say('{0} more differences are not listed.', rows.length - MOST)] : []),
      ...(one ? [] : [comparedSentence(environments, now)]),
    ],
    actions: one
      ? actionsOn(one.stack.key, one.abilities, ['checkDrift', 'copyDrift'])
      : listed.length > 0
        ? [action('checkDrift')]
        : [],
    tables: [tableOf(rows.slice(0, MOST))],
  };
}

/** What of one environment runs otherwise than recorded. */
function environmentPage(compared: ComparedEnvironment, now: Instant): Page {
  const { environment, name } = compared;
  return {
    title: say('Drift of {0}', name),
    summary: [comparedSentence([compared], now)],
    actions: [action('checkEnvironment', environment.key)],
    tables: [tableOf(runningDriftRows(compared, now).slice(0, MOST), say('Nothing was found to differ.'))],
  };
}

function tableOf(rows: readonly TableRow[], empty = say('No drift is recorded.')): Table {
  return {
    title: say('Differences'),
    empty,
    columns: [
      say('Resource'),
      say('Where'),
      say('Field'),
      say('Expected'),
      say('Actual'),
      say('Found'),
      say('Source'),
      say('Resolution'),
    ],
    rows,
  };
}

/** What is still to be done first. */
function stackRows({ name, stack }: ListedStack, now: Instant): TableRow[] {
  return stack.drift
    .filter(({ drifted }) => drifted)
    .toSorted((a, b) => Number(isPending(b, now)) - Number(isPending(a, now)))
    .flatMap(drift => driftRows(name, stack, drift, now));
}

function driftRows(where: Clean, stack: Stack, drift: Drift, now: Instant): TableRow[] {
  const resource = stack.resources.find(({ id }) => id === drift.resource);
  const name = resource ? describe(resource.name, resource.type) : drift.resource;
  const icon = isPending(drift, now) ? 'drift' : 'succeeded';
  return differences(drift).map(({ path, expected, actual }) => ({
    id: JSON.stringify([drift.key, ...path]),
    cells: [
      textCell(name, icon),
      textCell(where),
      textCell(join(path, ' / ')),
      valueCell(expected),
      valueCell(actual),
      ageCell(drift.at, now),
      textCell(drift.source),
      textCell(resolutionWords(drift, now)),
    ],
    actions: actionsOn(drift.key, resolving(drift, now)),
  }));
}

interface Difference {
  readonly path: readonly Clean[];
  readonly expected: CleanJson | undefined;
  readonly actual: CleanJson | undefined;
}

/** The fields that differ, and those that are recorded to differ where the values do not tell: they are masked. */
function differences({ fields, expected, actual }: Drift): Difference[] {
  const changes = compareJson(expected, actual);
  const told = new Set(changes.map(({ path: [field] }) => field));
  return [
    ...changes.map(({ path, from, to }) => ({ path, expected: from, actual: to })),
    ...fields
      .filter(field => !told.has(field))
      .map(field => ({ path: [field], expected: member(expected, field), actual: member(actual, field) })),
  ];
}

function member(value: CleanJson, name: Clean): CleanJson | undefined {
  const isMap = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isMap && Object.hasOwn(value, name) ? (value as Record<string, CleanJson>)[name] : undefined;
}
