/** Plans a deployment: compares what runs with what is configured. */
import { clean, say, type Clean } from '../../base/clean.ts';
import type { Finding } from '../../base/finding.ts';
import type { Run } from '../../operations/operation.ts';
import type { DeployAccess } from '../access.ts';
import type { Application } from '../configuration/application.ts';
import { applicationOf } from '../configuration/application-of.ts';
import { answersOf } from './asked.ts';
import { asItRuns, compareService } from './compare-service.ts';
import type { CoursePlan, ServiceCourse } from '../course.ts';
import { sourceOf } from '../images/source.ts';
import { otherCommits } from '../../state/other-commits.ts';
import { pendingMigrations } from './migrations.ts';
import { nameOfSome, notesOf, staysIn, type Past } from './past.ts';
import { planOf, refusal } from './course-plan.ts';
import type { Commit, DeployInput, EnvironmentRef } from '../requests.ts';
import { removedFrom, survey, type Survey } from './survey.ts';

export async function planDeploy(access: DeployAccess, input: DeployInput, run: Run): Promise<CoursePlan> {
  const { where, commit, services: only, force } = input;
  const { signal } = run;
  const { application, findings: configured } = await applicationOf(where, signal);
  const project = application?.project ?? where.project;
  const found = await survey(access, { ...input, project }, signal);
  const { asked, past, running, engine } = found;
  const name = nameOfSome(nameOfDeployment(commit, application), only);
  const title = say('Deploy {0} to {1} of {2}', name, clean(where.environment), where.project);
  const findings = [
    ...found.findings,
    ...configured,
    ...commitFindings(commit, past, where),
    ...past.findings.filter(({ code }) => MODES.test(code)),
  ];
  if (!engine || !application || configured.some(({ severity }) => severity === 'error')) {
    return refusal(found, title, findings);
  }

  const options = { application, commit, answers: answersOf(asked), own: past.own, force };
  const services: ServiceCourse[] = [];
  for (const service of application.services) {
    if (only?.includes(service.name) === false) {
      if (running.has(service.name)) services.push(asItRuns(service, { ...found, engine }));
      continue;
    }
    const wanted = await sourceOf(service, options, signal);
    services.push(compareService(service, { ...wanted, force }, { ...found, engine }));
  }
  const gone = only ? [] : removedFrom(application.services, found);
  const stays = only && staysIn(past, only);
  const wanted = { application, engine, found, services };
  const { migrations, findings: cannot } = await pendingMigrations(access, wanted, signal);
  const course = {
    ...found.begun,
    migrations,
    kind: 'deploy' as const,
    application,
    engine,
    name,
    services: [...services, ...gone],
    ...(stays && { stays }),
    notes: notesOf(clean(commit?.subject), stays, clean(commit?.id)),
    ...(input.by !== undefined && { by: input.by }),
    ...(commit && { commit: commit.id }),
    ...(commit?.branch !== undefined && { branch: commit.branch }),
  };
  const isDone =
    course.services.every(({ kind }) => kind === 'unchanged') &&
    migrations.length === 0 &&
    isRecorded(commit, past);
  return planOf(course, {
    title,
    findings: [...findings, ...cannot, ...(isDone ? nothingToDo(found) : [])],
    survey: found,
  });
}

/** What is found where an environment goes from a swarm to one server: what would be left behind. */
const MODES = /^(swarm-to-single|orphaned-\w+|replicas-elsewhere)$/;

/** A lock that was left behind is taken over also where there is nothing else to do. */
export function nothingToDo({ begun }: Survey): readonly Finding[] {
  const text = say('It runs and is recorded already');
  return begun.over.length > 0 ? [] : [{ severity: 'error', code: 'nothing-to-do', text }];
}

/** Else there is something to record, also where no container changes. */
function isRecorded(commit: Commit | undefined, { last, releases: [newest] }: Past): boolean {
  if (last === undefined || last !== newest || (last.commit ?? '') !== clean(commit?.id)) return false;
  return otherCommits(last) === undefined;
}

function nameOfDeployment(commit: Commit | undefined, application: Application | undefined): Clean {
  if (commit) return clean(`${commit.id.slice(0, 7)}${commit.dirty ? '-dirty' : ''}`);
  return application?.version === undefined ? say('what is configured') : clean(application.version);
}

function commitFindings(
  commit: Commit | undefined,
  { last }: Past,
  { environment }: EnvironmentRef,
): readonly Finding[] {
  if (!commit) return [];
  const { id, branch, dirty, pushed } = commit;
  const before = last?.own?.branch;
  const found: Finding[] = [];
  const warn = (code: string, text: Clean): void => void found.push({ severity: 'warning', code, text });
  if (dirty) warn('dirty', say('There are changes that are not committed'));
  if (pushed === false) warn('not-pushed', say('{0} is not pushed', clean(id.slice(0, 7))));
  if (branch !== undefined && before !== undefined && before !== branch) {
    const from = clean(before);
    warn('branch', say('Branch is {0}; {1} was last deployed from {2}', branch, clean(environment), from));
  }
  return found;
}
