/** Deploying and going back through the tako program. */
import * as vscode from 'vscode';
import { clean, join, say, type Clean } from '../base/clean.ts';
import type { TakoAccess } from '../deploy/access.ts';
import { engineFor } from '../deploy/plan/engine-for.ts';
import type { EnvironmentRef, RollBackInput, ScaleInput } from '../deploy/requests.ts';
import type { TakoDeployInput, TakoRollBackInput } from '../deploy/tako-cli/requests.ts';
import { UserError } from '../base/errors.ts';
import type { Plan, Request } from '../operations/operation.ts';
import type { Report } from '../operations/runner.ts';
import { deploySettings } from '../views/workspace.ts';
import { planningWords } from '../words/deploy.ts';
import type { Desk } from './desk.ts';
import { whileWaiting } from './on-servers.ts';
import { performDeployment, type About, type Deployment } from './perform-deployment.ts';
import type { Target } from './pick-environment.ts';
import type { Question } from './question.ts';
import { withTakoProgram } from './tako-program.ts';
import type { Outcome } from './task.ts';

/** Whether the tako program is what changes an environment, by what its servers answered last. */
export function isTako({ state }: Desk, where: EnvironmentRef): boolean {
  return engineFor(where, state.now.observed, deploySettings()) === 'tako-cli';
}

export function takoAccess({ state }: Desk): TakoAccess {
  return {
    settings: deploySettings,
    now: Date.now,
    askedTakod: (environment, observation) => state.observeTakod(environment, observation),
  };
}

/** How it is asked for and told, whatever does it. */
interface Asking {
  readonly target: Target;
  readonly action: Clean;
  readonly question: (plan: Plan) => Question;
  readonly after?: (report: Report) => NonNullable<Outcome['actions']>;
}

/** Whatever came of it, takod is asked once afterwards: what is shown of the environment is true again. */
async function performWithTako<In extends About>(desk: Desk, deployment: Deployment<In>): Promise<void> {
  const { where, environment } = deployment.target;
  const atEnd = async (): Promise<void> => {
    const { askTakod } = await import('../deploy/tako-cli/ask-takod.ts');
    await whileWaiting(say('Asking takod about {0}…', environment.name), signal =>
      askTakod(takoAccess(desk), where, signal),
    );
  };
  await withTakoProgram(() => performDeployment(desk, { ...deployment, atEnd }));
}

/** Planning is not for nothing here, so that it is asked for; what it takes is asked for first. */
export async function mayPlan({ environment, project }: EnvironmentRef, about?: Clean): Promise<boolean> {
  const { findTako } = await import('../deploy/tako-cli/program.ts');
  const program = await withTakoProgram(() =>
    findTako(deploySettings().takoPath, new AbortController().signal),
  );
  if (!program) return false;
  const plan = say('Plan');
  const title = say('Let tako plan the deployment to {0} of {1}?', clean(environment), project);
  const detail = join([about, planningWords()], '\n');
  return (await vscode.window.showWarningMessage(title, { modal: true, detail }, plan)) === plan;
}

export async function deployWithTako(
  desk: Desk,
  input: Pick<TakoDeployInput, 'where' | 'by' | 'service'> & { readonly allowDirty: boolean | undefined },
  asking: Asking,
): Promise<void> {
  const { where, by, service, allowDirty = false } = input;
  const toPlan = {
    where,
    allowDirty,
    ...(by !== undefined && { by }),
    ...(service !== undefined && { service }),
  };
  const prepare = async (request: Request<typeof toPlan>): Promise<Request | undefined> => {
    const { planWithTako } = await import('../deploy/tako-cli/deploy.ts');
    const log = (line: Clean): void => desk.log.info(line);
    const planned = await whileWaiting(say('Tako is planning…'), signal =>
      planWithTako(takoAccess(desk), toPlan, { log, signal }),
    );
    return planned && { ...request, input: { ...request.input, planned } satisfies TakoDeployInput };
  };
  const request = { operation: 'tako.deploy', input: toPlan };
  await performWithTako(desk, { ...asking, request, prepare });
}

/** What tako has no command for is not done; what a person can do instead is said. */
export function refuseWithTako({ environment }: EnvironmentRef, what: Clean, instead: Clean): UserError {
  return new UserError('tako-cannot', { what, where: environment, next: instead });
}

export async function scaleWithTako(desk: Desk, input: ScaleInput, asking: Asking): Promise<void> {
  const request = { operation: 'tako.scale', input };
  await performWithTako(desk, { ...asking, request });
}

export async function rollBackWithTako(
  desk: Desk,
  { where, to, by, services }: RollBackInput,
  asking: Asking,
): Promise<void> {
  const input: TakoRollBackInput = {
    where,
    to,
    ...(by !== undefined && { by }),
    ...(services && { services }),
  };
  await performWithTako(desk, { ...asking, request: { operation: 'tako.roll-back', input } });
}
