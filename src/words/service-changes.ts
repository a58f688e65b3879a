import type { Change } from '../base/change.ts';
import { clean, join, say, valueText, type Clean, type CleanJson } from '../base/clean.ts';
import { tagOf } from './names.ts';

// What a comparison of releases found, in sentences. The paths of its changes begin with `services` and a name, or with a field.

/** What is longer is only said to differ. */
const LONGEST = 40;
/** More members of a list are counted. */
const MEMBERS = 6;

/** A sentence for each service that differs: "web: image 1.4.1 → 1.4.2, replicas 2 → 3", "worker is new". */
export function serviceSentences(changes: readonly Change[]): Clean[] {
  const ofServices = changes.filter(({ path }) => path[0] === 'services' && path.length > 1);
  return [...grouped(ofServices, 1)].map(([name, group]) => {
    const [{ path, kind } = { path: [], kind: 'changed' }] = group;
    if (path.length > 2) return say('{0}: {1}', name, fieldSentence(group, 2));
    return kind === 'added' ? say('{0} is new', name) : say('{0} is gone', name);
  });
}

/** The names of the services that differ. */
export function changedServices(changes: readonly Change[]): ReadonlySet<Clean> {
  return new Set(changes.flatMap(({ path: [first, name] }) => (first === 'services' && name ? [name] : [])));
}

/** What of the release itself differs: "version v1 → v2, config hash differs". Empty where nothing does. */
export function releaseSentence(changes: readonly Change[]): Clean {
  return fieldSentence(
    changes.filter(({ path }) => path[0] !== 'services'),
    0,
  );
}

/** The name of a field as people write it. */
export function fieldName(name: Clean): Clean {
  return clean(name.replaceAll('_', ' '));
}

/** Whether a value is another one, but what can be shown of it is the same: a secret, the end of a long text. */
export function looksSame({ kind, from, to }: Change): boolean {
  return kind === 'changed' && from !== undefined && JSON.stringify(from) === JSON.stringify(to);
}

/** What of one thing differs. `depth`: where in the paths its fields stand. */
export function fieldSentence(changes: readonly Change[], depth: number): Clean {
  const fields = grouped(changes, depth);
  const isNewImage = fields.has('image' as Clean); // ours, not a text from elsewhere
  const words = [...fields].flatMap(([field, group]) => {
    if (field === 'image_id' && isNewImage) return []; // another image has another id
    const [first] = group;
    if (first?.path.length === depth + 1) return [valueWords(fieldName(field), first)];
    const members = group.slice(0, MEMBERS).map(change => memberWords(change, depth + 1));
    const rest = group.length - members.length;
    return [join([fieldName(field), ...members, rest > 0 ? say('and {0} more', rest) : undefined], ' ')];
  });
  return join(words, ', ');
}

function memberWords(change: Change, depth: number): Clean {
  const name = join(change.path.slice(depth), ' ');
  if (change.kind === 'added') return say('+{0}', name);
  return change.kind === 'removed' ? say('−{0}', name) : valueWords(name, change);
}

function valueWords(name: Clean, change: Change): Clean {
  const { kind, from, to } = change;
  if (kind === 'added') return say('{0} added', name);
  if (kind === 'removed') return say('{0} removed', name);
  const [before, after] = shortened(from, to);
  const isLong =
    [from, to].some(each => typeof each === 'object') || before.length + after.length > 2 * LONGEST;
  return isLong || looksSame(change) ? say('{0} differs', name) : say('{0} {1} → {2}', name, before, after);
}

/** Of two versions of one image their tags, of commits their first seven digits. */
function shortened(from: CleanJson = null, to: CleanJson = null): readonly [Clean, Clean] {
  const [before, after] = [valueText(from), valueText(to)];
  const [old, fresh] = [tagOf(before), tagOf(after)];
  if (old && fresh && before.slice(0, -old.length) === after.slice(0, -fresh.length)) return [old, fresh];
  const short = (text: Clean): Clean => (/^[0-9a-f]{40}$/.test(text) ? clean(text.slice(0, 7)) : text);
  return [short(before), short(after)];
}

/** Changes by what stands at this depth of their paths. */
function grouped(changes: readonly Change[], depth: number): ReadonlyMap<Clean, readonly Change[]> {
  const groups = new Map<Clean, Change[]>();
  for (const change of changes) {
    const name = change.path[depth];
    if (name === undefined) continue;
    const group = groups.get(name);
    if (group) group.push(change);
    else groups.set(name, [change]);
  }
  return groups;
}
