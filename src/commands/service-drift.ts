import { clean, say, type Clean } from '../base/clean.ts';
import type { Key } from '../base/finding.ts';
import { whoHere } from '../base/identity.ts';
import type { Instant } from '../base/time.ts';
import type { ServiceDrift } from '../deploy/drift/service-drift.ts';
import type { IgnoreServiceDrift } from '../edit/ignore-service-drift.ts';
import type { Plan, Request } from '../operations/operation.ts';
import type { State } from '../state/model.ts';
import { deployQuestion } from '../words/deploy.ts';
import { inTitle } from '../words/names.ts';
import { adoptionOf, comparedIn, type ComparedEnvironment } from '../words/running-drift.ts';
import { checkedOut } from './checked-out.ts';
import type { Desk } from './desk.ts';
import { performDeployment } from './perform-deployment.ts';
import { targetFor } from './pick-environment.ts';
import { deployWithTako, isTako, mayPlan } from './with-tako.ts';

/** What a key of drift that was seen on servers stands for. */
export function seenDrift(
  state: State,
  key: Key | undefined,
): (ComparedEnvironment & { readonly drift: ServiceDrift }) | undefined {
  for (const each of comparedIn(state)) {
    const drift = each.comparison.drift.find(one => one.key === key);
    if (drift) return { ...each, drift };
  }
  return undefined;
}

/** Brings a service to what is configured; where it is not configured, the whole environment, so that it is removed. */
export async function redeploy(desk: Desk, key?: Key): Promise<void> {
  const found = seenDrift(desk.state.now, key);
  if (!found) return;
  const { project, environment, drift } = found;
  const title: Clean = say('Redeploy');
  const target = await targetFor(desk, environment.key, title);
  if (!target) return;
  const isConfigured = project.services.some(
    ({ name, declared, environment: of = environment.name }) =>
      declared && name === drift.name && of === environment.name,
  );
  const { look, prepare, holds } = checkedOut(desk, target);
  const commit = await look();
  const { where } = target;
  const by = clean(whoHere());
  const way = {
    target,
    action: title,
    question: (plan: Plan) => ({
      text: deployQuestion(plan),
      action: where.isProduction ? say('Redeploy to {0}', inTitle(environment.name)) : title,
    }),
  };
  const withTako = (): Promise<void> =>
    deployWithTako(
      desk,
      { where, by, allowDirty: commit?.dirty, ...(isConfigured && { service: drift.name }) },
      way,
    );
  if (isTako(desk, where)) {
    if (await mayPlan(where)) await withTako();
    return;
  }
  const input = { where, by, ...(isConfigured && { services: [drift.name] }) };
  await performDeployment(desk, {
    ...way,
    prepare,
    holds,
    request: { operation: 'deploy', input },
    withTako,
  });
}

/** The day on which a person ignores it no longer. */
export interface Ignoring {
  readonly until: Instant;
  readonly reason: string;
}

/** What is asked of `edit/` about drift that was seen on servers; nothing where the key is of something else. */
export async function onSeenDrift(
  { state }: Desk,
  key: Key | undefined,
  act: 'ignore' | 'reopen' | 'adopt',
  ask: (name: Clean) => Promise<Ignoring | undefined> = () => Promise.resolve(undefined),
): Promise<Request | undefined> {
  const found = seenDrift(state.now, key);
  const place = found && state.place(found.project.key);
  if (!place) return undefined;
  const { drift } = found;
  if (act === 'adopt') return adoptionOf(state.now, found, drift);
  const ignoring = act === 'ignore' ? await ask(drift.name) : { reason: '' };
  if (!ignoring) return undefined;
  const input: IgnoreServiceDrift = { place, ...drift.fact, name: drift.name, ...ignoring };
  return { operation: 'ignore-service-drift', input };
}
