import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { jsonrepair } from 'jsonrepair';
import { clean, say, type Clean } from '../base/clean.ts';
import { editJson, isLosslessUtf8 } from '../base/edit.ts';
import { STATE_LIMIT, isUnreadable, readStamp } from '../base/files.ts';
import type { Finding } from '../base/finding.ts';
import { placeInside } from '../base/inside.ts';
import { parseJson } from '../base/json.ts';
import { OWN_FOLDER } from '../base/own.ts';
import type { Instant } from '../base/time.ts';
import { utcText } from '../base/time.ts';
import { sha256 } from '../base/digest.ts';
import type { Operation } from '../operations/operation.ts';
import type { Place, Reader } from '../state/source.ts';
import { fileOperation, type FilePlan } from './files.ts';

export interface RepairFile {
  readonly place: Place;
  /** Below the root of the place, parts divided by `/`. */
  readonly path: string;
}

/**
 * Makes a damaged JSON file one that can be read again, and keeps the original in `.shipshape/kept/`. Where nothing can be
 * saved, the file is taken out of the way, so that its tool begins a new one.
 */
export function repairFile(reader: () => Reader, now: () => Instant): Operation<RepairFile, FilePlan> {
  return fileOperation({
    id: 'repair',
    root: ({ place }) => place.root,

    async plan({ place, path: relative }) {
      const file = await placeInside(place.root, relative);
      const stamp = await readStamp(file);
      const isReadable = !isUnreadable(stamp) && stamp.size <= STATE_LIMIT;
      const bytes = isReadable ? await readFile(file) : undefined;
      const { text, done } = bytes ? repair(bytes) : { text: undefined, done: [] };
      const kept = `${OWN_FOLDER}/kept/${utcText(now()).replaceAll(':', '-')}-${path.basename(file)}`;
      const name = clean(path.basename(file));
      return {
        title: text === undefined ? say('Take {0} out of the way', name) : say('Repair {0}', name),
        target: name,
        risk: text === undefined ? 'typed' : 'confirm',
        changes: done.map(what => ({ path: [name], kind: 'changed', to: what })),
        findings: findingsOf(bytes, text, done),
        steps: [],
        undoable: true,
        ...(text !== undefined && { preview: { file, text } }),
        files: bytes
          ? [
              { path: kept, content: bytes, expected: null, mode: 0o600 },
              { path: relative, content: text ?? null, expected: sha256(bytes) },
            ]
          : [],
      };
    },

    async check({ place, path: relative }, _plan, { signal }) {
      const file = await placeInside(place.root, relative);
      const look = reader();
      const { findings } = await look.read(place, {}, signal).finally(() => look.close());
      return findings.find(({ severity, at }) => severity === 'error' && at?.file === file)?.text;
    },
  });
}

function findingsOf(bytes: Buffer | undefined, text: string | undefined, done: readonly Clean[]): Finding[] {
  if (!bytes) {
    return [
      { severity: 'error', code: 'unreadable', text: say('The file is not there, or cannot be read.') },
    ];
  }
  if (text !== undefined && done.length === 0) {
    return [{ severity: 'error', code: 'not-damaged', text: say('The file is not damaged.') }];
  }
  if (text === undefined) {
    const nothing = say('Nothing of it can be saved. It is kept aside, and its tool begins a new file.');
    return [{ severity: 'warning', code: 'nothing-to-save', text: nothing }];
  }
  const look = say('Compare the two before you agree: a value that was cut off may be another one now.');
  return [{ severity: 'warning', code: 'guessed', text: look }];
}

/** The text that can be read, and what was done for it; no text where nothing could be saved. */
function repair(bytes: Buffer): { readonly text: string | undefined; readonly done: readonly Clean[] } {
  const done: Clean[] = [];
  let text = decode(bytes);
  if (!isLosslessUtf8(bytes)) done.push(say('It is written in UTF-8.'));
  if (text.startsWith('\ufeff')) {
    text = text.slice(1);
    done.push(say('The byte order mark is gone.'));
  }
  if (!parseJson(text).ok) {
    try {
      text = jsonrepair(text);
    } catch {
      return { text: undefined, done }; // it tells only where it gave up
    }
    done.push(say('What is open is closed, and what is no JSON is gone.'));
  }
  const parsed = parseJson(text);
  const isObject = parsed.ok && typeof parsed.value === 'object' && parsed.value !== null;
  if (!isObject || Array.isArray(parsed.value)) return { text: undefined, done };
  const empty = emptyReleases(parsed.value);
  const edited = editJson(
    text,
    empty.map(index => ({ kind: 'remove', path: ['releases', index] })),
  );
  if (empty.length > 0 && edited.ok) {
    text = edited.text;
    done.push(say('{0} empty releases are gone.', empty.length));
  }
  return { text, done };
}

function decode(bytes: Buffer): string {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return bytes.toString('utf16le');
  if (first === 0xfe && second === 0xff)
    return Buffer.from(bytes)
      .subarray(0, bytes.length & ~1)
      .swap16()
      .toString('utf16le');
  return bytes.toString('utf8');
}

/** The Stagecraft CLI crashes on a `null` among its releases; a record that was cut off may have nothing in it. */
function emptyReleases(value: object): readonly number[] {
  const releases = 'releases' in value ? value.releases : undefined;
  if (!Array.isArray(releases)) return [];
  const isEmpty = (release: unknown): boolean =>
    release === null || (typeof release === 'object' && Object.keys(release).length === 0);
  return releases.flatMap((release: unknown, index) => (isEmpty(release) ? [index] : []));
}
