import { realpath } from 'node:fs/promises';
import path from 'node:path';
import { clean, say } from '../../base/clean.ts';
import { readDotenv, type DotenvForm } from '../../base/dotenv.ts';
import { isUnreadable, isWithin, readText } from '../../base/files.ts';
import type { Lookup } from '../../base/interpolate.ts';
import { hasNoValue } from '../../state/tako/variables.ts';
import type { Written } from './written.ts';

const ENV_LIMIT = 256 * 1024;

/**
 * The variables of a file that a configuration names, with `${NAME}` replaced as everywhere; in one of Stagecraft's also by what
 * stands in it, which Tako refuses. Nothing outside of the project is read, and no secrets of Tako's.
 */
export async function readEnvFile(
  root: string,
  entry: Pick<Written, 'text' | 'place' | 'shown' | 'error' | 'warning'>,
  lookup: Lookup,
  form: DotenvForm,
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
  return readDotenv(read.text, form, {
    lookup,
    knowsItself: form !== 'tako',
    missing: each => {
      entry.error('missing-variable', hasNoValue(each));
    },
    cut: each => {
      const words = say(
        'The value of {0} in {1} ends at a #, where a comment begins: put it in quotes.',
        clean(each, 80),
        entry.shown,
      );
      entry.warning('env-file', words);
    },
  });
}

const NOTHING: ReadonlyMap<string, string> = new Map();
