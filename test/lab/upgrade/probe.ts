/** Asks an address ten times a second. */
import http from 'node:http';

export interface Probe {
  /** Ends the asking, and says what became of it. */
  readonly stop: () => Promise<Probed>;
}

export interface Probed {
  readonly asked: number;
  readonly failed: number;
  /** From the last answer before one that failed to the next, at the longest: in seconds. */
  readonly pause: number;
  /** When nobody answered: from the first that failed to the next answer, in milliseconds of `performance.now()`. */
  readonly gaps: readonly { readonly from: number; readonly to: number }[];
}

interface Asking {
  /** What is asked for there, where that is not the address. */
  readonly host?: string;
}

/** A connection of its own for each, as from people of whom nobody knows each other. */
function ask(url: string, texts: readonly string[], host: string | undefined): Promise<boolean> {
  return new Promise(resolve => {
    const headers = host === undefined ? {} : { host };
    const request = http.get(url, { agent: false, timeout: 5_000, headers }, response => {
      let body = '';
      response.on('data', (chunk: Buffer) => (body += chunk.toString()));
      response.on('end', () => resolve(response.statusCode === 200 && texts.includes(body)));
      response.on('error', () => resolve(false));
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(false));
  });
}

/** `texts`: what it may answer. */
export function probe(url: string, texts: string | readonly string[], { host }: Asking = {}): Probe {
  const asked: { readonly at: number; readonly answered: Promise<boolean> }[] = [];
  const timer = setInterval(
    () => asked.push({ at: performance.now(), answered: ask(url, [texts].flat(), host) }),
    100,
  );
  return {
    stop: async () => {
      clearInterval(timer);
      let [failed, pause, last] = [0, 0, asked[0]?.at ?? 0];
      const gaps: { from: number; to: number }[] = [];
      let gap: { from: number; to: number } | undefined;
      for (const { at, answered } of asked) {
        if (gap) gap.to = at;
        if (await answered) {
          gap = undefined;
          pause = Math.max(pause, at - last);
          last = at;
        } else {
          failed++;
          if (!gap) gaps.push((gap = { from: at, to: at }));
        }
      }
      return { asked: asked.length, failed, pause: pause / 1_000, gaps };
    },
  };
}
