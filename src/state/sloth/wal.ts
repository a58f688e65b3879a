/**
 * SQLite's write-ahead log, `<database>-wal`: a header, then frames, each a page and what it belongs to. A page counts
 * when its frame and all frames before it check out and a commit frame follows. (sqlite.org/fileformat2.html, section 4)
 */
import { readSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';

/** The committed content of a log when it was read. */
export interface Wal {
  readonly pageSize: number;
  /** Where the newest committed content of a page lies in the file, by page number. */
  readonly pages: ReadonlyMap<number, number>;
  /** Size of the database in pages after the last commit; `undefined` when nothing was committed. */
  readonly pageCount: number | undefined;
  readonly header: Header;
  /** Behind the last commit: where the next frame will be written. */
  readonly end: Position;
}

interface Header {
  readonly bytes: Buffer;
  readonly pageSize: number;
  readonly bigEndian: boolean;
}

/** A place between two frames, with the checksum of everything before it. */
interface Position {
  readonly at: number;
  readonly sum: Sum;
}

type Sum = readonly [number, number];

const HEADER = 32;
const FRAME_HEADER = 24;
const MAGIC = 0x377f0682; // the lowest bit says that checksums are of big-endian words
const READ_AHEAD = 512 * 1024;

/**
 * Reads a log; only what was appended to it where `known` is an earlier reading of the same one. `undefined`: there is no
 * valid log, so everything is in the main file.
 */
export function readWal(file: FileHandle, known?: Wal): Wal | undefined {
  const header = readHeader(file);
  if (!header) return undefined;
  // Committed frames stay as they are until the log starts anew, and then it has another header.
  if (known?.header.bytes.equals(header.bytes)) {
    const { pages, pageCount, end } = readFrames(file, header, known.end);
    if (pageCount === undefined) return known;
    return { ...known, pages: new Map([...known.pages, ...pages]), pageCount, end };
  }
  const sum: Sum = [header.bytes.readInt32BE(24), header.bytes.readInt32BE(28)];
  return { pageSize: header.pageSize, header, ...readFrames(file, header, { at: HEADER, sum }) };
}

/**
 * The pages committed since `wal` was read. `undefined`: the log was started anew, so they cannot be told.
 * Only these can differ in the main file from what they were then, because a checkpoint copies committed pages only.
 */
export function pagesSince(file: FileHandle, wal: Wal): ReadonlySet<number> | undefined {
  const { pages } = readFrames(file, wal.header, wal.end);
  // Looked at last: the header of a restarted log is written before its first frame, so these frames were of this log.
  return readBytes(file, 0, HEADER).equals(wal.header.bytes) ? new Set(pages.keys()) : undefined;
}

function readHeader(file: FileHandle): Header | undefined {
  const bytes = readBytes(file, 0, HEADER);
  if (bytes.length < HEADER) return undefined;
  const magic = bytes.readUInt32BE(0);
  const bigEndian = magic === MAGIC + 1;
  const pageSize = bytes.readUInt32BE(8);
  const sum = checksum([0, 0], bytes.subarray(0, 24), bigEndian);
  const valid =
    (bigEndian || magic === MAGIC) && isPageSize(pageSize) && matches(sum, bytes.subarray(24, HEADER));
  return valid ? { bytes, pageSize, bigEndian } : undefined;
}

/** Reads on from a position to the last commit. What comes behind it is torn, not committed or of an older log. */
function readFrames(
  file: FileHandle,
  { bytes: header, pageSize, bigEndian }: Header,
  start: Position,
): Pick<Wal, 'pages' | 'pageCount' | 'end'> {
  const salts = header.subarray(16, 24);
  const size = FRAME_HEADER + pageSize;
  const committed = new Map<number, number>();
  const uncommitted = new Map<number, number>();
  let pageCount: number | undefined;
  let end = start;
  let { at, sum } = start;
  for (let ahead = framesAt(file, at, size); ahead.length >= size; ahead = framesAt(file, at, size)) {
    for (let offset = 0; offset + size <= ahead.length; offset += size) {
      const frame = ahead.subarray(offset, offset + size);
      sum = checksum(sum, frame.subarray(0, 8), bigEndian);
      sum = checksum(sum, frame.subarray(FRAME_HEADER), bigEndian);
      const page = frame.readUInt32BE(0);
      // A log that starts anew overwrites the old one from the front: behind its end lie frames with the old salts.
      if (page === 0 || !salts.equals(frame.subarray(8, 16)) || !matches(sum, frame.subarray(16, 24)))
        return { pages: committed, pageCount, end };
      uncommitted.set(page, at + FRAME_HEADER);
      at += size;
      const pagesAfterCommit = frame.readUInt32BE(4);
      if (pagesAfterCommit === 0) continue;
      for (const [each, position] of uncommitted) committed.set(each, position);
      uncommitted.clear();
      pageCount = pagesAfterCommit;
      end = { at, sum };
    }
  }
  return { pages: committed, pageCount, end };
}

function framesAt(file: FileHandle, at: number, size: number): Buffer {
  return readBytes(file, at, Math.max(1, Math.floor(READ_AHEAD / size)) * size);
}

function readBytes(file: FileHandle, at: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  return bytes.subarray(0, readSync(file.fd, bytes, 0, length, at));
}

/** Continues a checksum: two sums of 32-bit words that feed each other, modulo 2^32. */
function checksum([first, second]: Sum, bytes: Buffer, bigEndian: boolean): Sum {
  const words = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = 0; at < bytes.length; at += 8) {
    first = (first + words.getInt32(at, !bigEndian) + second) | 0;
    second = (second + words.getInt32(at + 4, !bigEndian) + first) | 0;
  }
  return [first, second];
}

/** Stored checksums are big endian, whatever the words they are made of. */
function matches([first, second]: Sum, stored: Buffer): boolean {
  return stored.readInt32BE(0) === first && stored.readInt32BE(4) === second;
}

/** A power of two from 512 to 65536. */
export function isPageSize(size: number): boolean {
  return size >= 512 && size <= 65_536 && (size & (size - 1)) === 0;
}
