import type { Edge } from '../../base/graph.ts';

/** A resource as it is recorded, with its properties parsed. */
export interface Referring {
  readonly id: string;
  readonly module: string;
  readonly type: string;
  readonly name: string;
  readonly properties: unknown;
}

/**
 * Dependencies that are not recorded but told by properties: a text there names another resource of the same stack, be it the
 * whole text or a word of it. A resource is named by
 * - its id, which is `<stack>/<module>/<type>/<name>`,
 * - `module/type/name`, or
 * - `type.name`, as in `${type.name}`,
 * each also with more after a dot, as in `${type.name.port}`; the longest name that fits counts. A bare name is no reference,
 * because too many values equal some name. For the same reason the two short forms do not count where the name has less than
 * three characters or is a word that values are made of, nor where two resources would be named alike.
 */
export function inferredEdges(resources: readonly Referring[], recorded: readonly Edge[]): readonly Edge[] {
  const references = referencesTo(resources);
  const known = new Set(recorded.map(idOf));
  return resources.flatMap(({ id: from, properties }) => {
    const named = new Set(textsIn(properties).flatMap(text => namedIn(text, references)));
    return [...named].map(to => ({ from, to })).filter(edge => edge.to !== from && !known.has(idOf(edge)));
  });
}

/** The same text for the same two ends. */
export function idOf({ from, to }: Edge): string {
  return JSON.stringify([from, to]);
}

/** The references that begin with some parts between dots, so that a word is gone through once however many there are. */
interface References {
  readonly next: Map<string, References>;
  /** The resource named by these parts, `null` where there are two. */
  resource?: string | null;
}

const SHORT = 3;
const VALUES = new Set(['true', 'false', 'null', 'nil', 'none', 'yes', 'off', 'auto', 'default']);

function referencesTo(resources: readonly Referring[]): References {
  const root: References = { next: new Map() };
  for (const { id, module, type, name } of resources) {
    const isTelling = name.length >= SHORT && !VALUES.has(name.toLowerCase());
    const forms = isTelling ? [id, `${module}/${type}/${name}`, `${type}.${name}`] : [id];
    for (const form of forms) {
      let place = root;
      for (const part of form.split('.')) {
        const next: References = place.next.get(part) ?? { next: new Map() };
        place.next.set(part, next);
        place = next;
      }
      place.resource = place.resource === undefined || place.resource === id ? id : null;
    }
  }
  return root;
}

// What a name, a path or an address is made of: the rest of one would make a reference another one.
const WORD = /[\p{L}\p{N}_./@-]+/gu;

function namedIn(text: string, references: References): readonly string[] {
  const whole = lookUp(text, references);
  if (whole?.isWhole) return [whole.resource];
  return (text.match(WORD) ?? []).flatMap(word => lookUp(word, references)?.resource ?? []);
}

/** The longest reference that a text begins with. */
function lookUp(
  text: string,
  references: References,
): { readonly resource: string; readonly isWhole: boolean } | undefined {
  const parts = text.split('.');
  let place: References | undefined = references;
  let found;
  for (const [index, part] of parts.entries()) {
    place = place.next.get(part);
    if (!place) break;
    const { resource } = place;
    if (resource) found = { resource, isWhole: index === parts.length - 1 };
  }
  return found;
}

/** Every text in a value, however deep. */
function textsIn(value: unknown): readonly string[] {
  const texts: string[] = [];
  const rest = [value];
  for (const each of rest) {
    if (typeof each === 'string') texts.push(each);
    else if (typeof each === 'object' && each !== null)
      for (const part of Object.values(each)) rest.push(part);
  }
  return texts;
}
