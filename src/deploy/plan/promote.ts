/** Plans bringing what one environment runs to another: its images, with the settings of the other. Never builds. */
import { clean, join, say } from '../../base/clean.ts';
import type { Run } from '../../operations/operation.ts';
import type { DeployAccess } from '../access.ts';
import type { AppService } from '../configuration/application.ts';
import { applicationOf } from '../configuration/application-of.ts';
import { compareService, runsNow } from './compare-service.ts';
import type { CoursePlan, ServiceCourse } from '../course.ts';
import { planOf, refusal } from './course-plan.ts';
import { nothingToDo } from './deploy.ts';
import type { PromoteInput } from '../requests.ts';
import { removedFrom, survey, type Survey } from './survey.ts';

export async function planPromote(access: DeployAccess, input: PromoteInput, run: Run): Promise<CoursePlan> {
  const { from, where } = input;
  const { application, findings: configured } = await applicationOf(where, run.signal);
  const project = application?.project ?? where.project;
  const [source, found] = await Promise.all([
    survey(access, { where: from, project }, run.signal),
    survey(access, { where, project }, run.signal),
  ]);
  const { before } = source.begun;
  const name = before?.name ?? say('what {0} runs', clean(from.environment));
  const [there, here] = [clean(from.environment), clean(where.environment)];
  const title = say('Promote {0} from {1} to {2} of {3}', name, there, here, where.project);
  const findings = [
    ...source.findings.filter(({ code }) => code !== 'left-over'),
    ...found.findings,
    ...configured,
  ];
  const isRefused = [...configured, ...source.findings].some(({ severity }) => severity === 'error');
  const { engine, past } = found;
  if (!engine || !application || isRefused) return refusal(found, title, findings);

  // Of both: an image may have to be brought from there.
  const asked = [...found.asked, ...source.asked];
  // What runs once has ended there; it need not have run.
  const missing = application.services.filter(
    ({ name: each, kind }) => kind === 'service' && !source.running.has(each),
  );
  const services = application.services.flatMap((service): readonly ServiceCourse[] => {
    const { now } = ranIn(service, source);
    if (!now) return [];
    const known = { kind: 'known', reference: now.image, id: now.imageId } as const;
    return [compareService(service, { source: known }, { ...found, asked, engine })];
  });
  const gone = removedFrom(application.services, found);
  const all = [...services, ...gone];
  const commit = source.past.last?.commit;
  const course = {
    ...found.begun,
    kind: 'promote' as const,
    application,
    engine,
    services: all,
    from,
    name,
    notes: say('Promoted from {0}', there),
    ...(input.by !== undefined && { by: input.by }),
    ...(commit !== undefined && { commit }),
  };
  const names = join(
    missing.map(each => clean(each.name)),
    ', ',
  );
  return planOf(course, {
    title,
    findings: [
      ...findings,
      ...(missing.length > 0
        ? [
            {
              severity: 'error',
              code: 'not-running',
              text:
                missing.length === 1
                  ? say('{0} does not run in {1}', names, there)
                  : say('{0} do not run in {1}', names, there),
            } as const,
          ]
        : []),
      ...((application.migrations ?? []).length > 0
        ? [
            {
              severity: 'warning',
              code: 'migrations',
              text: say('No migrations are run: those here may not be those of what is promoted'),
            } as const,
          ]
        : []),
      ...(all.every(({ kind }) => kind === 'unchanged') && past.last ? nothingToDo(found) : []),
    ],
    survey: { ...found, asked },
  });
}

/** What runs of a service; of one that runs once, what ran last. */
export function ranIn(
  { name, kind }: Pick<AppService, 'name' | 'kind'>,
  { running, ended, ...found }: Pick<Survey, 'asked' | 'past' | 'running' | 'ended'>,
): ReturnType<typeof runsNow> {
  const isThere = kind === 'service' || running.has(name);
  return runsNow(name, { ...found, running: isThere ? running : ended });
}
