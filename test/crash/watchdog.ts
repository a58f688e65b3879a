import { Worker } from 'node:worker_threads';

const WATCH_MS = 30_000;

/**
 * Kills this process when 30 seconds go by without a beat: nothing that runs in one thread can end its own loop. Stopped
 * by `whenDone`.
 */
export function watchdog(whenDone: (stop: () => unknown) => void): () => void {
  const beats = new Int32Array(new SharedArrayBuffer(4));
  const code = `
    const beats = require('node:worker_threads').workerData;
    let last = -1;
    setInterval(() => {
      const now = Atomics.load(beats, 0);
      if (now === last) process.kill(process.pid, 'SIGKILL');
      last = now;
    }, ${WATCH_MS});`;
  const worker = new Worker(code, { eval: true, workerData: beats });
  whenDone(() => worker.terminate());
  return () => void Atomics.add(beats, 0, 1);
}
