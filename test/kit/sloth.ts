/** What sloth-runner's program records in its database, as its program does: same ids, texts, times and checksums. */
import { createHash } from 'node:crypto';
import type { Json } from '../../src/base/json.ts';
import type { Instant } from '../../src/base/time.ts';
import { goJson, goValue } from './go-json.ts';
import type { StackDatabase } from './sloth-database.ts';
import { byteSum, snapshotText } from './sloth-snapshot.ts';
import { goTime, MINUTE, sqliteTime } from './times.ts';

type Properties = Readonly<Record<string, Json>>;

export interface NewStack {
  readonly id: string;
  readonly name: string;
  readonly description?: string;
  readonly status?: string;
  readonly at: Instant;
  readonly updatedAt?: Instant;
  readonly completedAt?: Instant;
  readonly workflowFile?: string;
  readonly outputs?: Properties;
  readonly configuration?: Properties;
  readonly metadata?: Properties;
  readonly executionCount?: number;
  readonly lastDurationMs?: number;
  readonly lastError?: string;
}

export interface NewResource {
  readonly module: string;
  readonly type: string;
  readonly name: string;
  readonly properties: Properties;
  /** Ids of other resources; the program does not check them. */
  readonly dependsOn?: readonly string[];
  readonly state?: string;
  readonly at: Instant;
  readonly appliedAt?: Instant;
  readonly error?: string;
}

export interface NewDrift {
  readonly resource: string;
  readonly at: Instant;
  readonly expected: Properties;
  readonly actual: Properties;
  readonly resolution?: string;
}

export interface NewLock {
  readonly operation: string;
  readonly by: string;
  readonly at: Instant;
  readonly minutes?: number;
}

export interface NewActivity {
  readonly type: string;
  readonly message: string;
  readonly by: string;
  readonly at: Instant;
  readonly resource?: string;
}

export interface NewExecution {
  readonly at: Instant;
  readonly durationMs: number;
  readonly status: string;
  readonly tasks: number;
  readonly failed?: number;
  readonly outputs?: Properties;
  readonly error?: string;
}

export interface NewEvent {
  readonly id: string;
  readonly type: string;
  readonly at: Instant;
  readonly source: string;
  readonly severity: string;
  readonly data: Properties;
}

export function insertStack(database: StackDatabase, stack: NewStack): void {
  database.insert('stacks', {
    id: stack.id,
    name: stack.name,
    description: stack.description ?? `Workflow stack: ${stack.name}`,
    version: '1.0.0',
    status: stack.status ?? 'created',
    created_at: database.local(stack.at),
    updated_at: database.local(stack.updatedAt ?? stack.at),
    completed_at: stack.completedAt === undefined ? null : database.local(stack.completedAt),
    workflow_file: stack.workflowFile ?? '',
    task_results: '{}',
    outputs: goMapText(stack.outputs),
    configuration: goMapText(stack.configuration),
    metadata: goMapText(stack.metadata),
    execution_count: stack.executionCount ?? 0,
    last_duration: (stack.lastDurationMs ?? 0) * 1e6,
    // NULL until the stack is changed for the first time.
    last_error: stack.lastError ?? (stack.executionCount === undefined ? null : ''),
    resource_version: '1',
  });
}

/** Returns the resource's id. */
export function insertResource(database: StackDatabase, stack: string, resource: NewResource): string {
  const properties = goMapText(resource.properties);
  const id = `${stack}/${resource.module}/${resource.type}/${resource.name}`;
  database.insert('resources', {
    id,
    stack_id: stack,
    type: resource.type,
    name: resource.name,
    module: resource.module,
    properties,
    dependencies: goJson(resource.dependsOn ?? null),
    state: resource.state ?? 'applied',
    checksum: createHash('sha256').update(properties).digest('hex'),
    created_at: database.local(resource.at),
    updated_at: database.local(resource.appliedAt ?? resource.at),
    last_applied: resource.appliedAt === undefined ? null : database.local(resource.appliedAt),
    error_message: resource.error ?? null,
    metadata: '{}',
  });
  return id;
}

/** Applies a resource with other properties, as a later run does. */
export function applyResource(
  database: StackDatabase,
  resource: string,
  properties: Properties,
  at: Instant,
): void {
  const text = goMapText(properties);
  database.rows(
    `UPDATE resources SET properties = ?, checksum = ?, state = 'applied', updated_at = ?, last_applied = ? WHERE id = ?`,
    text,
    createHash('sha256').update(text).digest('hex'),
    database.local(at),
    database.local(at),
    resource,
  );
}

/** Keeps the stack as it is now under the next version number, which is returned. */
export function takeSnapshot(
  database: StackDatabase,
  stack: string,
  by: string,
  description: string,
  at: Instant,
): number {
  const [row] = database.rows('SELECT * FROM stacks WHERE id = ?', stack);
  if (!row) throw new Error(`no stack ${stack}`);
  const resources = database.rows(
    'SELECT * FROM resources WHERE stack_id = ? ORDER BY created_at ASC',
    stack,
  );
  const [next] = database.rows(
    'SELECT COALESCE(MAX(version), 0) + 1 AS version FROM state_versions WHERE stack_id = ?',
    stack,
  );
  const version = Number(next?.version);
  const text = snapshotText(
    { version, createdAt: goTime(at, database.zone), by, description },
    row,
    resources,
  );
  database.insert('state_versions', {
    id: `${stack}-v${version}`,
    stack_id: stack,
    version,
    state_snapshot: text,
    created_at: sqliteTime(at),
    created_by: by,
    description,
    checksum: byteSum(text),
  });
  insertActivity(database, stack, { type: 'snapshot', message: `Created version ${version}`, by, at });
  return version;
}

/** Compares as upstream does: top-level names, by their printed values. */
export function recordDrift(database: StackDatabase, stack: string, drift: NewDrift): void {
  const { resource, at, expected, actual, resolution = 'pending' } = drift;
  const names = new Set([...Object.keys(expected), ...Object.keys(actual)]);
  const fields = [...names].filter(name => printed(expected[name]) !== printed(actual[name]));
  database.insert('drift_detections', {
    stack_id: stack,
    resource_id: resource,
    detected_at: sqliteTime(at),
    expected_state: goMapText(expected),
    actual_state: goMapText(actual),
    drift_fields: goJson(fields),
    is_drifted: fields.length > 0 ? 1 : 0,
    resolution_status: resolution,
  });
  if (fields.length === 0) return;
  const message = `Drift detected in ${fields.length} fields`;
  insertActivity(database, stack, { type: 'drift_detected', message, by: 'system', at, resource });
}

/** Returns the lock's id. */
export function takeLock(database: StackDatabase, stack: string, lock: NewLock): string {
  const { operation, by, at, minutes = 30 } = lock;
  const id = `lock-${Math.floor(at / 1000)}`;
  database.insert('state_locks', {
    stack_id: stack,
    lock_id: id,
    operation,
    who: by,
    created_at: database.local(at),
    expires_at: database.local(at + minutes * MINUTE),
    info: '',
  });
  insertActivity(database, stack, { type: 'lock', message: `State locked for ${operation}`, by, at });
  return id;
}

export function releaseLock(database: StackDatabase, stack: string, at: Instant): void {
  database.rows('DELETE FROM state_locks WHERE stack_id = ?', stack);
  // Who unlocked is not recorded upstream.
  insertActivity(database, stack, { type: 'unlock', message: 'State unlocked', by: 'system', at });
}

export function insertTag(database: StackDatabase, stack: string, tag: string, at: Instant): void {
  database.insert('stack_tags', { stack_id: stack, tag, created_at: sqliteTime(at) });
}

export function insertActivity(database: StackDatabase, stack: string, activity: NewActivity): void {
  database.insert('state_activity', {
    stack_id: stack,
    activity_type: activity.type,
    resource_id: activity.resource ?? '',
    details: goJson({ message: activity.message }),
    user: activity.by,
    created_at: sqliteTime(activity.at),
  });
}

export function insertExecution(database: StackDatabase, stack: string, execution: NewExecution): void {
  const failed = execution.failed ?? 0;
  database.insert('stack_executions', {
    stack_id: stack,
    started_at: database.local(execution.at),
    completed_at: database.local(execution.at + execution.durationMs),
    duration: execution.durationMs * 1e6,
    status: execution.status,
    task_count: execution.tasks,
    success_count: execution.tasks - failed,
    failure_count: failed,
    outputs: goMapText(execution.outputs),
    error_message: execution.error ?? '',
  });
}

export function insertEvent(
  database: StackDatabase,
  stack: string,
  stackName: string,
  event: NewEvent,
): void {
  database.insert('state_events', {
    id: event.id,
    event_type: event.type,
    timestamp: database.local(event.at),
    source: event.source,
    stack_id: stack,
    stack_name: stackName,
    data: goMapText(event.data),
    severity: event.severity,
  });
}

export function insertDependency(
  database: StackDatabase,
  resource: string,
  dependsOn: string,
  at: Instant,
  type: 'explicit' | 'implicit' = 'explicit',
): void {
  const created_at = sqliteTime(at);
  database.insert('resource_dependencies', {
    resource_id: resource,
    depends_on_id: dependsOn,
    dependency_type: type,
    created_at,
  });
}

function goMapText(properties: Properties = {}): string {
  return goJson(goValue(properties) as Properties); // a map stays a map
}

/** Go's `%v`, as far as equality goes. */
function printed(value: Json | undefined): string {
  return typeof value === 'object' && value !== null ? JSON.stringify(goValue(value)) : String(value);
}
