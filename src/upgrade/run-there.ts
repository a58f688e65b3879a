import { clean, type Clean } from '../base/clean.ts';
import type { Shell } from './shell.ts';

/** A run as it lies on its server. */
export interface RunThere {
  /** The versions on its way; none where it is no upgrade. */
  readonly order: readonly string[];
  readonly options: readonly string[];
  /** The SHA-256 of the version file before it, or "absent". */
  readonly expected: string;
  /** What its journal says. */
  readonly events: readonly Clean[];
  /** It failed and is on its way back. */
  readonly isUndoing: boolean;
}

/** $1 the id of the run. */
const READ = `root=/var/lib/shipshape/setup
cd "$root/runs/$1" 2>/dev/null || exit 1
tell() { [ ! -f "$2" ] || awk -v name="$1" '{ print name " " $0 }' "$2"; }
tell order order
tell option options
tell expected expected
awk -v id="$1" '$2 == id { sub(/^[^ ]* [^ ]* /, ""); print "event " $0 }' "$root/journal"`;

/** Reads what a server knows of a run; nothing where it knows none of that id. */
export async function readRun(shell: Shell, id: string): Promise<RunThere | undefined> {
  const { code, out } = await shell.run(READ, [id]);
  if (code !== 0) return undefined;
  const lines = out.split('\n');
  const values = (name: string): readonly Clean[] =>
    lines.flatMap(line => (line.startsWith(`${name} `) ? [clean(line.slice(name.length + 1))] : []));
  const events = values('event');
  return {
    order: values('order'),
    options: values('option'),
    expected: values('expected')[0] ?? '',
    events,
    isUndoing: events.some(each => each === 'undoing'),
  };
}
