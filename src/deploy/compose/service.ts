/** What a service of a Compose file is, with the variables in it replaced as Compose does. */
import { clean, say } from '../../base/clean.ts';
import { interpolated, type Lookup } from '../../base/interpolate.ts';
import type { AppBuild } from '../configuration/application.ts';
import type { Written } from '../configuration/written.ts';

/** Names of the services that Compose starts: those without profiles, and those of a profile that `COMPOSE_PROFILES` names. */
export function activeServices(services: Written, lookup: Lookup): readonly string[] {
  const wanted = (lookup('COMPOSE_PROFILES') ?? '').split(',').map(each => each.trim());
  return services.names.filter(name => {
    const part = services.at(name).at('profiles');
    const profiles = part.texts().map(each => interpolated(each, lookup));
    if (profiles.length === 0 || wanted.includes('*') || profiles.some(each => wanted.includes(each)))
      return true;
    part.info(
      'profiles',
      say('{0} has profiles that COMPOSE_PROFILES does not name: it is left out.', clean(name)),
    );
    return false;
  });
}

/** Names that a service depends on, but for what may be missing and is left out. */
export function needsOf(service: Written, active: readonly string[]): readonly string[] {
  const needs = service.at('depends_on');
  if (!needs.isObject) return needs.texts();
  return needs.names.filter(name => active.includes(name) || needs.at(name).at('required').flag() !== false);
}

/** Tells of services that others wait for to end: here all of them go on running, so that such a one would never be well. */
export function checkEnding(service: Written, active: readonly string[]): void {
  const needs = service.at('depends_on');
  for (const name of needs.isObject ? needs.names : []) {
    const condition = needs.at(name).at('condition');
    if (condition.text() !== 'service_completed_successfully' || !active.includes(name)) continue;
    const words = say(
      '{0} is waited for until it ends. Services that run once are not deployed by Docker Compose.',
      clean(name),
    );
    condition.error('runs-once', words);
  }
}

/** Tells what a part needs by `${NAME:?message}` and does not get. */
export function checkRequired(part: Written, lookup: Lookup): void {
  const required = (name: string, message: string): void => {
    const words = say('{0} has to have a value: {1}', clean(name), clean(message));
    part.error('missing-variable', words);
  };
  interpolated(JSON.stringify([part.written]), lookup, { required });
}

/** `NAME=value` in a list, or members of an object; nothing where only the name is there. */
function pairsOf(part: Written): readonly (readonly [string, string | undefined])[] {
  if (!part.isList)
    return part.names.map(name => [name, part.at(name).isThere ? part.at(name).text() : undefined]);
  return part.texts().map(each => {
    const at = each.indexOf('=');
    return at < 0 ? [each, undefined] : [each.slice(0, at), each.slice(at + 1)];
  });
}

/**
 * What containers are given besides what the Compose file itself says: the variables of the environment, and the values of names
 * that stand there without one.
 */
export function givenTo(
  service: Written,
  given: ReadonlyMap<string, string>,
  lookup: Lookup,
): ReadonlyMap<string, string> {
  const values = new Map(given);
  for (const [name, value] of pairsOf(service.at('environment'))) {
    const passed = given.get(name) ?? lookup(name);
    if (value !== undefined) values.delete(name);
    else if (passed !== undefined) values.set(name, passed);
    else
      service
        .at('environment')
        .warning(
          'missing-variable',
          say('{0} has no value, neither here nor in the environment nor in .env.', clean(name, 80)),
        );
  }
  return values;
}

/** What the Compose file says under a name. */
export function saidOf(service: Written, name: string, lookup: Lookup): string | undefined {
  const [, written] = pairsOf(service.at('environment')).find(([each]) => each === name) ?? [];
  return written === undefined ? undefined : interpolated(written, lookup);
}

/** What it builds. Of arguments only what stands in the file may be recorded. */
export function buildOf(build: Written, lookup: Lookup): AppBuild | undefined {
  if (!build.isThere) return undefined;
  const textOf = (part: Written): string | undefined => {
    const text = part.text();
    return text === undefined ? undefined : interpolated(text, lookup);
  };
  const [dockerfile, target] = [textOf(build.at('dockerfile')), textOf(build.at('target'))];
  const args = pairsOf(build.at('args'));
  const values = args.flatMap(([name, written]) => {
    const value = written === undefined ? lookup(name) : interpolated(written, lookup);
    return value === undefined ? [] : [[name, value] as const];
  });
  return {
    context: textOf(build.isObject ? build.at('context') : build) ?? '.',
    ...(dockerfile !== undefined && { dockerfile }),
    ...(target !== undefined && { target }),
    args: Object.fromEntries(args.map(([name, written = '']) => [name, written])),
    values: new Map(values),
  };
}
