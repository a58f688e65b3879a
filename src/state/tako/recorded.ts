import path from 'node:path';
import { clean, say } from '../../base/clean.ts';
import { readDocument, valueOf, type Document } from '../../base/document.ts';
import { UserError } from '../../base/errors.ts';
import { Fields } from '../../base/fields.ts';
import { isUnreadable, readNames } from '../../base/files.ts';
import { inParallel } from '../../base/parallel.ts';
import { decodeRecord, type DeploymentRecord } from './record.ts';

/** An object together with the file it stands in. */
interface Standing {
  readonly document: Document;
  readonly value: Readonly<Record<string, unknown>>;
}

/** A record together with the file it stands in, to be edited there. */
export interface Recorded extends Standing {
  readonly record: DeploymentRecord;
}

const WIDTH = 32;

/** A path below the root of the project. Names come from files and people: none leads into another folder. */
export function takoPath(...parts: readonly string[]): string {
  for (const part of parts) {
    if (part !== '' && !part.includes('/')) continue;
    throw new UserError('bad-name', {
      what: say('{0} cannot be the name of a file.', clean(part) || say('An empty text')),
      where: '.tako',
      next: say('Use a name without slashes.'),
    });
  }
  return ['.tako', ...parts].join('/');
}

/** What a document says, which has to be an object. `undefined` when there is no such file; a damaged one is refused. */
export function objectIn(document: Document): Readonly<Record<string, unknown>> | undefined {
  const value = valueOf(document);
  if (value === undefined) return undefined;
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>; // JSON's objects have names
  }
  throw new UserError('not-an-object', {
    what: say('The file does not hold what it should, and is not overwritten.'),
    where: document.file,
    next: say('Repair it first.'),
  });
}

/** The object in a file. `undefined` when there is none, or none that can be read. */
export async function readObject(root: string, file: string): Promise<Standing | undefined> {
  try {
    const document = await readDocument(root, file);
    const value = objectIn(document);
    return value && { document, value };
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

/** The record in a file. `undefined` when there is none, or none that can be read. */
export async function readRecord(root: string, file: string): Promise<Recorded | undefined> {
  const standing = await readObject(root, file);
  return standing && recordOf(standing);
}

/** The record in a document; a damaged one is refused. */
export function recordIn(document: Document): Recorded | undefined {
  const value = objectIn(document);
  return value && recordOf({ document, value });
}

function recordOf({ document, value }: Standing): Recorded | undefined {
  const fields = Fields.of(value);
  return fields && { document, value, record: decodeRecord(fields, { file: document.file }) };
}

/** Every record of an environment's history that can be read, in no order. */
export async function readRecords(root: string, environment: string): Promise<readonly Recorded[]> {
  const names = (await namesIn(root, 'deployments', environment, 'history')).filter(
    name => name.endsWith('.json') && !name.startsWith('.'),
  );
  const records = await inParallel(names, WIDTH, name =>
    readRecord(root, takoPath('deployments', environment, 'history', name)),
  );
  return records.filter(record => record !== undefined);
}

/** The names in a folder of `.tako`; none where there is no such folder. */
export async function namesIn(root: string, ...parts: readonly string[]): Promise<readonly string[]> {
  const names = await readNames(path.join(root, takoPath(...parts)));
  if (!isUnreadable(names)) return names.names;
  throw new UserError('unreadable', {
    what: say('The folder cannot be read.'),
    where: path.join(root, takoPath(...parts)),
    next: say('Check what it is and whose it is.'),
  });
}
