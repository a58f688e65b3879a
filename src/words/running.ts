/** What runs of an environment beside what is recorded, in words. */
import { clean, join, say, type Clean } from '../base/clean.ts';
import type { Instant } from '../base/time.ts';
import { clockText, dayText } from '../base/time.ts';
import { serviceDrift, type Comparison, type ServiceDrift } from '../deploy/drift/service-drift.ts';
import { takodDrift } from '../deploy/drift/takod-drift.ts';
import { fact } from '../state/facts.ts';
import type { Environment, Project, Service, State } from '../state/model.ts';
import { takodKey } from '../state/takod.ts';
import { askedWords, moment } from './ages.ts';
import { describe, tagOf } from './names.ts';
import { answersIn } from './restorable.ts';
import type { Ability, Icon, Row } from './row.ts';

/** Compares an environment with what its servers answered last, or takod did where that runs them. */
export type Compare = (project: Project, environment: Environment) => Comparison;

export function compareIn(state: State): Compare {
  const answers = answersIn(state);
  return (project, environment) => {
    const compared = serviceDrift(project, environment, answers(project, environment));
    const asked = state.takod[takodKey({ root: project.root, environment: environment.name })];
    return asked && compared.at === undefined ? takodDrift(project, environment, asked) : compared;
  };
}

/** What is still to be done about it. */
export function isOpen({ ignored }: ServiceDrift, now: Instant): boolean {
  return ignored === undefined || ignored.until <= now;
}

/** "worker 1 of 2", "web: servers run 9d1c0aa, recorded a1b2c3d". */
export function driftText({ kind, name, actual, expected, servers }: ServiceDrift): Clean {
  const where = servers.length > 0 ? join(servers, ', ') : undefined;
  switch (kind) {
    case 'replicas':
      return say('{0} {1} of {2}', name, actual, expected);
    case 'gone':
      return say('{0} is gone', name);
    case 'image':
      return say('{0}: {1}', name, imageText({ actual, expected, servers }));
    case 'settings':
      return say('{0}: other settings than recorded', name);
    case 'unexpected':
      return where ? say('{0} runs on {1}, not recorded', name, where) : say('{0} runs, not recorded', name);
    case 'node':
      return say('node {0} {1}', name, actual);
  }
}

function imageText({
  actual,
  expected,
  servers: [first, ...others],
}: Pick<ServiceDrift, 'actual' | 'expected' | 'servers'>): Clean {
  const who = first && others.length === 0 ? first : undefined;
  if (actual === expected)
    return who
      ? say('{0} runs another image called {1}', who, actual)
      : say('servers run another image called {0}', actual);
  const [there, recorded] = shortImages(clean(actual), clean(expected));
  return who
    ? say('{0} runs {1}, recorded {2}', who, there, recorded)
    : say('servers run {0}, recorded {1}', there, recorded);
}

/** Of images that differ in nothing else their tags, of a commit the usual digits. */
function shortImages(...images: readonly [Clean, Clean]): readonly [Clean, Clean] {
  const [a, b] = images.map(image => {
    const tag = tagOf(image) ?? clean('');
    return { tag, of: image.slice(0, image.length - tag.length) };
  });
  if (!a || !b || a.tag === '' || b.tag === '' || a.of !== b.of) return images;
  const [there, recorded] = [shortTag(a.tag), shortTag(b.tag)];
  return there === recorded ? images : [there, recorded];
}

function shortTag(tag: Clean): Clean {
  return /^[0-9a-f]{8,}$/.test(tag) ? clean(tag.slice(0, 7)) : tag;
}

/** "as recorded on 2 of 2 servers, asked 09:02", or what is not as recorded; nothing where nothing was compared. */
export function comparedWords(
  { drift, compared, left, at, byTakod }: Comparison,
  now: Instant,
): Clean | undefined {
  if (at === undefined) return undefined;
  const open = drift.filter(each => isOpen(each, now));
  const [first] = open;
  const total = compared.length + left.length;
  const asked = askedWords(at, now);
  if (!first) {
    const [well, all] = [compared.length, total];
    const words = byTakod
      ? say('takod: runs as deployed on {0} of {1}', well, all)
      : say('runs as recorded on {0} of {1}', well, all);
    return join([words, asked], ', ');
  }
  const words = open.length === 1 ? driftText(first) : say('{0} differ from the record', namesOf(open));
  const heard = left.length > 0 ? say('{0} of {1} servers compared', compared.length, total) : undefined;
  return describe(words, join([heard, asked], ', '));
}

function namesOf(drift: readonly ServiceDrift[]): Clean {
  const names = [...new Set(drift.map(({ name }) => name))];
  return names.length > FEW
    ? say('{0} and {1} more', join(names.slice(0, FEW), ', '), names.length - FEW)
    : join(names, ', ');
}

const FEW = 2;

/** How a service stands by what its servers answered; nothing where they were not compared. */
export function runningWords(
  { name }: Pick<Service, 'name'>,
  { drift, counts, compared, left, at }: Comparison,
  now: Instant,
): { readonly words: Clean; readonly icon?: Icon } | undefined {
  const count = counts.get(name);
  const own = drift.filter(each => each.name === name && each.kind !== 'node');
  if (at === undefined || (!count && own.length === 0)) return undefined;
  const others = own.filter(each => isOpen(each, now) && each.kind !== 'replicas' && each.kind !== 'gone');
  const ignoredTill = own.flatMap(each => (isOpen(each, now) ? [] : (each.ignored?.until ?? [])));
  const total = compared.length + left.length;
  const { running = 0, wanted = 0 } = count ?? {};
  const words = describe(
    count && say('{0} of {1} running', running, wanted),
    ...others.map(each => withoutName(each)),
    ignoredTill.length > 0 ? say('ignored until {0}', clean(dayText(Math.min(...ignoredTill)))) : undefined,
    left.length > 0 ? say('{0} of {1} servers compared', compared.length, total) : undefined,
    askedWords(at, now),
  );
  const isShort = own.some(each => isOpen(each, now) && (each.kind === 'gone' || each.kind === 'replicas'));
  if (isShort && running < wanted) return { words, icon: running === 0 ? 'down' : 'degraded' };
  return { words, ...(own.some(each => isOpen(each, now)) && { icon: 'drift' }) };
}

function withoutName(drift: ServiceDrift): Clean {
  if (drift.kind === 'image') return imageText(drift);
  return drift.kind === 'settings' ? say('other settings than recorded') : say('not recorded');
}

/** One row for each difference, with what can be done about it. */
export function driftRows(drift: readonly ServiceDrift[], now: Instant): Row[] {
  return drift.map(each => {
    const { key, servers, evidence, at, ignored, severity, isForeign } = each;
    const open = isOpen(each, now);
    return {
      key,
      label: driftText(each),
      description: describe(
        servers.length > 0 ? say('on {0}', join(servers, ', ')) : undefined,
        ignoredWords(each, now),
        isForeign === true ? say('made by no deployment') : undefined,
        say('asked {0}', clean(clockText(at))),
      ),
      icon: !open ? 'succeeded' : severity === 'error' ? 'down' : 'drift',
      facts: [
        ...fact(say('Recorded'), clean(each.expected)),
        ...fact(say('Running'), clean(each.actual)),
        ...fact(say('Seen'), evidence),
        ...(isForeign === true ? fact(say('Made by'), say('no deployment, so none ends it')) : []),
        ...fact(say('Asked'), moment(at)),
        ...fact(say('Reason'), ignored?.reason),
      ],
      abilities: ['showDrift', ...repairs(each, now)],
    };
  });
}

/** What can be done about a difference. */
export function repairs(
  drift: Pick<ServiceDrift, 'kind' | 'ignored'> & ServiceDrift,
  now: Instant,
): readonly Ability[] {
  if (!isOpen(drift, now)) return ['reopenDrift'];
  // The record says nothing of nodes.
  if (drift.kind === 'node') return ['ignoreDrift'];
  return [
    ...(drift.isForeign === true ? [] : (['redeploy'] as const)),
    ...(drift.byTakod ? [] : (['adoptDrift'] as const)),
    'ignoreDrift',
  ];
}

export function ignoredWords(drift: ServiceDrift, now: Instant): Clean | undefined {
  const { ignored } = drift;
  if (!ignored) return undefined;
  const until = clean(dayText(ignored.until));
  return isOpen(drift, now)
    ? say('open again, was ignored until {0}', until)
    : say('ignored until {0}: {1}', until, ignored.reason);
}
