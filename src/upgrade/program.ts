/** The programs that servers run: one for an upgrade, one for a restore. They need nothing but themselves. */
import { sha256 } from '../base/digest.ts';
import { serverScript } from '../servers/scripts.ts';
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
  /** SHA-256 of files that lie on the server already (`ServerAnswer.stored`). They need not travel. */
  readonly stored?: readonly string[];
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
  stored,
}: UpgradeParts): Program {
  const paths = [...new Set([...ALWAYS, ...steps.flatMap(pathsOf)])].sort();
  const lasting = new Map([
    ...shared('lib.sh', 'journal.sh', 'run.sh', 'restore.sh'), // the last for whoever goes back by hand
    ['versions.sh', serverScript('versions.sh')],
    ...steps.flatMap(step =>
      [...step.files].map(([file, text]) => [`steps/${step.to}/${file}`, text] as const),
    ),
  ]);
  const files = new Map([
    ['order', lines(steps.map(each => each.to))],
    ['paths', lines(paths)],
    ['options', lines(options ?? [])],
    ['expected', lines([expected ?? 'absent'])],
    ['backup', lines([backup ?? 'none'])],
    ['version.json', versionText],
    ...steps.map(step => [`steps/${step.to}/paths`, lines(pathsOf(step))] as const),
  ]);
  return {
    script: unpacking(files, 'run.sh', lasting, stored),
    args: [`${RUNS}/${id}`, ...(debug === true ? ['debug'] : [])],
  };
}

/** Restores a backup, or goes on with it. */
export function restoreProgram(id: string, backup: string): Program {
  const files = shared('lib.sh', 'journal.sh', 'restore.sh');
  return { script: unpacking(new Map(files), 'restore.sh'), args: [`${RUNS}/${id}`, backup] };
}

/** Tries steps on a server without changing anything. It exits as `dry-run/run.sh` says. */
export function dryRunProgram(steps: readonly Migration[], options: readonly string[]): Program {
  const files = new Map([
    ...shared('lib.sh'),
    ...['run.sh', 'describe.sh', 'stand-in.sh', 'stand-ins'].map(
      name => [name, sharedScript(`dry-run/${name}`)] as const,
    ),
    ['order', lines(steps.map(each => each.to))],
    ['options', lines(options)],
    ...steps.flatMap(step =>
      [...step.files].map(([file, text]) => [`steps/${step.to}/${file}`, text] as const),
    ),
  ]);
  // A folder that is there everywhere. Nobody else sees what is mounted on it, and it goes with the process.
  return {
    script: `command -v unshare >/dev/null || { echo 'unshare is not there' >&2 && exit 66; }
unshare --mount true 2>/dev/null || { echo 'mounts of its own are not allowed here' >&2 && exit 66; }
exec unshare --mount sh -c "$1" sh /mnt/dry`,
    args: [
      `mount -n -t tmpfs -o mode=755 tmpfs /mnt || exit 66
${unpacking(files, 'run.sh')}`,
    ],
  };
}

/** Goes on with an upgrade that lies on its server. */
export function resumeProgram(id: string, debug: boolean): Program {
  return {
    script: `[ -f "$1/run.sh" ] || { echo 'FAILED: there is no such upgrade' >&2; exit 1; }
exec sh "$1/run.sh" "$2"`,
    args: [`${RUNS}/${id}`, debug ? 'debug' : ''],
  };
}

/** What a run is paused with, at the end of the step that it is in. */
export function pauseProgram(id: string): Program {
  return { script: ': >"$1/pause"', args: [`${RUNS}/${id}`] };
}

/** Takes that back, before the run goes on. */
export function unpauseProgram(id: string): Program {
  return { script: 'rm -f "$1/pause"', args: [`${RUNS}/${id}`] };
}

const shared = (...names: readonly string[]): readonly (readonly [string, string])[] =>
  names.map(name => [name, sharedScript(name)]);

const lines = (texts: readonly string[]): string => texts.map(text => `${text}\n`).join('');

/** How a program ends that lacks a file which should lie on the server. Nothing was begun. */
export const INCOMPLETE = 66;

/** So many files are kept on a server, those that were used last: many times what all steps have. */
const STORED = 500;

/**
 * Puts files below the folder $1, whole or not at all, and becomes one of them with the other arguments. What lasts from run
 * to run is kept beside the runs under its digest, so that it travels once, and is compared before anything begins.
 */
function unpacking(
  files: ReadonlyMap<string, string>,
  start: string,
  lasting: ReadonlyMap<string, string> = new Map(),
  stored: readonly string[] = [],
): string {
  const names = [...files.keys(), ...lasting.keys()];
  const folders = new Set(names.map(file => `./${file}`.replace(/\/[^/]*$/, '')));
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
  ${lasting.size > 0 ? taking(lasting, stored) : ''}
  cd /
  sync
  mv -T "$1.new" "$1"
fi
folder=$1
shift
exec sh "$folder/${start}" "$@"
`;
}

/** Adds the files that are not stored to those that are, and takes copies of all. Where one is not as it should be, none is kept. */
function taking(files: ReadonlyMap<string, string>, stored: readonly string[]): string {
  const sums = [...files].map(([file, text]) => [sha256(text), file, text] as const);
  const missing = new Map(sums.flatMap(([sum, , text]) => (stored.includes(sum) ? [] : [[sum, text]])));
  return `store=\${1%/runs/*}/store
  mkdir -p "$store"
  bring() { printf '%s' "$2" >brought && mv brought "$store/$1"; }
  ${[...missing].map(([sum, text]) => `bring ${sum} ${quote(text)}`).join('\n  ')}
  printf '%s' ${quote(lines(sums.map(([sum, file]) => `${sum}  ${file}`)))} >sums
  while read -r sum file; do cp "$store/$sum" "$file" && touch "$store/$sum" || break; done <sums
  if ! sha256sum --check --quiet sums; then
    rm -rf "$store" "$1.new"
    exit ${INCOMPLETE}
  fi
  ls -t "$store" | tail -n +${STORED + 1} | while read -r old; do rm -f "$store/$old"; done`;
}
