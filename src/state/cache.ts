import { clean, say, type Clean } from '../base/clean.ts';
import { Fields } from '../base/fields.ts';
import {
  isUnreadable,
  mayHideWrite,
  readNames,
  readStamp,
  readText,
  sameStamp,
  STATE_LIMIT,
  type FileText,
  type Names,
  type Stamp,
  type Unreadable,
} from '../base/files.ts';
import type { Finding } from '../base/finding.ts';
import { lineOf, parseJson } from '../base/json.ts';
import { clockText, type Instant } from '../base/time.ts';

/** What was read of one file. Without `value` there is nothing to show of it; the findings say why. */
export interface Reading<T> {
  readonly value?: T;
  readonly findings: readonly Finding[];
  readonly missing: boolean;
}

/** A file's text for a decoder, which adds a finding per thing it cannot use and returns what is left. */
export interface FileContent extends FileText {
  readonly file: string;
  /** A line that has to be searched for is given as a function: it is called only for findings that are kept. */
  report(finding: Omit<Finding, 'at'> & { readonly line?: number | (() => number | undefined) }): void;
}

export interface ReadAs<T> {
  /** Returns the value, or `undefined` when nothing in the text can be used (with a finding reported). */
  readonly decode: (content: FileContent) => T | undefined;
  /** Bytes; {@link STATE_LIMIT} unless told. */
  readonly limit?: number;
  /** For logs: of a file over the limit, read the end. */
  readonly tail?: boolean;
  /** A value made with other secrets is not used again. Compared with `===`. */
  readonly secrets?: readonly string[];
}

interface Entry {
  readonly stamp: Stamp;
  readonly readAt: Instant;
  readonly reading: Reading<unknown>;
  readonly secrets: readonly string[] | undefined;
}

const FINDINGS_PER_FILE = 20;
const ENTRY_LIMIT = 100_000;
const RETRY_AFTER_MS = 40;
const FRESH_MS = 2_000;

/**
 * Keeps a small summary of every file read, so that an unchanged file costs one `stat` and a changed one one parse.
 * A file that stops parsing keeps its last good value beside the finding: another program is often just writing it.
 */
export class FileCache {
  private readonly entries = new Map<string, Entry>();
  private readonly listed = new Map<string, Names>();
  private readonly now: () => Instant;
  /** How many files were really read and decoded; for tests and the bench. */
  parses = 0;

  constructor(now: () => Instant = Date.now) {
    this.now = now;
  }

  /** A cache that knows what this one knows, and from then on learns by itself: for reading what is too much to keep. */
  copy(): FileCache {
    const copy = new FileCache(this.now);
    for (const [file, entry] of this.entries) copy.entries.set(file, entry);
    return copy;
  }

  async read<T>(file: string, as: ReadAs<T>): Promise<Reading<T>> {
    const old = this.entries.get(file) as (Entry & { reading: Reading<T> }) | undefined; // one file has one decoder
    const stamp = await readStamp(file);
    if (isUnreadable(stamp)) {
      if (stamp.kind === 'missing') {
        this.entries.delete(file);
        return { findings: [], missing: true };
      }
      return this.keepGood(old, [unreadableFinding(file, stamp)]);
    }
    const isSame = old && sameStamp(old.stamp, stamp) && !mayHideWrite(stamp, old.readAt);
    if (isSame && old.secrets === as.secrets) return old.reading;
    return this.readAgain(file, as, old, this.now() - stamp.modified < FRESH_MS);
  }

  /** Reads a JSON file; `decode` sees its top-level object and may report more than wrong types. */
  readJson<T>(
    file: string,
    decode: (root: Fields, content: FileContent) => T | undefined,
    as: Omit<ReadAs<T>, 'decode'> = {},
  ): Promise<Reading<T>> {
    return this.read(file, { ...as, decode: content => decodeJson(content, decode, as.secrets) });
  }

  /** The names in a folder: the same array while nothing came, went or was renamed in it. */
  async names(folder: string): Promise<readonly string[] | Unreadable> {
    const listed = await readNames(folder, this.listed.get(folder));
    if (isUnreadable(listed)) return listed;
    this.listed.set(folder, listed);
    return listed.names;
  }

  private async readAgain<T>(
    file: string,
    as: ReadAs<T>,
    old: (Entry & { reading: Reading<T> }) | undefined,
    mayBeWriting: boolean,
  ): Promise<Reading<T>> {
    const text = await readText(file, { limit: as.limit ?? STATE_LIMIT, tail: as.tail });
    if (isUnreadable(text)) {
      if (text.kind === 'missing') return { findings: [], missing: true };
      return this.keepGood(old, [unreadableFinding(file, text)]);
    }
    this.parses++;
    const { value, findings } = decodeText(file, text, as);
    if (value === undefined && mayBeWriting && !old) {
      // Nothing to fall back on, and just written: most likely half of a file. One more look.
      await new Promise(resolve => setTimeout(resolve, RETRY_AFTER_MS));
      return this.readAgain(file, as, old, false);
    }
    if (value === undefined) {
      const reading = this.keepGood(old, findings);
      this.remember(file, {
        stamp: text.stamp,
        readAt: old?.readAt ?? this.now(),
        reading,
        secrets: as.secrets,
      });
      return reading;
    }
    const reading: Reading<T> = { value, findings, missing: false };
    this.remember(file, { stamp: text.stamp, readAt: this.now(), reading, secrets: as.secrets });
    return reading;
  }

  private keepGood<T>(
    old: (Entry & { reading: Reading<T> }) | undefined,
    findings: readonly Finding[],
  ): Reading<T> {
    if (old?.reading.value === undefined) return { findings, missing: false };
    const showing = say('Showing what was read at {0}.', clean(clockText(old.readAt)));
    return {
      value: old.reading.value,
      findings: findings.map(each => ({ ...each, text: `${each.text} ${showing}` as Clean })), // two clean texts
      missing: false,
    };
  }

  private remember(file: string, entry: Entry): void {
    this.entries.delete(file);
    this.entries.set(file, entry);
    for (const oldest of this.entries.keys()) {
      if (this.entries.size <= ENTRY_LIMIT) break;
      this.entries.delete(oldest);
    }
  }
}

/** Reads a text as if it stood in the file. */
export function readUnsaved<T>(file: string, text: string, as: ReadAs<T>): Reading<T> {
  const limit = as.limit ?? STATE_LIMIT;
  if (text.length > limit) {
    const why = { kind: 'too-large', size: text.length, limit } as const;
    return { findings: [unreadableFinding(file, why)], missing: false };
  }
  const stamp = { inode: 0, size: text.length, modified: 0, changed: 0, mode: 0 };
  return { ...decodeText(file, { text, stamp, byteOrderMark: false, cut: false }, as), missing: false };
}

function decodeText<T>(
  file: string,
  text: FileText,
  as: ReadAs<T>,
): { value: T | undefined; findings: readonly Finding[] } {
  const findings: Finding[] = [];
  let more = 0;
  const content: FileContent = {
    ...text,
    file,
    report({ line, ...finding }) {
      if (findings.length >= FINDINGS_PER_FILE) more++;
      else findings.push({ ...finding, at: { file, line: typeof line === 'function' ? line() : line } });
    },
  };
  const value = as.decode(content);
  if (more > 0) {
    findings.push({
      severity: 'warning',
      code: 'more-findings',
      text: say('{0} more findings in this file.', more),
      at: { file },
    });
  }
  return { value, findings };
}

function decodeJson<T>(
  content: FileContent,
  decode: (root: Fields, content: FileContent) => T | undefined,
  secrets?: readonly string[],
): T | undefined {
  const parsed = parseJson(content.text);
  if (!parsed.ok) {
    content.report({
      severity: 'error',
      code: `json-${parsed.reason}`,
      text: jsonProblem(parsed.reason, parsed.detail),
      line: parsed.line,
    });
    return undefined;
  }
  const misfit = (path: readonly (string | number)[], expected: Clean): void =>
    content.report({
      ...misfitFinding(path, expected, secrets),
      line: () => lineOf(content.text, path) ?? 1,
    });
  const root = Fields.of(parsed.value, misfit, [], secrets);
  return root && decode(root, content);
}

/** A finding for a value of a wrong type, as {@link Fields} reports it. */
export function misfitFinding(
  path: readonly (string | number)[],
  expected: Clean,
  secrets?: readonly string[],
): Finding {
  const what = path.length > 0 ? clean(path.join('.'), undefined, secrets) : say('The top level');
  return {
    severity: 'warning',
    code: 'wrong-type',
    text: say('{0} is not {1}; it is left out.', what, expected),
  };
}

function jsonProblem(reason: 'empty' | 'deep' | 'syntax', detail: string): Clean {
  if (reason === 'empty') return say('The file is empty.');
  if (reason === 'deep') return say('Nested too deeply to be read.');
  return say('Not valid JSON: {0}.', clean(detail));
}

/** A sentence for a file that cannot be read at all. */
export function unreadableFinding(file: string, why: Unreadable): Finding {
  return { severity: 'error', code: why.kind, text: unreadableText(why), at: { file } };
}

function unreadableText(why: Unreadable): Clean {
  switch (why.kind) {
    case 'missing':
      return say('The file is gone.');
    case 'denied':
      return say('No permission to read it. Check the owner and mode of the file.');
    case 'link-loop':
      return say('A link that leads back to itself.');
    case 'not-a-file':
      return say('Not a regular file (a folder, pipe or device stands there).');
    case 'utf-16':
      return say('Written in UTF-16; it has to be UTF-8.');
    case 'too-large':
      return say(
        '{0} MB is more than the {1} MB Shipshape reads of such a file.',
        Math.round(why.size / 1e6),
        Math.round(why.limit / 1e6),
      );
    case 'failed':
      return say('Could not be read: {0}.', clean(why.reason));
  }
}
