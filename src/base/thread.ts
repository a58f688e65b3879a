import { Worker, type MessagePort } from 'node:worker_threads';
import type { Clean } from './clean.ts';
import { UserError } from './errors.ts';

// Calls of one thread that another one answers. Arguments, results and events survive `structuredClone`.

interface Call {
  readonly name: string;
  readonly args: readonly unknown[];
}

type Asked = { readonly id: number } & (Call | { readonly name: 'abort' });
type Answered = { readonly id: number } & (
  | { readonly result: unknown }
  | { readonly event: unknown }
  | { readonly error: string; readonly aborted: boolean; readonly told?: Told }
);

/** A {@link UserError} on its way. */
interface Told {
  readonly code: string;
  readonly what: Clean;
  readonly where: string;
  readonly next: Clean;
}

interface Pending {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly onEvent: ((event: unknown) => void) | undefined;
}

/** A thread that starts with the first call; should it die, the calls under way fail and the next one starts a new one. */
export interface Thread {
  call(
    name: string,
    args: readonly unknown[],
    signal: AbortSignal,
    onEvent?: (event: unknown) => void,
  ): Promise<unknown>;
  close(): Promise<void>;
}

/** `workerData` is handed to the thread whenever it starts. */
export function openThread(script: URL, workerData?: unknown): Thread {
  const pending = new Map<number, Pending>();
  let worker: Worker | undefined;
  let lastId = 0;

  function start(): Worker {
    const started = new Worker(script, { workerData });
    const died = (reason: string): void => {
      if (worker === started) worker = undefined;
      for (const { reject } of pending.values()) reject(new Error(`the thread ended: ${reason}`));
      pending.clear();
    };
    started.on('message', (answer: Answered) => {
      const call = pending.get(answer.id);
      if ('event' in answer) {
        call?.onEvent?.(answer.event);
        return;
      }
      pending.delete(answer.id);
      if ('result' in answer) call?.resolve(answer.result);
      else call?.reject(errorOf(answer));
    });
    started.on('error', error => died(error instanceof Error ? error.message : String(error)));
    started.on('exit', code => died(`exit code ${code}`));
    return started;
  }

  return {
    async call(name, args, signal, onEvent) {
      signal.throwIfAborted();
      worker ??= start();
      const thread = worker;
      const id = ++lastId;
      const abort = (): void => thread.postMessage({ id, name: 'abort' } satisfies Asked);
      signal.addEventListener('abort', abort, { once: true });
      return await new Promise<unknown>((resolve, reject) => {
        pending.set(id, { resolve, reject, onEvent });
        thread.postMessage({ id, name, args } satisfies Asked);
      }).finally(() => signal.removeEventListener('abort', abort));
    },
    async close() {
      await worker?.terminate();
      worker = undefined;
    },
  };
}

function errorOf({ error, aborted, told }: Extract<Answered, { error: string }>): Error {
  if (told) return new UserError(told.code, told);
  return aborted ? new DOMException(error, 'AbortError') : new Error(error);
}

/** What answers: the arguments of the call, then the signal, then where events go. */
export type Answer = (call: Call, signal: AbortSignal, onEvent: (event: unknown) => void) => Promise<unknown>;

/** The other end: answers the calls that arrive at `port`. */
export function serve(answer: Answer, port: MessagePort): void {
  const running = new Map<number, AbortController>();
  port.on('message', (asked: Asked) => {
    if (!('args' in asked)) running.get(asked.id)?.abort();
    else void reply(asked);
  });

  async function reply({ id, ...call }: Call & { readonly id: number }): Promise<void> {
    const controller = new AbortController();
    running.set(id, controller);
    const send = (answered: Answered): void => port.postMessage(answered);
    try {
      send({ id, result: await answer(call, controller.signal, event => send({ id, event })) });
    } catch (error) {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      const told = error instanceof UserError ? tell(error) : undefined;
      send({ id, error: text, aborted: controller.signal.aborted, ...(told && { told }) });
    } finally {
      running.delete(id);
    }
  }
}

function tell({ code, what, where, next }: UserError): Told {
  return { code, what, where, next };
}
