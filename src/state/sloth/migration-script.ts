import { pathToFileURL } from 'node:url';
import { clean, type Clean } from '../../base/clean.ts';
import { ACTIVITY } from './migration.ts';
import { OLD_TABLE, RESOURCE, resourcesFrom, selected, STACK, stacksFrom } from './old-database.ts';
import { TABLES } from './schema.ts';
import type { Tables } from './tables.ts';

/**
 * The migration as a script for the `sqlite3` shell, for whoever wants to do it himself: it does the same. No value of the
 * old database stands in it.
 */
export function migrationScript(tables: Tables, old: string, by: string): Clean {
  // Without `mode=ro` a database that is not there would be made. What is left of a path here is harmless ASCII.
  const attached = quoted(`${pathToFileURL(old).href}?mode=ro`);
  const has = (table: string): boolean => tables.has(table);
  const schema = Object.values(TABLES).flatMap(statements =>
    statements.map(sql => `${sql.replace(/^CREATE( UNIQUE)? (TABLE|INDEX) /, '$&IF NOT EXISTS ')};`),
  );
  const now = `strftime('%Y-%m-%d %H:%M:%f+00:00', 'now')`;
  const resources = `
INSERT OR IGNORE INTO main.resources (${Object.keys(RESOURCE).join(', ')})
SELECT * FROM (SELECT
  ${selected(RESOURCE)}
${resourcesFrom('old.')})
WHERE stack_id IN (SELECT id FROM temp.migrated) AND id <> '';
`;
  return `-- Adds the workflows of sloth-runner's old state database to a database of stacks.
-- sqlite3 /etc/sloth-runner/stacks.db < this file
.bail on
ATTACH ${attached} AS old;
PRAGMA main.journal_mode = WAL;
BEGIN IMMEDIATE;

${schema.join('\n')}

-- A stack that is there is left as it is, with its resources.
CREATE TEMP TABLE migrated (id TEXT PRIMARY KEY);
INSERT OR IGNORE INTO temp.migrated
SELECT CAST(id AS TEXT) FROM old.${OLD_TABLE}
WHERE CAST(id AS TEXT) <> '' AND CAST(id AS TEXT) NOT IN (SELECT id FROM main.stacks WHERE id IS NOT NULL) ORDER BY rowid;

INSERT OR IGNORE INTO main.stacks (${Object.keys(STACK).join(', ')}, updated_at)
SELECT *, ${now} FROM (SELECT
  ${selected(STACK)}
${stacksFrom('old.', has)})
WHERE id IN (SELECT id FROM temp.migrated);
${has('workflow_resources') ? resources : ''}
INSERT INTO main.state_activity (stack_id, activity_type, resource_id, details, user)
SELECT id, '${ACTIVITY.type}', '', '{"message":"${ACTIVITY.message}"}', ${quoted(clean(by))}
FROM temp.migrated ORDER BY rowid;

COMMIT;
SELECT count(*) || ' stacks were added' FROM temp.migrated;
` as Clean; // our own words, a path in ASCII and a clean name
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
