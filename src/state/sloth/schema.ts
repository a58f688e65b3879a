/**
 * The tables that sloth-runner makes when its state backend is first needed, with its own words: what leaves out a default
 * lets it write NULLs that its lists fail on.
 */
export const STATE_TABLES = {
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
} as const satisfies Readonly<Record<string, readonly string[]>>;

export type StateTable = keyof typeof STATE_TABLES;
