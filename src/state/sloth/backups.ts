import { createHash, randomBytes } from 'node:crypto';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { say, type Clean } from '../../base/clean.ts';
import { UserError } from '../../base/errors.ts';
import { isUnreadable, openFile, readNames, readText, STATE_LIMIT } from '../../base/files.ts';
import { parseJson } from '../../base/json.ts';
import { addOwnFile, OWN_FOLDER, placeOfOwn, removeOwnFile } from '../../base/own.ts';
import { parseTime, utcText, type Instant } from '../../base/time.ts';
import { parseRow, printRow, type KeptRow } from './stack-rows.ts';

/** What a backup is of, and why it was made. */
export interface BackupSubject {
  /** `archive`: old snapshots that were moved out of the database. */
  readonly kind: 'backup' | 'archive';
  /** The name of its file. */
  readonly database: string;
  readonly stack: string;
  readonly name: string;
  /** The number of the newest snapshot. */
  readonly version: number;
  readonly at: string;
  readonly by: string;
  /** In the words of sloth-runner's own table. */
  readonly type: 'manual' | 'automatic' | 'pre-operation';
  readonly reason: string;
}

/** A backup by its manifest. */
export interface Backup extends BackupSubject {
  /** The name of its two files, without what they end in. */
  readonly id: string;
  /** How many rows of each table. */
  readonly rows: Readonly<Record<string, number>>;
  readonly compressed: Size;
  readonly content: Size;
}

interface Size {
  readonly bytes: number;
  readonly sha256: string;
}

const FORMAT = 1;
const FOLDER = 'backups';
const ID = /^[\w-]{1,100}$/;
const MANIFEST_LIMIT = 64 * 1024;
/** A row holds a snapshot at most, and that twice where all of it has to be escaped. */
const LINE_LIMIT = 2 * STATE_LIMIT;

export function newBackupId(at: Instant): string {
  return `${utcText(at).replaceAll(/[-:]|\.\d+/g, '')}-${randomBytes(4).toString('hex')}`;
}

/** The file with the rows of a backup, relative to our own folder. */
function dataOf(id: string): string {
  return `${FOLDER}/${id}.jsonl.gz`;
}

function manifestOf(id: string): string {
  return `${FOLDER}/${id}.json`;
}

/** The absolute path of a backup, as the database records it. */
export function pathOfBackup(root: string, id: string): string {
  return path.join(root, OWN_FOLDER, ...dataOf(id).split('/'));
}

/** Writes rows into a backup, one by one. The manifest comes last: without it there is no backup. */
export async function writeBackup(
  root: string,
  id: string,
  subject: BackupSubject,
  rows: Iterable<KeptRow>,
): Promise<Backup> {
  const counts: Record<string, number> = {};
  const [content, compressed] = [new Meter(), new Meter()];
  function* lines(): Generator<Uint8Array> {
    for (const row of rows) {
      counts[row.table] = (counts[row.table] ?? 0) + 1;
      yield content.add(Buffer.from(printRow(row)));
    }
  }
  await pipeline(lines(), createGzip(), (chunks: AsyncIterable<Uint8Array>) =>
    addOwnFile(root, dataOf(id), measured(chunks, compressed)),
  );
  const manifest = { ...subject, rows: counts, compressed: compressed.size, content: content.size };
  const text = JSON.stringify({ format: FORMAT, tool: 'sloth-runner', ...manifest }, null, 2);
  await addOwnFile(root, manifestOf(id), `${text}\n`);
  return { id, ...manifest };
}

export async function removeBackup(root: string, id: string): Promise<void> {
  await removeOwnFile(root, manifestOf(id));
  await removeOwnFile(root, dataOf(id));
}

/** The backups of a database, the newest first, and the files that are no manifests. `known` ones are not read again. */
export async function listBackups(
  root: string,
  database: string,
  known = new Map<string, Backup>(),
): Promise<{ readonly backups: readonly Backup[]; readonly damaged: readonly string[] }> {
  const folder = path.join(root, OWN_FOLDER, FOLDER);
  const found = await readNames(folder);
  const damaged: string[] = [];
  const backups: Backup[] = [];
  for (const name of isUnreadable(found) ? [] : found.names) {
    const id = path.basename(name, '.json');
    if (id === name || !ID.test(id)) continue; // of something else
    const file = path.join(folder, name);
    const backup = known.get(file) ?? (await readManifest(root, id).catch(() => undefined)); // a link that leads out
    if (!backup) damaged.push(file);
    else known.set(file, backup);
    if (backup?.database === database) backups.push(backup);
  }
  return { backups: backups.sort((a, b) => (a.at < b.at ? 1 : -1)), damaged };
}

/** The backup with an id, of which nobody knows where it comes from. */
export async function loadBackup(root: string, id: string): Promise<Backup> {
  const backup = await readManifest(root, id);
  if (!backup)
    throw damagedBackup(root, id, say('There is no such backup here, or its manifest is damaged.'));
  return backup;
}

async function readManifest(root: string, id: string): Promise<Backup | undefined> {
  if (!ID.test(id)) return undefined;
  const file = await readText(await placeOfOwn(root, manifestOf(id)), { limit: MANIFEST_LIMIT });
  return isUnreadable(file) ? undefined : decode(id, file.text);
}

/**
 * The rows of a backup, one by one. Those of a file that is not as its manifest says end in an error: what was made of them
 * is to be given up.
 */
export async function* backedUpRows(root: string, backup: Backup): AsyncGenerator<KeptRow> {
  const { id, stack } = backup;
  const [content, compressed] = [new Meter(), new Meter()];
  const counts: Record<string, number> = {};
  const damaged = (what: Clean): UserError => damagedBackup(root, id, what);
  const opened = await openFile(await placeOfOwn(root, dataOf(id)));
  if (isUnreadable(opened)) throw damaged(say('Its file is not there or cannot be read.'));
  const gunzip = createGunzip();
  const source = opened.handle.createReadStream();
  // What fails on the way is told by the last of the streams.
  const done = pipeline(source, chunks => measured(chunks, compressed), gunzip).catch(() => undefined);
  try {
    if (opened.stamp.size !== backup.compressed.bytes) throw damaged(say('Its file has another size.'));
    for await (const line of linesOf(gunzip, content, backup.content.bytes)) {
      const row = line === undefined ? undefined : parseRow(line, stack);
      if (!row || (backup.kind === 'archive' && row.table !== 'state_versions'))
        throw damaged(say('It holds something that is no row of the stack.'));
      counts[row.table] = (counts[row.table] ?? 0) + 1;
      yield row;
    }
  } catch (error) {
    throw error instanceof UserError ? error : damaged(say('It cannot be unpacked.'));
  } finally {
    gunzip.destroy();
    source.destroy();
    await done;
  }
  const isWhole =
    isSame(compressed.size, backup.compressed) &&
    isSame(content.size, backup.content) &&
    Object.keys({ ...counts, ...backup.rows }).every(table => counts[table] === backup.rows[table]);
  if (!isWhole) throw damaged(say('Its content is another one than was written.'));
}

/** Throws where a backup is not as its manifest says. */
export async function verifyBackup(root: string, backup: Backup): Promise<void> {
  const rows = backedUpRows(root, backup);
  while (!(await rows.next()).done);
}

/** Lines as they come out; `undefined` for one that is too long, or when more comes out than there may be. */
async function* linesOf(
  chunks: AsyncIterable<Uint8Array>,
  meter: Meter,
  limit: number,
): AsyncGenerator<string | undefined> {
  let begun: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    meter.add(chunk);
    let from = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, from)) {
      yield Buffer.concat([...begun, chunk.subarray(from, end)]).toString();
      [begun, length, from] = [[], 0, end + 1];
    }
    begun.push(chunk.subarray(from));
    length += chunk.length - from;
    if (length > LINE_LIMIT || meter.bytes > limit) yield undefined;
  }
  if (length > 0) yield undefined;
}

const NEWLINE = 0x0a;

/** Counts and digests what passes. */
class Meter {
  bytes = 0;
  private readonly hash = createHash('sha256');

  add(chunk: Uint8Array): Uint8Array {
    this.bytes += chunk.length;
    this.hash.update(chunk);
    return chunk;
  }

  get size(): Size {
    return { bytes: this.bytes, sha256: this.hash.copy().digest('hex') };
  }
}

async function* measured(chunks: AsyncIterable<Uint8Array>, meter: Meter): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) yield meter.add(chunk);
}

function isSame(a: Size, b: Size): boolean {
  return a.bytes === b.bytes && a.sha256 === b.sha256;
}

type Manifest = Omit<Backup, 'id'>;

function decode(id: string, text: string): Backup | undefined {
  const parsed = parseJson(text);
  return parsed.ok && isManifest(parsed.value) ? { ...parsed.value, id } : undefined;
}

const TEXTS = ['database', 'stack', 'name', 'at', 'by', 'reason'];
const KINDS: readonly unknown[] = ['backup', 'archive'] satisfies Backup['kind'][];
const TYPES: readonly unknown[] = ['manual', 'automatic', 'pre-operation'] satisfies Backup['type'][];

/** A manifest is a stranger: nothing in it names a file. */
function isManifest(value: unknown): value is Manifest {
  if (!isObject(value) || value.format !== FORMAT || value.tool !== 'sloth-runner') return false;
  return (
    TEXTS.every(name => typeof value[name] === 'string') &&
    parseTime(value.at) !== undefined &&
    KINDS.includes(value.kind) &&
    TYPES.includes(value.type) &&
    isCount(value.version) &&
    isObject(value.rows) &&
    Object.values(value.rows).every(isCount) &&
    isSize(value.compressed) &&
    isSize(value.content)
  );
}

function isSize(value: unknown): value is Size {
  return isObject(value) && isCount(value.bytes) && typeof value.sha256 === 'string';
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function damagedBackup(root: string, id: string, what: Clean): UserError {
  return new UserError('damaged-backup', {
    what,
    where: pathOfBackup(root, id),
    next: say('Nothing was restored. Choose another backup.'),
  });
}
