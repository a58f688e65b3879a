import { join, say, type Clean } from '../base/clean.ts';
import type { Instant } from '../base/time.ts';
import { UserError } from '../base/errors.ts';
import { seenOf, type Comparison, type ServiceDrift } from '../deploy/drift/service-drift.ts';
import type { AdoptServices } from '../edit/adopt.ts';
import type { Request } from '../operations/operation.ts';
import { deployedRelease, type Environment, type Project, type Service, type State } from '../state/model.ts';
import { actionsOn } from './actions.ts';
import { askedWords } from './ages.ts';
import { ageCell, textCell, valueCell } from './cells.ts';
import { describe, environmentName } from './names.ts';
import type { TableRow } from './page.ts';
import { answersIn } from './restorable.ts';
import { compareIn, ignoredWords, isOpen, repairs } from './running.ts';

// What servers run otherwise than recorded, on the page of drift.

export interface ComparedEnvironment {
  readonly project: Project;
  readonly environment: Environment;
  readonly name: Clean;
  readonly comparison: Comparison;
}

/** Environments of which something is recorded and that have servers. */
export function comparedIn(state: State): readonly ComparedEnvironment[] {
  const compare = compareIn(state);
  return state.projects.flatMap(project =>
    project.environments
      .filter(({ releases, servers }) => releases.length > 0 && servers.length > 0)
      .map(environment => ({
        project,
        environment,
        name: environmentName(state, project, environment.name),
        comparison: compare(project, environment),
      })),
  );
}

/** What records what was seen of a service. */
export function adoptionOf(
  state: State,
  { project, environment }: Pick<ComparedEnvironment, 'project' | 'environment'>,
  { name, at }: Pick<ServiceDrift, 'name' | 'at'>,
): Request<AdoptServices> {
  const seen = seenOf(project, environment, answersIn(state)(project, environment), name);
  if (typeof seen === 'string') {
    throw new UserError('not-one', {
      what: seen,
      where: environment.name,
      next: say('Check its servers, or deploy it again.'),
    });
  }
  const release = deployedRelease(project, environment)?.id ?? '';
  return {
    operation: `${project.tool}.adopt`,
    input: {
      root: project.root,
      environment: environment.name,
      release,
      at,
      seen: { [name]: seen.service },
      own: seen.own ? { [name]: seen.own } : {},
    },
  };
}

export function isCompared(
  environments: readonly ComparedEnvironment[],
): (service: Service, project: Project) => boolean {
  return (service, { key }) =>
    environments.some(
      ({ project, environment, comparison: { at } }) =>
        at !== undefined && project.key === key && environment.name === service.environment,
    );
}

/** With which servers environments were compared, and with which not, and why. */
export function comparedSentence(environments: readonly ComparedEnvironment[], now: Instant): Clean {
  const asked = environments.filter(
    ({ comparison: { at, left } }) => at !== undefined || left.some(({ why }) => why !== say('not asked')),
  );
  if (asked.length === 0) return say('Servers were not asked.');
  const told = asked.map(({ name, comparison: { compared, left, at } }) => {
    const words = say(
      '{0}: compared with {1} of {2} servers',
      name,
      compared.length,
      compared.length + left.length,
    );
    const when = at === undefined ? undefined : askedWords(at, now);
    const why = left.map(each => say('{0} {1}', each.server, each.why));
    return say('{0}.', join([join([words, when], ', '), ...why], '; '));
  });
  return join(told, ' ');
}

/** `of`: what is said of where it is, besides its servers. */
export function runningDriftRows(
  { comparison: { drift } }: Pick<ComparedEnvironment, 'comparison'>,
  now: Instant,
  of?: Clean,
): TableRow[] {
  const open = (each: ServiceDrift): number => Number(isOpen(each, now));
  return drift
    .toSorted((a, b) => open(b) - open(a))
    .map(each => ({
      id: each.key,
      cells: [
        textCell(each.name, isOpen(each, now) ? (each.severity === 'error' ? 'down' : 'drift') : 'succeeded'),
        textCell(describe(of, each.servers.length > 0 ? join(each.servers, ', ') : undefined)),
        textCell(fieldText(each)),
        valueCell(each.expected),
        valueCell(each.actual),
        ageCell(each.at, now),
        textCell(each.evidence),
        textCell(ignoredWords(each, now) ?? say('open')),
      ],
      actions: actionsOn(each.key, repairs(each, now)),
    }));
}

function fieldText({ kind }: ServiceDrift): Clean {
  switch (kind) {
    case 'image':
      return say('image');
    case 'settings':
      return say('settings');
    case 'node':
      return say('node of the swarm');
    case 'replicas':
    case 'gone':
    case 'unexpected':
      return say('running containers');
  }
}
