/** Writes the demo workspace: `node demo/make.ts FOLDER`. Prints nothing but errors. */
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { writeFiles } from '../test/kit/files.ts';
import { recordBilling } from './billing.ts';
import { IGNORED_FILES, MARKER } from './files.ts';
import { commitHistory } from './history.ts';
import { recordHosts } from './hosts.ts';
import { recordShop } from './shop.ts';
import { writeStacks } from './stacks.ts';

async function make(folder: string, now: number): Promise<void> {
  empty(folder);
  writeFiles(folder, { [MARKER]: 'Made by Shipshape; demo/make.ts may empty this folder.\n' });
  const history = commitHistory(folder, now);
  writeFiles(folder, IGNORED_FILES);
  await recordShop(path.join(folder, 'acme-shop'), history, now);
  await recordBilling(path.join(folder, 'billing'), history, now);
  await recordHosts(path.join(folder, 'infra'), now);
  writeStacks(path.join(folder, 'infra', 'stacks.db'), now);
}

/** Empties what we made before. Anything else is somebody's work. */
function empty(folder: string): void {
  mkdirSync(folder, { recursive: true });
  const names = readdirSync(folder);
  if (names.length > 0 && !existsSync(path.join(folder, MARKER)))
    throw new Error(`${folder} is not empty and was not made by this program. Name another folder.`);
  // The marker last: were we stopped on the way, the folder would still be known as ours.
  const [marker, rest] = [names.filter(name => name === MARKER), names.filter(name => name !== MARKER)];
  for (const name of [...rest, ...marker]) rmSync(path.join(folder, name), { recursive: true });
}

const [folder] = process.argv.slice(2);
if (folder === undefined) {
  process.stderr.write('Usage: node demo/make.ts FOLDER\n');
  process.exitCode = 2;
} else {
  try {
    await make(path.resolve(folder), Date.now());
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
