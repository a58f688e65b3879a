/** A thousand files change as fast as they can be written (a checkout, a pull): how often the views are drawn anew. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { engineInThread } from '../../../src/remote.ts';
import type { Measured } from '../harness.ts';
import { openStore } from '../window.ts';

const FILES = 1_000;
const QUIET_MS = 1_500;

export async function burst(folder: string): Promise<Measured> {
  let tell: (file: string, change: 'content') => void = () => undefined;
  const store = openStore(engineInThread(new URL('./worker.js', import.meta.url), {}), (_, onChange) => {
    tell = onChange;
    return { dispose: () => undefined };
  });
  store.search([folder]);
  await store.ready;
  let refreshes = 0;
  let lastRefresh = performance.now();
  store.onChange(() => {
    refreshes++;
    lastRefresh = performance.now();
  });

  const history = path.join(folder, '.tako/deployments/production/history');
  const start = performance.now();
  for (const name of readdirSync(history).sort().slice(-FILES)) {
    const file = path.join(history, name);
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, text.replace(/"notes": ".*"/, `"notes": "Edited ${process.pid}"`));
    tell(file, 'content');
    await wait(0); // what a watcher reports comes in turns of the event loop
  }
  const written = performance.now();
  while (performance.now() - Math.max(lastRefresh, written) < QUIET_MS) await wait(50);
  return { refreshes, writing: written - start, settled: Math.max(0, lastRefresh - written) };
}
