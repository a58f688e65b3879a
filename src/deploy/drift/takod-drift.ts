/** What of an environment does not run as takod was told, by what it answered last: it compares that itself. */
import { say, type Clean } from '../../base/clean.ts';
import { recordedRelease, type Environment, type Project } from '../../state/model.ts';
import type { TakodAnswer, TakodObservation, TakodService } from '../../state/takod.ts';
import type { Difference, DriftKind } from './compared.ts';
import { isOlder, withFact, type Comparison } from './service-drift.ts';

export function takodDrift(
  project: Project,
  environment: Environment,
  { at, answer, failure }: TakodObservation,
): Comparison {
  const none = (why: Clean): Comparison => ({
    drift: [],
    counts: new Map(),
    compared: [],
    left: environment.servers.map(server => ({ server, why })),
  });
  const [newest] = environment.releases;
  if (failure) return none(say('takod was not heard'));
  if (newest?.outcome === 'running') return none(say('being deployed to'));
  if (isOlder(at, recordedRelease(environment)))
    return none(say('asked before the deployment that is recorded'));
  const { services, drift, state } = answer;
  if (!services && !drift) return none(say('takod does not tell what runs'));
  const silent = (state?.nodes ?? []).filter(({ reachable }) => !reachable).map(({ name }) => name);
  return {
    drift: differencesIn(answer).map(each => ({
      ...withFact(project, environment, each, at),
      byTakod: true,
    })),
    counts: new Map(),
    compared: environment.servers.filter(name => !silent.includes(name)),
    left: silent.map(server => ({ server, why: say('does not answer') })),
    at,
    byTakod: true,
  };
}

/** One of each kind of a service: what it finds to differ, and what does not run as it should though nothing differs. */
function differencesIn({ services = [], drift }: TakodAnswer): readonly Difference[] {
  const found = (drift?.drifts ?? []).map(({ service, type, severity, expected, actual }): Difference => {
    const told = services.find(({ name }) => name === service);
    const kind = KINDS[type] ?? (told && told.running < told.desired ? 'replicas' : 'settings');
    return {
      kind,
      name: service,
      servers: [],
      evidence: say('takod: {0}', type),
      severity: severity === 'high' || severity === 'critical' ? 'error' : 'warning',
      ...(kind === 'replicas' && told ? countsOf(told) : { expected, actual }),
    };
  });
  const short = services.filter(
    each => !each.isJob && each.running < each.desired && found.every(({ name }) => name !== each.name),
  );
  const all = [...found, ...short.map(shortage)];
  return [...new Map(all.map(each => [JSON.stringify([each.kind, each.name]), each])).values()];
}

function shortage(service: TakodService): Difference {
  const { name, status, running } = service;
  return {
    kind: 'replicas',
    name,
    servers: [],
    evidence: say('takod: {0}', status),
    severity: running === 0 ? 'error' : 'warning',
    ...countsOf(service),
  };
}

const countsOf = ({ desired, running }: TakodService): Pick<Difference, 'expected' | 'actual'> => ({
  expected: desired,
  actual: running,
});

const KINDS: Readonly<Partial<Record<string, DriftKind>>> = {
  image_changed: 'image',
  replicas_down: 'replicas',
  service_gone: 'gone',
  unexpected_service: 'unexpected',
};
