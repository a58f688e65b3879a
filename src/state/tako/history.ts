import { say } from '../../base/clean.ts';
import type { Key } from '../../base/finding.ts';
import { inParallel } from '../../base/parallel.ts';
import { newestFirst, parseTime, type Instant } from '../../base/time.ts';
import type { TakoFolder } from './folder.ts';
import {
  combined,
  decodeCurrent,
  decodeRecord,
  isRemote,
  sameDeployment,
  secondOf,
  type DeploymentRecord,
  type Runtime,
} from './record.ts';

/** What `deployments/<environment>/` records. */
export interface History {
  /** Newest first: as many as wanted, and beyond them the current and the last stable one. */
  readonly records: readonly DeploymentRecord[];
  readonly more: boolean;
  readonly current?: DeploymentRecord;
  /** Of the current one. */
  readonly runtime?: Runtime;
  readonly rollbackPoints: readonly DeploymentRecord[];
}

const WIDTH = 32;
const ODD_NAMES = 100;
const NAME = /^(\d{4}-\d\d-\d\d)T(\d\d)-(\d\d)-(\d\d)Z(_\d+)?\.json$/;

/**
 * A name carries the writer's wall clock under a false `Z`. Zones lie up to 14 hours from UTC, so the names of two of
 * them up to 26 hours from each other; with a clock change on top nothing recorded within a page is missed.
 */
const NAMES_OFF = 28 * 3_600_000;

/** Reads the newest records of an environment. Names order only the reading; what is shown goes by the recorded time. */
export async function readHistory(
  folder: TakoFolder,
  environment: string,
  page: number,
  key: Key,
): Promise<History> {
  const parts = ['deployments', environment];
  const standing = await folder.json([...parts, 'current.json'], decodeCurrent, key);
  const current = standing?.record;
  const stable = await folder.json([...parts, 'rollback', 'last-stable.json'], decodeRecord, key);
  const { dated, odd } = inOrder(await folder.names(...parts, 'history'));
  const ownName = current && nameOf(current);
  const own = ownName !== undefined && dated.includes(ownName) ? ownName : undefined;
  const unread = dated.filter(name => name !== own);

  let records: readonly DeploymentRecord[] = [];
  // Its name is that of the first of its second, which a later one of that second comes before.
  let next = [...odd.slice(0, ODD_NAMES), ...unread.splice(0, page), ...(own === undefined ? [] : [own])];
  while (next.length > 0) {
    const read = await inParallel(next, WIDTH, name =>
      folder.record([...parts, 'history', name], decodeRecord, key),
    );
    records = merged([...records, ...read.filter(record => record !== undefined)]);
    next = unread.splice(0, stillToRead(records, page, unread[0]));
  }

  if (current && own === undefined && !twinOf(records, current)) {
    folder.report({
      severity: 'warning',
      code: 'current-not-in-history',
      text: say('{0} is not in the history. Writing it may have been interrupted.', current.id),
      at: current.source,
      key,
    });
  }
  if (dated.length + odd.length > 0 && !(await folder.has(...parts, 'current.json'))) {
    folder.report({
      severity: 'info',
      code: 'no-current',
      text: say('Which release is current is not recorded: current.json is missing.'),
      at: { file: folder.path(...parts) },
      key,
    });
  }
  if (stable?.outcome === 'failed') {
    folder.report({
      severity: 'warning',
      code: 'failed-rollback-point',
      text: say('{0} is marked as stable, but is recorded as failed.', stable.id),
      at: stable.source,
      key,
    });
  }
  const all = withRecord(withRecord(records, stable && { ...stable, rollbackPoint: true }), current);
  const pinned = [current, stable].map(record => record && twinOf(all, record));
  const shown = all.filter((record, index) => index < page || pinned.includes(record));
  return {
    records: shown,
    more: unread.length > 0 || shown.length < all.length,
    current,
    runtime: standing?.runtime,
    rollbackPoints: all.filter(({ rollbackPoint, outcome }) => rollbackPoint && outcome !== 'failed'),
  };
}

interface NamesInOrder {
  /** Newest first by the time in the name. */
  readonly dated: readonly string[];
  /** What has no time in its name may be of any time. */
  readonly odd: readonly string[];
}

/** Names of records in order, remembered as long as the listing is: there may be tens of thousands. */
function inOrder(names: readonly string[]): NamesInOrder {
  const known = ordered.get(names);
  if (known) return known;
  const records = names.filter(isRecordName);
  const dated = records
    .filter(name => NAME.test(name))
    .sort()
    .reverse();
  const fresh = { dated, odd: records.filter(name => !NAME.test(name)) };
  ordered.set(names, fresh);
  return fresh;
}

const ordered = new WeakMap<readonly string[], NamesInOrder>();

function isRecordName(name: string): boolean {
  return name.endsWith('.json') && !name.startsWith('.'); // Tako writes `.<name>.<random>.tmp` first
}

function nameTime(name: string): Instant | undefined {
  const [, day, hour, minute, second] = NAME.exec(name) ?? [];
  return day === undefined ? undefined : parseTime(`${day}T${hour}:${minute}:${second}Z`);
}

/** The name under which Tako writes a record into the history. */
function nameOf({ timestamp }: DeploymentRecord): string {
  return `${timestamp.slice(0, 19).replaceAll(':', '-')}Z.json`;
}

/** How many names to read next: none when the page is full and nothing unread can be as new as its oldest. */
function stillToRead(
  records: readonly DeploymentRecord[],
  page: number,
  newestUnread: string | undefined,
): number {
  if (newestUnread === undefined) return 0;
  if (records.length < page) return Math.max(WIDTH, page - records.length);
  const oldestShown = records[page - 1]?.at ?? -Infinity;
  return (nameTime(newestUnread) ?? Infinity) + NAMES_OFF < oldestShown ? 0 : WIDTH;
}

/** Newest first, and one record for each deployment. */
function merged(records: readonly DeploymentRecord[]): readonly DeploymentRecord[] {
  const bySecond = new Map<number | DeploymentRecord, DeploymentRecord[]>();
  for (const record of records) {
    const second = secondOf(record) ?? record;
    const group = bySecond.get(second) ?? [];
    const twin = group.findIndex(each => sameDeployment(each, record));
    group.splice(twin === -1 ? group.length : twin, 1, twin === -1 ? record : united(group[twin], record));
    bySecond.set(second, group);
  }
  const all = [...bySecond.values()].flat();
  // A server's record is first written while the deployment runs, and again, under the same id, at its end.
  const finished = new Set(all.filter(({ outcome }) => outcome !== 'running').map(({ id }) => id));
  return sorted(all.filter(({ outcome, id }) => outcome !== 'running' || !finished.has(id)));
}

function united(a: DeploymentRecord | undefined, b: DeploymentRecord): DeploymentRecord {
  if (!a) return b;
  const otherLeads = a.outcome === 'running' || (isRemote(b) && !isRemote(a));
  return otherLeads ? combined(b, a) : combined(a, b);
}

/** With a record from outside the history, whose id is the one that counts. */
function withRecord(
  records: readonly DeploymentRecord[],
  record: DeploymentRecord | undefined,
): readonly DeploymentRecord[] {
  if (!record) return records;
  const twin = twinOf(records, record);
  if (!twin) return sorted([...records, record]);
  const both = twin.id === record.id ? united(twin, record) : combined(record, twin);
  return records.map(each => (each === twin ? both : each));
}

function twinOf(
  records: readonly DeploymentRecord[],
  record: DeploymentRecord,
): DeploymentRecord | undefined {
  return records.find(each => sameDeployment(each, record)) ?? records.find(({ id }) => id === record.id);
}

function sorted(records: readonly DeploymentRecord[]): readonly DeploymentRecord[] {
  return [...records].sort((a, b) => newestFirst(a.at, b.at));
}
