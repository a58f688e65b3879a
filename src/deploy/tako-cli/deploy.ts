/** Deploys through the tako program: a plan that it makes, a person sees, and it carries out as it is or not at all. */
import { randomUUID } from 'node:crypto';
import { clean, join, say, type Clean } from '../../base/clean.ts';
import { UserError } from '../../base/errors.ts';
import type { Finding } from '../../base/finding.ts';
import { addOwnFile, placeOfOwn, removeOwnFile } from '../../base/own.ts';
import type { Operation, Plan, Run } from '../../operations/operation.ts';
import type { TakoAccess } from '../access.ts';
import { readPast, type Past } from '../plan/past.ts';
import { unhurried } from '../phases.ts';
import { takoDocument } from './document.ts';
import { deployPlan, deployResult, type DeployPlan, type PlannedChange } from './documents.ts';
import { isDone, takoFailed, whyOf } from './failure.ts';
import { ownLock } from './own-lock.ts';
import { progressOf } from './progress.ts';
import type { TakoDeployInput, TakoPlanInput, TakoPlanned, TakoRollBackInput } from './requests.ts';
import type { TakoEnded } from './run.ts';
import { Tako } from './tako.ts';
import { judge, runsWords, whatRuns, type ExpectedService } from './what-runs.ts';

/** Lets tako plan. It asks the servers, holds the deploy lock for a moment, and writes its state; nothing that runs is changed. */
export async function planWithTako(
  access: TakoAccess,
  input: TakoPlanInput,
  run: Pick<Run, 'log' | 'signal'>,
): Promise<TakoPlanned> {
  const tako = await Tako.in(input.where, access, run);
  const ended = await tako.run([...argsOf(input), '--plan-only'], run.signal);
  if (!isDone(ended) || ended.document?.kind !== 'DeployPlan') {
    run.signal.throwIfAborted();
    throw takoFailed(ended, input.where.environment);
  }
  return { text: ended.text, version: tako.program.version };
}

const argsOf = ({ service, allowDirty = false }: TakoPlanInput): readonly string[] => [
  'deploy',
  ...(service === undefined ? [] : ['--service', service]),
  ...(allowDirty ? ['--allow-dirty'] : []),
];

interface TakoDeployPlan extends Plan {
  readonly planned: DeployPlan | undefined;
  readonly past: Past;
}

export function takoDeploy(access: TakoAccess): Operation<TakoDeployInput, TakoDeployPlan> {
  return {
    id: 'tako.deploy',
    root: ({ where }) => where.root,
    locks: ({ where }) => [ownLock(where)],
    plan: (input, { signal }) => planOf(input, signal),

    async apply(input, { planned, past }, _held, run) {
      const { where } = input;
      const tako = await Tako.in(where, access, run);
      const note = `tako/plan-${randomUUID()}.json`;
      await addOwnFile(where.root, note, input.planned.text);
      try {
        await carryOut(tako, input, await placeOfOwn(where.root, note), run);
      } finally {
        await removeOwnFile(where.root, note);
      }
      const services = updated(planned);
      if (!past.last || services.length === 0) return undefined;
      const undo: TakoRollBackInput = { where, to: past.last.id, services };
      return { operation: 'tako.roll-back', input: undo };
    },

    verify({ where }, { planned }, { signal }) {
      return judge(access, where, expectedOf(planned), signal);
    },
  };
}

async function carryOut(tako: Tako, input: TakoDeployInput, file: string, run: Run): Promise<void> {
  const progress = progressOf(run);
  const args = [...argsOf(input), '--yes', '--plan', file];
  const ended = await tako.run(args, run.signal, { onEvent: progress.take });
  const isGood = isDone(ended);
  progress.end(isGood);
  const { environment } = input.where;
  if (isGood) {
    for (const line of resultLines(ended)) run.log(line);
    return;
  }
  // What it says of why is for people only; whatever it is, making the plan again tells.
  if (ended.code === 2 && !progress.hasBegun() && ended.document?.kind !== 'ClusterAttachmentRequired') {
    throw new UserError('plan-changed', {
      what: say('Tako does not carry this plan out any more: {0}', whyOf(ended)),
      where: environment,
      next: say('Nothing was done. Look at the new plan and decide again.'),
    });
  }
  throw takoFailed(ended, environment, progress.hasBegun() ? await now(tako, run) : undefined);
}

function resultLines(ended: TakoEnded): readonly Clean[] {
  const { document, code } = ended;
  if (!document) return [];
  const { urls, manual, status } = deployResult(document.fields);
  return [
    ...(status === 'warmed' ? [say('What is new is warmed up, and does not answer yet.')] : []),
    ...manual.map(each => say('To be done by hand: {0}', each)),
    ...(code === 6 ? [say('Something wants attention: {0}', whyOf(ended))] : []),
    ...urls,
  ];
}

/** What is true after something went wrong or was cancelled, where that can be told. */
export async function now(tako: Tako, run: Run): Promise<Clean | undefined> {
  try {
    return say('What runs now: {0}', runsWords(await whatRuns(tako, unhurried(run).signal)));
  } catch {
    return say('What runs now is not known');
  }
}

async function planOf(
  { where, planned: { text, version } }: TakoDeployInput,
  signal: AbortSignal,
): Promise<TakoDeployPlan> {
  const document = takoDocument(text);
  const planned = document?.kind === 'DeployPlan' ? deployPlan(document.fields) : undefined;
  const past = await readPast(where, signal);
  const name = planned ? nameOf(planned) : clean('?');
  return {
    title: say('Deploy {0} to {1} of {2}', name, clean(where.environment), where.project),
    target: where.project,
    risk: where.isProduction ? 'production' : 'confirm',
    changes: (planned?.changes ?? []).map(({ type, service, reasons }) => ({
      path: [service],
      kind: KINDS[type] ?? 'changed',
      ...(reasons.length > 0 && { [type === 'remove' ? 'from' : 'to']: join(reasons, '; ') }),
    })),
    findings: planned ? findingsOf(planned, version) : [unreadable()],
    steps: (planned?.changes ?? []).flatMap(({ service, commands }) =>
      commands.map(each => say('Run once for {0}: {1}', service, each)),
    ),
    undoable: past.last !== undefined && updated(planned).length > 0,
    planned,
    past,
  };
}

const KINDS: Readonly<Partial<Record<string, 'added' | 'changed' | 'removed'>>> = {
  add: 'added',
  update: 'changed',
  remove: 'removed',
};

function nameOf({ git, revision }: DeployPlan): Clean {
  return git ? clean(`${git.commit.slice(0, 7)}${git.dirty ? '-dirty' : ''}`) : revision;
}

function findingsOf(
  { git, changes, services, servers, empty }: DeployPlan,
  version: string,
): readonly Finding[] {
  const found: Finding[] = [];
  const tell = (severity: Finding['severity'], code: string, text: Clean): void =>
    void found.push({ severity, code, text });
  if (git?.dirty === true) tell('warning', 'dirty', say('There are changes that are not committed'));
  const removed = changes.filter(({ type }) => type === 'remove').map(({ service }) => service);
  if (removed.length > 0) tell('warning', 'removes', say('Ends {0}', join(removed, ', ')));
  const same = services.filter(name => changes.every(({ service }) => service !== name));
  if (empty && changes.length === 0) {
    tell('error', 'nothing-to-do', say('It runs already as it is configured'));
  } else if (same.length > 0) tell('info', 'unchanged', say('{0} unchanged', join(same, ', ')));
  if (servers.length > 0) tell('info', 'servers', join(servers, ', '));
  tell('info', 'engine', say('Carried out by the Tako CLI {0}', clean(version)));
  return found;
}

const unreadable = (): Finding => ({
  severity: 'error',
  code: 'tako-plan',
  text: say('What tako has planned cannot be read'),
});

const updated = (planned: DeployPlan | undefined): readonly string[] =>
  (planned?.changes ?? []).filter(({ type }) => type === 'update').map(({ service }) => service);

function expectedOf(planned: DeployPlan | undefined): readonly ExpectedService[] {
  return (planned?.changes ?? []).map(({ type, service }: PlannedChange) => ({
    name: service,
    isRemoved: type === 'remove',
    ...(planned && type !== 'remove' && { revision: planned.revision }),
  }));
}
