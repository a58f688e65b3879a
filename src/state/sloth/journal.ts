/**
 * SQLite's rollback journal, `<database>-journal`: pages of the main file as they were before a transaction, which counts
 * when the journal is gone. One that is left behind is "hot": whoever opens the database next puts its pages back.
 * (sqlite.org/fileformat2.html, section 3; sqlite.org/lockingv3.html, section 4)
 */
import { existsSync, readSync } from 'node:fs';
import { isPageSize } from './wal.ts';

/** The main file as it was before a transaction that does not count. */
export interface Journal {
  readonly pageSize: number;
  /** Where the former content of a page lies in the journal, by page number. */
  readonly pages: ReadonlyMap<number, number>;
  /** Size of the database in pages. */
  readonly pageCount: number;
}

const MAGIC = Buffer.from('d9d505f920a163d7', 'hex');
const SMALLEST = 512; // a header fills a sector, and sectors of today have at least this
const UNKNOWN = 0xffffffff;
const SUPER_TAIL = 16; // behind the name: its length, its checksum, the magic
const SUPER_NAME_LIMIT = 512;

/**
 * Reads a journal. `undefined`: it is not hot, because its transaction was finished (its header is overwritten, or the
 * journal of all databases of the transaction is gone) or has not touched the main file yet.
 *
 * A process that is still writing cannot be told from one that died: its lock is not visible without taking one. It need
 * not be. Before it changes a page of the main file the journal has it, and until the journal goes, what the journal has
 * is the last commit.
 */
export function readJournal(file: number, size: number): Journal | undefined {
  const header = readBytes(file, 0, 28);
  if (size < SMALLEST || header.length < 28 || !isHeader(header)) return undefined;
  const pageCount = header.readUInt32BE(16);
  const sectorSize = header.readUInt32BE(20);
  const pageSize = header.readUInt32BE(24);
  const isSector = sectorSize >= 32 && sectorSize <= 65_536 && (sectorSize & (sectorSize - 1)) === 0;
  if (!isSector || !isPageSize(pageSize) || isSuperGone(file, size)) return undefined;
  return { pageSize, pageCount, pages: readRecords({ file, size, pageSize, sectorSize }) };
}

interface Form {
  readonly file: number;
  readonly size: number;
  readonly pageSize: number;
  readonly sectorSize: number;
}

/** The records behind each of the headers, up to the first that does not check out. */
function readRecords({ file, size, pageSize, sectorSize }: Form): Map<number, number> {
  const pages = new Map<number, number>();
  const recordSize = 4 + pageSize + 4; // page number, page, checksum
  for (let at = 0; at + sectorSize <= size; at = Math.ceil(at / sectorSize) * sectorSize) {
    const header = readBytes(file, at, 16);
    if (header.length < 16 || !isHeader(header)) break;
    const [count, nonce] = [header.readUInt32BE(8), header.readUInt32BE(12)];
    at += sectorSize;
    // Written without syncs the count is never filled in. A count of 0: the records were not synced, and so not used yet.
    const end = count === UNKNOWN ? size : at + count * recordSize;
    for (; at < end; at += recordSize) {
      const record = readBytes(file, at, recordSize);
      if (record.length < recordSize) return pages;
      const [page, sum] = [record.readUInt32BE(0), record.readUInt32BE(4 + pageSize)];
      if (page === 0 || sum !== checksum(record.subarray(4, 4 + pageSize), nonce)) return pages;
      pages.set(page, at + 4);
    }
  }
  return pages;
}

function isHeader(bytes: Buffer): boolean {
  return MAGIC.equals(bytes.subarray(0, MAGIC.length));
}

/** Every 200th byte, counted from the end, is enough to see that a page was not written as a whole. */
function checksum(page: Buffer, nonce: number): number {
  let sum = nonce;
  for (let at = page.length - 200; at > 0; at -= 200) sum = (sum + page.readUInt8(at)) >>> 0;
  return sum;
}

/**
 * A transaction on several databases names, at the end of the journal of each, a journal of all of them. When that goes, the
 * transaction counts, whatever the others still say.
 */
function isSuperGone(file: number, size: number): boolean {
  if (size < SUPER_TAIL) return false;
  const tail = readBytes(file, size - SUPER_TAIL, SUPER_TAIL);
  if (tail.length < SUPER_TAIL || !isHeader(tail.subarray(8))) return false;
  const length = tail.readUInt32BE(0);
  if (length === 0 || length > SUPER_NAME_LIMIT || length > size - SUPER_TAIL) return false;
  const name = readBytes(file, size - SUPER_TAIL - length, length);
  const sum = new Int8Array(name).reduce((all, byte) => (all + byte) >>> 0, 0); // C's char has a sign
  return sum === tail.readUInt32BE(4) && !existsSync(name.toString());
}

function readBytes(file: number, at: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  return bytes.subarray(0, readSync(file, bytes, 0, length, at));
}
