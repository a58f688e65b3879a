/** Packs what an image is built from as `docker build` reads it. */
import { lstat, readlink } from 'node:fs/promises';
import { Header, type HeaderData } from 'tar/header';
import { Pax } from 'tar/pax';
import { say } from '../../base/clean.ts';
import { fileError, UserError } from '../../base/errors.ts';
import { isUnreadable, openFile } from '../../base/files.ts';

const BLOCK = 512;
// Windows knows no such bit, and no script of a context could be run.
const EXECUTABLE = process.platform === 'win32' ? 0o111 : 0;

/**
 * A tar archive of files by their path in it (`listContext`), made while it is read. The Dockerfile is its last: what arrives
 * of an archive that is cut off cannot be built.
 */
export async function* archiveOf(
  files: ReadonlyMap<string, string>,
  dockerfile: string,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  const last = (name: string): number => Number(name === dockerfile);
  for (const [name, file] of [...files].sort(([a], [b]) => last(a) - last(b))) {
    signal.throwIfAborted();
    yield* entryOf(name, file);
  }
  yield Buffer.alloc(2 * BLOCK);
}

async function* entryOf(path: string, file: string): AsyncGenerator<Buffer> {
  const found = await lstat(file).catch((error: unknown) => {
    throw fileError(error, file);
  });
  if (found.isSymbolicLink()) {
    yield headerOf({ path, type: 'SymbolicLink', linkpath: await readlink(file), mode: 0o777, size: 0 });
    return;
  }
  const opened = await openFile(file);
  if (isUnreadable(opened)) throw changed(file);
  const { size, mode, modified } = opened.stamp;
  const mtime = new Date(Math.floor(modified / 1_000) * 1_000);
  yield headerOf({ path, type: 'File', mode: mode | EXECUTABLE, size, mtime });
  let left = size;
  // A stream of bytes; it closes the file, also when it is left early.
  for await (const chunk of opened.handle.createReadStream() as AsyncIterable<Buffer>) {
    left -= chunk.length;
    if (left < 0) break;
    yield chunk;
  }
  if (left !== 0) throw changed(file);
  if (size % BLOCK > 0) yield Buffer.alloc(BLOCK - (size % BLOCK));
}

function headerOf(data: HeaderData): Buffer {
  const header = new Header({ ...data, uid: 0, gid: 0 });
  const block = Buffer.alloc(BLOCK);
  return header.encode(block) ? Buffer.concat([new Pax(data).encode(), block]) : block;
}

function changed(file: string): UserError {
  return new UserError('build-context', {
    what: say('The file was changed while it was sent to be built.'),
    where: file,
    next: say('Nothing was built. Try again when nothing writes there.'),
  });
}
