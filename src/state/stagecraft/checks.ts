import { say, type Clean } from '../../base/clean.ts';
import type { Fields } from '../../base/fields.ts';
import type { At } from '../../base/finding.ts';
import { parseTime } from '../../base/time.ts';
import type { Problem, Tally } from '../tally.ts';
import { nameOf, textOf, type Histories, type RecordedRelease } from './history.ts';
import { isKnownPhase, isKnownStatus, PHASES, type Phases } from './phases.ts';

/** What can be odd in a state file. Warnings: the CLI cannot read the file, or would act on the wrong release. */
export const PROBLEMS = {
  'byte-order-mark': {
    severity: 'warning',
    text: () =>
      say('The file begins with a byte order mark. The Stagecraft CLI cannot read it until that is gone.'),
  },
  'null-entry': {
    severity: 'warning',
    text: which =>
      say('{0}: null where a release should be. The Stagecraft CLI crashes on this file.', which),
  },
  'not-a-release': {
    severity: 'warning',
    text: which => refused(say('{0}: not a release.', which)),
  },
  'wrong-type': {
    severity: 'warning',
    text: which => refused(say('{0}: a value has the wrong type.', which)),
  },
  'bad-timestamp': {
    severity: 'warning',
    text: which => refused(say('{0}: the timestamp is not a full RFC 3339 time.', which)),
  },
  'duplicate-id': {
    severity: 'warning',
    text: which => say('{0}: the id occurs more than once. The Stagecraft CLI acts on the first.', which),
  },
  'own-predecessor': {
    severity: 'info',
    text: which => say('{0}: names itself as the release before it.', which),
  },
  'missing-predecessor': {
    severity: 'info',
    text: which => say('{0}: the release before it is not recorded here (any more).', which),
  },
  'foreign-predecessor': {
    severity: 'info',
    text: which => say('{0}: the release before it belongs to another environment.', which),
  },
  'predecessor-circle': {
    severity: 'info',
    text: which => say('{0}: going from release to the one before it leads round in a circle.', which),
  },
  'missing-phases': {
    severity: 'info',
    text: which => say('{0}: not all six phases are recorded; the missing ones count as pending.', which),
  },
  'unknown-phase': {
    severity: 'info',
    text: which =>
      say('{0}: a phase that Stagecraft does not have. It does not count for the status.', which),
  },
  'unknown-status': {
    severity: 'info',
    text: which => say('{0}: a phase has a status that Stagecraft does not have.', which),
  },
  'several-running': {
    severity: 'info',
    text: which =>
      say('{0}: several releases are recorded as running. Most were interrupted or ran at once.', which),
  },
  'order-of-ids': {
    severity: 'info',
    text: which => say('{0}: sorts differently by id than by time. Shown by time.', which),
  },
} satisfies Record<string, Problem>;

type Problems = Tally<keyof typeof PROBLEMS>;

function refused(problem: Clean): Clean {
  return say('{0} The Stagecraft CLI cannot read the whole file until that is corrected.', problem);
}

const TEXTS = ['id', 'environment', 'version', 'commit_sha', 'timestamp', 'previous_id'] as const;
// Go reads no other form, and no lower-case `t` or `z`.
const FULL_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:\d\d)$/;

/** What is odd in one release by itself. */
export function checkRelease(fields: Fields, phases: Phases, name: string, at: At, tally: Problems): void {
  if (TEXTS.some(text => !isTextOrNull(fields.raw(text))) || !hasTexts(fields.raw('phases')))
    tally.add('wrong-type', name, at);
  const timestamp = fields.raw('timestamp');
  if (typeof timestamp === 'string' && !isFullTime(timestamp)) tally.add('bad-timestamp', name, at);
  if (PHASES.some(phase => !phases.has(phase))) tally.add('missing-phases', name, at);
  for (const [phase, status] of phases) {
    if (!isKnownPhase(phase)) tally.add('unknown-phase', `${name}, ${phase}`, at);
    if (!isKnownStatus(status)) tally.add('unknown-status', `${name}, ${phase} ${status}`, at);
  }
}

function isTextOrNull(value: unknown): boolean {
  return value === undefined || value === null || typeof value === 'string';
}

function hasTexts(phases: unknown): boolean {
  if (phases === undefined || phases === null) return true;
  return typeof phases === 'object' && !Array.isArray(phases) && Object.values(phases).every(isTextOrNull);
}

function isFullTime(timestamp: string): boolean {
  // Years before 1970 are times to Go, "never" to us.
  return FULL_TIME.test(timestamp) && (parseTime(timestamp) !== undefined || timestamp < '1970');
}

/** Ids that occur twice, and where `previous_id` leads. Releases in the order of the file. */
export function checkPredecessors(releases: readonly RecordedRelease[], file: string, tally: Problems): void {
  const byId = new Map<string, RecordedRelease>();
  for (const release of releases) if (release.earlier === 0) byId.set(release.id, release);
  for (const release of releases) {
    const { id, environment } = release;
    const name = nameOf(release);
    const at = { file, line: release.line };
    if (release.earlier > 0) tally.add('duplicate-id', name, at);
    const previous = textOf(release.fields, 'previous_id');
    if (previous === '') continue;
    const found = byId.get(previous);
    if (previous === id) tally.add('own-predecessor', name, at);
    else if (!found) tally.add('missing-predecessor', name, at);
    else if (found.environment !== environment) tally.add('foreign-predecessor', name, at);
  }
  for (const release of circles(byId)) {
    tally.add('predecessor-circle', nameOf(release), { file, line: release.line });
  }
}

/** One release of each circle. Those that name themselves are not counted. */
function circles(byId: ReadonlyMap<string, RecordedRelease>): readonly RecordedRelease[] {
  const found: RecordedRelease[] = [];
  const walks = new Map<RecordedRelease, number>(); // which walk came by
  let walk = 0;
  for (const start of byId.values()) {
    walk++;
    let release: RecordedRelease | undefined = start;
    while (release && !walks.has(release)) {
      walks.set(release, walk);
      const previous = textOf(release.fields, 'previous_id');
      release = previous === '' || previous === release.id ? undefined : byId.get(previous);
    }
    if (release && walks.get(release) === walk) found.push(release);
  }
  return found;
}

// The forms of ids whose order means a time: of the design document, and with milliseconds.
const TIMED_ID = /^rel-\d{8}-\d{6}(?:\d{3})?$/;

/** What is odd about the releases of an environment together. */
export function checkHistories(histories: Histories, file: string, tally: Problems): void {
  for (const { releases } of histories.values()) {
    const running = releases.filter(({ status }) => status === 'running');
    if (running.length > 1) {
      for (const release of running) {
        tally.add('several-running', nameOf(release), { file, line: release.line });
      }
    }
    const timed = releases.filter(({ id, at }) => at !== undefined && TIMED_ID.test(id));
    for (const [index, newer] of timed.entries()) {
      const older = timed[index + 1];
      if (older?.at !== newer.at && older && older.id > newer.id) {
        tally.add('order-of-ids', newer.id, { file, line: newer.line });
      }
    }
  }
}
