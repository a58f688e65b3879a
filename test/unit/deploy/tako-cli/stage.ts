/** A project, a tako program of which every answer is written before, and somebody who agrees to everything. */
import { onTestFinished } from 'vitest';
import { DEPLOY_SETTINGS, type TakoAccess } from '../../../../src/deploy/access.ts';
import { clean, type Clean } from '../../../../src/base/clean.ts';
import { planWithTako } from '../../../../src/deploy/tako-cli/deploy.ts';
import { takoOperations } from '../../../../src/deploy/tako-cli/operations.ts';
import type { TakoDeployInput } from '../../../../src/deploy/tako-cli/requests.ts';
import type { EnvironmentRef } from '../../../../src/deploy/requests.ts';
import type { Plan, Request, StepEvent } from '../../../../src/operations/operation.ts';
import { createRunner, type Report } from '../../../../src/operations/runner.ts';
import type { TakodObservation } from '../../../../src/state/takod.ts';
import { repository } from '../../../kit/git.ts';
import { document, takoProgram, type Replay, type StandIn } from '../../../kit/tako-program.ts';

const PS = document('StatusResult.json', {
  services: [
    {
      name: 'web',
      desired: 2,
      running: 2,
      status: 'running',
      revision: 'abc123',
      health: 'healthy',
      image: 'demo/web:abc123',
    },
  ],
});
export const PLAN = document('DeployPlan.json');
export const RESULT = document('DeployResult.json');
export const ids = { good: '1784381412345678901_4242', failed: '1784382612345678901_4290' };

export interface Stage extends Pick<TakoAccess, 'settings'> {
  readonly root: string;
  readonly tako: StandIn;
  readonly where: EnvironmentRef;
  readonly access: TakoAccess;
  readonly heard: TakodObservation[];
  readonly commit: string;
}

export function stage(...replays: readonly Replay[]): Stage {
  return stageOf('tako/master-mixed-tz', ...replays);
}

export function stageOf(sample: string, ...replays: readonly Replay[]): Stage {
  const tako = takoProgram(onTestFinished);
  tako.replay(...replays);
  const space = repository(onTestFinished);
  space.sample(sample);
  const commit = space.commit({ 'tako.yaml': CONFIG, '.env': 'DB_PASSWORD=sup3r-s3cret\n' });
  const heard: TakodObservation[] = [];
  const settings = (): typeof DEPLOY_SETTINGS => ({ ...DEPLOY_SETTINGS, takoPath: tako.file });
  const access: TakoAccess = {
    settings,
    now: Date.now,
    askedTakod: (_, observation) => heard.push(observation),
  };
  const where: EnvironmentRef = {
    tool: 'tako',
    root: space.root,
    environment: 'production',
    project: clean('demo'),
    isProduction: true,
    servers: [],
  };
  return { root: space.root, tako, where, access, heard, settings, commit };
}

const CONFIG = `project:
  name: demo
servers:
  production:
    host: 203.0.113.10
    user: root
environments:
  production:
    servers: [production]
    services:
      web:
        build: .
        port: 3000
        env:
          PASSWORD: \${DB_PASSWORD}
      db:
        image: postgres:16
`;

export const never = new AbortController().signal;

export interface Told {
  readonly report: Report;
  readonly plan: Plan;
  readonly lines: readonly Clean[];
  readonly steps: readonly StepEvent[];
}

export async function perform(
  { access }: Stage,
  request: Request,
  { signal = never, onLine }: { readonly signal?: AbortSignal; readonly onLine?: (line: Clean) => void } = {},
): Promise<Told> {
  const runner = createRunner(takoOperations(access));
  const plan = await runner.plan(request, never);
  const lines: Clean[] = [];
  const steps: StepEvent[] = [];
  const report = await runner.run(request, plan, signal, {
    step: event => void steps.push(event),
    log: line => {
      lines.push(line);
      onLine?.(line);
    },
  });
  return { report, plan, lines, steps };
}

export async function deployRequest({ access, where }: Stage): Promise<Request<TakoDeployInput>> {
  const planned = await planWithTako(access, { where }, { log: () => undefined, signal: never });
  return { operation: 'tako.deploy', input: { where, planned } };
}

export const planning = { when: ['deploy', '--plan-only'], out: PLAN };
export const asking = { when: ['ps'], out: PS };
