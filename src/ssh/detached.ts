/**
 * Runs that do not depend on the connection: under systemd where that runs, else in a session of their own. What is known about
 * one lies in a folder on the server, so anybody finds it again by its id, also after a reboot.
 */
import { say, clean } from '../base/clean.ts';
import { UserError } from '../base/errors.ts';
import type { Connection } from './connection.ts';
import { quote } from './quote.ts';

/**
 * `gone`: it was ended from outside, or its machine was, before it could leave an exit code. `none`: nothing of that id was
 * ever begun there.
 */
export type DetachedState =
  { readonly state: 'ended'; readonly code: number } | { readonly state: 'running' | 'gone' | 'none' };

/** Starts a script. `false`: that id was started before, now or by somebody else; nothing was done. */
export async function startDetached(
  server: Connection,
  id: string,
  script: string,
  {
    args = [],
    shell = 'sh',
    signal,
    root,
  }: Readonly<{ args?: readonly string[]; shell?: 'sh' | 'bash'; signal: AbortSignal; root?: true }>,
): Promise<boolean> {
  const text = `set -- ${args.map(quote).join(' ')}\n${script}\n`;
  const { code, errors } = await server.run(START, [checkedId(id), text, MAIN, shell], { signal, root });
  if (code === EXISTS) return false;
  if (code === 0) return true;
  throw new UserError('not-started', {
    what: say('It could not be started: {0}', clean(errors.trim().split('\n').at(-1) ?? '')),
    where: server.where,
    next: say('Look at the server before you try again.'),
  });
}

/** How a run stands. */
export async function lookAtDetached(
  server: Connection,
  id: string,
  { signal, root }: Readonly<{ signal: AbortSignal; root?: true }>,
): Promise<DetachedState> {
  const { output } = await server.run(`${LOOK}look`, [checkedId(id)], { signal, root });
  return stateOf(output);
}

/**
 * Hands on what a run prints, from a byte of its log on, until it has ended. Returns how, and how long the log is; after a
 * failure `onOutput` has had everything up to what it was given last.
 */
export async function followDetached(
  server: Connection,
  id: string,
  {
    offset = 0,
    onOutput,
    signal,
    root,
  }: {
    readonly offset?: number;
    readonly onOutput: (chunk: Buffer) => void | Promise<void>;
    readonly signal: AbortSignal;
    readonly root?: true;
  },
): Promise<DetachedState & { readonly offset: number }> {
  let at = offset;
  for (;;) {
    let told = '';
    await server.run(`${LOOK}${FOLLOW}`, [checkedId(id), String(at)], {
      signal,
      root,
      onOutput: async (stream, chunk) => {
        if (stream === 'err') {
          told += chunk.toString();
          return;
        }
        await onOutput(chunk);
        at += chunk.length;
      },
    });
    const state = stateOf(told);
    if (state.state !== 'running') return { ...state, offset: at };
  }
}

function stateOf(text: string): DetachedState {
  const [state, code] = (text.trim().split('\n').at(-1) ?? '').split(' ');
  if (state === 'ended') return { state, code: Number(code) };
  return { state: state === 'running' || state === 'gone' ? state : 'none' };
}

/** It becomes the name of a folder and of a unit. */
function checkedId(id: string): string {
  if (!/^[a-z0-9][a-z0-9-]{0,99}$/.test(id)) throw new Error(`Not an id of a run: ${id}`);
  return id;
}

const EXISTS = 68;

/** $1 the id. */
const FOLDER = `if [ "$(id -u)" = 0 ]; then runs=/var/lib/shipshape/runs
else runs=\${XDG_STATE_HOME:-$HOME/.local/state}/shipshape/runs; fi
run=$runs/$1
`;

/**
 * What runs there: $1 its folder, $2 the shell. It leaves who it is before it begins (process, when that was started, boot),
 * so that nobody takes another process for it, and its exit code when it has ended.
 */
const MAIN = `# shellcheck disable=SC2086 # words
stat=$(cat /proc/$$/stat); start=$(set -- \${stat##*) }; echo "\${20}")
echo "$$ $start $(cat /proc/sys/kernel/random/boot_id)" >"$1/process.new" && mv "$1/process.new" "$1/process" || exit 1
cd /
"$2" "$1/script" </dev/null >>"$1/log" 2>&1
echo $? >"$1/status.new" && sync && mv "$1/status.new" "$1/status"
`;

/**
 * A run that ended between two looks left its code before its process went. Z: dead, and nobody has asked how it ended. One
 * that is just being started has no process yet.
 */
const LOOK = `${FOLDER}look() {
  if [ ! -d "$run" ]; then echo none
  elif lives "$run" || begins; then echo running
  elif [ -e "$run/status" ]; then echo "ended $(cat "$run/status")"
  else echo gone; fi
}
begins() { [ ! -e "$run/process" ] && [ -n "$(find "$run" -prune -newermt '-15 seconds' 2>/dev/null)" ]; }
lives() {
  if [ ! -e "$1/process" ] || [ -e "$1/status" ] || ! read -r pid start boot <"$1/process"; then return 1; fi
  [ "$boot" = "$(cat /proc/sys/kernel/random/boot_id)" ] || return 1
  stat=$(cat "/proc/$pid/stat" 2>/dev/null) || return 1
  # shellcheck disable=SC2086 # words
  set -- \${stat##*) }
  [ "$1" != Z ] && [ "\${20}" = "$start" ]
}
`;

/**
 * Takes away what runs left that ended long ago, or were cut off then. Ids that differ in their last number alone belong
 * together, and are counted upwards by whoever looks for them: all of them go, the last first, or none, and not those of $1.
 */
const SWEEP = `sweep() (
  for first in "$runs"/*-1; do
    family=\${first%-1} last=0
    [ "$family" != "$runs/\${1%-*}" ] || continue
    while [ -d "$family-$((last + 1))" ]; do
      last=$((last + 1))
      if ! is_old "$family-$last" || lives "$family-$last"; then continue 2; fi
    done
    while [ "$last" -gt 0 ]; do
      rm -rf "$family-$last"
      last=$((last - 1))
    done
  done
)
is_old() { all=$(find "$1") && [ -n "$all" ] && [ "$all" = "$(find "$1" -mtime +30)" ]; }
`;

/** $1 the id, $2 the script, $3 what runs it, $4 the shell. Making the folder decides who starts it. */
const START = `${LOOK}${SWEEP}sweep "$1" 2>/dev/null
set -e
umask 077
mkdir -p "$runs"
mkdir "$run" 2>/dev/null || { [ -d "$run" ] && exit ${EXISTS}; mkdir "$run"; }
printf %s "$2" >"$run/script"
printf %s "$3" >"$run/main"
: >"$run/log"
if [ "$(id -u)" = 0 ] && [ -d /run/systemd/system ] && command -v systemd-run >/dev/null; then
  systemd-run --quiet --collect --unit="shipshape-$1" sh "$run/main" "$run" "$4"
else
  setsid nohup sh "$run/main" "$run" "$4" </dev/null >/dev/null 2>&1 &
fi
tries=0
while [ ! -e "$run/process" ]; do
  tries=$((tries + 1))
  [ "$tries" -lt 200 ] || { echo 'it does not begin' >&2; exit 1; }
  sleep 0.05
done
`;

/** $2 the offset. It looks before it reads, so that nothing printed before the end is missed, and ends after a while. */
const FOLLOW = `at=$2 rounds=100
while :; do
  state=$(look)
  size=$(wc -c <"$run/log") || break
  if [ "$size" -gt "$at" ]; then
    tail -c "+$((at + 1))" "$run/log" | head -c "$((size - at))"
    at=$((size))
  fi
  rounds=$((rounds - 1))
  [ "$state" = running ] && [ "$rounds" -gt 0 ] || break
  sleep 0.2
done
echo "$state" >&2
`;
