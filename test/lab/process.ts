import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

export interface Ran {
  /** 0 when all went well. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly input?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Milliseconds until it is killed. */
  readonly timeout?: number;
}

/** Runs a program to its end. */
export function attempt(
  command: string,
  args: readonly string[],
  { input = '', env, timeout = 120_000 }: RunOptions = {},
): Promise<Ran> {
  const options = {
    // The tests' own folder for temporary files is not there below another root.
    env: { ...process.env, TMPDIR: '/tmp', ...env },
    timeout,
    killSignal: 'SIGKILL',
    maxBuffer: Infinity,
  } as const;
  return new Promise(resolve => {
    const child = execFile(command, args, options, (error, stdout, stderr) => {
      if (error === null) resolve({ code: 0, stdout, stderr });
      else if (typeof error.code === 'number') resolve({ code: error.code, stdout, stderr });
      else resolve({ code: 1, stdout, stderr: stderr + error.message }); // not started, or killed
    });
    child.stdin?.on('error', () => undefined); // it may end without reading
    child.stdin?.end(input);
  });
}

/** The output of a program that has to succeed. */
export async function must(command: string, args: readonly string[], options?: RunOptions): Promise<string> {
  const { code, stdout, stderr } = await attempt(command, args, options);
  if (code !== 0) throw new Error(`${[command, ...args].join(' ')} failed (${code}):\n${stderr}${stdout}`);
  return stdout;
}

/** Where a program is. Also those of administrators, which are not on everybody's path. */
export function programPath(name: string): string | undefined {
  return [...(process.env.PATH ?? '').split(path.delimiter), '/usr/sbin', '/sbin']
    .map(folder => path.join(folder, name))
    .find(file => existsSync(file));
}

/** When a process started, in ticks since the machine did: with its id, a name that is never used again. */
export function startOf(pid: number): string | undefined {
  return statOf(pid)?.[19];
}

export function parentOf(pid: number): number {
  return Number(statOf(pid)?.[1]);
}

/** The fields of /proc/PID/stat from the third on: the second is a name, which may have anything in it. */
function statOf(pid: number): readonly string[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined; // it has ended
  }
}
