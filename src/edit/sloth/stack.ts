import type { Stack } from '../../state/model.ts';
import { stackKey } from '../../state/sloth/stacks.ts';
import type { Reader } from '../../state/source.ts';
import { projectAt } from '../look.ts';
import type { OnDatabase } from './database.ts';

export interface OnStack extends OnDatabase {
  /** The id of a stack; names may occur twice. */
  readonly stack: string;
}

/** A stack as people see it. */
export async function stackAt(
  reader: Reader,
  { place, stack: id }: OnStack,
  signal: AbortSignal,
): Promise<Stack | undefined> {
  const { stacks } = await projectAt(reader, place, signal);
  return stacks.find(({ key }) => key === stackKey(place.key, id));
}
