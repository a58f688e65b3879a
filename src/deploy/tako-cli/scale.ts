/** Runs more or fewer replicas of a service through the tako program, which asks nobody: it is asked for here. */
import { clean, say } from '../../base/clean.ts';
import type { Finding } from '../../base/finding.ts';
import type { Operation, Plan, Run } from '../../operations/operation.ts';
import type { TakoAccess } from '../access.ts';
import { NAME } from '../configuration/application.ts';
import { applicationOf } from '../configuration/application-of.ts';
import type { ScaleInput } from '../requests.ts';
import { now } from './deploy.ts';
import { isDone, takoFailed } from './failure.ts';
import { ownLock } from './own-lock.ts';
import { progressOf } from './progress.ts';
import { Tako } from './tako.ts';
import { judge, whatRuns } from './what-runs.ts';

interface TakoScalePlan extends Plan {
  readonly before?: number;
}

export function takoScale(access: TakoAccess): Operation<ScaleInput, TakoScalePlan> {
  return {
    id: 'tako.scale',
    root: ({ where }) => where.root,
    locks: ({ where }) => [ownLock(where)],
    plan: (input, run) => planOf(access, input, run),

    async apply(input, { before }, _held, run) {
      const { where, service, replicas } = input;
      const tako = await Tako.in(where, access, run);
      const progress = progressOf(run);
      const ended = await tako.run(['scale', `${service}=${replicas}`], run.signal, {
        onEvent: progress.take,
      });
      progress.end(isDone(ended));
      if (!isDone(ended)) {
        throw takoFailed(ended, where.environment, progress.hasBegun() ? await now(tako, run) : undefined);
      }
      // From none, tako takes no image that it has deployed.
      if (!before || replicas === 0) return undefined;
      return { operation: 'tako.scale', input: { ...input, replicas: before } };
    },

    verify: ({ where, service, replicas }, _plan, { signal }) =>
      judge(access, where, [{ name: service, isRemoved: replicas === 0, replicas }], signal),
  };
}

async function planOf(
  access: TakoAccess,
  { where, service, replicas }: ScaleInput,
  run: Run,
): Promise<TakoScalePlan> {
  const tako = await Tako.in(where, access, run);
  const [{ application }, running] = await Promise.all([
    applicationOf(where, run.signal),
    whatRuns(tako, run.signal),
  ]);
  const name = clean(service);
  const found = running.find(each => each.name === name);
  const configured = application?.services.find(each => each.name === service);
  const findings: Finding[] = [];
  const tell = (severity: Finding['severity'], code: string, text: Finding['text']): void =>
    void findings.push({ severity, code, text });
  if (!NAME.test(service)) {
    tell('error', 'tako-name', say('The tako program cannot be given the name of a service'));
  } else if (!found || found.isJob) {
    tell('error', 'not-there', say('{0} is no service that runs there all the time', name));
  } else if (found.desired === replicas && found.running === replicas) {
    tell('error', 'nothing-to-do', say('{0} of {1} run already', replicas, name));
  } else if (found.running === 0 && configured?.build) {
    tell(
      'error',
      'from-none',
      say('Nothing of {0} runs, and tako would not take the image that was deployed: deploy it', name),
    );
  }
  tell('warning', 'until-deploy', say('The next deployment goes back to what the configuration says'));
  if (replicas === 0) tell('warning', 'stops', say('{0} is stopped', name));
  tell('info', 'engine', say('Carried out by the Tako CLI {0}', clean(tako.program.version)));
  return {
    title: say('Scale {0} of {1} to {2}', name, clean(where.environment), replicas),
    target: where.project,
    risk: where.isProduction ? 'production' : 'confirm',
    changes: [{ path: [name], kind: 'changed', ...(found && { from: found.running }), to: replicas }],
    findings,
    steps: [],
    undoable: (found?.running ?? 0) > 0 && replicas > 0,
    ...(found && { before: found.running }),
  };
}
