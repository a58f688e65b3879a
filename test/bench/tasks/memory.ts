/** What a window on a folder needs when everything was read and nothing happens any more. */
import { setTimeout as wait } from 'node:timers/promises';
import { engineInThread } from '../../../src/remote.ts';
import { VIEWS, rowsOf } from '../../../src/words/rows.ts';
import { NOW } from '../data.ts';
import type { Measured } from '../harness.ts';
import { openStore } from '../window.ts';
import { megabytes } from './naive.ts';

const SETTLE_MS = 3_000;

export async function memory(folder: string): Promise<Measured> {
  const store = openStore(engineInThread(new URL('./worker.js', import.meta.url), {}));
  store.search([folder]);
  await store.ready;
  const rows = VIEWS.map(view => rowsOf(view, store.now, NOW));
  // A garbage collector that has nothing to do keeps what it has; twice, since the first run frees only what is young.
  for (let round = 0; round < 2; round++) {
    await wait(SETTLE_MS / 2);
    globalThis.gc?.();
  }
  return { rss: megabytes(), rows: rows.flat().length };
}
