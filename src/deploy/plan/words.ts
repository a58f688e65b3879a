/** What a plan tells a person: steps, differences, and what speaks for or against it. */
import type { Change } from '../../base/change.ts';
import { clean, join, say, type Clean } from '../../base/clean.ts';
import type { Finding } from '../../base/finding.ts';
import { isTraefik } from '../../servers/traefik.ts';
import { composedElsewhere } from '../compose/elsewhere.ts';
import { dockerDisk, serversWith, type Asked } from './asked.ts';
import { hostsOf } from './compare-service.ts';
import { isChange, isFirst, type Course, type ServiceCourse } from '../course.ts';
import { migrationSteps } from './migrations.ts';
import type { Past } from './past.ts';
import { remainsFindings } from './remains.ts';

export function changesOf(services: readonly ServiceCourse[]): readonly Change[] {
  return services.flatMap(({ service, kind, now, source }): readonly Change[] => {
    const path = [clean(service.name)];
    if (kind === 'unchanged') return [];
    if (kind === 'removed') return [{ path, kind, ...(now && { from: now.image }) }];
    const to = clean(source?.reference);
    if (kind === 'new') return [{ path, kind: 'added', to }];
    return [{ path: [...path, say('image')], kind, ...(now && { from: now.image }), to }];
  });
}

/** In their order. Empty where no container is touched. */
export function stepsOf(course: Course, asked: readonly Asked[]): readonly Clean[] {
  const { services, engine, kind } = course;
  const changed = services.filter(isChange);
  const bring = changed.flatMap(({ service, source }) => {
    if (source?.kind !== 'known') return [];
    const on = serversWith(source.id, asked);
    const lacking = hostsOf(service, engine).filter(each => !on.includes(each));
    return lacking.length === 0
      ? []
      : [say('Bring the image of {0} to {1}', clean(service.name), join(lacking, ', '))];
  });
  const hooks = (moment: 'before' | 'after'): readonly Clean[] =>
    kind === 'rollback'
      ? []
      : changed.flatMap(({ service: { name, hooks } }) =>
          hooks[moment] ? [say('Run {0} of {1}', clean(hooks[moment].join(' ')), clean(name))] : [],
        );
  const replace = (isEarly: boolean): readonly Clean[] =>
    changed
      .filter(each => isFirst(each, course) === isEarly)
      .map(each => replaceStep(each, engine.kind === 'swarm' ? undefined : hostsOf(each.service, engine)));
  return [
    ...named(changed, 'build', names => say('Build {0}', names)),
    ...named(changed, 'pull', names => say('Pull {0}', names)),
    ...bring,
    ...replace(true),
    ...migrationSteps(course, 'before'),
    ...hooks('before'),
    ...replace(false),
    ...services
      .filter(each => each.kind === 'removed')
      .map(({ service }) => say('End {0}', clean(service.name))),
    ...hooks('after'),
    ...migrationSteps(course, 'after'),
  ];
}

function replaceStep(
  { service, kind, why, interrupts }: ServiceCourse,
  hosts: readonly Clean[] | undefined,
): Clean {
  const where = hosts && hosts.length > 0 ? say('on {0}', join(hosts, ', ')) : undefined;
  const name = clean(service.name);
  const told = kind === 'new' ? say('Start {0}', name) : say('Replace {0}', name);
  return join(
    [
      join([told, where], ' '),
      why.length > 0 ? join(why, ', ') : undefined,
      interrupts ? say('short interruption') : undefined,
    ],
    ' · ',
  );
}

function named(
  changed: readonly ServiceCourse[],
  kind: 'build' | 'pull',
  tell: (names: Clean) => Clean,
): readonly Clean[] {
  const names = changed
    .filter(({ source }) => source?.kind === kind)
    .map(({ service }) => clean(service.name));
  return names.length === 0 ? [] : [tell(join(names, ', '))];
}

/** What was noticed about the services that it changes. */
export function courseFindings(course: Course, asked: readonly Asked[], past: Past): readonly Finding[] {
  const { services, left, engine } = course;
  const info = (code: string, text: Clean): Finding => ({ severity: 'info', code, text });
  const warning = (code: string, text: Clean): Finding => ({ severity: 'warning', code, text });
  const short = services.filter(each => isChange(each) && each.interrupts).map(nameOfService);
  const keeping = services
    .filter(each => each.kind === 'changed' && each.service.volumes.some(({ readOnly }) => !readOnly))
    .map(nameOfService);
  const same = services.filter(({ kind }) => kind === 'unchanged').map(nameOfService);
  const { unfinished } = past;
  return [
    ...(left.length > 0 ? [warning('left-out', leftWords(left))] : []),
    ...unfinished.map(({ id }) =>
      warning('unfinished', say('{0} was interrupted; it is recorded as failed then', id)),
    ),
    ...remainsFindings(course, asked),
    ...(short.length > 0
      ? [warning('interruption', say('Short interruption of {0}', join(short, ', ')))]
      : []),
    ...(keeping.length > 0
      ? [info('stateful', say('What the volumes of {0} hold stays as it is', join(keeping, ', ')))]
      : []),
    ...(same.length > 0 ? [info('unchanged', say('{0} unchanged', join(same, ', ')))] : []),
    ...room(course, asked),
    ...sharedPorts(course),
    ...sharedVolumes(course),
    ...unrouted(course, asked),
    ...duration(past),
    info(
      'servers',
      join(
        engine.servers.map(({ name }) => name),
        ', ',
      ),
    ),
    ...composeThere(course, asked),
    ...composedElsewhere(course, asked),
  ];
}

function leftWords(left: Course['left']): Clean {
  const names = clean(left.join(', '));
  return left.length === 1
    ? say('{0} does not answer and is left out', names)
    : say('{0} do not answer and are left out', names);
}

const nameOfService = ({ service }: ServiceCourse): Clean => clean(service.name);

/** A swarm hands a port out to all replicas. With plain Docker each would want the port of its server for itself. */
function sharedPorts({ services, engine }: Course): readonly Finding[] {
  if (engine.kind === 'swarm') return [];
  return services.flatMap(each => {
    const { service, asIn } = each;
    const port = service.ports.find(({ host }) => host !== undefined)?.host;
    if (!isChange(each) || asIn || service.replicas < 2 || port === undefined) return [];
    const text = say(
      '{0} cannot run {1} times on a server: each would need its port {2}',
      clean(service.name),
      service.replicas,
      port,
    );
    return [{ severity: 'error', code: 'shared-port', text }];
  });
}

/** Where a server has several of a service, a volume is the same one for all. */
function sharedVolumes({ services, engine }: Course): readonly Finding[] {
  if (engine.kind === 'swarm') return [];
  return services.flatMap(each => {
    const { name, replicas, volumes } = each.service;
    if (!isChange(each) || replicas < 2 || volumes.every(({ readOnly }) => readOnly)) return [];
    const text = say(
      '{0} runs {1} times on a server, and all write to the same volume',
      clean(name),
      replicas,
    );
    return [{ severity: 'warning', code: 'shared-volume', text }];
  });
}

/** Domains are labels for Traefik, which nothing here starts. */
function unrouted({ services, engine }: Course, asked: readonly Asked[]): readonly Finding[] {
  const domains = services.filter(isChange).flatMap(({ service }) => service.domains);
  const heard = asked.filter(
    ({ server, observation }) => observation.answer && engine.servers.includes(server),
  );
  const without = heard.filter(
    ({ observation }) =>
      !observation.answer?.containers.some(each => each.state === 'running' && isTraefik(each)),
  );
  const isRouted = engine.kind === 'swarm' ? without.length < heard.length : without.length === 0;
  if (domains.length === 0 || isRouted) return [];
  const text = say(
    'No Traefik runs on {0}, which would route {1}',
    join(
      without.map(({ server }) => server.name),
      ', ',
    ),
    clean(domains.join(', ')),
  );
  return [{ severity: 'warning', code: 'no-proxy', text }];
}

/** Which Docker Compose was found: of the first version people know other faults. */
function composeThere({ engine }: Course, asked: readonly Asked[]): readonly Finding[] {
  const there = asked.filter(({ server }) => engine.kind === 'compose' && engine.servers.includes(server));
  const versions = new Set(there.flatMap(({ observation }) => observation.answer?.docker.compose ?? []));
  if (versions.size === 0) return [];
  return [{ severity: 'info', code: 'engine', text: say('Docker Compose {0}', join([...versions], ', ')) }];
}

const MB = 1024 * 1024;
/** What Docker and the logs of containers need besides images. */
const SPARE = 256 * MB;

/** Whether images have room where they do not lie yet. What is yet to be built is taken to be as large as what runs. */
function room({ services, engine }: Course, asked: readonly Asked[]): readonly Finding[] {
  const sizes = new Map(
    asked.flatMap(({ observation }) =>
      (observation.answer?.images ?? []).map(({ id, bytes }) => [String(id), bytes] as const),
    ),
  );
  return asked.flatMap(({ server, observation }) => {
    const disk = dockerDisk(observation);
    if (!disk || !engine.servers.includes(server)) return [];
    const needed = services.filter(isChange).reduce((sum, { service, source, now }) => {
      if (!hostsOf(service, engine).includes(server.name)) return sum;
      if (source?.kind === 'known' && serversWith(source.id, asked).includes(server.name)) return sum;
      return sum + (sizes.get(source?.kind === 'known' ? source.id : (now?.imageId ?? '')) ?? 0);
    }, SPARE);
    if (disk.free >= needed) return [];
    const evidence = say('{0} MB free, {1} MB needed', Math.round(disk.free / MB), Math.round(needed / MB));
    return [
      { severity: 'error', code: 'disk', text: say('The disk of {0} is too full', server.name), evidence },
    ];
  });
}

const RECENT = 5;

/** How long it took the last few times: the middle one. */
function duration({ releases }: Past): readonly Finding[] {
  const times = releases
    .filter(({ kind, outcome }) => kind === 'deploy' && outcome === 'succeeded')
    .flatMap(({ durationSeconds }) => durationSeconds ?? [])
    .slice(0, RECENT)
    .sort((a, b) => a - b);
  const middle = times[Math.floor(times.length / 2)];
  if (middle === undefined) return [];
  const text =
    middle < 60
      ? say('About {0} s', Math.max(1, Math.round(middle)))
      : say('About {0} min', Math.round(middle / 60));
  return [{ severity: 'info', code: 'time', text }];
}
