import { clean, say } from '../../base/clean.ts';
import type { Fields } from '../../base/fields.ts';
import { keyBelow, type Key } from '../../base/finding.ts';
import { newestFirst, parseTime } from '../../base/time.ts';
import type { Stack } from '../model.ts';
import { readActivity, readEvents, readExecutions } from './activity.ts';
import { readDependencies } from './dependencies.ts';
import { dependentsIn, reportDependencies } from './dependency-texts.ts';
import { readDrift } from './drift.ts';
import { giveWay, outcomeOf, secondsIn, StackReading, type Reading } from './reading.ts';
import { readBackups, readLock, readTags } from './records.ts';
import { readResources } from './resources.ts';
import { readSnapshots, type SnapshotMemory } from './snapshots.ts';
import { idIn, timeIn, type Shape } from './tables.ts';

/** More stacks than these are not read, and a finding says so. */
const STACKS_LIMIT = 1_000;

const NAMES: Shape = { table: 'stacks', columns: ['id', 'name', 'updated_at'] };

export const STACK: Shape = {
  table: 'stacks',
  columns: [
    'id',
    'name',
    'description',
    'version',
    'status',
    'created_at',
    'updated_at',
    'completed_at',
    'workflow_file',
    'execution_count',
    'last_duration',
    'last_error',
  ],
  json: ['outputs', 'configuration', 'metadata'],
};

export function stackKey(project: Key, id: string): Key {
  return keyBelow(project, 'stacks', id);
}

/** The key of the document that holds a stack and its resources as a snapshot would. */
export function recordKey(stack: Key): Key {
  return keyBelow(stack, 'now');
}

const VERIFICATION = 'verification';

/** The key of the document that tells what became of the snapshots of a stack, or of all stacks of a database. */
export function verificationKey(of: Key): Key {
  return keyBelow(of, VERIFICATION);
}

/** A stack may be called so, too. */
export function isVerification(project: Key, key: Key): boolean {
  return key.endsWith(`/${VERIFICATION}`) && key !== stackKey(project, VERIFICATION);
}

/** All stacks, the last updated one first. */
export async function readStacks(project: Key, reading: Reading, memory: SnapshotMemory): Promise<Stack[]> {
  const { tables, signal } = reading;
  // Sorted here: the database compares times as texts, which goes wrong between two offsets.
  const all = tables
    .select(NAMES, '')
    .map(fields => ({ fields, at: parseTime(fields.raw('updated_at')) }))
    .sort((a, b) => newestFirst(a.at, b.at));
  if (all.length > STACKS_LIMIT) {
    const text = say('Only the newest {0} of {1} stacks are read.', STACKS_LIMIT, all.length);
    tables.report('limit', { severity: 'warning', code: 'too-many-stacks', text });
  }
  const stacks: Stack[] = [];
  for (const { fields } of all.slice(0, STACKS_LIMIT)) {
    await giveWay(signal);
    const id = idIn(fields);
    const key = stackKey(project, id);
    const stack = new StackReading(reading, { key, name: clean(fields.raw('name')) || clean(id), id });
    const rowid = Number(fields.raw('rowid'));
    // Of a damaged row the beginning may be all that can be read.
    const [row = fields] = stack.selectWhere(STACK, 'rowid = ?', rowid);
    stacks.push(await readStack(stack, row, memory));
  }
  return stacks;
}

async function readStack(stack: StackReading, row: Fields, memory: SnapshotMemory): Promise<Stack> {
  const status = clean(row.raw('status'));
  const lastDuration = secondsIn(row, 'last_duration');
  const workflowFile = row.text('workflow_file');
  const metadata = row.object('metadata');
  const resources = readResources(stack);
  const dependencies = readDependencies(stack, resources);
  const dependents = dependentsIn(dependencies);
  reportDependencies(stack, dependencies);
  const snapshots = await readSnapshots(stack, memory);
  const activity = readActivity(stack);
  const executions = readExecutions(stack);
  return {
    key: stack.key,
    id: clean(stack.id),
    name: stack.name,
    description: row.text('description'),
    version: row.text('version'),
    status,
    outcome: outcomeOf(status),
    createdAt: timeIn(row, 'created_at'),
    at: timeIn(row, 'updated_at'),
    completedAt: timeIn(row, 'completed_at'),
    workflowFile,
    executionCount: row.number('execution_count') ?? 0,
    lastDurationSeconds: lastDuration === 0 ? undefined : lastDuration, // 0 until it ran
    lastError: row.text('last_error', 2_000),
    ownOperations: metadata.raw('managed_by') === 'state_tracker' || workflowFile === '<state-tracker>',
    resources: resources.map(({ resource, id }) => ({
      ...resource,
      dependents: dependents.get(id),
    })),
    snapshots: snapshots.items,
    moreSnapshots: snapshots.more,
    lock: readLock(stack),
    drift: readDrift(stack),
    tags: readTags(stack),
    activity: activity.items,
    moreActivity: activity.more,
    events: readEvents(stack),
    executions: executions.items,
    moreExecutions: executions.more,
    dependencies: dependencies.edges.map(edge => ({ ...edge, from: clean(edge.from), to: clean(edge.to) })),
    backups: readBackups(stack),
    outputs: row.object('outputs').rest([]),
    configuration: row.object('configuration').rest([]),
    // The salt of the stack's secrets is of use to nobody who looks.
    metadata: metadata.rest(['encryption_salt']),
    source: stack.source,
  };
}
