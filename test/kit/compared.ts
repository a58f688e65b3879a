/** What a source says of two things, in lines. */
import type { Change, Comparison } from '../../src/base/change.ts';
import type { Key } from '../../src/base/finding.ts';
import type { Place, Source } from '../../src/state/source.ts';

const never = new AbortController().signal;

/** Compares as through the worker. */
export async function compared(source: Source, place: Place, a: Key, b: Key): Promise<Comparison> {
  const found = await source.compare?.(structuredClone(place), a, b, never);
  if (!found) throw new Error(`${source.tool} compares nothing`);
  return structuredClone(found);
}

/** `kind path: from -> to`, one line for each difference, then the notes. */
export function lines({ changes, more, notes }: Comparison): readonly string[] {
  return [...changes.map(changeLine), ...(more > 0 ? [`and ${more} more`] : []), ...notes];
}

function changeLine({ kind, path, from, to }: Change): string {
  const values = [from, to].map(value => (value === undefined ? '-' : JSON.stringify(value)));
  return `${kind} ${path.join('.')}: ${values.join(' -> ')}`;
}
