/** Files as they were kept on a server, and as they stand there: what differs. */
import { clean, join, say, type Clean } from '../base/clean.ts';
import type { Change } from '../base/change.ts';

/** One file, link or folder. */
export interface Thing {
  /** As `find` says it: f, d, l… */
  readonly kind: string;
  readonly mode: string;
  /** Numbers of user and group. */
  readonly owner: string;
  readonly link: string;
  readonly digest: string;
}

/** Things by their paths. */
export type Things = ReadonlyMap<string, Thing>;

/** What was kept: nothing else stands at these paths. */
export interface Kept {
  readonly paths: readonly string[];
  readonly things: Things;
}

/** Reads what `listing` and `stands` write: a line for each thing, and the digests of files. */
export function thingsOf(text: string): Things {
  const things = new Map<string, Thing>();
  const digests = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [, kind, mode, user, group, path, link] =
      /^(\S) (\d+) (\d+) (\d+) \.(.*?) -> (.*)$/.exec(line) ?? [];
    const [, digest, file] = /^\\?([0-9a-f]{64}) {2}\.(.*)$/.exec(line) ?? [];
    if (digest !== undefined && file !== undefined) digests.set(file, digest);
    else if (path !== undefined)
      things.set(path, {
        kind: kind ?? '',
        mode: mode ?? '',
        owner: `${user}:${group}`,
        link: link ?? '',
        digest: '',
      });
    // A line that is nothing, such as the rest of a hostile name, is kept as it is: it counts when it differs.
    else if (line !== '') things.set(line, { kind: '?', mode: '', owner: '', link: '', digest: '' });
  }
  for (const [file, digest] of digests) {
    const thing = things.get(file);
    things.set(file, thing ? { ...thing, digest } : { kind: '?', mode: '', owner: '', link: '', digest });
  }
  return things;
}

/** What would be there after all of these were put back, one over the other. */
export function together(kept: readonly Kept[]): Things {
  const result = new Map<string, Thing>();
  for (const { paths, things } of kept) {
    for (const path of result.keys()) if (paths.some(each => isAt(path, each))) result.delete(path);
    for (const [path, thing] of things) result.set(path, thing);
  }
  return result;
}

/** What makes one into the other. */
export function changesTo(wanted: Things, standing: Things): readonly Change[] {
  const paths = [...new Set([...wanted.keys(), ...standing.keys()])].sort();
  return paths.flatMap((path): readonly Change[] => {
    const [want, is] = [wanted.get(path), standing.get(path)];
    const named = [clean(path)];
    if (want === undefined) return [{ path: named, kind: 'removed' }];
    if (is === undefined) return [{ path: named, kind: 'added' }];
    const differs = differing(is, want);
    return differs.length === 0 ? [] : [{ path: named, kind: 'changed', to: join(differs, ', ') }];
  });
}

/** That something differs, in words. */
export function unlike([first, ...others]: readonly Change[]): Clean | undefined {
  if (!first) return undefined;
  const name = join(first.path, '/');
  if (others.length === 0) return say('{0} is not as it was kept', name);
  return others.length === 1
    ? say('{0} is not as it was kept, and one other', name)
    : say('{0} is not as it was kept, and {1} others', name, others.length);
}

/** Whether a path is another one or lies below it. */
function isAt(path: string, other: string): boolean {
  return path === other || path.startsWith(`${other}/`);
}

function differing(is: Thing, want: Thing): readonly Clean[] {
  return [
    ...(is.kind === want.kind ? [] : [say('another kind of file')]),
    ...(is.digest === want.digest && is.link === want.link ? [] : [say('other content')]),
    ...(is.mode === want.mode ? [] : [say('mode {0} → {1}', clean(is.mode), clean(want.mode))]),
    ...(is.owner === want.owner ? [] : [say('owner {0} → {1}', clean(is.owner), clean(want.owner))]),
  ];
}
