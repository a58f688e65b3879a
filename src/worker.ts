/** Entry of the thread that does all reading for the editor. */
import { parentPort } from 'node:worker_threads';
import { openReader } from './engine.ts';
import { serve } from './state/thread.ts';

if (!parentPort) throw new Error('worker.js runs in a worker thread only');
serve(openReader(), parentPort);
