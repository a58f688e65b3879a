/** Entry of the thread that reads and does everything for the editor. */
import { parentPort, workerData } from 'node:worker_threads';
import * as l10n from '@vscode/l10n';
import { openReader, openRunner } from './engine.ts';
import { serveEngine } from './remote.ts';

/** What the editor hands over: the translations of its display language, where there are any, and its folder for our own facts. */
export interface WorkerData {
  readonly translations: Readonly<Record<string, string>> | undefined;
  readonly storage: string;
}

if (!parentPort) throw new Error('worker.js runs in a worker thread only');
const { translations, storage } = workerData as WorkerData; // handed over by extension.ts
if (translations) l10n.config({ contents: translations });
serveEngine({ ...openReader(undefined, undefined, undefined, storage), ...openRunner() }, parentPort);
