import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { clean, say } from '../../base/clean.ts';
import { edited, valueOf, type Document } from '../../base/document.ts';
import type { Edit, Path } from '../../base/edit.ts';
import { UserError } from '../../base/errors.ts';
import { Fields } from '../../base/fields.ts';
import type { Json } from '../../base/json.ts';
import type { Instant } from '../../base/time.ts';
import type { FileWrite } from '../../base/write.ts';
import { formOf, isStateName, newerVersion, newState, timeText, type StateForm } from './form.ts';
import { hostOf, isEmpty, isValues, valuesOf, type Host, type Values } from './host.ts';
import { refused } from './refusal.ts';

// Changes of a state, as edits of its text: a state in memory is a document with a text, one on the disk is read and committed.

/** A resource to be written, as both forms can say it. */
export interface CloudResource {
  /** What the form of the Go version calls the type: `linode`. For FTL2's own form the provider. */
  readonly type: string;
  readonly id: string;
  readonly name: string;
  readonly data: Values;
  readonly tags: Readonly<Record<string, string>>;
}

/** A state as it stands, not cleaned. */
export interface StandingState {
  readonly document: Document & { readonly text: string };
  readonly form: StateForm;
  readonly root: Fields;
  readonly hosts: ReadonlyMap<string, Host>;
  readonly resources: ReadonlyMap<string, Values>;
}

/**
 * The state in a document. A file that is not there is a new state, by its name of FTL2's own form, else as the Go version has
 * it. What is damaged, of another program, the log of a run or of a newer version is refused.
 */
export function standingState(document: Document, now: Instant): StandingState {
  const isNamed = isStateName(path.basename(document.path));
  const isBlank = isNamed && document.text?.trim() === ''; // which FTL2 takes for a new one
  const standing = isBlank ? undefined : document.text;
  const text = standing ?? newState(isNamed ? 'python' : 'go', now);
  const filled = { ...document, text };
  const root = Fields.of(parsed(filled, isNamed));
  const form = root && formOf(root, isNamed);
  if (!form) throw refused(document, say('The file is no state of FTL2.'));
  if (form === 'run') throw refused(document, say('The file is the log of a run. FTL2 alone writes it.'));
  const newer = newerVersion(form, root);
  if (newer !== undefined)
    throw refused(document, say('Its format, {0}, is newer than known here.', clean(newer)));
  const hosts = Object.entries(valuesOf(root.raw('hosts')));
  return {
    document: filled,
    form,
    root,
    hosts: new Map(hosts.map(([name, value]) => [name, hostIn(form, name, valuesOf(value))])),
    resources: new Map(
      Object.entries(valuesOf(root.raw('resources'))).map(([key, value]) => [key, valuesOf(value)]),
    ),
  };
}

/** The keys of all resources of a type; in FTL2's own form, of a provider. */
export function resourcesOfType({ form, resources }: StandingState, type: string): readonly string[] {
  const field = form === 'go' ? 'type' : 'provider';
  return [...resources].filter(([, resource]) => resource[field] === type).map(([key]) => key);
}

/** The keys of the resources that have a host's name. */
export function resourcesOfHost({ form, resources }: StandingState, host: string): readonly string[] {
  return [...resources]
    .filter(([key, { name }]) => (form === 'go' ? name === host : key === host))
    .map(([key]) => key);
}

/** The key of a resource: by convention of type and id, in FTL2's own form its name. */
export function resourceKey(form: StateForm, { type, id, name }: CloudResource): string {
  return form === 'go' ? `${type}:${id}` : name;
}

/** Adds a host. One of the same name gets all these values; the Go version's form keeps when it was first added. */
export function addHost(state: StandingState, host: Host, now: Instant): readonly Edit[] {
  return putHost(state, host, now, state.form === 'python' ? { added_at: timeText('python', now) } : {});
}

/** Gives a host these values. What is the same already keeps its spelling. */
export function editHost(state: StandingState, host: Host, now: Instant): readonly Edit[] {
  return putHost(state, host, now, {});
}

/** No edit where there is no such host. */
export function removeHost(state: StandingState, name: string): readonly Edit[] {
  return state.hosts.has(name) ? [{ kind: 'remove', path: ['hosts', name] }] : [];
}

/** The entry of a resource, but for its times. */
export function resourceEntry(form: StateForm, { type, id, name, data, tags }: CloudResource): Values {
  if (form === 'python') {
    return { ...(type && { provider: type }), ...(id && { id }), ...(!isEmpty(tags) && { tags }), ...data };
  }
  const unset = isEmpty(data) ? null : goMap(data);
  return { type, id, name, data: unset, ...(!isEmpty(tags) && { tags: goMap(tags) }) };
}

/** Adds a resource. Of one with the same key, data and tags are replaced; in FTL2's own form everything is. */
export function addResource(state: StandingState, resource: CloudResource, now: Instant): readonly Edit[] {
  const { form, document } = state;
  const { type, id, name, data, tags } = resource;
  const at = timeText(form, now);
  const entry = resourceEntry(form, resource);
  const key = resourceKey(form, resource);
  if (form === 'python') {
    if (name === '') throw refused(document, say('A resource needs a name.'));
    return [put(state, 'resources', key, { created_at: at, ...entry })];
  }
  if (type === '' || id === '') throw refused(document, say('A resource needs a type and an id.'));
  const standing = entryIn(state, 'resources', key);
  if (!standing) return [put(state, 'resources', key, { ...entry, created_at: at, updated_at: at })];
  const path = ['resources', key];
  return [
    ...(isEmpty(data)
      ? memberEdits(path, standing, { data: null }, false)
      : mapEdits(form, [...path, 'data'], standing.data, data)),
    ...mapEdits(form, [...path, 'tags'], standing.tags, tags),
    { kind: 'set', path: [...path, 'updated_at'], value: at },
  ];
}

/** Gives a resource these tags. No edit where it has them already. */
export function tagResource(state: StandingState, key: string, tags: Values, now: Instant): readonly Edit[] {
  const standing = state.resources.get(key);
  if (!standing) throw refused(state.document, say('{0} is not recorded.', clean(key)));
  if (Array.isArray(standing.tags))
    throw refused(state.document, say('Its tags are a list, without values.'));
  const edits = mapEdits(state.form, ['resources', key, 'tags'], standing.tags, tags);
  if (edits.length === 0) return [];
  const time = state.form === 'go' ? 'updated_at' : 'last_seen';
  return [...edits, { kind: 'set', path: ['resources', key, time], value: timeText(state.form, now) }];
}

/** No edit where there is no such resource. */
export function removeResource(state: StandingState, key: string): readonly Edit[] {
  return state.resources.has(key) ? [{ kind: 'remove', path: ['resources', key] }] : [];
}

/** The write that makes these edits and tells when; none where nothing changes. A new state is written without edits too. */
export function writeState(
  { document, form, root }: StandingState,
  edits: readonly Edit[],
  now: Instant,
): FileWrite | undefined {
  if (edits.length === 0 && document.expected !== null) return undefined;
  const at = timeText(form, now);
  const hasMetadata = Fields.of(root.raw('metadata'))?.has('version') === true;
  const touch: Edit =
    form === 'go' && !hasMetadata
      ? // Go-FTL2 crashes without it.
        { kind: 'set', path: ['metadata'], value: { version: '1.0', created_at: at, updated_at: at } }
      : { kind: 'set', path: form === 'go' ? ['metadata', 'updated_at'] : ['updated_at'], value: at };
  return { ...edited(document, [...edits, touch], form), mode: form === 'python' ? 0o600 : 0o644 };
}

const PYTHON_FIELDS = ['ansible_host', 'ansible_port', 'ansible_user', 'groups', 'added_at'];

function hostIn(form: StateForm, name: string, entry: Values): Host {
  if (form === 'go') return hostOf(name, { ...entry, groups: [entry.group], variables: entry.vars });
  const { ansible_host: address, ansible_port: port, ansible_user: user, groups } = entry;
  const variables = Object.entries(entry).filter(([each]) => !PYTHON_FIELDS.includes(each));
  return hostOf(name, { address, port, user, groups, variables: Object.fromEntries(variables) });
}

function putHost(state: StandingState, host: Host, now: Instant, added: Values): readonly Edit[] {
  const { form, document } = state;
  const { name, groups, variables } = host;
  if (name === '') throw refused(document, say('A host needs a name.'));
  const standing = entryIn(state, 'hosts', name);
  const path = ['hosts', name];
  if (form === 'python') {
    const taken = Object.keys(variables).find(each => PYTHON_FIELDS.includes(each));
    if (taken !== undefined)
      throw refused(document, say('{0} cannot be the name of a variable.', clean(taken)));
    const known = { ansible_host: host.address ?? name, ansible_port: host.port ?? 22, groups, ...added };
    const entry = { ...known, ...(host.user !== undefined && { ansible_user: host.user }), ...variables };
    if (!standing) return [put(state, 'hosts', name, entry)];
    const wanted = { ...absent(standing), added_at: standing.added_at, ...entry };
    return memberEdits(path, standing, wanted, false);
  }
  if (groups.length > 1) throw refused(document, say('In this form of state a host has one group only.'));
  const [group] = groups;
  const at = timeText(form, now);
  const known = { name, address: host.address ?? '', port: host.port ?? 0, user: host.user ?? '' };
  const vars = !isEmpty(variables) && { vars: goMap(variables) };
  const times = { created_at: at, updated_at: at };
  if (!standing) {
    return [
      put(state, 'hosts', name, { ...known, ...vars, ...(group !== undefined && { group }), ...times }),
    ];
  }
  const { address, port, user } = known;
  return [
    ...memberEdits(path, standing, { address, port, user, group, updated_at: at }, false),
    ...mapEdits(form, [...path, 'vars'], standing.vars, variables),
  ];
}

/** Sets a whole entry. The map it belongs to may be missing. */
function put(state: StandingState, map: 'hosts' | 'resources', name: string, value: Json): Edit {
  if (!state.root.has(map)) return { kind: 'set', path: [map], value: { [name]: value } };
  return { kind: 'set', path: [map, name], value, sorted: state.form === 'go' };
}

/** An entry as it stands; what is no object has to be replaced. */
function entryIn({ root }: StandingState, map: 'hosts' | 'resources', name: string): Values | undefined {
  const entries = valuesOf(root.raw(map));
  const entry = Object.hasOwn(entries, name) ? entries[name] : undefined;
  return isValues(entry) ? entry : undefined;
}

/** Makes a member an object of these values, one by one where it is an object already. Without values it is left out. */
function mapEdits(form: StateForm, path: Path, standing: Json | undefined, values: Values): readonly Edit[] {
  if (isEmpty(values)) return standing === undefined ? [] : [{ kind: 'remove', path }];
  const wanted = form === 'go' ? goMap(values) : values;
  if (!isValues(standing)) return [{ kind: 'set', path, value: wanted }];
  return memberEdits(path, standing, { ...absent(standing), ...wanted }, form === 'go');
}

/** What has to be edited for the members to have these values, `undefined` for none. */
function memberEdits(
  path: Path,
  standing: Values,
  wanted: Readonly<Record<string, Json | undefined>>,
  sorted: boolean,
): readonly Edit[] {
  return Object.entries(wanted).flatMap(([name, value]): readonly Edit[] => {
    const now = Object.hasOwn(standing, name) ? standing[name] : undefined;
    if (isDeepStrictEqual(now, value)) return [];
    if (value === undefined) return [{ kind: 'remove', path: [...path, name] }];
    return [{ kind: 'set', path: [...path, name], value, sorted }];
  });
}

function absent(values: Values): Readonly<Record<string, undefined>> {
  return Object.fromEntries(Object.keys(values).map(name => [name, undefined]));
}

/** As Go holds a map: by name, in the order of UTF-8. */
function goMap(values: Values): Values {
  const names = Object.keys(values).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  return Object.fromEntries(names.map(name => [name, goValue(values[name] ?? null)]));
}

function goValue(value: Json): Json {
  if (isValues(value)) return goMap(value);
  return Array.isArray(value) ? value.map(goValue) : value;
}

function parsed(document: Document, isNamed: boolean): unknown {
  try {
    return valueOf(document);
  } catch (error) {
    if (!isNamed || !(error instanceof UserError)) throw error;
    const what = say('{0} FTL2 itself would start empty and overwrite it at its next change.', error.what);
    throw new UserError(error.code, { what, where: error.where, next: error.next }, { cause: error });
  }
}
