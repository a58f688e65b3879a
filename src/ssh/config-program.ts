import { execFile } from 'node:child_process';
import os from 'node:os';
import { promisify } from 'node:util';
import { clean, say } from '../base/clean.ts';
import { systemCode, UserError } from '../base/errors.ts';
import type { SshSettings, Values } from './settings.ts';
import type { Target } from './target.ts';

/** `Match exec` may run anything, also what never ends. */
const TIME_LIMIT_MS = 10_000;

/**
 * Asks `ssh -G` what counts for a host. It runs what `Match exec` names, so nobody may ask before the workspace is trusted.
 * Without such a program it fails with the system's ENOENT.
 */
export async function askProgram(
  target: Target,
  { configFile, program = 'ssh' }: SshSettings,
): Promise<Values> {
  const { host, port, user, identityFile } = target;
  const args = [
    ...(configFile === undefined ? [] : ['-F', configFile]),
    ...(user === undefined ? [] : ['-l', user]),
    ...(port === undefined ? [] : ['-p', String(port)]),
    ...(identityFile === undefined ? [] : ['-i', identityFile]),
    '-G',
    '--', // a name from a file is never an option
    host,
  ];
  try {
    const { stdout } = await promisify(execFile)(program, args, {
      timeout: TIME_LIMIT_MS,
      killSignal: 'SIGKILL',
      // Windows looks for programs in the current folder first, which may be somebody else's.
      cwd: os.homedir(),
    });
    return valuesOf(stdout);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') throw error;
    const { stderr, killed } = error as { stderr?: string; killed?: boolean }; // what execFile rejects with
    throw new UserError(
      'ssh-config',
      {
        what: killed
          ? say('The SSH configuration took longer than {0} seconds to read.', TIME_LIMIT_MS / 1_000)
          : say('The SSH configuration cannot be read: {0}', clean(stderr?.trim().split('\n')[0] ?? '')),
        where: host,
        next: say('Correct it, and try {0} in a terminal.', clean(`ssh -G ${host}`)),
      },
      { cause: error },
    );
  }
}

function valuesOf(text: string): Values {
  const values = new Map<string, string[]>();
  for (const line of text.split(/\r?\n/)) {
    const blank = line.indexOf(' ');
    if (blank < 0) continue;
    const keyword = line.slice(0, blank).toLowerCase();
    values.set(keyword, [...(values.get(keyword) ?? []), line.slice(blank + 1)]);
  }
  return values;
}
