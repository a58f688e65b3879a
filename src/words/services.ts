import { clean, join, say, type Clean } from '../base/clean.ts';
import { keyBelow } from '../base/finding.ts';
import type { Instant } from '../base/time.ts';
import type { Comparison, ServiceDrift } from '../deploy/drift/service-drift.ts';
import { fact } from '../state/facts.ts';
import type { Container, Project, Service, State } from '../state/model.ts';
import { takodKey, type TakodService } from '../state/takod.ts';
import { ago, moment } from './ages.ts';
import { needsIn, type Needs } from './dependencies.ts';
import { findingsOf } from './findings.ts';
import { isRunning } from './impact.ts';
import { currentRelease, describe, environmentName, projectName, tagOf } from './names.ts';
import type { Icon, Row } from './row.ts';
import { comparedWords, compareIn, driftRows, runningWords } from './running.ts';
import { isShort, takodWords } from './takod.ts';

/** The Services view: by environment, what is configured, what was recorded about it, and what servers answered. */
export function serviceRows(state: State, now: Instant): Row[] {
  const compare = compareIn(state);
  return state.projects.flatMap(project => {
    const loose = project.services.filter(({ environment }) => environment === undefined);
    return [
      ...project.environments.flatMap(environment => {
        const services = project.services.filter(service => service.environment === environment.name);
        const compared = compare(project, environment);
        if (services.length === 0 && compared.drift.length === 0) return [];
        const at = currentRelease(environment)?.at;
        const asked = state.takod[takodKey({ root: project.root, environment: environment.name })];
        const recorded = services.some(service => service.recorded) && at !== undefined;
        return [
          group(
            project,
            environmentName(state, project, environment.name),
            describe(
              services.length === 0
                ? comparedWords(compared, now)
                : recorded
                  ? say('recorded here {0}', ago(at, now))
                  : say('no record of services'),
              asked && say('takod asked {0}', ago(asked.at, now)),
            ),
            {
              services,
              now,
              compared,
              ...(asked?.answer?.services && { takod: asked.answer.services }),
            },
          ),
        ];
      }),
      ...(loose.length > 0
        ? [
            group(project, projectName(state, project), say('in every environment'), {
              services: loose,
              now,
            }),
          ]
        : []),
    ];
  });
}

interface Grouped {
  readonly services: readonly Service[];
  readonly now: Instant;
  readonly compared?: Comparison;
  /** What takod answered. */
  readonly takod?: readonly TakodService[];
}

function group(
  project: Project,
  label: Clean,
  description: Clean | undefined,
  { services, now, compared, takod }: Grouped,
): Row {
  const needsOf = needsIn(services);
  const others = compared?.drift.filter(
    ({ kind, name }) => kind === 'node' || services.every(each => each.name !== name),
  );
  return {
    key: keyBelow(project.key, 'services', 'group', label),
    label,
    description,
    icon: 'environment',
    facts: fact(say('Project'), project.name),
    children: [
      ...services.map(service => serviceRow(project, service, needsOf(service), { now, compared, takod })),
      ...driftRows(others ?? [], now),
    ],
    expanded: true,
  };
}

function serviceRow(
  project: Project,
  service: Service,
  needs: Needs,
  { now, compared, takod }: Omit<Grouped, 'services'>,
): Row {
  const { key, name, at, source } = service;
  const seen = compared && runningWords(service, compared, now);
  const recorded = serviceHealth(service);
  const told = takod?.find(each => each.name === name);
  const words = describe(seen?.words ?? recorded.words, told && takodWords(told));
  const shown = seen ? (seen.icon ?? (recorded.icon === 'healthy' ? 'healthy' : 'service')) : recorded.icon;
  const icon = told && isShort(told) ? 'degraded' : shown;
  const drift = compared?.drift.filter(each => each.name === name && each.kind !== 'node') ?? [];
  const version = service.version ?? tagOf(service.image);
  const trouble = !seen && (icon === 'down' || icon === 'degraded');
  const description = describe(
    words,
    drift.some(({ kind }) => kind === 'image') ? undefined : version,
    trouble && at !== undefined ? say('recorded {0}', ago(at, now)) : undefined,
    service.recorded && !service.declared && project.source !== undefined
      ? say('not in the configuration')
      : undefined,
    ...needs.words,
  );
  return {
    key,
    id: name,
    label: name,
    description,
    icon,
    facts: serviceFacts(service, needs),
    spoken: join([name, words, version, ...needs.words], ', '),
    open: { file: source },
    details: { document: key, kind: 'json' },
    source,
    abilities: [
      'copyId',
      'openSource',
      'openDetails',
      ...(project.tool === 'tako' ? (['recordHealth'] as const) : []),
      ...(service.environment === undefined
        ? []
        : (['showDependencies', 'followLogs', 'openShell', 'restartService', 'scaleService'] as const)),
    ],
    children: rowsBelow(project, service, drift, now),
  };
}

function rowsBelow(
  project: Project,
  service: Service,
  drift: readonly ServiceDrift[],
  now: Instant,
): Row[] | undefined {
  const rows = [
    ...driftRows(drift, now),
    ...findingsOf(project, service.key),
    ...service.containers.map((container, index) => containerRow(service, container, index, now)),
  ];
  return rows.length > 0 ? rows : undefined;
}

function containerRow(
  service: Service,
  { id, node, status, startedAt }: Container,
  index: number,
  now: Instant,
): Row {
  return {
    key: keyBelow(service.key, 'containers', String(index), id),
    id,
    label: clean(id.slice(0, 12)),
    description: describe(
      node,
      status,
      startedAt === undefined ? undefined : say('started {0}', ago(startedAt, now)),
    ),
    icon: 'container',
    abilities: ['copyId'],
  };
}

/** How a service stands by what is recorded, in words: "3 of 3 healthy", "1 of 2 running". */
export function serviceHealth(service: Service): { readonly words: Clean; readonly icon: Icon } {
  const { containers, health, status, recorded } = service;
  if (!recorded) return { words: say('nothing recorded'), icon: 'service' };
  const { running, wanted } = containerCount(service);
  const counted = containers.length > 0;
  const unwell = health !== undefined && isBad(health);
  const stopped = status !== undefined && /^(stopped|failed|exited|dead|down)$/i.test(status);

  if (wanted > 0 && (stopped || (counted && running === 0)))
    return { words: say('0 of {0} running', wanted), icon: 'down' };
  if (counted && running < wanted)
    return { words: say('{0} of {1} running', running, wanted), icon: 'degraded' };
  if (unwell)
    return {
      words: counted ? say('{0} of {1} running, {2}', running, wanted, health) : health,
      icon: 'degraded',
    };
  if (health === 'healthy') {
    return {
      words: counted ? say('{0} of {1} healthy', running, wanted) : replicaWords(wanted, health),
      icon: 'healthy',
    };
  }
  const known = health === undefined || health === 'unknown' ? say('health not recorded') : health;
  return {
    words: counted ? say('{0} of {1} running, {2}', running, wanted, known) : replicaWords(wanted, known),
    icon: 'service',
  };
}

/**
 * Of the containers that are recorded, how many ran, and how many there should be. Of replicas on every server without a swarm, the
 * number for one of them is recorded.
 */
export function containerCount({ containers, replicas }: Service): {
  readonly running: number;
  readonly wanted: number;
} {
  return { running: containers.filter(isRunning).length, wanted: Math.max(replicas ?? 0, containers.length) };
}

/** Whether the health that is recorded is a bad one. */
export function isBad(health: Clean): boolean {
  return /unhealthy|failed|failing|critical/i.test(health);
}

function replicaWords(replicas: number, health: Clean): Clean {
  if (replicas === 0) return health;
  return replicas === 1 ? say('1 replica, {0}', health) : say('{0} replicas, {1}', replicas, health);
}

export function serviceFacts(service: Service, needs: Needs) {
  const { image, imageId, ports, domains, deployedAt, at, history } = service;
  const [before] = history;
  return [
    ...fact(say('Image'), image),
    ...fact(say('Image id'), imageId),
    ...fact(say('Ports'), join(ports, ', ')),
    ...fact(say('Domains'), join(domains, ', ')),
    ...needs.facts,
    ...fact(say('Deployed'), deployedAt === undefined ? undefined : moment(deployedAt)),
    ...fact(say('Recorded'), at === undefined ? undefined : moment(at)),
    ...fact(say('Version before'), before && join([before.version, before.reason], ', ')),
    ...service.facts,
  ];
}
