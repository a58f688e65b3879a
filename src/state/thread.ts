import { Worker, type MessagePort } from 'node:worker_threads';
import type { Reader } from './source.ts';

/** What crosses the thread boundary. Everything in it survives `structuredClone`. */
type Call = { [Name in CallName]: { name: Name; args: WithoutSignal<Parameters<Reader[Name]>> } }[CallName];
type CallName = 'find' | 'read' | 'text';
type WithoutSignal<Args extends readonly unknown[]> = Args extends readonly [...infer Rest, AbortSignal]
  ? Rest
  : never;
type Asked = { readonly id: number } & (Call | { readonly name: 'abort' });
type Answered = { readonly id: number } & (
  { readonly result: unknown } | { readonly error: string; readonly aborted: boolean }
);

interface Pending {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

/**
 * A reader that runs in a worker thread, so that parsing and SQLite never hold up the editor. The thread starts with the
 * first call; should it die, the calls under way fail and the next one starts a new thread. `workerData` is handed to it.
 */
export function readInThread(script: URL, workerData?: unknown): Reader {
  const pending = new Map<number, Pending>();
  let worker: Worker | undefined;
  let lastId = 0;

  function start(): Worker {
    const started = new Worker(script, { workerData });
    const died = (reason: string): void => {
      if (worker === started) worker = undefined;
      for (const { reject } of pending.values()) reject(new Error(`the reading thread ended: ${reason}`));
      pending.clear();
    };
    started.on('message', (answer: Answered) => {
      const call = pending.get(answer.id);
      pending.delete(answer.id);
      if ('result' in answer) call?.resolve(answer.result);
      else
        call?.reject(answer.aborted ? new DOMException(answer.error, 'AbortError') : new Error(answer.error));
    });
    started.on('error', error => died(error instanceof Error ? error.message : String(error)));
    started.on('exit', code => died(`exit code ${code}`));
    return started;
  }

  async function ask(call: Call, signal: AbortSignal): Promise<unknown> {
    signal.throwIfAborted();
    worker ??= start();
    const thread = worker;
    const id = ++lastId;
    const abort = (): void => thread.postMessage({ id, name: 'abort' } satisfies Asked);
    signal.addEventListener('abort', abort, { once: true });
    return await new Promise<unknown>((resolve, reject) => {
      pending.set(id, { resolve, reject });
      thread.postMessage({ id, ...call } satisfies Asked);
    }).finally(() => signal.removeEventListener('abort', abort));
  }

  // The answer to a call has the type of that call: `serve` below returns what the same method of a Reader returned.
  return {
    find: (path, signal) => ask({ name: 'find', args: [path] }, signal) as ReturnType<Reader['find']>,
    read: (place, rows, signal) =>
      ask({ name: 'read', args: [place, rows] }, signal) as ReturnType<Reader['read']>,
    text: (place, key, signal) =>
      ask({ name: 'text', args: [place, key] }, signal) as ReturnType<Reader['text']>,
    close: async () => {
      await worker?.terminate();
      worker = undefined;
    },
  };
}

/** The other end: answers the calls that arrive at `port` from `reader`. */
export function serve(reader: Reader, port: MessagePort): void {
  const running = new Map<number, AbortController>();
  port.on('message', (asked: Asked) => {
    if (asked.name === 'abort') running.get(asked.id)?.abort();
    else void answer(asked);
  });

  async function answer(asked: Asked & Call): Promise<void> {
    const controller = new AbortController();
    running.set(asked.id, controller);
    try {
      const result = await call(asked, controller.signal);
      port.postMessage({ id: asked.id, result } satisfies Answered);
    } catch (error) {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      port.postMessage({ id: asked.id, error: text, aborted: controller.signal.aborted } satisfies Answered);
    } finally {
      running.delete(asked.id);
    }
  }

  function call(asked: Call, signal: AbortSignal): Promise<unknown> {
    switch (asked.name) {
      case 'find':
        return reader.find(...asked.args, signal);
      case 'read':
        return reader.read(...asked.args, signal);
      case 'text':
        return reader.text(...asked.args, signal);
    }
  }
}
