/** `infra/stacks.db`: what sloth-runner recorded, left as it leaves it: everything still in the `-wal` file. */
import { random } from '../test/kit/random.ts';
import { writeOpenDatabase, type StackDatabase } from '../test/kit/sloth-database.ts';
import {
  applyResource,
  insertActivity,
  insertDependency,
  insertEvent,
  insertExecution,
  insertResource,
  insertStack,
  insertTag,
  recordDrift,
  takeLock,
  takeSnapshot,
  type NewResource,
} from '../test/kit/sloth.ts';
import { DAY, HOUR, MINUTE } from '../test/kit/times.ts';

const PROD_WEB = random(1).uuid();
const STAGING_DB = random(2).uuid();
const OPERATIONS = random(3).uuid();

export function writeStacks(file: string, now: number): void {
  writeOpenDatabase(
    file,
    database => {
      prodWeb(database, now);
      stagingDb(database, now);
      operations(database, now);
    },
    { zone: 60 },
  );
}

/** Two web servers; somebody stopped nginx by hand. */
function prodWeb(database: StackDatabase, now: number): void {
  const at = now - 33 * DAY;
  const last = now - 5 * HOUR;
  insertStack(database, {
    id: PROD_WEB,
    name: 'prod-web',
    description: 'Stack for workflow: deploy-web',
    status: 'completed',
    at,
    updatedAt: last,
    completedAt: last,
    workflowFile: 'infra/deploy-web.sloth',
    outputs: { hosts: { 1: 'web01', 2: 'web02' }, url: 'https://shop.acme.test' },
    configuration: { REGION: 'nbg1', TIER: 'prod' },
    executionCount: 3,
    lastDurationMs: 9073,
  });
  const add = (resource: Omit<NewResource, 'at'>): string =>
    insertResource(database, PROD_WEB, { ...resource, at: at + MINUTE, appliedAt: now - 14 * DAY });
  const nginx = add({
    module: 'pkg',
    type: 'package',
    name: 'nginx',
    properties: { manager: 'apt', version: '1.22.1' },
  });
  const config = add({
    module: 'file_ops',
    type: 'file',
    name: '/etc/nginx/nginx.conf',
    properties: { mode: '0644', owner: 'root' },
    dependsOn: [nginx],
  });
  const service = add({
    module: 'systemd',
    type: 'service',
    name: 'nginx',
    properties: { enabled: true, state: 'running', replicas: 1 },
    dependsOn: [nginx, config],
  });
  const firewall = add({
    module: 'firewall',
    type: 'rule',
    name: 'allow-https',
    properties: { ports: { 1: 80, 2: 443 }, proto: 'tcp', comment: 'nginx ${package.nginx.version}' },
    dependsOn: [service],
  });
  insertDependency(database, config, nginx, at + MINUTE);
  insertDependency(database, service, config, at + MINUTE);
  insertDependency(database, firewall, service, at + MINUTE);
  insertTag(database, PROD_WEB, 'production', at);
  insertTag(database, PROD_WEB, 'critical', at);

  const package24 = { manager: 'apt', version: '1.24.0' };
  const running = { enabled: true, state: 'running', replicas: 2 };
  run(database, PROD_WEB, 'deploy-web', { at: now - 14 * DAY });
  run(database, PROD_WEB, 'deploy-web', {
    at: now - 6 * DAY,
    change: time => applyResource(database, nginx, package24, time),
    error: "task 'restart-nginx' failed: exit status 1",
  });
  run(database, PROD_WEB, 'deploy-web', {
    at: last,
    change: time => applyResource(database, service, running, time),
  });
  takeSnapshot(database, PROD_WEB, 'maria', 'Before the certificate change', now - 3 * HOUR);

  const seen = now - 2 * HOUR;
  recordDrift(database, PROD_WEB, { resource: nginx, at: seen, expected: package24, actual: package24 });
  const actual = { ...running, state: 'stopped', replicas: 1 };
  recordDrift(database, PROD_WEB, { resource: service, at: seen, expected: running, actual });
}

/** The database of staging. Its last migration failed, and ana is deploying it just now. */
function stagingDb(database: StackDatabase, now: number): void {
  const at = now - 26 * DAY;
  const error = "task 'migrate' failed: connection refused";
  insertStack(database, {
    id: STAGING_DB,
    name: 'staging-db',
    status: 'failed',
    at,
    updatedAt: now - 20 * HOUR,
    executionCount: 2,
    lastDurationMs: 1500,
    lastError: `task execution failed: ${error}`,
  });
  const network = insertResource(database, STAGING_DB, {
    module: 'terraform',
    type: 'network',
    name: 'db-net',
    properties: { cidr: '10.20.0.0/24' },
    at: at + MINUTE,
    appliedAt: now - 6 * DAY,
  });
  const postgres = insertResource(database, STAGING_DB, {
    module: 'terraform',
    type: 'database',
    name: 'postgres-staging',
    properties: { engine: 'postgres', version: '16.4', password: 'not-a-real-password' },
    dependsOn: [network],
    at: at + 2 * MINUTE,
    appliedAt: now - 6 * DAY,
  });
  insertDependency(database, postgres, network, at);
  insertTag(database, STAGING_DB, 'staging', at);

  run(database, STAGING_DB, 'staging-db', { at: now - 6 * DAY });
  const addMigration = (time: number): void =>
    void insertResource(database, STAGING_DB, {
      module: 'postgres',
      type: 'migration',
      name: '0042_reviews',
      properties: { file: 'migrations/0042_reviews.sql' },
      dependsOn: [postgres],
      state: 'failed',
      at: time,
      error: 'connection refused',
    });
  run(database, STAGING_DB, 'staging-db', { at: now - 20 * HOUR, change: addMigration, error });
  takeSnapshot(database, STAGING_DB, 'ana', 'Before resizing', now - 12 * HOUR);
  recordDrift(database, STAGING_DB, {
    resource: postgres,
    at: now - 11 * HOUR,
    expected: { engine: 'postgres', version: '16.4' },
    actual: { engine: 'postgres', version: '16.6' },
    resolution: 'ignored',
  });
  takeSnapshot(database, STAGING_DB, 'ana', 'Before the deployment', now - 10 * MINUTE);
  const locked = now - 4 * MINUTE;
  // Long enough that the demo still shows it at the end of the day.
  const lock = takeLock(database, STAGING_DB, { operation: 'deploy', by: 'ana', at: locked, minutes: 600 });
  insertEvent(database, STAGING_DB, 'staging-db', {
    id: random(4).uuid(),
    type: 'state.locked',
    at: locked,
    source: 'ana',
    severity: 'info',
    data: { duration: '10h0m0s', lock_id: lock, reason: 'deploy' },
  });
}

/** The stack that sloth-runner keeps of its own runs. */
function operations(database: StackDatabase, now: number): void {
  const at = now - 14 * DAY;
  insertStack(database, {
    id: OPERATIONS,
    name: 'workflow-executions',
    description: 'Stack for workflow_execution operations',
    at,
    workflowFile: '<state-tracker>',
    metadata: { managed_by: 'state_tracker', operation_category: 'workflow_execution' },
  });
  takeSnapshot(database, OPERATIONS, 'cli-user', 'workflow_execution: deploy-web (completed)', at);
  insertActivity(database, OPERATIONS, {
    type: 'workflow_completed',
    message: 'deploy-web completed',
    by: 'cli-user',
    at: now - 5 * HOUR,
  });
}

interface WorkflowRun {
  readonly at: number;
  /** What the run changes in the stack. */
  readonly change?: (at: number) => void;
  readonly error?: string;
}

/** A run of a workflow: a snapshot before, the changes, a snapshot after, and the record of the run. */
function run(
  database: StackDatabase,
  stack: string,
  workflow: string,
  { at, change, error }: WorkflowRun,
): void {
  const durationMs = 9073;
  takeSnapshot(database, stack, 'system', `Pre-execution snapshot for ${workflow}`, at);
  change?.(at + durationMs);
  const result = error === undefined ? 'success' : 'failure';
  takeSnapshot(
    database,
    stack,
    'system',
    `Post-execution snapshot (${result}) for ${workflow}`,
    at + durationMs,
  );
  insertExecution(database, stack, {
    at,
    durationMs,
    status: error === undefined ? 'completed' : 'failed',
    tasks: 3,
    failed: error === undefined ? 0 : 1,
    error,
  });
}
