import { clean, say, type Clean } from '../../base/clean.ts';
import { edited, replaced, valueOf, type Document } from '../../base/document.ts';
import type { Edit } from '../../base/edit.ts';
import { UserError } from '../../base/errors.ts';
import { Fields } from '../../base/fields.ts';
import { parseTime, utcText, type Instant } from '../../base/time.ts';
import type { FileWrite } from '../../base/write.ts';
import { importId } from '../own-releases.ts';
import { historiesOf, textOf, type Histories, type RecordedRelease } from './history.ts';
import { isKnownPhase, isKnownStatus, PHASES, phasesOf, statusOf } from './phases.ts';

// Drafts of changes to `releases.json`. The design document's form: ids and times in UTC, phases in their order.

/** What is known of a release when it begins. Texts are trimmed, as the CLI does. */
export interface NewRelease {
  readonly environment: string;
  /** A version, else a commit. */
  readonly version: string;
  readonly commit: string;
}

/** A release in a document, with its index in the file. */
export interface StandingRelease extends RecordedRelease {
  readonly index: number;
}

/** All releases of a document in the order of the file; none where there is no file. A damaged one is refused. */
export function standingReleases(document: Document): readonly StandingRelease[] {
  const root = Fields.of(valueOf(document) ?? {});
  const list = root?.raw('releases') ?? [];
  if (!root || !Array.isArray(list)) throw notAState(document);
  const occurrences = new Map<string, number>();
  return list.flatMap((entry: unknown, index) => {
    const fields = entry === null ? undefined : Fields.of(entry);
    if (!fields) return [];
    const id = textOf(fields, 'id');
    const earlier = occurrences.get(id) ?? 0;
    occurrences.set(id, earlier + 1);
    const status = statusOf(phasesOf(fields));
    const environment = textOf(fields, 'environment');
    return [{ id, environment, earlier, at: parseTime(fields.raw('timestamp')), status, fields, index }];
  });
}

/** The first release with this id in the file: the one that the CLI acts on. */
export function findRelease(releases: readonly StandingRelease[], id: string): StandingRelease | undefined {
  return releases.find(release => release.id === id);
}

/** The newest release of an environment by its time, whatever became of it. */
export function currentRelease(histories: Histories, environment: string): RecordedRelease | undefined {
  return histories.get(environment)?.releases[0];
}

/** Newest first, of one environment, or of all by their names. */
export function listReleases(histories: Histories, environment?: string): readonly RecordedRelease[] {
  const names = environment === undefined ? [...histories.keys()].sort() : [environment];
  return names.flatMap(name => histories.get(name)?.releases ?? []);
}

/** Adds a release with six pending phases; makes the file where there is none, and the `.gitignore` beside it. */
export function createRelease(
  document: Document,
  gitignore: Document,
  release: NewRelease,
  now: Instant,
  phases: 'pending' | 'completed' = 'pending',
): { readonly id: string; readonly files: readonly FileWrite[] } {
  const environment = filled(release.environment, document, say('An environment has to be named.'));
  const version = filled(release.version, document, say('A version has to be named.'));
  const standing = standingReleases(document);
  refuseWhileRunning(document, standing);
  const { id, at } = newIdentity(standing, now);
  const previous = currentRelease(historiesOf(standing), environment);
  const entry = {
    id,
    environment,
    version,
    commit_sha: release.commit.trim(),
    timestamp: at,
    phases: Object.fromEntries(PHASES.map(phase => [phase, phases])),
    ...(previous && { previous_id: previous.id }),
  };
  if (document.text === undefined) {
    const content = JSON.stringify({ releases: [entry] }, null, 2);
    const files: FileWrite[] = [{ path: document.path, content, expected: null, mode: 0o600 }];
    if (gitignore.text === undefined) files.push(replaced(gitignore, '*\n'));
    return { id, files };
  }
  const name = nameIn(valueOf(document), 'releases');
  const edit: Edit =
    name === undefined
      ? { kind: 'set', path: ['releases'], value: [entry] }
      : { kind: 'insert', path: [name], value: entry };
  return { id, files: [edited(document, [edit], 'go')] };
}

/** A release of what was seen to run: whoever deployed it did all phases elsewhere. */
export function adoptRelease(
  document: Document,
  gitignore: Document,
  environment: string,
  at: Instant,
): ReturnType<typeof createRelease> {
  return createRelease(
    document,
    gitignore,
    { environment, version: importId(at), commit: '' },
    at,
    'completed',
  );
}

/** Sets the status of one phase. `own` is the release that the caller itself runs, if it runs one. */
export function updatePhase(
  document: Document,
  id: string,
  phase: string,
  status: string,
  own?: string,
): FileWrite {
  const standing = standingReleases(document);
  const release = found(document, standing, id);
  if (!isKnownPhase(phase)) throw refused(document, say('Stagecraft has no phase {0}.', clean(phase)));
  if (!isKnownStatus(status)) throw refused(document, say('A phase cannot be {0}.', clean(status)));
  refuseWhileRunning(document, standing, own);
  const wrong = outOfOrder(release, phase, status);
  if (wrong) throw refused(document, wrong);
  return writePhases(document, release, { [phase]: status });
}

/** A release that nothing runs any more: what was running, or was next, failed; what was to come is skipped, as after a failure. */
export function closeRelease(document: Document, id: string): FileWrite {
  const release = found(document, standingReleases(document), id);
  return writePhases(document, release, closedPhases(release));
}

/** What closing a release would change; nothing where it came to its end. */
export function closedPhases(release: RecordedRelease): Readonly<Record<string, string>> {
  const phases = phasesOf(release.fields);
  const statuses = PHASES.map(phase => phases.get(phase) ?? 'pending');
  const running = statuses.indexOf('running');
  // Between two phases none is running.
  const next = running < 0 && !statuses.includes('failed') ? statuses.indexOf('pending') : running;
  if (next < 0) return {};
  return Object.fromEntries(
    PHASES.slice(next).flatMap((phase, index) => {
      const status = statuses[next + index];
      if (status === 'running' || index === 0) return [[phase, 'failed']];
      return status === 'pending' ? [[phase, 'skipped']] : [];
    }),
  );
}

function writePhases(
  document: Document,
  { index, fields }: StandingRelease,
  statuses: Readonly<Record<string, string>>,
): FileWrite {
  const list = nameIn(valueOf(document), 'releases') ?? 'releases';
  const phases = fields.names.find(name => name.toLowerCase() === 'phases') ?? 'phases';
  const path = [list, index, phases];
  const edits: Edit[] = fields.has('phases')
    ? Object.entries(statuses).map(([phase, value]) => ({ kind: 'set', path: [...path, phase], value }))
    : [{ kind: 'set', path, value: { ...statuses } }];
  return edited(document, edits, 'go');
}

/**
 * The Stagecraft CLI takes no lock and writes the whole file at every phase: what is written while it runs is lost, or makes
 * it fail. Nothing tells a running deployment from one that was interrupted but its age.
 */
function refuseWhileRunning(document: Document, releases: readonly StandingRelease[], own?: string): void {
  const running = releases.find(({ id, status, fields }) => {
    const isRunning = status === 'running' || [...phasesOf(fields).values()].includes('running');
    return isRunning && id !== own;
  });
  if (!running) return;
  throw new UserError('running', {
    what: say('{0} is recorded as running.', clean(running.id)),
    where: document.file,
    next: say('Wait until it has ended. If it was interrupted, close it first.'),
  });
}

function outOfOrder(release: RecordedRelease, phase: string, status: string): Clean | undefined {
  const phases = phasesOf(release.fields);
  const before = PHASES.slice(0, PHASES.indexOf(phase as (typeof PHASES)[number])); // it is one of them
  const open = before.find(each => !['completed', 'skipped'].includes(phases.get(each) ?? 'pending'));
  const hasFailed = before.some(each => phases.get(each) === 'failed');
  if (status === 'skipped' ? open === undefined || hasFailed : open === undefined) return undefined;
  return say('Phases go in order: {0} has not ended.', clean(open));
}

/** The time of a release and its id: to the second, and to the millisecond for what comes later in that second. */
function newIdentity(
  releases: readonly { readonly id: string }[],
  now: Instant,
): { readonly id: string; readonly at: string } {
  for (let second = Math.floor(now / 1000) * 1000; ; second += 1000) {
    const [date = '', time = ''] = utcText(second).slice(0, 19).split('T');
    const id = `rel-${date.replaceAll('-', '')}-${time.replaceAll(':', '')}`;
    const taken = releases.flatMap(release => {
      const rest = release.id.startsWith(id) ? release.id.slice(id.length) : undefined;
      return rest !== undefined && /^\d{0,3}$/.test(rest) ? [Number(rest)] : [];
    });
    if (taken.length === 0) return { id, at: `${date}T${time}Z` };
    const greatest = Math.max(...taken);
    const millisecond = Math.max(Math.floor(now) - second, greatest + 1, 1);
    if (millisecond > 999) continue;
    const digits = String(millisecond).padStart(3, '0');
    return { id: `${id}${digits}`, at: `${date}T${time}.${digits}Z` };
  }
}

function nameIn(value: unknown, name: string): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  // The CLI takes names in any case.
  return Object.hasOwn(value, name) ? name : Object.keys(value).find(each => each.toLowerCase() === name);
}

function found(document: Document, releases: readonly StandingRelease[], id: string): StandingRelease {
  const release = findRelease(releases, id);
  if (!release) throw refused(document, say('{0} is not recorded.', clean(id)));
  return release;
}

function filled(text: string, document: Document, otherwise: Clean): string {
  const trimmed = text.trim();
  if (trimmed === '') throw refused(document, otherwise);
  return trimmed;
}

function refused({ file }: Document, what: Clean): UserError {
  return new UserError('refused', { what, where: file, next: say('Nothing was written.') });
}

function notAState({ file }: Document): UserError {
  return new UserError('damaged', {
    what: say('The file holds no list of releases and is not overwritten.'),
    where: file,
    next: say('Repair it first.'),
  });
}
