import { clean, say, type Clean } from '../base/clean.ts';
import type { UserError } from '../base/errors.ts';
import type { Key } from '../base/finding.ts';
import { whoHere } from '../base/identity.ts';
import type { Plan } from '../operations/operation.ts';
import type { PromoteInput, RestartInput, ScaleInput } from '../deploy/requests.ts';
import { currentRelease, inTitle, releaseName } from '../words/names.ts';
import { deployQuestion } from '../words/deploy.ts';
import type { Desk } from './desk.ts';
import { performDeployment } from './perform-deployment.ts';
import { ask } from './pick.ts';
import { targetFor } from './pick-environment.ts';
import { serviceFor } from './pick-service.ts';
import { isTako, refuseWithTako, scaleWithTako } from './with-tako.ts';

const REPLICAS = /^\d{1,3}$/;

/** Runs more or fewer replicas of a service. */
export async function scaleService(desk: Desk, key?: Key): Promise<void> {
  const target = await serviceFor(desk, key, say('Scale'));
  if (!target) return;
  const { service, project, environment, where } = target;
  const { replicas } =
    project.services.find(each => each.name === service && each.environment === environment.name) ?? {};
  const check = (text: string): Clean | undefined =>
    REPLICAS.test(text) ? undefined : say('A number from 0');
  const prompt = isTako(desk, where)
    ? say('How many replicas, on all servers together?')
    : say('How many replicas? On servers without a swarm: on each of them');
  const text = await ask(say('Scale {0}', service), prompt, String(replicas ?? 1), check);
  if (text === undefined) return;
  const input: ScaleInput = { where, service, replicas: Number(text), by: clean(whoHere()) };
  const way = {
    target,
    action: say('Scale'),
    question: (plan: Plan) => ({ text: deployQuestion(plan), action: say('Scale') }),
  };
  const withTako = (): Promise<void> => scaleWithTako(desk, input, way);
  if (isTako(desk, where)) await withTako();
  else await performDeployment(desk, { ...way, request: { operation: 'scale-service', input }, withTako });
}

/** Restarts what runs of a service. */
export async function restartService(desk: Desk, key?: Key): Promise<void> {
  const target = await serviceFor(desk, key, say('Restart'));
  if (!target) return;
  const { service, where, environment } = target;
  const notWithTako = (): UserError =>
    refuseWithTako(
      where,
      say('The Tako CLI has no command that restarts a service.'),
      say(
        'What is checked out is started anew by: {0}',
        clean(`tako deploy --service ${service} --force -e ${environment.name}`),
      ),
    );
  if (isTako(desk, where)) throw notWithTako();
  const input: RestartInput = { where, service, by: clean(whoHere()) };
  await performDeployment(desk, {
    target,
    request: { operation: 'restart-service', input },
    notWithTako,
    action: say('Restart'),
    question: plan => ({ text: deployQuestion(plan), action: say('Restart') }),
  });
}

/** Brings what one environment runs to another one of its project. */
export async function promoteRelease(desk: Desk, key?: Key): Promise<void> {
  const from = await targetFor(
    desk,
    key,
    say('Promote from'),
    (project, environment) => project.environments.length > 1 && currentRelease(environment) !== undefined,
  );
  if (!from) return;
  const release = currentRelease(from.environment);
  const name = release ? releaseName(release) : from.environment.name;
  const target = await targetFor(
    desk,
    undefined,
    say('Promote {0} from {1} to', name, from.environment.name),
    (project, environment) => project.key === from.project.key && environment.key !== from.environment.key,
  );
  if (!target) return;
  const { where, environment } = target;
  const notWithTako = (): UserError =>
    refuseWithTako(
      where,
      say('The Tako CLI brings no images from one environment to another.'),
      say(
        'Check out what it was built from and deploy that; an image that a registry has: {0}',
        clean(`tako deploy --service NAME --image IMAGE -e ${environment.name}`),
      ),
    );
  if (isTako(desk, where) || isTako(desk, from.where)) throw notWithTako();
  const input: PromoteInput = { from: from.where, where, by: clean(whoHere()) };
  await performDeployment(desk, {
    target,
    request: { operation: 'promote-release', input },
    notWithTako,
    action: say('Promote'),
    question: plan => ({
      text: deployQuestion(plan),
      action: where.isProduction ? say('Promote to {0}', inTitle(environment.name)) : say('Promote'),
    }),
  });
}
