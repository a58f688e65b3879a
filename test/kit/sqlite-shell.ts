/** SQLite's own shell: the judge of scripts that are written for it. */
import { execFileSync, spawnSync } from 'node:child_process';

export const hasSqliteShell = spawnSync('sqlite3', ['--version']).status === 0;

/** Runs a script on a database. Throws where the shell says that it failed. */
export function runScript(database: string, script: string): string {
  return execFileSync('sqlite3', [database], {
    input: script,
    encoding: 'utf8',
    stdio: ['pipe', 'pipe', 'pipe'],
  });
}
