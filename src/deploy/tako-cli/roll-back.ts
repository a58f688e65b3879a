/** Goes back through the tako program: one service after the other, to a deployment as the servers record it. */
import { clean, join, say, type Clean } from '../../base/clean.ts';
import { UserError } from '../../base/errors.ts';
import type { Finding } from '../../base/finding.ts';
import type { Operation, Plan, Run } from '../../operations/operation.ts';
import type { Release } from '../../state/model.ts';
import { deploymentOf, isStable, type TakodDeployment } from '../../state/takod.ts';
import type { TakoAccess } from '../access.ts';
import { NAME } from '../configuration/application.ts';
import { applicationOf } from '../configuration/application-of.ts';
import { nameOf, readPast, type Past } from '../plan/past.ts';
import { HISTORY } from './ask-takod.ts';
import { now } from './deploy.ts';
import { history } from './documents.ts';
import { isDone, takoFailed } from './failure.ts';
import { hasCommit } from './has-commit.ts';
import { ownLock } from './own-lock.ts';
import { progressOf } from './progress.ts';
import type { TakoRollBackInput } from './requests.ts';
import { Tako } from './tako.ts';
import { judge } from './what-runs.ts';

interface TakoRollBackPlan extends Plan {
  /** Nothing where it cannot be gone back to. */
  readonly deployment?: TakodDeployment;
  readonly services: readonly string[];
  readonly images: ReadonlyMap<string, string>;
  readonly before?: string;
}

export function takoRollBack(access: TakoAccess): Operation<TakoRollBackInput, TakoRollBackPlan> {
  return {
    id: 'tako.roll-back',
    root: ({ where }) => where.root,
    locks: ({ where }) => [ownLock(where)],
    plan: (input, run) => planOf(access, input, run),

    async apply({ where }, { deployment, services, before }, _held, run) {
      if (!deployment) throw new Error('Nothing is carried out that cannot be');
      const tako = await Tako.in(where, access, run);
      const done: string[] = [];
      for (const service of services) {
        if (run.signal.aborted) throw stoppedAfter(done, where.environment);
        await one(tako, { deployment, service, done, environment: where.environment }, run);
        done.push(service);
      }
      if (before === undefined) return undefined;
      const input: TakoRollBackInput = { where, to: before, services };
      return { operation: 'tako.roll-back', input };
    },

    verify({ where }, { services, images }, { signal }) {
      const expected = services.map(name => {
        const image = images.get(name);
        return { name, isRemoved: false, ...(image !== undefined && { image }) };
      });
      return judge(access, where, expected, signal);
    },
  };
}

interface Going {
  readonly deployment: TakodDeployment;
  readonly service: string;
  readonly done: readonly string[];
  readonly environment: string;
}

async function one(tako: Tako, { deployment, service, done, environment }: Going, run: Run): Promise<void> {
  await run.step(say('Rolling back {0}', clean(service)), async () => {
    const progress = progressOf(run);
    const ended = await tako.run(['rollback', deployment.id, '--service', service], run.signal, {
      onEvent: progress.take,
    });
    progress.end(isDone(ended));
    if (isDone(ended)) return;
    const words = join([await now(tako, run), doneWords(done)], '. ');
    throw takoFailed(ended, environment, words);
  });
}

const doneWords = (done: readonly string[]): Clean | undefined =>
  done.length === 0
    ? undefined
    : say(
        'Rolled back already: {0}',
        join(
          done.map(each => clean(each)),
          ', ',
        ),
      );

function stoppedAfter(done: readonly string[], environment: string): UserError {
  return new UserError('cancelled', {
    what: say('Cancelled.'),
    where: environment,
    next: doneWords(done) ?? say('Nothing was done.'),
  });
}

async function planOf(
  access: TakoAccess,
  { where, to, services: wanted }: TakoRollBackInput,
  run: Run,
): Promise<TakoRollBackPlan> {
  const { signal } = run;
  const tako = await Tako.in(where, access, run);
  const [{ application }, past] = await Promise.all([
    applicationOf(where, signal),
    readPast(where, signal, to),
  ]);
  const deployed = history((await tako.ask('HistoryResult', HISTORY, signal)).fields);
  const release = past.releases.find(({ id }) => id === to);
  const deployment = release ? deploymentOf(release, deployed) : deployed.find(({ id }) => id === to);
  const configured = application?.services ?? [];
  const recorded = release?.services ?? [];
  // Of what runs once tako has nothing to go back to.
  const isService = ({ name }: { readonly name: string }): boolean =>
    configured.every(each => each.name !== name || each.kind === 'service');
  const services: readonly string[] =
    wanted ?? (recorded.length > 0 ? recorded : configured).filter(isService).map(({ name }) => name);
  const commit = release?.commit ?? deployment?.commit;
  const built = services.filter(each => configured.some(({ name, build }) => name === each && build));

  const findings: Finding[] = [];
  const tell = (severity: Finding['severity'], code: string, text: Clean): void =>
    void findings.push({ severity, code, text });
  const name = release ? nameOf(release) : clean(deployment?.commit ?? to);
  if (!deployment) {
    tell('error', 'not-on-servers', say('{0} is not in the history that the servers keep', name));
  } else if (!isStable(deployment)) {
    tell('error', 'not-stable', say('{0} was not a success: {1}', name, deployment.status));
  }
  const lacks =
    recorded.length === 0 ? [] : services.filter(each => recorded.every(has => has.name !== each));
  if (lacks.length > 0) {
    tell(
      'error',
      'not-in-it',
      say(
        '{0} has no {1}',
        name,
        join(
          lacks.map(each => clean(each)),
          ', ',
        ),
      ),
    );
  }
  const isPart = release !== undefined && PARTIAL.has(release.kind) && recorded.length === 0;
  if (services.length === 0 || (isPart && !wanted)) {
    tell('error', 'no-services', say('Which services {0} had is not recorded: choose them', name));
  }
  if (services.some(each => !NAME.test(each))) {
    tell('error', 'tako-name', say('The tako program cannot be given the name of a service'));
  }
  if (built.length > 0 && commit !== undefined) {
    const words = join(
      built.map(each => clean(each)),
      ', ',
    );
    const short = clean(commit.slice(0, 7));
    if (await hasCommit(where.root, commit, signal)) {
      tell('warning', 'rebuilt', say('{0} is built anew from {1}: tako keeps no image of it', words, short));
    } else {
      tell('error', 'no-commit', say('{0} is built from {1}, which is not in this repository', words, short));
    }
  }
  if (services.length > 1) {
    tell('info', 'order', say('One service after the other: what is done stays where a later one fails'));
  }
  tell('info', 'databases', say('Databases are not rolled back'));
  tell('info', 'engine', say('Carried out by the Tako CLI {0}', clean(tako.program.version)));
  const before = past.last?.id === to ? undefined : past.last?.id;
  return {
    title: say('Roll {0} of {1} back to {2}', clean(where.environment), where.project, name),
    target: where.project,
    risk: where.isProduction ? 'production' : 'confirm',
    changes: services.map(each => ({ path: [clean(each)], kind: 'changed', ...toOf(each, release) })),
    findings,
    steps: [],
    undoable: before !== undefined,
    services,
    images: new Map(
      (release?.services ?? []).flatMap(({ name: each, image }) => (image ? [[each, image]] : [])),
    ),
    ...(deployment && { deployment }),
    ...(before !== undefined && { before }),
  };
}

/** They change some of the services, and what they record does not always say which. */
const PARTIAL: ReadonlySet<Release['kind']> = new Set(['rollback', 'scale', 'promote']);

function toOf(service: string, release: Past['releases'][number] | undefined): { readonly to?: Clean } {
  const image = release?.services.find(({ name }) => name === service)?.image;
  return image === undefined ? {} : { to: image };
}
