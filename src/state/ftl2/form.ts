import { Fields } from '../../base/fields.ts';
import { utcText, type Instant } from '../../base/time.ts';

/**
 * Three different JSON files are called FTL2 state: the one of the Go design document, the one the Python library keeps,
 * and the log that `ftl2 run --state-file` writes. All have `hosts`, and FTL2 itself does not notice a wrong one.
 */
export type Form = 'go' | 'python' | 'run';

/** The forms that are state. The log of a run is never written. */
export type StateForm = Exclude<Form, 'run'>;

/** Names that only FTL2 uses. What has one is FTL2's, whatever is in it. */
export function isStateName(name: string): boolean {
  return /^\.ftl2.*state.*\.json$/i.test(name);
}

/** Names that may be FTL2's or another program's: what is in the file decides. */
export function maybeStateName(name: string): boolean {
  return /state.*\.json$/i.test(name);
}

/** The form of a state file. Under a name that others use too, only what has FTL2's entries has one. */
export function formOf(root: Fields, isNamed: boolean): Form | undefined {
  const hosts = membersOf(root.raw('hosts'));
  const resources = membersOf(root.raw('resources'));
  const metadata = Fields.of(root.raw('metadata'));
  const isGo =
    hosts.some(host => ['address', 'port', 'user'].every(name => host.has(name))) ||
    resources.some(resource => ['type', 'id', 'data'].every(name => resource.has(name)));
  if (root.has('metadata')) {
    const isEmptyGo = metadata?.has('version') && metadata.has('updated_at') && root.has('hosts');
    return isNamed || isGo || isEmptyGo ? 'go' : undefined;
  }
  if (root.has('module') && root.has('completed')) {
    return isNamed || hosts.some(host => host.has('success')) ? 'run' : undefined;
  }
  if (isGo) return 'go';
  const isPython = hosts.some(host => host.has('ansible_host') || host.has('added_at'));
  const isEmptyPython = root.has('version') && root.has('updated_at') && root.has('hosts');
  return isNamed || isPython || (isEmptyPython && root.has('resources')) ? 'python' : undefined;
}

const LOOKED_AT = 50;

function membersOf(value: unknown): readonly Fields[] {
  const members = Fields.of(value);
  return members?.names.slice(0, LOOKED_AT).flatMap(name => Fields.of(members.raw(name)) ?? []) ?? [];
}

/** The version of the format, where it is newer than the ones known here. Such a file is shown and never written. */
export function newerVersion(form: Form, root: Fields): string | undefined {
  if (form === 'run') return undefined;
  const version = form === 'go' ? root.object('metadata').text('version') : root.text('version');
  return Number.parseInt(version ?? '', 10) > 1 ? version : undefined;
}

/** A time as the programs write it: Go's RFC 3339 without trailing zeros, Python's six digits or none. Both in UTC. */
export function timeText(form: StateForm, now: Instant): string {
  const [seconds = '', fraction = ''] = utcText(now).slice(0, -1).split('.');
  if (form === 'python') return `${seconds}${fraction === '000' ? '' : `.${fraction}000`}+00:00`;
  return `${seconds}.${fraction}`.replace(/\.?0*$/, '') + 'Z';
}

/** The text of a state without any host or resource. FTL2 itself writes none before the first change. */
export function newState(form: StateForm, now: Instant): string {
  const at = timeText(form, now);
  if (form === 'go') {
    const metadata = { version: '1.0', created_at: at, updated_at: at };
    return JSON.stringify({ metadata, hosts: {}, resources: {} }, null, 2);
  }
  const state = { version: 1, created_at: at, updated_at: at, hosts: {}, resources: {} };
  return `${JSON.stringify(state, null, 2)}\n`;
}
