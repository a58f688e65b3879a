/** Entry of the thread that reads and does everything for the editor. */
import { parentPort, workerData } from 'node:worker_threads';
import * as l10n from '@vscode/l10n';
import { openReader, openRunner } from './engine.ts';
import { serveEngine } from './remote.ts';

/** What the editor hands over: the translations of its display language, where there are any. */
export interface WorkerData {
  readonly translations: Readonly<Record<string, string>> | undefined;
}

if (!parentPort) throw new Error('worker.js runs in a worker thread only');
const { translations } = workerData as WorkerData; // handed over by extension.ts
if (translations) l10n.config({ contents: translations });
serveEngine({ ...openReader(), ...openRunner() }, parentPort);
