import { realpath } from 'node:fs/promises';
import path from 'node:path';
import { parseEnv } from 'node:util';
import { clean, say } from '../../base/clean.ts';
import { isUnreadable, isWithin, readText } from '../../base/files.ts';
import type { Written } from './written.ts';

export type Lookup = (name: string) => string | undefined;

const ENV_LIMIT = 256 * 1024;

/**
 * The variables of a file that a configuration names, in dotenv form, with `${NAME}` replaced as everywhere. Nothing outside of
 * the project is read, and no secrets of Tako's.
 */
export async function readEnvFile(
  root: string,
  entry: Pick<Written, 'text' | 'place' | 'shown' | 'error'>,
  lookup: Lookup,
): Promise<ReadonlyMap<string, string>> {
  const name = entry.text();
  if (name === undefined) return NOTHING;
  const file = await realpath(path.resolve(root, name)).catch(() => undefined);
  if (file === undefined) {
    entry.error('env-file', say('{0} names {1}, which is not there.', entry.place, entry.shown));
    return NOTHING;
  }
  const inside = await realpath(root);
  if (!isWithin(file, inside) || isWithin(file, path.join(inside, '.tako'))) {
    entry.error(
      'env-file',
      say(
        '{0} names {1}, which is not read: it lies outside of the project, or in .tako.',
        entry.place,
        entry.shown,
      ),
    );
    return NOTHING;
  }
  const read = await readText(file, { limit: ENV_LIMIT });
  if (isUnreadable(read)) {
    entry.error('env-file', say('{0} names {1}, which cannot be read.', entry.place, entry.shown));
    return NOTHING;
  }
  const values = new Map<string, string>();
  for (const [variable, written = ''] of Object.entries(parseEnv(read.text))) {
    const value = written.replace(/\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g, (reference, each: string) => {
      const found = lookup(each);
      if (found === undefined) {
        const words = say(
          '{0} has no value: it is neither in the environment nor in .env.',
          clean(reference),
        );
        entry.error('missing-variable', words);
      }
      return found ?? '';
    });
    values.set(variable, value);
  }
  return values;
}

const NOTHING: ReadonlyMap<string, string> = new Map();
