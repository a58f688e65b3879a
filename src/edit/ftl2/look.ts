import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Change } from '../../base/change.ts';
import { clean, join, say, type Clean } from '../../base/clean.ts';
import { FileCache } from '../../state/cache.ts';
import { isInventoryName, readInventory } from '../../state/ftl2/inventory.ts';
import { decodeState } from '../../state/ftl2/state.ts';

/**
 * What of the planned changes is not there, read as the views read it. The path of a change is the file, the name of a host or
 * resource, and then where in its row it is.
 */
export async function notAsPlanned(root: string, changes: readonly Change[]): Promise<Clean | undefined> {
  for (const { path: [file = clean(''), name = clean(''), ...within], to } of changes) {
    const row = (await rowsIn(path.join(root, file))).get(name);
    const found = within.reduce<unknown>((value, each) => memberOf(value, each), row);
    if (to === undefined ? found !== undefined : !holds(found, to)) {
      return say('{0} is not as planned.', join([file, name, ...within], ' '));
    }
  }
  return undefined;
}

/** Hosts and resources of a file by their clean names. */
async function rowsIn(file: string): Promise<ReadonlyMap<string, object>> {
  const cache = new FileCache();
  if (isInventoryName(path.basename(file))) {
    const { value = [] } = await readInventory(cache, file);
    return new Map(value.map(({ name, row }) => [clean(name), row]));
  }
  const { value } = await cache.readJson(file, decodeState);
  …
}
