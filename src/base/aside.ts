/** Files that are made under another name beside their place, and appear there when they are whole. */
import { randomUUID } from 'node:crypto';
import { link, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { say } from './clean.ts';
import { systemCode, told, type UserError } from './errors.ts';
import { refusal } from './refusals.ts';
import { syncFolder, writeDurably } from './write.ts';

/** A name that nobody reads and nobody has. */
export function asideOf(file: string): string {
  return `${file}.${randomUUID()}.tmp`;
}

/** Gives a file that was made aside its name, which nobody may have yet: a rename would replace whatever has it. */
export function placeNew(aside: string, file: string): Promise<void> {
  return told(file, async () => {
    await link(aside, file).catch((error: unknown) => {
      throw systemCode(error) === 'EEXIST' ? taken(file) : error;
    });
    await syncFolder(path.dirname(file));
  });
}

function taken(file: string): UserError {
  return refusal('exists', file, say('Something with this name is there already.'));
}

/** Takes a file away that was made aside, where it is still there. */
export async function removeAside(aside: string): Promise<void> {
  await rm(aside, { force: true });
}

/** Writes a file, in place of whatever has its name. */
export function replaceFile(file: string, content: string): Promise<void> {
  const aside = asideOf(file);
  return told(file, async () => {
    await writeDurably(aside, content, { mode: 0o644 });
    await rename(aside, file);
  });
}
