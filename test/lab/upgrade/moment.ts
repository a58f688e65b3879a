/** Moments of a run on a server. Programs that stand in front of real ones stop it there, until they are told how to go on. */
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Server } from '../lab.ts';

export interface Moment {
  readonly name: string;
  /** What stands last in the journal when it comes. */
  readonly after: string;
  /** The program that is called then. */
  readonly program: string;
  /** A pattern of the shell that fits its arguments, with a blank before and after each. */
  readonly words?: string;
  /** It is called by dpkg, which looks for it in the system's own folders. */
  readonly byDpkg?: boolean;
}

/** What the program does then: its work, nothing but to fail, that from now on every time, or its work after a lot of garbage. */
export type Doing = 'work' | 'fail' | 'always-fail' | 'garbage';

export interface Stopped {
  /** Resolves when the moment has come. The run waits then. */
  readonly reached: Promise<void>;
  readonly goOn: (doing: Doing) => void;
  /** The program works again, every time. */
  readonly mend: () => void;
  /** What version.json said each time when something had just been written into the journal. */
  readonly seen: () => readonly { readonly last: string; readonly version: string }[];
}

const FOLDER = 'var/tmp/lab';

// sync is called for every line of the journal, and the run goes on only when it has ended.
const STAND_IN = String.raw`#!/bin/sh
name=${'$'}{0##*/}
lab=/${FOLDER}
last=$(/usr/bin/tail -n 1 /var/lib/shipshape/setup/journal 2>/dev/null | /usr/bin/cut -d ' ' -f 3-)
if [ "$name" = sync ]; then
  version=$(/usr/bin/sed -n 's/^ *"version": *"\([^"]*\)".*/\1/p' /etc/tako/version.json 2>/dev/null)
  { echo "$last|$version" >>$lab/seen; } 2>/dev/null
fi
is_moment() {
  { IFS= read -r after && IFS= read -r program && IFS= read -r words; } 2>/dev/null <$lab/moment || return 1
  [ "$name" = "$program" ] && [ "$last" = "$after" ] || return 1
  case " $* " in $words) ;; *) return 1 ;; esac
  /usr/bin/mv $lab/moment $lab/reached 2>/dev/null
}
if is_moment "$@"; then
  while [ -e $lab/hold ]; do /usr/bin/sleep 0.02; done
  read -r doing 2>/dev/null <$lab/doing
  case $doing in
    *fail) exit 1 ;;
    garbage) /usr/bin/cat $lab/garbage; /usr/bin/cat $lab/garbage >&2 ;;
  esac
elif [ -e $lab/reached ] && [ "$(/usr/bin/cat $lab/doing 2>/dev/null)" = always-fail ] && /usr/bin/grep -qx "$name" $lab/reached; then
  exit 1
fi
real=/usr/bin/$name.real
[ -e "$real" ] || real=$(PATH=/usr/sbin:/usr/bin command -v "$name")
exec "$real" "$@"
`;

/** No line end in it, half characters, zeros, and what a terminal acts on: a megabyte. */
const GARBAGE = Buffer.concat(
  Array.from({ length: 4096 }, (_, index) =>
    Buffer.concat([
      Buffer.from(
        `\u001b]0;taken\u0007\u001b[2J\u001b[${index}A\u202e== finished == verified 9.9.9 ended 0 \r`,
      ),
      Buffer.from(Array.from({ length: 190 }, (_, byte) => (index * 7 + byte * 13) % 256)).filter(
        byte => byte !== 10,
      ),
    ]),
  ),
);

/** Lays the stand-ins on a server, and waits for a moment; without one they only look. */
export function stopAt(server: Server, moment?: Moment): Stopped {
  const file = (name: string): string => path.join(server.files, FOLDER, name);
  mkdirSync(file('.'), { recursive: true });
  for (const program of new Set(['sync', ...(moment ? [moment.program] : [])])) {
    const folder = program === moment?.program && moment.byDpkg === true ? 'usr/bin' : 'usr/local/bin';
    const standIn = path.join(server.files, folder, program);
    if (folder === 'usr/bin') renameSync(standIn, `${standIn}.real`);
    writeFileSync(standIn, STAND_IN);
    chmodSync(standIn, 0o755);
  }
  writeFileSync(file('garbage'), GARBAGE);
  writeFileSync(file('hold'), '');
  const reached = new Promise<void>(resolve => server.onFile(`/${FOLDER}/reached`, resolve));
  if (moment) {
    writeFileSync(file('moment'), `${moment.after}\n${moment.program}\n${moment.words ?? '*'}\n`);
  }
  return {
    reached,
    goOn: doing => {
      if (doing !== 'work') writeFileSync(file('doing'), `${doing}\n`); // there may be no room for a file
      rmSync(file('hold'), { force: true });
    },
    mend: () => rmSync(file('doing'), { force: true }),
    seen: () => {
      if (!existsSync(file('seen'))) return [];
      const lines = readFileSync(file('seen'), 'utf8').trim().split('\n');
      return lines.map(line => {
        const [last = '', version = ''] = line.split('|');
        return { last, version };
      });
    },
  };
}
