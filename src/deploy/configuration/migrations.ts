/** The migrations of databases, as `stagecraft.yml` has them. */
import { readFile, realpath } from 'node:fs/promises';
import path from 'node:path';
import { clean, say } from '../../base/clean.ts';
import { isUnreadable, isWithin, readFolder } from '../../base/files.ts';
import type { Migrations } from './application.ts';
import type { Lookup } from '../../base/interpolate.ts';
import { connectionOf } from './postgres.ts';
import type { Written } from './written.ts';

export interface MigrationsContext {
  readonly root: string;
  /** Those of the Compose file. */
  readonly services: readonly string[];
  /** The value of a variable, as the services have it. */
  readonly valueOf: Lookup;
}

/** What is to be run by hand is told only. */
export async function migrationsOf(
  databases: Written,
  context: MigrationsContext,
): Promise<readonly Migrations[]> {
  const all: Migrations[] = [];
  for (const database of databases.names) {
    const one = await ofDatabase(database, databases.at(database), context);
    if (one) all.push(one);
  }
  return all;
}

async function ofDatabase(
  database: string,
  written: Written,
  { root, services, valueOf }: MigrationsContext,
): Promise<Migrations | undefined> {
  const migrations = written.at('migrations');
  const strategy = migrations
    .at('strategy')
    .matching(/^(pre_deploy|post_deploy|manual)$/, say('one of pre_deploy, post_deploy and manual'));
  if (strategy === undefined) return undefined;
  if (strategy === 'manual') {
    migrations.info(
      'migrations',
      say('The migrations of {0} are run by hand: stagecraft migrate --database {0}.', clean(database)),
    );
    return undefined;
  }
  const engine = migrations.at('engine');
  if (
    engine.isThere &&
    engine.matching(/^raw$/, say('raw, the only engine of migrations that is known')) === undefined
  )
    return undefined;
  const variable = written.at('connection_env').text();
  const value = variable === undefined ? undefined : valueOf(variable);
  const connection = value === undefined ? undefined : connectionOf(value);
  if (value === undefined || value === '')
    migrations.error(
      'connection',
      say(
        'The migrations of {0} need the value of {1}: set it in the Compose file, in the environment file, in .env or in the environment. Or make their strategy manual.',
        clean(database),
        variable === undefined ? say('connection_env') : clean(variable),
      ),
    );
  else if (!connection)
    migrations.error('connection', say('{0} holds no connection string of PostgreSQL.', clean(variable)));
  const files = await filesOf(root, migrations.at('path'));
  if (!connection || !files) return undefined;
  const host = connection.get('PGHOST') ?? '';
  return {
    database,
    moment: strategy === 'pre_deploy' ? 'before' : 'after',
    connection,
    files,
    ...(services.includes(host) && { service: host }),
    everywhere: services.includes(host) || /^(localhost|127\..*|::1|\/.*)$/.test(host),
  };
}

/** Of all together: they stay in memory until they have been run. */
const LIMIT = 50e6;

async function filesOf(root: string, folder: Written): Promise<Migrations['files'] | undefined> {
  const named = folder.text() ?? '';
  const real = await realpath(path.resolve(root, named)).catch(() => undefined);
  const names = real !== undefined && named !== '' ? await readFolder(real) : undefined;
  if (real === undefined || !names || isUnreadable(names) || !isWithin(real, await realpath(root))) {
    folder.error('migrations', say('{0} names no folder of the project.', folder.place));
    return undefined;
  }
  const files = new Map<string, Uint8Array>();
  let bytes = 0;
  // Case does not matter, folders do not count, and the order is that of names: as with Stagecraft.
  const found = [...names].flatMap(([name, kind]) => (kind === 'file' && /\.sql$/i.test(name) ? [name] : []));
  for (const name of found.sort()) {
    const text = await readFile(path.join(real, name)).catch(() => undefined);
    bytes += text?.length ?? 0;
    if (!text || bytes > LIMIT || name.length > 255 || /[\u0000-\u001f]/.test(name)) {
      folder.error('migrations', say('{0} cannot be run as a migration.', clean(name)));
      return undefined;
    }
    files.set(name, text);
  }
  if (files.size === 0) folder.warning('migrations', say('There are no SQL files in {0}.', folder.shown));
  return files;
}
