/** Before the first suite: what killed runs left is removed, and the base of the servers is built where it is missing. */
import { build } from './base.ts';
import { sweep } from './claim.ts';
import { level, NOT_BUILT } from './level.ts';

export async function setup(): Promise<void> {
  if (level({ whenBuilt: true }).level === 'none') return;
  await sweep();
  if (level({ whenBuilt: true }).level !== 'full') return;
  try {
    await build();
  } catch (error) {
    process.env[NOT_BUILT] = `its base could not be built: ${String(error)}`; // read in the processes of the suites
  }
}
