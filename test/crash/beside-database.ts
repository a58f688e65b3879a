/** The files of SQLite beside a database, made by hand, as the Node that runs the tests has no SQLite. */

const MAGIC = 0x377f0682;
const VERSION = 3_007_000;
const SALTS = [0x5ca1ab1e, 0x0ddba11] as const;

/** The same database with all its content in the log, in one commit, and only its first page in the main file. */
export function intoWal(database: Buffer): { readonly main: Buffer; readonly log: Buffer } {
  const pageSize = database.readUInt16BE(16);
  const content = Buffer.from(database);
  content.fill(2, 18, 20); // read and written through a log
  const count = content.length / pageSize;
  const header = words(MAGIC, VERSION, pageSize, 0, ...SALTS);
  let sum = checksum([0, 0], header);
  const parts = [header, words(...sum)];
  for (let page = 1; page <= count; page++) {
    const bytes = content.subarray((page - 1) * pageSize, page * pageSize);
    const frame = words(page, page === count ? count : 0);
    sum = checksum(checksum(sum, frame), bytes);
    parts.push(frame, words(...SALTS, ...sum), bytes);
  }
  return { main: content.subarray(0, pageSize), log: Buffer.concat(parts) };
}

/** The same database with its pages spoiled by a transaction that was not finished, and the journal that has them. */
export function intoJournal(database: Buffer): { readonly main: Buffer; readonly journal: Buffer } {
  const pageSize = database.readUInt16BE(16);
  const content = Uint8Array.from(database);
  content.fill(1, 18, 20); // read and written without a log
  const count = content.length / pageSize;
  const sector = Buffer.concat([JOURNAL_MAGIC, words(count, NONCE, count, SECTOR, pageSize)], SECTOR);
  const parts: Uint8Array[] = [sector];
  for (let page = 1; page <= count; page++) {
    const bytes = content.subarray((page - 1) * pageSize, page * pageSize);
    let sum = NONCE;
    for (let at = pageSize - 200; at > 0; at -= 200) sum += bytes[at] ?? 0;
    parts.push(words(page), bytes, words(sum));
  }
  return { main: Buffer.from(content.map(byte => byte ^ 0xff)), journal: Buffer.concat(parts) };
}

const JOURNAL_MAGIC = Buffer.from('d9d505f920a163d7', 'hex');
const SECTOR = 512;
const NONCE = 0x00c0ffee;

function words(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [index, value] of values.entries()) bytes.writeUInt32BE(value >>> 0, index * 4);
  return bytes;
}

type Sum = readonly [number, number];

function checksum([first, second]: Sum, bytes: Buffer): Sum {
  for (let at = 0; at < bytes.length; at += 8) {
    first = (first + bytes.readUInt32LE(at) + second) >>> 0;
    second = (second + bytes.readUInt32LE(at + 4) + first) >>> 0;
  }
  return [first, second];
}
