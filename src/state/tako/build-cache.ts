import { clean, isSecretName, join, MASK, say, type Clean } from '../../base/clean.ts';
import type { Change } from '../../base/change.ts';
import { edited, readDocument } from '../../base/document.ts';
import type { Edit, Path } from '../../base/edit.ts';
import { UserError } from '../../base/errors.ts';
import { Fields } from '../../base/fields.ts';
import type { Json } from '../../base/json.ts';
import { mergeEdits } from '../../base/merge.ts';
import { secondText, type Instant } from '../../base/time.ts';
import type { FileWrite } from '../../base/write.ts';
import { hashContext, type Checksums } from './build-context.ts';
import type { BuildDefinition } from './configured.ts';
import { goText } from './deployment.ts';
import { objectIn, takoPath } from './recorded.ts';

/** An image that was built, and what from. */
export interface NewBuild {
  readonly service: string;
  /** As they were before the build began: what changes during it is in no image. */
  readonly files: Checksums;
  readonly args: BuildDefinition['args'];
  readonly image: { readonly tag: string; readonly id: string; readonly sizeBytes: number };
}

export type BuildVerdict =
  | {
      readonly rebuild: true;
      readonly why: Clean;
      /** Files by their path, build arguments below `build_args`. */
      readonly changes: readonly Change[];
    }
  | {
      readonly rebuild: false;
      readonly since: Instant;
      /** What was built then. */
      readonly image?: { readonly tag: Clean; readonly id: Clean };
    };

/**
 * Whether a service would be built again, and why, by files and by arguments as they are written: their values may be secret and are
 * not recorded. What cannot be told is a reason to build.
 */
export async function checkBuild(
  root: string,
  service: string,
  definition: BuildDefinition,
  signal: AbortSignal,
): Promise<BuildVerdict> {
  try {
    const cache = Fields.of(objectIn(await readDocument(root, cachePath(service))));
    const since = cache?.time('last_build')?.at;
    if (!cache || since === undefined) return rebuild(say('no build of it is recorded'));
    const files = await hashContext(root, definition, signal);
    const args = recordedArgs(definition.args);
    const changes = [
      ...differences(cache.raw('files'), files, []),
      ...differences(cache.raw('build_args'), args, [ARGUMENTS]),
    ];
    if (changes.length > 0) return rebuild(reasonOf(changes), changes);
    const [tag, id] = ['tag', 'id'].map(each => cache.object('image').text(each));
    const image = tag !== undefined && id !== undefined ? { tag, id } : undefined;
    return { rebuild: false, since, ...(image && { image }) };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { rebuild: true, why: join([say('Would rebuild.'), error.what, error.where], ' '), changes: [] };
  }
}

/** The record of a build. */
export async function saveBuild(
  root: string,
  { service, files, args, image }: NewBuild,
  now: Instant,
): Promise<FileWrite> {
  const document = await readDocument(root, cachePath(service));
  const told = {
    last_build: secondText(now),
    image: { tag: image.tag, id: image.id, size_bytes: image.sizeBytes },
  };
  const emptied = edited(
    { ...document, text: document.text ?? goText({ last_build: '', files: {}, image: {}, build_args: {} }) },
    [
      ...mergeEdits(objectIn(document) ?? { image: {} }, told),
      entry(['files'], {}),
      entry(['build_args'], {}),
    ],
    'go',
  );
  // One by one: an object of JavaScript would put the file "10" first, Go sorts it among the others.
  const entries = [
    ...[...files].map(([name, checksum]) => entry(['files', name], checksum)),
    ...[...recordedArgs(args)].map(([name, value]) => entry(['build_args', name], value)),
  ];
  return edited({ ...document, text: String(emptied.content) }, entries, 'go');
}

function entry(path: Path, value: Json): Edit {
  return { kind: 'set', path, value, sorted: path.length > 1 };
}

function cachePath(service: string): string {
  return takoPath('builds', 'cache', service, 'checksums.json');
}

/** Without the values that may be secret: those of variables are their names, those under telling names are masked. */
function recordedArgs(args: BuildDefinition['args']): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(args).map(([name, value]) => [
      name,
      isSecretName(name) && !value.includes('${') ? MASK : clean(value, ARGUMENT_LIMIT),
    ]),
  );
}

const ARGUMENT_LIMIT = 10_000;

const ARGUMENTS = clean('build_args');

/** Names are compared as they stand, with their case: they are names of files. */
function differences(
  recorded: unknown,
  found: ReadonlyMap<string, string>,
  above: readonly Clean[],
): readonly Change[] {
  const standing = new Map<string, unknown>(Object.entries(recorded ?? {}));
  const change = (name: string, kind: Change['kind']): Change => ({
    path: [...above, clean(name, 1_000)],
    kind,
  });
  return [
    ...[...found].flatMap(([name, value]) => {
      if (standing.get(name) === value) return [];
      return [change(name, standing.has(name) ? 'changed' : 'added')];
    }),
    ...[...standing.keys()].filter(name => !found.has(name)).map(name => change(name, 'removed')),
  ];
}

function reasonOf(changes: readonly Change[]): Clean {
  const isArgument = ({ path }: Change): boolean => path.length > 1;
  const files = (kind: Change['kind']): Clean | undefined =>
    listed(changes.filter(each => !isArgument(each) && each.kind === kind));
  const [changed, added, removed] = [files('changed'), files('added'), files('removed')];
  const args = listed(changes.filter(isArgument));
  return join(
    [
      changed && say('{0} changed', changed),
      added && say('{0} added', added),
      removed && say('{0} removed', removed),
      args && say('other build arguments: {0}', args),
    ],
    '; ',
  );
}

const NAMED = 3;

/** The first few names, and how many more there are. */
function listed(changes: readonly Change[]): Clean | undefined {
  if (changes.length === 0) return undefined;
  const first = join(
    changes.slice(0, NAMED).map(({ path }) => path.at(-1)),
    ', ',
  );
  return changes.length > NAMED ? say('{0} and {1} more', first, changes.length - NAMED) : first;
}

function rebuild(reason: Clean, changes: readonly Change[] = []): BuildVerdict {
  return { rebuild: true, why: say('Would rebuild because {0}.', reason), changes };
}
