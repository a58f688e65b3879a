/** Files that are made under another name beside their place, and appear there when they are whole. */
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { link, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { say } from './clean.ts';
import { systemCode, told, type UserError } from './errors.ts';
import { refusal } from './refusals.ts';
import { syncFolder, writeDurably, type Content } from './write.ts';

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

/** Writes a file, in place of whatever has its name. Content that fails before its end changes nothing. */
export function replaceFile(file: string, content: Content, mode = 0o644): Promise<void> {
  const aside = asideOf(file);
  return told(file, async () => {
    try {
      await writeDurably(aside, content, { mode });
      await rename(aside, file);
    } finally {
      await removeAside(aside);
    }
  });
}

/** Compresses a file into a new one that only its owner may read. Returns the digest and the size of the new one. */
export function compressFile(
  from: string,
  file: string,
): Promise<{ readonly sha256: string; readonly bytes: number }> {
  const aside = asideOf(file);
  const hash = createHash('sha256');
  let bytes = 0;
  const count = new Transform({
    transform(chunk: Buffer, _, done) {
      hash.update(chunk);
      bytes += chunk.length;
      done(null, chunk);
    },
  });
  return told(file, async () => {
    try {
      const out = createWriteStream(aside, { flags: 'wx', mode: 0o600, flush: true });
      await pipeline(createReadStream(from), createGzip(), count, out);
      await placeNew(aside, file);
      return { sha256: hash.digest('hex'), bytes };
    } finally {
      await removeAside(aside);
    }
  });
}
