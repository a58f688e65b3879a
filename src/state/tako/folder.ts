import path from 'node:path';
import { say } from '../../base/clean.ts';
import type { Fields } from '../../base/fields.ts';
import { isUnreadable, readFolder } from '../../base/files.ts';
import type { Finding, Key } from '../../base/finding.ts';
import { unreadableFinding, type FileCache, type FileContent, type ReadAs, type Reading } from '../cache.ts';

type Names = ReadonlyMap<string, 'file' | 'folder' | 'other'>;
/** A path below `.tako`, name by name. */
type Parts = readonly string[];

const RECORD_LIMIT = 8 * 1024 * 1024;
const FINDING_LIMIT = 200;

/**
 * One project's `.tako` folder during one reading: lists its folders, reads its files through the cache and gathers what
 * is wrong with them. Links to folders are not followed. A file or folder that is not there is simply absent.
 */
export class TakoFolder {
  readonly secrets: readonly string[];
  private readonly root: string;
  private readonly cache: FileCache;
  private readonly signal: AbortSignal;
  private readonly found: Finding[] = [];
  private readonly listings = new Map<string, Promise<Names>>();
  private more = 0;

  constructor(root: string, cache: FileCache, secrets: readonly string[], signal: AbortSignal) {
    this.root = root;
    this.cache = cache;
    this.secrets = secrets;
    this.signal = signal;
  }

  get findings(): readonly Finding[] {
    if (this.more === 0) return this.found;
    const text = say('{0} more findings in this project.', this.more);
    return [...this.found, { severity: 'warning', code: 'more-findings', text }];
  }

  report(finding: Finding): void {
    if (this.found.length < FINDING_LIMIT) this.found.push(finding);
    else this.more++;
  }

  path(...parts: Parts): string {
    return path.join(this.root, '.tako', ...parts);
  }

  /** What a folder holds. */
  list(...parts: Parts): Promise<Names> {
    const folder = this.path(...parts);
    let listing = this.listings.get(folder);
    if (!listing) {
      listing = this.isFolder(parts).then(async is =>
        this.readable(folder, is ? await readFolder(folder) : NOTHING),
      );
      this.listings.set(folder, listing);
    }
    return listing;
  }

  /** The names alone, for folders of many files; the same array while they are the same. */
  async names(...parts: Parts): Promise<readonly string[]> {
    if (!(await this.isFolder(parts))) return [];
    const names = await this.cache.names(this.path(...parts));
    return isUnreadable(names) ? [...this.readable(this.path(...parts), names).keys()] : names;
  }

  /** Names of the folders in a folder, in order. */
  async foldersIn(...parts: Parts): Promise<readonly string[]> {
    const names = [...(await this.list(...parts))];
    for (const [name, kind] of names) if (kind === 'other') this.reportStranger(this.path(...parts, name));
    return names.flatMap(([name, kind]) => (kind === 'folder' ? [name] : [])).sort();
  }

  async has(...parts: Parts): Promise<boolean> {
    return (await this.list(...parts.slice(0, -1))).has(parts.at(-1) ?? '');
  }

  /** Reads a JSON file. `about` is what its findings belong to. */
  async json<T>(
    parts: Parts,
    decode: (root: Fields, content: FileContent) => T | undefined,
    about?: Key,
  ): Promise<T | undefined> {
    return (await this.has(...parts)) ? this.record(parts, decode, about) : undefined;
  }

  /** As {@link json}, for a file that was listed already. */
  async record<T>(
    parts: Parts,
    decode: (root: Fields, content: FileContent) => T | undefined,
    about?: Key,
  ): Promise<T | undefined> {
    this.signal.throwIfAborted();
    const reading = await this.cache.readJson(
      this.path(...parts),
      (root, content) => {
        if (content.byteOrderMark) reportByteOrderMark(content);
        return decode(root, content);
      },
      { limit: RECORD_LIMIT, secrets: this.secrets },
    );
    return this.taken(reading, about);
  }

  /** Reads a text file that was listed already. */
  async text<T>(parts: Parts, as: Omit<ReadAs<T>, 'secrets'>): Promise<T | undefined> {
    this.signal.throwIfAborted();
    return this.taken(await this.cache.read(this.path(...parts), { ...as, secrets: this.secrets }));
  }

  private taken<T>({ value, findings }: Reading<T>, about?: Key): T | undefined {
    for (const finding of findings) this.report(about ? { ...finding, key: about } : finding);
    return value;
  }

  private async isFolder(parts: Parts): Promise<boolean> {
    const name = parts.at(-1);
    const kind =
      name === undefined ? await this.kindOfRoot() : (await this.list(...parts.slice(0, -1))).get(name);
    if (kind !== undefined && kind !== 'folder') this.reportStranger(this.path(...parts));
    return kind === 'folder';
  }

  private async kindOfRoot(): Promise<'file' | 'folder' | 'other' | undefined> {
    const names = await readFolder(this.root);
    return isUnreadable(names) ? undefined : names.get('.tako');
  }

  private readable(folder: string, names: Awaited<ReturnType<typeof readFolder>>): Names {
    if (!isUnreadable(names)) return names;
    if (names.kind !== 'missing') this.report({ ...unreadableFinding(folder, names), severity: 'warning' });
    return NOTHING;
  }

  private reportStranger(file: string): void {
    this.report({
      severity: 'warning',
      code: 'not-a-folder',
      text: say('Not a folder; Shipshape does not follow links to folders.'),
      at: { file },
    });
  }
}

const NOTHING: Names = new Map();

function reportByteOrderMark(content: FileContent): void {
  const text = say('Begins with a byte order mark. Tako does not read such a file.');
  content.report({ severity: 'warning', code: 'byte-order-mark', text, line: 1 });
}
