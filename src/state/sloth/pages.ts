import { realpath } from 'node:fs/promises';
import {
  isUnreadable,
  mayHideWrite,
  openFile,
  readStamp,
  sameStamp,
  type OpenFile,
  type Stamp,
  type Unreadable,
} from '../../base/files.ts';
import { Blocks } from './blocks.ts';
import { readJournal, type Journal } from './journal.ts';
import { isPageSize, pagesSince, readWal, type Wal } from './wal.ts';

const MAGIC = Buffer.from('SQLite format 3\0', 'latin1');
// Bytes of page 1 that say how the database is written and read: 1 with a rollback journal, 2 with a log.
const WRITE_VERSION = 18;
const READ_VERSION = 19;

interface Files {
  /** Absolute, links followed: SQLite keeps its other files beside what a link leads to. */
  readonly path: string;
  readonly main: OpenFile;
  readonly log: OpenFile | Unreadable;
  readonly journal: OpenFile | Unreadable;
  readonly openedAt: number;
}

/** Opens a database as of its last commit. The caller closes what it gets. */
export async function openPages(file: string): Promise<Pages | Unreadable> {
  const openedAt = Date.now();
  const main = await openFile(file);
  if (isUnreadable(main)) return main;
  const path = await realpath(file).catch(() => file);
  // After the main file: what a writer changed in there before, the journal has by then.
  const [log, journal] = [await openFile(walOf(path)), await openFile(journalOf(path))];
  const files: Files = { path, main, log, journal, openedAt };
  try {
    return new Pages(files);
  } catch (error) {
    await closeFiles(files);
    return { kind: 'failed', reason: error instanceof Error ? error.message : String(error) };
  }
}

export function walOf(file: string): string {
  return `${file}-wal`;
}

export function journalOf(file: string): string {
  return `${file}-journal`;
}

/**
 * The pages of the main file, over them those that a hot journal puts back, and over these what is committed in `-wal`: what
 * SQLite would see, as what sql.js takes for an array of bytes (see engine.ts). Nothing is created, locked or changed.
 *
 * So writers go on while it is read: {@link isWhole} tells afterwards whether that did harm.
 */
export class Pages {
  /** Bytes. */
  readonly length: number;
  /** A log lies beside it that was left out: it is of another database, or not readable. */
  readonly leftOut: 'foreign' | Unreadable | undefined;
  /** A transaction was begun in the main file and not finished, so it was left out; or that cannot be told, and why. */
  readonly halfWritten: 'undone' | Unreadable | undefined;
  /** Why a page could not be read. Zeros were served in its place. */
  problem: unknown;

  private readonly files: Files;
  private readonly pageSize: number;
  private readonly wal: Wal | undefined;
  private readonly journal: Journal | undefined;
  private readonly mainBlocks: Blocks;
  private readonly logBlocks: Blocks | undefined;
  private readonly journalBlocks: Blocks | undefined;
  private readonly servedFromMain = new Set<number>();

  constructor(files: Files) {
    const { main } = files;
    const log = isUnreadable(files.log) ? undefined : files.log;
    // The log is read first: content moves from it to the main file at any time, and never back.
    const wal = log && main.stamp.size > 0 ? readLog(files.path, log) : undefined;
    const journal = isUnreadable(files.journal) || main.stamp.size === 0 ? undefined : files.journal;
    this.files = files;
    this.mainBlocks = new Blocks(main.handle);
    this.journalBlocks = journal && new Blocks(journal.handle);
    this.journal = journal && readJournal(journal.handle.fd, journal.stamp.size);
    const pageSize = this.journal?.pageSize ?? pageSizeIn(this.mainBlocks.read(0, 20));
    const foreign = wal !== undefined && pageSize !== undefined && pageSize !== wal.pageSize;
    if (foreign) this.leftOut = 'foreign';
    else if (isUnreadable(files.log) && files.log.kind !== 'missing') this.leftOut = files.log;
    this.wal = foreign ? undefined : wal;
    this.logBlocks = log && new Blocks(log.handle);
    this.pageSize = this.wal?.pageSize ?? pageSize ?? 4096;
    const pageCount = this.wal?.pageCount ?? this.journal?.pageCount;
    this.length = pageCount === undefined ? main.stamp.size : pageCount * this.pageSize;
    if (this.journal) this.halfWritten = 'undone';
    else if (isUnreadable(files.journal) && files.journal.kind !== 'missing')
      this.halfWritten = files.journal;
  }

  get isDatabase(): boolean {
    return MAGIC.equals(this.subarray(0, MAGIC.length));
  }

  close(): Promise<void> {
    return closeFiles(this.files);
  }

  /** sql.js takes its copy of the data by one `slice` of the whole: like this it goes on with the pages themselves. */
  slice(): this {
    return this;
  }

  subarray(from: number, to: number): Uint8Array {
    const page = Math.floor(from / this.pageSize);
    const end = (page + 1) * this.pageSize;
    if (to <= end) return this.partOfPage(page + 1, from - page * this.pageSize, to - from);
    const bytes = new Uint8Array(to - from);
    bytes.set(this.subarray(from, end));
    bytes.set(this.subarray(end, to), end - from);
    return bytes;
  }

  /**
   * Whether everything served so far is of one commit. What was served of the log stays as it is. A page that was served
   * from the main file may have been overwritten before by a checkpoint: with a later commit, so the log has it anew.
   */
  async isWhole(): Promise<boolean> {
    const { path, main, log, journal, openedAt } = this.files;
    const mainNow = await readStamp(path);
    const logNow = await readStamp(walOf(path));
    if (isUnreadable(mainNow) || mainNow.inode !== main.stamp.inode) return false;
    // Only where it is used: it comes and goes with every transaction of a writer that keeps no log.
    if (this.journal && !isStill(journal, await readStamp(journalOf(path)), openedAt)) return false;
    if (this.wal && !isUnreadable(log)) {
      if (isUnreadable(logNow) || logNow.inode !== log.stamp.inode) return false;
      return this.isUntouched(log, this.wal);
    }
    return isStill(main, mainNow, openedAt) && isSame(log, logNow);
  }

  private isUntouched(log: OpenFile, wal: Wal): boolean {
    try {
      const changed = pagesSince(log.handle, wal);
      return changed !== undefined && ![...changed].some(page => this.servedFromMain.has(page));
    } catch {
      return false; // readable a moment ago
    }
  }

  private partOfPage(page: number, offset: number, length: number): Uint8Array {
    const bytes = this.stored(page, offset, length);
    if (page > 1 || offset > READ_VERSION) return bytes;
    // Told of a log, SQLite would look for one of its own; this one is applied already.
    const header = Uint8Array.from(bytes);
    header.fill(1, Math.max(0, WRITE_VERSION - offset), READ_VERSION + 1 - offset);
    return header;
  }

  private stored(page: number, offset: number, length: number): Uint8Array {
    try {
      const inLog = this.wal?.pages.get(page);
      if (inLog !== undefined && this.logBlocks)
        return this.logBlocks.read(inLog + offset, inLog + offset + length);
      const inJournal = this.journal?.pages.get(page);
      if (inJournal !== undefined && this.journalBlocks)
        return this.journalBlocks.read(inJournal + offset, inJournal + offset + length);
      this.servedFromMain.add(page);
      const start = (page - 1) * this.pageSize + offset;
      return this.mainBlocks.read(start, start + length);
    } catch (error) {
      // Thrown through the frames of SQLite, it would leave the engine in a state that nobody knows.
      this.problem = error;
      return new Uint8Array(length);
    }
  }
}

/** Logs as they were read last: they only grow, and taking in all of one takes longer than most questions. */
const lastRead = new Map<string, { readonly wal: Wal; readonly inode: number }>();
const LOGS_REMEMBERED = 16;

function readLog(path: string, log: OpenFile): Wal | undefined {
  const { inode, size } = log.stamp;
  const last = lastRead.get(path);
  const isSameLog = last?.inode === inode && size >= last.wal.end.at;
  const wal = readWal(log.handle, isSameLog ? last.wal : undefined);
  lastRead.delete(path);
  if (wal) lastRead.set(path, { wal, inode });
  for (const oldest of lastRead.keys()) {
    if (lastRead.size <= LOGS_REMEMBERED) break;
    lastRead.delete(oldest);
  }
  return wal;
}

function pageSizeIn(header: Uint8Array): number | undefined {
  const bytes = Buffer.from(header);
  const size = bytes.readUInt16BE(MAGIC.length);
  const pageSize = size === 1 ? 65_536 : size;
  return MAGIC.equals(bytes.subarray(0, MAGIC.length)) && isPageSize(pageSize) ? pageSize : undefined;
}

function isStill(before: OpenFile | Unreadable, now: Stamp | Unreadable, openedAt: number): boolean {
  if (isUnreadable(before) || isUnreadable(now)) return false;
  return sameStamp(before.stamp, now) && !mayHideWrite(now, openedAt);
}

/** For a log that was not used. One that may not be opened may still be there. */
function isSame(before: OpenFile | Unreadable, now: Stamp | Unreadable): boolean {
  if (isUnreadable(before)) return before.kind !== 'missing' || isUnreadable(now);
  return !isUnreadable(now) && sameStamp(before.stamp, now);
}

async function closeFiles({ main, log, journal }: Files): Promise<void> {
  for (const file of [main, log, journal]) if (!isUnreadable(file)) await file.handle.close();
}
