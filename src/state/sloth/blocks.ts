import { readSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';

const BLOCK = 64 * 1024;
const BLOCKS_KEPT = 64;

/**
 * A file's bytes by position, through a small cache of blocks: 4 MB, whatever the size of the file. Synchronous, because
 * SQLite is when it asks for a page.
 */
export class Blocks {
  private readonly file: FileHandle;
  private readonly kept = new Map<number, Uint8Array>();

  constructor(file: FileHandle) {
    this.file = file;
  }

  /** The bytes from `from` up to `to`, zeros beyond the end of the file. A view: to be copied, never changed. */
  read(from: number, to: number): Uint8Array {
    const start = from % BLOCK;
    if (start + to - from <= BLOCK) return this.block(from - start).subarray(start, start + to - from);
    const bytes = new Uint8Array(to - from);
    for (let at = from - start; at < to; at += BLOCK) {
      const wanted = this.block(at).subarray(Math.max(0, from - at), to - at);
      bytes.set(wanted, Math.max(0, at - from));
    }
    return bytes;
  }

  private block(at: number): Uint8Array {
    const block = this.kept.get(at) ?? new Uint8Array(BLOCK);
    if (!this.kept.delete(at)) readSync(this.file.fd, block, 0, BLOCK, at);
    this.kept.set(at, block); // now the last one: the first is always the one not used for longest
    for (const oldest of this.kept.keys()) {
      if (this.kept.size <= BLOCKS_KEPT) break;
      this.kept.delete(oldest);
    }
    return block;
  }
}
