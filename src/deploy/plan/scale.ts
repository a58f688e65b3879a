/** Plans more or fewer replicas of one service. Everything else stays as it runs. */
import { clean, say, type Clean } from '../../base/clean.ts';
import type { Finding } from '../../base/finding.ts';
import type { Run } from '../../operations/operation.ts';
import type { DeployAccess } from '../access.ts';
import { applicationOf } from '../configuration/application-of.ts';
import type { AppService } from '../configuration/application.ts';
import { bareService } from '../configuration/bare-service.ts';
import { onlyOnce } from '../configuration/tako-service.ts';
import { asItRuns } from './compare-service.ts';
import type { CoursePlan, ServiceCourse } from '../course.ts';
import { planOf, refusal } from './course-plan.ts';
import { nothingToDo } from './deploy.ts';
import type { ScaleInput } from '../requests.ts';
import { staysIn } from './past.ts';
import { survey } from './survey.ts';

export async function planScale(access: DeployAccess, input: ScaleInput, run: Run): Promise<CoursePlan> {
  const { where, service, replicas } = input;
  const name = clean(service);
  const { application, findings: configured } = await applicationOf(where, run.signal);
  const found = await survey(access, { where, project: application?.project ?? where.project }, run.signal);
  const title = say(
    'Scale {0} in {1} of {2} to {3}',
    name,
    clean(where.environment),
    where.project,
    replicas,
  );
  const { engine, running, past, begun } = found;
  if (!engine || !application) return refusal(found, title, [...found.findings, ...configured]);

  const findings: Finding[] = [...found.findings];
  const add = (severity: Finding['severity'], code: string, text: Clean): void =>
    void findings.push({ severity, code, text });
  const wanted = application.services.find(each => each.name === service);
  if (!running.has(service)) add('error', 'not-running', say('{0} does not run', name));
  if (wanted) findings.push(...limitsOf(wanted, replicas));
  if (wanted && wanted.replicas !== replicas) {
    const source = clean(application.source);
    const text = say('{0} says {1}; the next deployment goes back to that', source, wanted.replicas);
    add('info', 'configured', text);
  }
  const services = [...running.keys()].map((each): ServiceCourse => {
    const own = application.services.find(one => one.name === each) ?? bareService(each, {});
    const now = asItRuns(own, { ...found, engine });
    if (each !== service || now.service.replicas === replicas) return now;
    const why = [say('{0} → {1} replicas', now.service.replicas, replicas)];
    return { ...now, service: { ...own, replicas }, kind: 'changed', why };
  });
  if (services.every(({ kind }) => kind === 'unchanged')) findings.push(...nothingToDo(found));
  const course = {
    ...begun,
    kind: 'scale' as const,
    application,
    engine,
    services,
    name: begun.before?.name ?? say('what it ran'),
    stays: staysIn(past, [service]),
    notes: say('Scaled {0}={1}', name, replicas),
    ...(input.by !== undefined && { by: input.by }),
    ...(past.last?.commit !== undefined && { commit: past.last.commit }),
  };
  return planOf(course, { title, findings, survey: found });
}

/** Why there cannot be as many of a service. */
export function limitsOf(
  { name, everywhere, isPersistent }: Pick<AppService, 'name' | 'everywhere' | 'isPersistent'>,
  replicas: number,
): readonly Finding[] {
  if (everywhere)
    return [
      { severity: 'error', code: 'everywhere', text: say('{0} runs once on every server', clean(name)) },
    ];
  if (isPersistent === true && replicas > 1)
    return [{ severity: 'error', code: 'shared-data', text: onlyOnce(clean(name)) }];
  return [];
}
