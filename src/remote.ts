/** The engine in a thread of its own, so that parsing, hashing and SQLite never hold up the editor. */
import type { MessagePort } from 'node:worker_threads';
import { openThread, serve } from './base/thread.ts';
import type { Listener, Runner } from './operations/runner.ts';
import type { Index, Reader } from './state/source.ts';

/** All that is read and all that is done. */
export type Engine = Reader & Index & Runner;

type Heard = { readonly step: Parameters<NonNullable<Listener['step']>>[0] } | { readonly log: string };

/** `script` is built from `worker.ts`. */
export function engineInThread(script: URL, workerData?: unknown): Engine {
  const thread = openThread(script, workerData);
  // The answer to a call has the type of that call: `serveEngine` below returns what the same method returned.
  return {
    find: (path, signal) => thread.call('find', [path], signal) as ReturnType<Engine['find']>,
    read: (place, rows, signal) => thread.call('read', [place, rows], signal) as ReturnType<Engine['read']>,
    text: (place, key, signal) => thread.call('text', [place, key], signal) as ReturnType<Engine['text']>,
    compare: (place, a, b, signal) =>
      thread.call('compare', [place, a, b], signal) as ReturnType<Engine['compare']>,
    releases: (place, environment, signal) =>
      thread.call('releases', [place, environment], signal) as ReturnType<Engine['releases']>,
    outline: (place, live, signal) =>
      thread.call('outline', [place, live], signal) as ReturnType<Engine['outline']>,
    plan: (request, signal) => thread.call('plan', [request], signal) as ReturnType<Engine['plan']>,
    run: (request, seen, signal, listener) =>
      thread.call('run', [request, seen], signal, event => {
        hear(event as Heard, listener); // sent below
      }) as ReturnType<Engine['run']>,
    close: () => thread.close(),
  };
}

/** The other end. */
export function serveEngine(engine: Engine, port: MessagePort): void {
  serve(({ name, args }, signal, onEvent) => {
    // What arrives was sent by `engineInThread`, argument by argument.
    const [first, second, third] = args as [never, never, never];
    switch (name) {
      case 'find':
        return engine.find(first, signal);
      case 'read':
        return engine.read(first, second, signal);
      case 'text':
        return engine.text(first, second, signal);
      case 'compare':
        return engine.compare(first, second, third, signal);
      case 'releases':
        return engine.releases(first, second, signal);
      case 'outline':
        return engine.outline(first, second, signal);
      case 'plan':
        return engine.plan(first, signal);
      case 'run':
        return engine.run(first, second, signal, {
          step: step => onEvent({ step } satisfies Heard),
          log: log => onEvent({ log } satisfies Heard),
        });
      default:
        throw new Error(`no such call: ${name}`);
    }
  }, port);
}

function hear(heard: Heard, listener: Listener | undefined): void {
  if ('step' in heard) listener?.step?.(heard.step);
  else listener?.log?.(heard.log as Parameters<NonNullable<Listener['log']>>[0]); // clean on the other side
}
