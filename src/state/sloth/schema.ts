/**
 * The tables of sloth-runner, with its own words: what leaves out a default lets it write NULLs that its lists fail on. Those
 * of stacks come first, the others are made when its state backend is opened for the first time.
 */
export const TABLES: Readonly<Record<string, readonly string[]>> = {
  stacks: [
    `CREATE TABLE stacks (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  description TEXT,
  version TEXT,
  status TEXT NOT NULL DEFAULT 'created',
  created_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
  updated_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
  completed_at DATETIME,
  workflow_file TEXT,
  task_results TEXT,
  outputs TEXT,
  configuration TEXT,
  metadata TEXT,
  execution_count INTEGER DEFAULT 0,
  last_duration INTEGER DEFAULT 0,
  last_error TEXT,
  resource_version TEXT NOT NULL DEFAULT '1'
)`,
    'CREATE INDEX idx_stacks_name ON stacks(name)',
    'CREATE INDEX idx_stacks_status ON stacks(status)',
    'CREATE INDEX idx_stacks_updated_at ON stacks(updated_at)',
  ],
  stack_executions: [
    `CREATE TABLE stack_executions (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  stack_id TEXT NOT NULL,
  started_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
  completed_at DATETIME,
  duration INTEGER,
  status TEXT NOT NULL,
  task_count INTEGER DEFAULT 0,
  success_count INTEGER DEFAULT 0,
  failure_count INTEGER DEFAULT 0,
  outputs TEXT,
  error_message TEXT,
  FOREIGN KEY (stack_id) REFERENCES stacks(id) ON DELETE CASCADE
)`,
    'CREATE INDEX idx_executions_stack_id ON stack_executions(stack_id)',
    'CREATE INDEX idx_executions_started_at ON stack_executions(started_at)',
  ],
  resources: [
    `CREATE TABLE resources (
  id TEXT PRIMARY KEY,
  stack_id TEXT NOT NULL,
  type TEXT NOT NULL,
  name TEXT NOT NULL,
  module TEXT NOT NULL,
  properties TEXT,
  dependencies TEXT,
  state TEXT NOT NULL DEFAULT 'pending',
  checksum TEXT,
  created_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
  updated_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
  last_applied DATETIME,
  error_message TEXT,
  metadata TEXT,
  FOREIGN KEY (stack_id) REFERENCES stacks(id) ON DELETE CASCADE
)`,
    'CREATE INDEX idx_resources_stack_id ON resources(stack_id)',
    'CREATE INDEX idx_resources_type ON resources(type)',
    'CREATE INDEX idx_resources_state ON resources(state)',
    'CREATE INDEX idx_resources_checksum ON resources(checksum)',
    'CREATE UNIQUE INDEX idx_resources_stack_type_name ON resources(stack_id, type, name)',
  ],
  state_versions: [
    `CREATE TABLE state_versions (
  id TEXT PRIMARY KEY,
  stack_id TEXT NOT NULL,
  version INTEGER NOT NULL,
  state_snapshot TEXT NOT NULL,
  created_at DATETIME DEFAULT CURRENT_TIMESTAMP,
  created_by TEXT,
  description TEXT,
  checksum TEXT,
  FOREIGN KEY (stack_id) REFERENCES stacks(id) ON DELETE CASCADE,
  UNIQUE(stack_id, version)
)`,
    'CREATE INDEX idx_state_versions_stack ON state_versions(stack_id)',
    'CREATE INDEX idx_state_versions_version ON state_versions(stack_id, version)',
  ],
  drift_detections: [
    `CREATE TABLE drift_detections (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  stack_id TEXT NOT NULL,
  resource_id TEXT NOT NULL,
  detected_at DATETIME DEFAULT CURRENT_TIMESTAMP,
  expected_state TEXT,
  actual_state TEXT,
  drift_fields TEXT,
  is_drifted BOOLEAN DEFAULT 0,
  resolution_status TEXT DEFAULT 'pending',
  FOREIGN KEY (stack_id) REFERENCES stacks(id) ON DELETE CASCADE,
  FOREIGN KEY (resource_id) REFERENCES resources(id) ON DELETE CASCADE
)`,
    'CREATE INDEX idx_drift_stack ON drift_detections(stack_id)',
    'CREATE INDEX idx_drift_resource ON drift_detections(resource_id)',
    'CREATE INDEX idx_drift_status ON drift_detections(resolution_status)',
  ],
  state_locks: [
    `CREATE TABLE state_locks (
  stack_id TEXT PRIMARY KEY,
  lock_id TEXT NOT NULL,
  operation TEXT NOT NULL,
  who TEXT NOT NULL,
  created_at DATETIME DEFAULT CURRENT_TIMESTAMP,
  expires_at DATETIME NOT NULL,
  info TEXT,
  FOREIGN KEY (stack_id) REFERENCES stacks(id) ON DELETE CASCADE
)`,
  ],
  state_backups: [
    `CREATE TABLE state_backups (
  id TEXT PRIMARY KEY,
  stack_id TEXT NOT NULL,
  version INTEGER NOT NULL,
  backup_path TEXT NOT NULL,
  backup_type TEXT,
  created_at DATETIME DEFAULT CURRENT_TIMESTAMP,
  created_by TEXT,
  size_bytes INTEGER,
  compressed BOOLEAN DEFAULT 1,
  description TEXT,
  FOREIGN KEY (stack_id) REFERENCES stacks(id) ON DELETE CASCADE
)`,
    'CREATE INDEX idx_state_backups_stack ON state_backups(stack_id)',
  ],
  stack_tags: [
    `CREATE TABLE stack_tags (
  stack_id TEXT NOT NULL,
  tag TEXT NOT NULL,
  created_at DATETIME DEFAULT CURRENT_TIMESTAMP,
  PRIMARY KEY (stack_id, tag),
  FOREIGN KEY (stack_id) REFERENCES stacks(id) ON DELETE CASCADE
)`,
    'CREATE INDEX idx_stack_tags_tag ON stack_tags(tag)',
  ],
  resource_dependencies: [
    `CREATE TABLE resource_dependencies (
  resource_id TEXT NOT NULL,
  depends_on_id TEXT NOT NULL,
  dependency_type TEXT DEFAULT 'explicit',
  created_at DATETIME DEFAULT CURRENT_TIMESTAMP,
  PRIMARY KEY (resource_id, depends_on_id),
  FOREIGN KEY (resource_id) REFERENCES resources(id) ON DELETE CASCADE,
  FOREIGN KEY (depends_on_id) REFERENCES resources(id) ON DELETE CASCADE
)`,
    'CREATE INDEX idx_resource_deps_resource ON resource_dependencies(resource_id)',
    'CREATE INDEX idx_resource_deps_depends ON resource_dependencies(depends_on_id)',
  ],
  state_activity: [
    `CREATE TABLE state_activity (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  stack_id TEXT NOT NULL,
  activity_type TEXT NOT NULL,
  resource_id TEXT,
  details TEXT,
  user TEXT,
  created_at DATETIME DEFAULT CURRENT_TIMESTAMP,
  FOREIGN KEY (stack_id) REFERENCES stacks(id) ON DELETE CASCADE
)`,
    'CREATE INDEX idx_state_activity_stack ON state_activity(stack_id)',
    'CREATE INDEX idx_state_activity_time ON state_activity(created_at)',
  ],
  state_events: [
    `CREATE TABLE state_events (
  id TEXT PRIMARY KEY,
  event_type TEXT NOT NULL,
  timestamp DATETIME NOT NULL,
  source TEXT NOT NULL,
  stack_id TEXT,
  stack_name TEXT,
  data TEXT,
  severity TEXT NOT NULL,
  FOREIGN KEY (stack_id) REFERENCES stacks(id) ON DELETE CASCADE
)`,
    'CREATE INDEX idx_state_events_stack ON state_events(stack_id)',
    'CREATE INDEX idx_state_events_type ON state_events(event_type)',
    'CREATE INDEX idx_state_events_time ON state_events(timestamp)',
    'CREATE INDEX idx_state_events_severity ON state_events(severity)',
  ],
};
