/** Makes steps and lines of the events of a run. */
import { join, say, type Clean } from '../../base/clean.ts';
import type { Run } from '../../operations/operation.ts';
import type { TakoEvent } from './document.ts';

export interface Progress {
  readonly take: (event: TakoEvent) => void;
  /** Something was begun on servers. */
  readonly hasBegun: () => boolean;
  /** Ends the steps of which no event has told the end. */
  end(isGood: boolean): void;
}

/** A deployment is "started" before it looks whether the plan is the one that it was given; its phase is "plan" then. */
const BEGUN = /^deploy\.(service|release|run)\./;

export function progressOf(run: Run): Progress {
  const open = new Map<string, { readonly done: () => void; readonly fail: () => void }>();
  let hasBegun = false;
  return {
    take(event) {
      const { type, phase, level } = event;
      hasBegun ||= BEGUN.test(type) || (type === 'deploy.started' && phase !== 'plan');
      if (type === 'phase.started' && phase !== undefined && !open.has(phase)) begin(phase);
      if (type === 'phase.completed' && phase !== undefined) close(phase, true);
      if (level === 'debug' || type.startsWith('phase.')) return;
      const line = lineOf(event);
      if (line !== undefined) run.log(line);
    },
    hasBegun: () => hasBegun,
    end(isGood) {
      for (const phase of [...open.keys()]) close(phase, isGood);
    },
  };

  function begin(phase: string): void {
    const work = new Promise<void>((resolve, reject) => {
      open.set(phase, { done: resolve, fail: () => reject(new Error(phase)) });
    });
    // How it went as a whole is told by the program's end.
    work.catch(() => undefined);
    run.step(phase, () => work).catch(() => undefined);
  }

  function close(phase: string, isGood: boolean): void {
    const step = open.get(phase);
    open.delete(phase);
    if (isGood) step?.done();
    else step?.fail();
  }
}

function lineOf({ message, service, node, level }: TakoEvent): Clean | undefined {
  if (message === undefined) return undefined;
  const about = join(
    [service, node].filter(name => name !== undefined && !message.includes(name)),
    ', ',
  );
  const text = about === '' ? message : say('{0}: {1}', about, message);
  return level === 'error' ? say('Error: {0}', text) : level === 'warn' ? say('Warning: {0}', text) : text;
}
