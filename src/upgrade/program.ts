/** The programs that servers run: one for an upgrade, one for a restore. They need nothing but themselves. */
import { quote } from '../ssh/quote.ts';
import { pathsOf, sharedScript, type Migration } from './migrations.ts';

/** For a {@link Shell}. */
export interface Program {
  readonly script: string;
  readonly args: readonly string[];
}

export interface UpgradeParts {
  /** Names the run on its server for good. Started again with the same id, it goes on where it was. */
  readonly id: string;
  readonly steps: readonly Migration[];
  /** See `versionText`. */
  readonly versionText: string;
  /** The SHA-256 of the `version.json` that this was planned with. `undefined`: there was none. */
  readonly expected: string | undefined;
  /** `undefined`: without a backup. */
  readonly backup: string | undefined;
  /** Optional features. */
  readonly options?: readonly string[];
  /** Every command is printed. */
  readonly debug?: boolean;
}

const RUNS = '/var/lib/shipshape/setup/runs';

/** What a backup has besides what the steps may change. */
const ALWAYS = [
  '/etc/tako/version.json',
  '/etc/tako/setup.complete',
  '/etc/traefik/traefik.yml',
  '/etc/traefik/dynamic.yml',
  '/etc/nginx/nginx.conf',
  '/etc/docker/daemon.json',
];

/** The name of a backup made at this time. */
export function backupName(now: Date): string {
  const [day = '', time = ''] = now.toISOString().split('T');
  return `backup-${day.replaceAll('-', '')}-${time.slice(0, 8).replaceAll(':', '')}`;
}

/** Runs an upgrade, or goes on with it. It exits as `run.sh` says. */
export function upgradeProgram({
  id,
  steps,
  versionText,
  expected,
  backup,
  options,
  debug,
}: UpgradeParts): Program {
  const paths = [...new Set([...ALWAYS, ...steps.flatMap(pathsOf)])].sort();
  const files = new Map([
    ...shared('lib.sh', 'journal.sh', 'versions.sh', 'run.sh'),
    ['order', lines(steps.map(each => each.to))],
    ['paths', lines(paths)],
    ['options', lines(options ?? [])],
    ['expected', lines([expected ?? 'absent'])],
    ['backup', lines([backup ?? 'none'])],
    ['version.json', versionText],
    ...steps.flatMap(step => [
      [`steps/${step.to}/paths`, lines(pathsOf(step))] as const,
      ...[...step.files].map(([file, text]) => [`steps/${step.to}/${file}`, text] as const),
    ]),
  ]);
  return {
    script: unpacking(files, 'run.sh'),
    args: [`${RUNS}/${id}`, ...(debug === true ? ['debug'] : [])],
  };
}

/** Restores a backup, or goes on with it. */
export function restoreProgram(id: string, backup: string): Program {
  const files = shared('lib.sh', 'journal.sh', 'restore.sh');
  return { script: unpacking(new Map(files), 'restore.sh'), args: [`${RUNS}/${id}`, backup] };
}

/** What a run is paused with, at the end of the step that it is in. */
export function pauseProgram(id: string): Program {
  return { script: ': >"$1/pause"', args: [`${RUNS}/${id}`] };
}

const shared = (...names: readonly string[]): readonly (readonly [string, string])[] =>
  names.map(name => [name, sharedScript(name)]);

const lines = (texts: readonly string[]): string => texts.map(text => `${text}\n`).join('');

/** Puts files below the folder $1, whole or not at all, and becomes one of them with the other arguments. */
function unpacking(files: ReadonlyMap<string, string>, start: string): string {
  const folders = new Set([...files.keys()].map(file => `./${file}`.replace(/\/[^/]*$/, '')));
  const write = ([file, text]: readonly [string, string]): string =>
    `printf '%s' ${quote(text)} >${quote(file)}`;
  return `set -eu
umask 077
if [ ! -d "$1" ]; then
  rm -rf "$1.new"
  mkdir -p "$1.new"
  cd "$1.new"
  mkdir -p ${[...folders].map(quote).join(' ')}
  ${[...files].map(write).join('\n  ')}
  cd /
  sync
  mv -T "$1.new" "$1"
fi
folder=$1
shift
exec sh "$folder/${start}" "$@"
`;
}
