import { clean, say, type Clean } from '../base/clean.ts';
import type { Key } from '../base/finding.ts';
import { whoHere } from '../base/identity.ts';
import type { RollBackInput } from '../deploy/requests.ts';
import type { Plan } from '../operations/operation.ts';
import type { Report } from '../operations/runner.ts';
import type { Release } from '../state/model.ts';
import { between, openChanges } from '../views/between.ts';
import { deployedCommit } from '../views/git.ts';
import { deployQuestion } from '../words/deploy.ts';
import { inTitle } from '../words/names.ts';
import { migrationFiles, migrationSentence } from '../words/release-diff.ts';
import { canGoBack, restoringIn } from '../words/restorable.ts';
import type { Desk } from './desk.ts';
import { performDeployment } from './perform-deployment.ts';
import { targetFor, type Target } from './pick-environment.ts';
import { pickRollback, type PickedRollback } from './pick-rollback.ts';
import type { Choice } from './question.ts';
import { reasonFor } from './reason.ts';
import { subjectOf } from './subject.ts';
import type { Outcome } from './task.ts';
import { isTako, rollBackWithTako } from './with-tako.ts';

/** Makes an environment run a release again: the one of a row, or one that a person picks. */
export async function rollBack(desk: Desk, key?: Key): Promise<void> {
  const target = await targetFor(desk, key, say('Roll back'), (project, environment) =>
    canGoBack(restoringIn(desk.state.now)(project, environment)),
  );
  if (!target) return;
  const release = subjectOf(desk.state.now, key)?.release;
  const picked = release ? { release } : await pickRollback(desk, target);
  if (picked) await rollBackTo(desk, target, picked);
}

/** For the end of what did not go well. */
export function rollBackOffer(desk: Desk, { environment }: Target): NonNullable<Outcome['actions']>[number] {
  return { title: say('Roll Back…'), run: () => rollBack(desk, environment.key) };
}

async function rollBackTo(desk: Desk, target: Target, { release, services }: PickedRollback): Promise<void> {
  const { where, environment } = target;
  const migrations = await migrationsBetween(desk, target, release);
  const reason = await reasonFor(desk, target, say('Why was {0} rolled back?', environment.name));
  const input: RollBackInput = {
    where,
    to: release.id,
    by: clean(whoHere()),
    ...(services && { services }),
  };
  const way = {
    target,
    action: say('Roll Back'),
    question: (plan: Plan) => ({
      text: deployQuestion(plan, migrations?.text),
      action: plan.findings.some(({ code }) => code === 'left-over')
        ? say('Take Over and Roll Back')
        : where.isProduction
          ? say('Roll Back {0}', inTitle(environment.name))
          : say('Roll Back'),
      ...(migrations && { shows: [migrations.show] }),
    }),
    after: (report: Report) =>
      report.verdict.state === 'verified'
        ? [...undoOf(desk, target, report), ...reason()]
        : [rollBackOffer(desk, target)],
  };
  const withTako = (): Promise<void> => rollBackWithTako(desk, input, way);
  if (isTako(desk, where)) await withTako();
  else await performDeployment(desk, { ...way, request: { operation: 'roll-back', input }, withTako });
}

/** Goes back to what ran before, in the same way. */
function undoOf(desk: Desk, target: Target, { undo }: Report): NonNullable<Outcome['actions']> {
  const { to, services } = (undo?.input ?? {}) as Partial<RollBackInput>; // what undoes a rollback is one
  const release = target.environment.releases.find(({ id }) => id === to);
  if (!release) return [];
  const back = { release, ...(services && { services: services.map(each => clean(each)) }) };
  return [{ title: say('Undo Rollback'), run: () => rollBackTo(desk, target, back) }];
}

interface Migrations {
  readonly text: Clean;
  readonly show: Choice<unknown>;
}

/** The files of migrations that differ between what is recorded as deployed and the target, by Git alone. */
async function migrationsBetween(
  { git }: Desk,
  { project, environment }: Target,
  { commit }: Release,
): Promise<Migrations | undefined> {
  const { history, files } = await between(git, project.root, deployedCommit(environment), commit);
  const names = migrationFiles(project, history);
  const text = migrationSentence(names);
  if (!text || history.kind !== 'commits') return undefined;
  const title = say('Migrations of {0}', environment.name);
  const theirs = files.filter((_, index) => names.includes(history.files[index] ?? clean('')));
  return { text, show: { title: say('Show Migrations'), run: () => openChanges(title, theirs) } };
}
