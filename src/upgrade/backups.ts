/** The backups of a server's setup: which there are, whether they are whole, and what restoring one means. */
import { parse } from 'semver';
import { clean, join, say, type Clean } from '../base/clean.ts';
import { UserError } from '../base/errors.ts';
import { Fields } from '../base/fields.ts';
import { parseJson } from '../base/json.ts';
import { parseTime, type Instant } from '../base/time.ts';
import { changesTo, thingsOf, together, type Kept, type Things } from './kept.ts';
import { sharedScript } from './migrations.ts';
import type { Shell } from './shell.ts';

/** A backup on a server. */
export interface ServerBackup {
  readonly name: string;
  readonly at: Instant | undefined;
  /** The setup version that it leads back to; nothing where that server was not set up, or where it cannot be said. */
  readonly version: Clean | undefined;
  readonly bytes: number;
  readonly files: number;
  /** The run that made it. */
  readonly run: string | undefined;
  /** Nothing: every file is as the manifest says. */
  readonly spoiled: Clean | undefined;
  /** Why it cannot be restored; nothing: it can. */
  readonly refused: Clean | undefined;
}

export interface Backups {
  /** The newest first. */
  readonly backups: readonly ServerBackup[];
  /** Backups that the newest run on the server would need, because it has not ended. */
  readonly needed: readonly string[];
  /** Somebody changes the setup at this moment. */
  readonly active: boolean;
}

/** What restoring a backup means, as the server stands. */
export interface RestoreLook {
  readonly backup: ServerBackup;
  readonly undone: readonly UndoneStep[];
  /** Everything that stands there afterwards. */
  readonly wanted: Things;
  /** Where that was looked for. */
  readonly paths: readonly string[];
  readonly standing: Things;
  /** No run of this server made it: only its files are put back. */
  readonly unmade: boolean;
  /** The newest run has not ended: what it did is undone as well. */
  readonly unfinished: string | undefined;
  readonly active: boolean;
  /** Bytes free where backups lie. */
  readonly free: number;
}

export interface UndoneStep {
  readonly run: string;
  readonly version: string;
  /** Packages that go with it. */
  readonly packages: readonly Clean[];
  /** Why it cannot be undone now. */
  readonly hinders: Clean | undefined;
}

const BACKUP = /^backup-\d{8}-\d{6}$/;
const BEFORE_RESTORE = /^before-restore-\d{8}-\d{6}$/;

/** Whether this is the name of something that is kept on servers, and nothing else. */
export const isKeptName = (name: string): boolean => BACKUP.test(name) || BEFORE_RESTORE.test(name);

/** Every backup that a server has. Each file is read and compared. */
export async function listBackups(shell: Shell): Promise<Backups> {
  const told = await ask(shell, 'tell_active\ntell_backups', []);
  const backups = parts(told, 'backup').map(backupOf);
  const newest = newestRun(told);
  return {
    backups: backups.toSorted((a, b) => (b.at ?? 0) - (a.at ?? 0)),
    needed:
      newest?.ended === false ? backups.filter(each => each.run === newest.id).map(each => each.name) : [],
    active: valueOf(told, 'active') !== undefined,
  };
}

/** Looks at what restoring a backup would do. Its name has to be one. */
export async function lookAtRestore(shell: Shell, name: string): Promise<RestoreLook | undefined> {
  const told = await ask(shell, '[ ! -d "$backups/$1" ] || tell_restore "$1"', [checkedName(name)]);
  const [backup] = parts(told, 'backup');
  if (backup === undefined) return undefined;
  const steps = parts(told, 'undoes').flatMap(run =>
    parts(run, 'step').map(step => ({ run: valueOf(run, 'undoes') ?? '', step })),
  );
  const kept = [...steps.map(each => keptOf(each.step)), keptOf(backup)];
  const newest = newestRun(told);
  return {
    backup: backupOf(backup),
    undone: steps.map(({ run, step }) => {
      const hinders = valueOf(step, 'hinders');
      return {
        run,
        version: valueOf(step, 'step') ?? '',
        packages: linesOf(textOf(step, 'packages')).map(each => clean(each)),
        hinders: hinders === undefined ? undefined : clean(hinders.replace(/^FAILED: /, ''), 1_000),
      };
    }),
    wanted: together(kept),
    paths: [...new Set(kept.flatMap(each => each.paths))].sort(),
    standing: thingsOf(textOf(told, 'stands')),
    unmade: valueOf(told, 'unmade') !== undefined,
    unfinished: newest?.ended === false ? newest.id : undefined,
    active: valueOf(told, 'active') !== undefined,
    free: Number(valueOf(told, 'free')),
  };
}

/** What stands at paths of a server. */
export async function standingAt(shell: Shell, paths: readonly string[]): Promise<Things> {
  const told = await ask(shell, 'printf \'%s\\n\' "$@" | stands / | tell_text stands', paths);
  return thingsOf(textOf(told, 'stands'));
}

/** Deletes what is kept under these names. Their form was checked: no name leads anywhere else. */
export async function deleteKept(shell: Shell, names: readonly string[]): Promise<void> {
  await ask(
    shell,
    'for each in "$@"; do mv -T "$backups/$each" "$backups/$each.new" && rm -rf "$backups/$each.new" || exit 1; done',
    names.map(checkedName),
  );
}

function checkedName(name: string): string {
  if (!isKeptName(name)) throw new Error(`Not the name of a backup: ${name}`);
  return name;
}

type Told = readonly (readonly [name: string, value: string])[];

async function ask(shell: Shell, script: string, args: readonly string[]): Promise<Told> {
  const { code, out, err } = await shell.run(
    `${sharedScript('journal.sh')}${sharedScript('kept.sh')}${script}\ntell end 1`,
    args,
  );
  const told = out.split('\n').flatMap((line): Told => {
    const tab = line.indexOf('\t');
    return tab < 0 ? [] : [[line.slice(0, tab), line.slice(tab + 1)]];
  });
  if (told.at(-1)?.[0] === 'end') return told;
  throw new UserError('no-answer', {
    what: say('The server did not answer in full ({0}): {1}', code, clean(err.slice(-1_000))),
    where: '/var/backups/tako',
    next: say('Check the server, then try again.'),
  });
}

/** What was told from each line of a name on to the next one of it. */
function parts(told: Told, name: string): readonly Told[] {
  const starts = told.flatMap(([each], index) => (each === name ? [index] : []));
  return starts.map((start, index) => told.slice(start, starts[index + 1]));
}

const valueOf = (told: Told, name: string): string | undefined => told.find(([each]) => each === name)?.[1];
const textOf = (told: Told, name: string): string =>
  Buffer.from(valueOf(told, name) ?? '', 'base64').toString();
const linesOf = (text: string): readonly string[] => text.split('\n').filter(each => each !== '');

function keptOf(told: Told): Kept {
  return { paths: linesOf(textOf(told, 'paths')), things: thingsOf(textOf(told, 'manifest')) };
}

function backupOf(told: Told): ServerBackup {
  const name = valueOf(told, 'backup') ?? '';
  const things = thingsOf(textOf(told, 'manifest'));
  const spoiled = spoiledBy(told, things);
  return {
    name,
    at: timeOf(name),
    version: versionOf(told),
    bytes: Number(valueOf(told, 'bytes')),
    files: [...things.values()].filter(each => each.kind !== 'd').length,
    run: valueOf(told, 'run'),
    spoiled,
    refused: refusal(name, told, spoiled),
  };
}

function spoiledBy(told: Told, things: Things): Clean | undefined {
  const known = new Set([...things.keys(), ...linesOf(textOf(told, 'absent'))]);
  const differing = [
    ...changesTo(things, thingsOf(textOf(told, 'files'))).map(({ path }) => join(path, ' ')),
    ...linesOf(textOf(told, 'paths')).flatMap(each => (known.has(each) ? [] : [clean(each)])),
  ];
  return differing.length === 0
    ? undefined
    : say('Not as it was kept: {0}', join(differing.slice(0, 5), ', '));
}

function refusal(name: string, told: Told, spoiled: Clean | undefined): Clean | undefined {
  if (!BACKUP.test(name))
    return say(
      'It was kept before a restore. Its files can be taken from it by hand; to go forward again, upgrade the server.',
    );
  if (valueOf(told, 'form') === 'flat')
    return say('An old Tako CLI made it: it does not say where its files belong.');
  return spoiled;
}

/** Which version it leads back to, by what it holds. */
function versionOf(told: Told): Clean | undefined {
  const parsed = parseJson(textOf(told, 'version'));
  const written = parsed.ok ? Fields.of(parsed.value)?.text('version') : undefined;
  const version = parse(written)?.version;
  if (version !== undefined) return clean(version);
  return valueOf(told, 'legacy') === undefined ? undefined : clean('1.0.0');
}

function timeOf(name: string): Instant | undefined {
  const [, year, month, day, hour, minute, second] =
    /(\d{4})(\d\d)(\d\d)-(\d\d)(\d\d)(\d\d)$/.exec(name) ?? [];
  return parseTime(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}

function newestRun(told: Told): { readonly id: string; readonly ended: boolean } | undefined {
  const [, id, ...event] = valueOf(told, 'newest')?.split(' ') ?? [];
  return id === undefined ? undefined : { id, ended: ['finished', 'undone'].includes(event.join(' ')) };
}
