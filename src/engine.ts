/** The root without VS Code: the same state for the editor, `inspect`, the worker and the tests. */
import { ftl2Source } from './state/ftl2/source.ts';
import { FileCache } from './state/cache.ts';
import { createReader } from './state/reader.ts';
import { slothSource } from './state/sloth/source.ts';
import type { Reader } from './state/source.ts';
import { stagecraftSource } from './state/stagecraft/source.ts';
import { takoSource } from './state/tako/source.ts';

/** Reads the state of all tools in this thread. `environment`: variables that configurations refer to. */
export function openReader(environment: NodeJS.ProcessEnv = process.env, cache = new FileCache()): Reader {
  return createReader([
    takoSource(cache, environment),
    stagecraftSource(cache, environment),
    ftl2Source(cache),
    slothSource(),
  ]);
}
