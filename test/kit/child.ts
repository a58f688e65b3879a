/** Processes of our own that are stopped, resumed and killed: real second writers. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { buildSync } from 'esbuild';

/** Bundles a program named from here into a temporary file that Node runs, and returns its path. */
export function program(name: string, whenDone: (remove: () => void) => void): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'shipshape-program-'));
  whenDone(() => rmSync(folder, { recursive: true, force: true }));
  const outfile = path.join(folder, `${path.basename(name)}.mjs`);
  const entry = path.join(import.meta.dirname, `${name}.ts`);
  buildSync({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    external: ['cpu-features', '*.node'], // ssh2 does without
    define: { __dirname: 'import.meta.dirname' }, // as for the extension
    mainFields: ['module', 'main'],
    banner: {
      js: `import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);`,
    },
  });
  return outfile;
}

export interface Child {
  readonly pid: number;
  /** The next line it prints; `undefined` when it has ended. */
  readonly line: () => Promise<string | undefined>;
  /** Sends a line to it. */
  readonly tell: (line: string) => void;
  readonly signal: (name: 'SIGSTOP' | 'SIGCONT' | 'SIGKILL') => void;
  /** Its exit code, `null` when it was killed. */
  readonly ended: Promise<number | null>;
}

/** Starts such a program. What it still prints after an error goes to our own error output. */
export function child(file: string, args: readonly string[]): Child {
  const started = spawn(process.execPath, [file, ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
  if (started.pid === undefined) throw new Error(`${file} does not start`);
  const lines = createInterface({ input: started.stdout })[Symbol.asyncIterator]();
  started.stdin.on('error', () => undefined); // it may have ended
  return {
    pid: started.pid,
    line: async () => {
      const next = await lines.next();
      return next.done === true ? undefined : next.value;
    },
    tell: line => void started.stdin.write(`${line}\n`),
    signal: name => void started.kill(name),
    ended: once(started, 'close').then(([code]) => code as number | null), // what Node passes
  };
}
