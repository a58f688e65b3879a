import { clean, type Clean } from '../base/clean.ts';
import { loadMigrations } from '../upgrade/migrations.ts';
import { latest, route } from '../upgrade/versions.ts';

/** The newest setup version that leads on from this one, where there is any. */
export function availableSetup(version: string): Clean | undefined {
  const known = available.get(version);
  if (known || available.has(version)) return known;
  migrations ??= loadMigrations();
  const newest = latest(migrations);
  const isAhead = newest !== undefined && route(version, newest, migrations).ok;
  const found = isAhead ? clean(newest) : undefined;
  available.set(version, found);
  return found;
}

/** They come with the extension, so they stay the same; rows are made often. */
let migrations: ReturnType<typeof loadMigrations> | undefined;
const available = new Map<string, Clean | undefined>();
