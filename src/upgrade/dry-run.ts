/** What steps would do to one server: the files as they are and as they would be, and what would be run. Nothing is changed. */
import { clean, cleanLines, say, type Clean } from '../base/clean.ts';
import { UserError } from '../base/errors.ts';
import { pathsOf, sharedScript, type Migration } from './migrations.ts';
import { dryRunProgram } from './program.ts';
import type { Shell } from './shell.ts';

/** A file on one of two sides. */
export interface Side {
  readonly mode: Clean;
  readonly owner: Clean;
  /** Else it is not for reading: `why`. */
  readonly text?: Clean;
  readonly why?: 'binary' | 'large' | 'no file';
  /** The text is where a link leads to. */
  readonly link?: boolean;
}

export interface DryFile {
  readonly path: Clean;
  /** Nothing: it is not there. */
  readonly before?: Side;
  readonly after?: Side;
}

export interface DryRun {
  readonly files: readonly DryFile[];
  /** What would be run that acts, in its order. */
  readonly commands: readonly Clean[];
  readonly notes: readonly Clean[];
  /** The real scripts ran on the server, with everything they do kept from it. Else these are the files that come with the steps. */
  readonly tried: boolean;
}

/** Runs the scripts of steps on a server such that nothing is changed there. */
export async function dryRun(
  shell: Shell,
  steps: readonly Migration[],
  options: readonly string[],
): Promise<DryRun> {
  const { script, args } = dryRunProgram(steps, options);
  const { code, out, err } = await shell.run(script, args);
  if (code === NOT_HERE) return untried(shell, steps, clean(lastLine(err)));
  const told = toldIn(out);
  if (code !== 0 || told.at(-1)?.[0] !== 'end')
    throw new UserError('dry-run', {
      what: say('The dry run did not come to its end ({0}): {1}', code, clean(lastLine(err), 1_000)),
      where: '/mnt',
      next: say('Nothing was changed. Check the server, then try again.'),
    });
  const commands = told.flatMap(([name, value]) =>
    name === 'command' && /^[^#!]/.test(value) ? [clean(value, 2_000)] : [],
  );
  const notes = told.flatMap(([name, value]) => noteOf(name, value));
  const files = told.flatMap(([name, value]) => (name === 'file' ? [fileOf(value)] : []));
  return { files: sorted(files), commands, notes, tried: true };
}

const NOT_HERE = 66;

function noteOf(name: string, value: string): readonly Clean[] {
  if (name === 'command' && value.startsWith('! ')) return [clean(value.slice(2), 2_000)];
  if (name !== 'stopped') return [];
  const [step = '', ...why] = value.split(' ');
  return [
    say('The step to {0} would fail as this server stands: {1}', clean(step), clean(why.join(' '), 1_000)),
  ];
}

/** What the steps bring with them, where they cannot be tried. */
async function untried(shell: Shell, steps: readonly Migration[], why: Clean): Promise<DryRun> {
  const paths = [...new Set(steps.flatMap(pathsOf))];
  const { out } = await shell.run(
    `${sharedScript('dry-run/describe.sh')}for each in "$@"; do tell file "$(printf %s "$each" | base64 -w 0) $(describe "$each") > none"; done`,
    paths,
  );
  const placed = new Map(
    steps.flatMap(({ files }) =>
      [...files].map(([file, text]) => [file.replace(/^files/, ''), text] as const),
    ),
  );
  const files = toldIn(out).map(([, value]): DryFile => {
    const file = fileOf(value);
    const text = placed.get(file.path);
    return text === undefined
      ? { ...file, ...(file.before && { after: file.before }) }
      : { ...file, after: brought(text) };
  });
  return {
    files: sorted(
      files.filter(
        ({ before, after }) =>
          after !== undefined && (before?.text !== after.text || before?.mode !== after.mode),
      ),
    ),
    commands: [
      ...steps.flatMap(({ packages }) =>
        packages.length === 0 ? [] : [clean(`apt-get install ${packages.join(' ')}`)],
      ),
      ...steps.flatMap(({ restarts }) => restarts.map(each => say('restart: {0}', each))),
    ],
    notes: [
      say('The steps could not be tried on this server ({0}).', why),
      say(
        'Shown are the files that come with them; parts that are filled in on the server are between @ signs, and changes to files that are there already are missing.',
      ),
    ],
    tried: false,
  };
}

/** As `place` puts it. */
function brought(text: string): Side {
  return { mode: clean(text.startsWith('#!') ? '755' : '644'), owner: clean('0:0'), text: cleanLines(text) };
}

type Told = readonly (readonly [name: string, value: string])[];

function toldIn(out: string): Told {
  return out.split('\n').flatMap((line): Told => {
    const tab = line.indexOf('\t');
    return tab < 0 ? [] : [[line.slice(0, tab), line.slice(tab + 1)]];
  });
}

/** "PATH BEFORE > AFTER", as `describe` tells a file. */
function fileOf(value: string): DryFile {
  const [path = '', ...words] = value.split(' ');
  const middle = words.indexOf('>');
  const [before, after] = [sideOf(words.slice(0, middle)), sideOf(words.slice(middle + 1))];
  return {
    path: clean(Buffer.from(path, 'base64').toString(), 4_096),
    ...(before && { before }),
    ...(after && { after }),
  };
}

function sideOf([kind, mode = '', owner = '', content = '']: readonly string[]): Side | undefined {
  if (kind === 'none') return undefined;
  const side = { mode: clean(mode), owner: clean(owner) };
  if (kind === 'o') return { ...side, why: 'no file' };
  if (content === 'large') return { ...side, why: 'large' };
  const bytes = Buffer.from(content, 'base64');
  if (bytes.includes(0)) return { ...side, why: 'binary' };
  return { ...side, text: cleanLines(bytes.toString()), ...(kind === 'l' && { link: true }) };
}

const sorted = (files: readonly DryFile[]): readonly DryFile[] =>
  files.toSorted((a, b) => (a.path < b.path ? -1 : 1));
const lastLine = (text: string): string => text.trim().split('\n').at(-1) ?? '';
