import path from 'node:path';
import type { Comparison } from '../../base/change.ts';
import { clean, join, say, type Clean } from '../../base/clean.ts';
import { Fields } from '../../base/fields.ts';
import { CONFIG_LIMIT, isUnreadable, readText, STATE_LIMIT } from '../../base/files.ts';
import type { Key } from '../../base/finding.ts';
import { parseJson } from '../../base/json.ts';
import { unreadableFinding } from '../cache.ts';
import {
  comparison,
  configuredKey,
  incomparable,
  isNamed,
  nothingThere,
  without,
  type Comparable,
  type Named,
} from '../compare.ts';
import { isConfigHash } from '../difference.ts';
import { recordedRelease, type Environment, type Project, type Release } from '../model.ts';
import { CONFIG_NAMES } from '../outline.ts';
import { configuredValue, recordedValue } from './comparable.ts';
import { ConfigText } from './config-text.ts';
import type { Variables } from './variables.ts';

/** How two releases, environments or configurations of a project differ. */
export async function compareTako(
  project: Project,
  [a, b]: readonly [Key, Key],
  variables: Pick<Variables, 'lookup' | 'secrets'>,
): Promise<Comparison> {
  const [from, to] = await Promise.all([
    comparableOf(project, a, variables),
    comparableOf(project, b, variables),
  ]);
  if ('missing' in from || 'missing' in to) {
    return incomparable(...[from, to].flatMap(each => ('missing' in each ? [each.missing] : [])));
  }
  const { secrets } = variables;
  if (from.isConfigured && to.isConfigured) {
    return comparison(withoutHash(from.value), withoutHash(to.value), [], secrets);
  }
  const open: Open = { single: new Set(), variable: new Set(), built: new Set() };
  const isMixed = from.isConfigured || to.isConfigured;
  const [left = {}, right = {}] = [from, to].map(({ value, isConfigured }) => {
    if (isConfigured) return certain(value, open);
    return isMixed && !isConfigHash(value['config hash']) ? withoutHash(value) : value;
  });
  const [before, after] = inBoth(left, right, open);
  return comparison(before, after, notesOn(open, before, after), secrets);
}

type Side = Comparable & { readonly isConfigured: boolean };

async function comparableOf(
  project: Project,
  key: Key,
  variables: Pick<Variables, 'lookup' | 'secrets'>,
): Promise<Side> {
  for (const environment of project.environments) {
    if (key === configuredKey(environment.key)) {
      return { ...(await configured(project.root, environment, variables)), isConfigured: true };
    }
    const release =
      key === environment.key
        ? recordedRelease(environment)
        : environment.releases.find(each => each.key === key);
    if (release) return { ...(await recorded(release)), isConfigured: false };
  }
  return { ...nothingThere(), isConfigured: false };
}

/** What a release's own file says; what that leaves open, its copies may say. */
async function recorded({ source, copies = [] }: Release): Promise<Comparable> {
  const [own, ...others] = await Promise.all([source.file, ...copies].map(readRecord));
  if (!own || 'missing' in own) return own ?? nothingThere();
  const values = others.flatMap(each => ('value' in each ? [each.value] : []));
  return { value: Object.assign({}, ...values.reverse(), own.value) as Named }; // of objects
}

async function readRecord(file: string): Promise<Comparable> {
  const read = await readText(file, { limit: STATE_LIMIT });
  if (isUnreadable(read)) return { missing: unreadableFinding(file, read).text };
  const parsed = parseJson(read.text);
  const fields = parsed.ok && isNamed(parsed.value) ? Fields.of(parsed.value) : undefined;
  return fields
    ? { value: recordedValue(fields) }
    : { missing: say('{0} is damaged and cannot be compared.', clean(path.basename(file))) };
}

async function configured(
  root: string,
  { name }: Environment,
  variables: Pick<Variables, 'lookup' | 'secrets'>,
): Promise<Comparable> {
  for (const file of CONFIG_NAMES.tako) {
    const read = await readText(path.join(root, file), { limit: CONFIG_LIMIT });
    if (isUnreadable(read) && read.kind === 'missing') continue;
    if (isUnreadable(read)) return { missing: unreadableFinding(file, read).text };
    const text = ConfigText.of({ text: read.text, report: () => undefined }, variables);
    const value = text && configuredValue(text, read.text, name);
    if (value) return { value };
    return {
      missing: text
        ? say('{0} has no environment {1}.', clean(file), name)
        : say('{0} is damaged and cannot be compared.', clean(file)),
    };
  }
  return { missing: say('There is no configuration of the project here.') };
}

/** What is left out because it cannot be compared. */
interface Open {
  /** Names of what only one side says. */
  readonly single: Set<string>;
  /** Fields that variables set, with their services. */
  readonly variable: Set<string>;
  /** Services whose images are built. */
  readonly built: Set<string>;
}

function notesOn({ single, variable, built }: Open, { services: before }: Named, { services: after }: Named) {
  const sentence = (names: Iterable<string>, of: (names: Clean) => Clean): Clean[] => {
    const shown = [...names].map(name => clean(name.replaceAll('_', ' ')));
    return shown.length === 0 ? [] : [of(join(shown, ', '))];
  };
  const isSilent = before === undefined && after === undefined && !single.has('services');
  return [
    ...(isSilent ? [say('No services are recorded, so they could not be compared.')] : []),
    ...sentence(single, names => say('Not compared, because only one of the two says it: {0}.', names)),
    ...sentence(variable, names => say('Not compared, because variables set it: {0}.', names)),
    ...sentence(built, names => say('Not compared, because it is built here: the image of {0}.', names)),
  ];
}

/** Of a configuration what will surely be recorded when it is deployed: no values of variables, no images yet to be built. */
function certain(configured: Named, { variable, built }: Open): Named {
  const services = Object.entries(servicesIn(configured)).map(([name, service]) => {
    const uncertain = Object.keys(service).filter(field => isVariable(service[field]));
    for (const field of uncertain) variable.add(`${name} ${field}`);
    if (service.build !== undefined) built.add(name);
    const open = service.build === undefined ? uncertain : [...uncertain, 'build', 'image'];
    return [name, without(service, new Set(open))];
  });
  return { ...configured, services: Object.fromEntries(services) as Named }; // of objects
}

function isVariable(value: unknown): boolean {
  return JSON.stringify(value).includes('${');
}

/** The Tako CLI records no hash of the configuration; other writers may make theirs in another way. */
function withoutHash(value: Named): Named {
  return without(value, new Set(['config hash']));
}

/** What both say, of services too. A service that only one has is a difference. */
function inBoth(a: Named, b: Named, { single, variable, built }: Open): readonly [Named, Named] {
  const isTold = (service: string, field: string): boolean =>
    variable.has(`${service} ${field}`) || (field === 'image' && built.has(service));
  const common = (from: Named, to: Named, service = ''): readonly [Named, Named] => {
    const names = [...Object.keys(from), ...Object.keys(to)];
    const others = names.filter(name => !Object.hasOwn(from, name) || !Object.hasOwn(to, name));
    for (const name of others) if (!isTold(service, name)) single.add(name);
    return [without(from, new Set(others)), without(to, new Set(others))];
  };
  const [from, to] = common(a, b);
  const before = new Map(Object.entries(servicesIn(from)));
  const after = new Map(Object.entries(servicesIn(to)));
  for (const [name, service] of before) {
    const other = after.get(name);
    if (!other) continue;
    const [left, right] = common(service, other, name);
    before.set(name, left);
    after.set(name, right);
  }
  if (from.services === undefined) return [from, to];
  return [
    { ...from, services: Object.fromEntries(before) },
    { ...to, services: Object.fromEntries(after) },
  ];
}

function servicesIn({ services }: Named): Readonly<Record<string, Named>> {
  return (services ?? {}) as Readonly<Record<string, Named>>; // made in comparable.ts
}
