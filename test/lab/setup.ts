/** Before the first suite: what killed runs left is removed, and the base of the servers is built where it is missing. */
import { build } from './base.ts';
import { sweep } from './claim.ts';
import { level, NOT_BUILT } from './level.ts';

export async function setup(): Promise<void> {
  const found = level({ whenBuilt: true });
  if (found === 'none') return;
  await sweep();
  if (found === 'sshd') return;
  try {
    await build(found);
  } catch (error) {
    process.env[NOT_BUILT] = `its base could not be built: ${String(error)}`; // read in the processes of the suites
  }
}
