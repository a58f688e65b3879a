/** Finds the tako program, and asks which version it is. */
import { execFile } from 'node:child_process';
import { access, constants, stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { clean, say } from '../../base/clean.ts';
import { UserError } from '../../base/errors.ts';

/** A program that was found, and is new enough. */
export interface TakoProgram {
  readonly file: string;
  readonly version: string;
}

/** Machine output, events and exit codes came with it. */
const OLDEST = [0, 7, 0] as const;
const VERSION_MS = 10_000;

/** `named`: a name, which is looked for on the PATH, or an absolute path. */
export async function findTako(named: string, signal: AbortSignal): Promise<TakoProgram> {
  const file = await findProgram(named, process.env, process.platform);
  if (file === undefined) {
    throw new UserError('tako-missing', {
      what: say(
        'The tako program is not found: these servers are run by takod, and only it deploys to them.',
      ),
      where: named,
      next: say('Install the Tako CLI {0} or newer, or choose the program.', clean(OLDEST.join('.'))),
    });
  }
  const text = await versionText(file, signal);
  const version = /\bv?(\d+\.\d+\.\d+)/.exec(text)?.[1];
  if (version === undefined || isOlder(version)) {
    throw new UserError('tako-version', {
      what:
        version === undefined
          ? say('This program does not tell a version of the Tako CLI.')
          : say('This is the Tako CLI {0}, which prints nothing for machines.', clean(version)),
      where: file,
      next: say('Install the Tako CLI {0} or newer, or choose the program.', clean(OLDEST.join('.'))),
    });
  }
  return { file, version };
}

/**
 * Where a program lies. Not left to the system: Windows looks into the current folder first, which is somebody's project, and
 * scripts (`.cmd`) cannot be started without a shell there.
 */
export async function findProgram(
  named: string,
  { PATH = '' }: NodeJS.ProcessEnv,
  platform: NodeJS.Platform,
): Promise<string | undefined> {
  const folders = path.isAbsolute(named)
    ? [path.dirname(named)]
    : path.basename(named) === named
      ? PATH.split(path.delimiter).filter(folder => path.isAbsolute(folder))
      : [];
  const name = path.basename(named);
  const names = platform === 'win32' && !/\.(exe|com)$/i.test(name) ? [`${name}.exe`] : [name];
  for (const folder of folders) {
    for (const each of names) {
      const file = path.join(folder, each);
      if (await isProgram(file)) return file;
    }
  }
  return undefined;
}

async function isProgram(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return (await stat(file)).isFile();
  } catch {
    return false; // not there, or not to be run
  }
}

async function versionText(file: string, signal: AbortSignal): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(file, ['--version'], {
      // In a project it would read its `.env` and what is secret there.
      cwd: os.homedir(),
      env: { ...process.env, ...FOR_MACHINES },
      timeout: VERSION_MS,
      windowsHide: true,
      signal,
    });
    return stdout;
  } catch {
    signal.throwIfAborted();
    return ''; // it does not tell
  }
}

function isOlder(version: string): boolean {
  const parts = version.split('.').map(Number);
  const index = OLDEST.findIndex((each, at) => parts[at] !== each);
  return index >= 0 && (parts[index] ?? 0) < (OLDEST[index] ?? 0);
}

/** Tako asks nobody, and does not look for newer versions of itself. */
export const FOR_MACHINES = { TAKO_NONINTERACTIVE: '1', TAKO_SKIP_UPDATE_CHECK: '1', NO_COLOR: '1' } as const;
