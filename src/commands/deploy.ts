import { clean, say } from '../base/clean.ts';
import type { Key } from '../base/finding.ts';
import { whoHere } from '../base/identity.ts';
import type { Plan } from '../operations/operation.ts';
import type { Report } from '../operations/runner.ts';
import { deployedSince } from '../views/git.ts';
import { deployQuestion } from '../words/deploy.ts';
import { inTitle } from '../words/names.ts';
import { checkedOut } from './checked-out.ts';
import type { Desk } from './desk.ts';
import { performDeployment, whenFree } from './perform-deployment.ts';
import { targetFor } from './pick-environment.ts';
import { reasonFor } from './reason.ts';
import { rollBackOffer } from './roll-back.ts';
import type { Outcome } from './task.ts';
import { deployWithTako, isTako, mayPlan } from './with-tako.ts';

/** Deploys what is checked out to an environment. */
export async function deploy(desk: Desk, key?: Key): Promise<void> {
  const target = await targetFor(desk, key, say('Deploy to'));
  if (!target || !(await whenFree(desk, target, say('Deploy')))) return;
  const { where, environment } = target;
  const { look, words, prepare, holds } = checkedOut(desk, target);
  const commit = await look();
  const deployed = deployedSince(environment);
  const reason = await reasonFor(desk, target, say('Why was {0} deployed?', environment.name), deployed);
  const by = clean(whoHere());
  const after = ({ verdict }: Report): NonNullable<Outcome['actions']> =>
    verdict.state === 'verified' ? reason() : [rollBackOffer(desk, target)];
  const way = {
    target,
    action: say('Deploy'),
    question: (plan: Plan) => ({
      text: deployQuestion(plan, words()),
      action: where.isProduction ? say('Deploy to {0}', inTitle(environment.name)) : say('Deploy'),
    }),
    after,
  };
  const withTako = (): Promise<void> => deployWithTako(desk, { where, by, allowDirty: commit?.dirty }, way);
  if (isTako(desk, where)) {
    if (await mayPlan(where, words())) await withTako();
    return;
  }
  const request = { operation: 'deploy', input: { where, by } };
  await performDeployment(desk, { ...way, prepare, holds, request, withTako });
}
