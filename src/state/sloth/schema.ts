/**
 * The tables that sloth-runner makes when its state backend is first needed, with its own words: what leaves out a default
 * lets it write NULLs that its lists fail on.
 */
export const STATE_TABLES = {
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
} as const satisfies Readonly<Record<string, readonly string[]>>;

export type StateTable = keyof typeof STATE_TABLES;
