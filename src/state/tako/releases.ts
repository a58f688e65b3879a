import { clean, say, type Clean } from '../../base/clean.ts';
import { edited } from '../../base/document.ts';
import { UserError } from '../../base/errors.ts';
import type { Finding } from '../../base/finding.ts';
import type { Json } from '../../base/json.ts';
import { mergeEdits } from '../../base/merge.ts';
import type { FileWrite } from '../../base/write.ts';
import { readState } from './global.ts';
import { sameDeployment, type DeploymentRecord } from './record.ts';
import { readRecord, readRecords, takoPath, type Recorded } from './recorded.ts';
import { stablePath } from './save.ts';

/** Which deployment is meant, as it is shown. */
export interface ReleaseId {
  readonly environment: string;
  readonly id: string;
  /** As recorded: tells two deployments of one id apart. */
  readonly timestamp?: string;
}

/** A change of one release: what it is about, what is written, and what speaks for or against it. */
export interface ReleaseDraft {
  readonly record: DeploymentRecord;
  readonly files: readonly FileWrite[];
  readonly findings: readonly Finding[];
}

export interface FoundRelease {
  readonly record: DeploymentRecord;
  /** Every file that records it. */
  readonly own: readonly Recorded[];
  /** Every record of the environment: the history, then `current.json`, then `last-stable.json`. */
  readonly all: readonly Recorded[];
}

/** Sets the note on a release. */
export async function noteOnRelease(root: string, release: ReleaseId, text: string): Promise<ReleaseDraft> {
  const { record, own } = await findRelease(root, release);
  return { record, files: own.flatMap(each => tell(each, { notes: text })), findings: [] };
}

/** Finds a release, whatever its files are called. */
export async function findRelease(
  root: string,
  { environment, id, timestamp }: ReleaseId,
): Promise<FoundRelease> {
  await readState(root);
  const current = await readRecord(root, takoPath('deployments', environment, 'current.json'));
  const stable = await readRecord(root, stablePath(environment));
  const history = await readRecords(root, environment);
  const all = [...history, current, stable].filter(each => each !== undefined);
  const named = all.filter(
    ({ record }) => record.id === id && (timestamp === undefined || record.timestamp === timestamp),
  );
  // A server's record is written when a deployment begins, and again, under the same id, at its end.
  const ended = named.filter(({ record }) => record.outcome !== 'running');
  const [first, ...others] = ended.length > 0 ? ended : named;
  if (!first) throw notOne(root, say('{0} is not recorded in {1}.', clean(id), clean(environment)));
  if (others.some(each => !isSame(each.record, first.record))) {
    throw notOne(root, say('Several deployments in {0} are called {1}.', clean(environment), clean(id)));
  }
  return { record: first.record, own: all.filter(each => isSame(each.record, first.record)), all };
}

/** Copies of one record, and the record that a pull brought from a server of a deployment made here. */
export function isSame(a: DeploymentRecord, b: DeploymentRecord): boolean {
  return sameDeployment(a, b) || (a.id === b.id && a.timestamp === b.timestamp);
}

/** The edit of a record's file. Tako keeps the records that were written last, so its time stays as it is. */
export function tell(
  { document, value }: Recorded,
  wanted: Json,
): readonly (FileWrite & { readonly content: string })[] {
  const edits = mergeEdits(value, wanted);
  return edits.length === 0 ? [] : [{ ...edited(document, edits, 'go'), modified: document.modified }];
}

function notOne(root: string, what: Clean): UserError {
  return new UserError('not-recorded', { what, where: root, next: say('Nothing was written.') });
}
