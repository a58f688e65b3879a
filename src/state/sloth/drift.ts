import path from 'node:path';
import { clean, type Clean } from '../../base/clean.ts';
import { keyBelow, type Key } from '../../base/finding.ts';
import { parseTime, secondText, type Instant } from '../../base/time.ts';
import type { Drift } from '../model.ts';
import type { OwnFact } from '../own.ts';
import type { StackReading } from './reading.ts';
import { rawText, timeIn, type Shape } from './tables.ts';

const DRIFT: Shape = {
  table: 'drift_detections',
  columns: ['resource_id', 'detected_at', 'is_drifted', 'resolution_status'],
  json: ['expected_state', 'actual_state'],
  lists: ['drift_fields'],
};

// Every look for drift adds a row and never changes an older one, so the last row of a resource is what holds.
const LAST_OF_RESOURCE = `
  rowid IN (SELECT max(rowid) FROM drift_detections WHERE stack_id = ? GROUP BY resource_id) ORDER BY rowid DESC`;

/** The key of the document that holds the detections of a stack. */
export function driftKey(stack: Key): Key {
  return keyBelow(stack, 'drift');
}

/** The newest detection of each resource, newest first. */
export function readDrift(stack: StackReading): Drift[] {
  const { file, own } = stack.reading;
  return stack.selectWhere(DRIFT, LAST_OF_RESOURCE, stack.id).map(row => {
    const facts = own.get(subjectOf(file, rawText(row, 'rowid')));
    const resolution = clean(row.raw('resolution_status'));
    return {
      key: keyBelow(driftKey(stack.key), rawText(row, 'rowid')),
      resource: clean(row.raw('resource_id')),
      at: timeIn(row, 'detected_at'),
      drifted: row.number('is_drifted') === 1,
      resolution,
      ignored: resolution === 'ignored' ? ignoredIn(facts?.ignored) : undefined,
      source: facts?.source,
      fields: row.texts('drift_fields'),
      expected: row.json('expected_state') ?? null,
      actual: row.json('actual_state') ?? null,
    };
  });
}

/** Where the actual values of a detection come from, for which sloth-runner's table has no column. */
export function sourceFact(file: string, row: number, source: Clean): OwnFact {
  return { tool: 'sloth-runner', of: subjectOf(file, String(row)), fact: 'source', value: source };
}

/** Until when a drift is ignored, and why. */
export function ignoredFact(file: string, row: number, until: Instant, reason: Clean): OwnFact {
  const value = `${secondText(until)} ${reason}`;
  return { tool: 'sloth-runner', of: subjectOf(file, String(row)), fact: 'ignored', value };
}

function ignoredIn(value = ''): Drift['ignored'] {
  const [, time, reason] = /^(\S+) (.*)$/.exec(value) ?? [];
  const until = parseTime(time);
  return until === undefined ? undefined : { until, reason: clean(reason, 2_000) };
}

/** What a fact about a detection is about. Facts about all databases of a folder lie in one file. */
function subjectOf(file: string, row: string): string {
  return `${path.basename(file)}/drift/${row}`;
}
