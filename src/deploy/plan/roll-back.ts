/** Plans going back to a release: its recorded images by their ids, with the settings of then as they lie on the servers. */
import { clean, join, say, type Clean } from '../../base/clean.ts';
import type { Finding } from '../../base/finding.ts';
import type { Run } from '../../operations/operation.ts';
import type { RecordedService } from '../../state/model.ts';
import type { DeployAccess } from '../access.ts';
import type { Application, AppService, Engine } from '../configuration/application.ts';
import { applicationOf } from '../configuration/application-of.ts';
import { bareService } from '../configuration/bare-service.ts';
import { asItRuns, compareService, hostsOf } from './compare-service.ts';
import type { CoursePlan, ServiceCourse } from '../course.ts';
import { databasesSince } from './migrations.ts';
import { nameOf, nameOfSome, notesOf, staysIn, type PastRelease } from './past.ts';
import { planOf, refusal } from './course-plan.ts';
import { nothingToDo } from './deploy.ts';
import type { EnvironmentRef, RollBackInput } from '../requests.ts';
import { restorability } from './restorability.ts';
import { removedFrom, survey, type Survey } from './survey.ts';

export async function planRollBack(
  access: DeployAccess,
  input: RollBackInput,
  run: Run,
): Promise<CoursePlan> {
  const { where, to, services: only } = input;
  const environment = clean(where.environment);
  const { application = unreadable(where), findings: configured } = await applicationOf(where, run.signal);
  const found = await survey(access, { ...input, project: application.project }, run.signal);
  const { engine, past } = found;
  const target = past.releases.find(({ id }) => id === to);
  const name = nameOfSome(target ? nameOf(target) : clean(to), only);
  const title = say('Roll {0} of {1} back to {2}', environment, where.project, name);
  const refuse = (code: string, text: Clean): CoursePlan =>
    refusal(found, title, [...found.findings, { severity: 'error', code, text }]);
  if (!target) return refuse('not-recorded', say('{0} is not recorded in {1}', clean(to), environment));
  const wanted = target.services.filter(each => only?.includes(each.name) ?? true);
  if (!engine) return refusal(found, title, found.findings);
  const able = restorability({ services: wanted }, found.asked);
  if (able.kind === 'not')
    return refuse('not-restorable', say('It cannot be gone back to {0}: {1}', name, able.why));
  if (able.kind === 'unknown') return refuse('no-images', say('No server tells which images it has'));

  const findings: Finding[] = [];
  const services = inOrder(application, wanted).map(recorded =>
    courseOf(recorded, { application, engine, found, target, findings }),
  );
  const others = only ? [...found.running.keys()].filter(each => !only.includes(each)) : [];
  const gone = only
    ? others.map(each => asItRuns(configuredOr(application, each), { ...found, engine }))
    : removedFrom(wanted, found);
  // What could not be read matters only where today's settings are used.
  const broken = configured.filter(({ severity }) => severity === 'error');
  const stays = only && staysIn(past, only);
  const plan = planOf(
    {
      ...found.begun,
      kind: 'rollback',
      engine,
      name,
      to,
      services: [...services, ...gone],
      application: { ...application, configHash: target.configHash ?? '' },
      ...(stays && { stays }),
      notes: notesOf(say('Rolled back to {0}', target.id), stays, target.commit),
      ...(input.by !== undefined && { by: input.by }),
      ...(target.commit !== undefined && { commit: target.commit }),
      ...(target.version !== undefined && { version: target.version }),
      ...(target.own?.branch !== undefined && { branch: clean(target.own.branch) }),
    },
    {
      title,
      findings: [
        ...found.findings,
        ...findings,
        ...(findings.some(({ code }) => code === 'settings') ? broken : []),
        ...(await databasesSince(access, target, { application, engine, found }, run.signal)),
      ],
      survey: found,
    },
  );
  const isDone = [...services, ...gone].every(({ kind }) => kind === 'unchanged');
  return isDone ? { ...plan, findings: [...plan.findings, ...nothingToDo(found)] } : plan;
}

/** Going back does without a configuration where the settings of then lie on the servers. */
function unreadable({ tool, root, project, environment }: EnvironmentRef): Application {
  return {
    tool,
    root,
    project,
    environment,
    source: '',
    configHash: '',
    services: [],
    registries: [],
    secrets: [],
  };
}

function inOrder(
  { services }: Application,
  recorded: readonly RecordedService[],
): readonly RecordedService[] {
  const place = ({ name }: RecordedService): number => {
    const index = services.findIndex(each => each.name === name);
    return index < 0 ? services.length : index;
  };
  return recorded.toSorted((a, b) => place(a) - place(b));
}

interface Going {
  readonly application: Application;
  readonly engine: Engine;
  readonly found: Survey;
  readonly target: PastRelease;
  /** Takes what speaks for or against it. */
  readonly findings: Finding[];
}

/** What becomes of a service: where it was bound to servers, it goes back to those it was on. */
export function courseOf(recorded: RecordedService, going: Going): ServiceCourse {
  const { application, engine, found, target, findings } = going;
  const { name, image = clean(''), imageId = clean('') } = recorded;
  const today = application.services.find(each => each.name === name);
  const then = thenOf(recorded);
  // A swarm puts tasks where it likes.
  const nodes = engine.kind === 'swarm' ? undefined : then.servers;
  const still = nodes?.filter(each => engine.servers.some(server => server.name === each)) ?? [];
  const service: AppService = today
    ? {
        ...today,
        replicas: recorded.replicas ?? today.replicas,
        ...(today.servers && still.length > 0 && { servers: still }),
      }
    : bareService(name, then);
  const kept = target.own?.services[name];
  // The manager of a swarm makes its services, and alone has what they are made of.
  const hosts = engine.kind === 'swarm' ? [engine.manager.name] : hostsOf(service, engine);
  const lackingOf = (release: string): readonly Clean[] =>
    hosts.filter(host => nodes?.includes(host) === false || !hasSettings(found, host, release));
  // Those of what did not change then may lie under the release that changed it last.
  const under = [target.id, kept?.asIn ?? target.id];
  const release = under.find(each => lackingOf(each).length === 0) ?? target.id;
  const lacking = lackingOf(release);
  const source = { kind: 'known', reference: image, id: imageId } as const;
  const compared = { ...found, engine };
  if (lacking.length === 0) {
    return compareService(service, { source, asIn: { release, ...(kept && { kept }) } }, compared);
  }
  const where = join(lacking, ', ');
  findings.push(
    today
      ? {
          severity: 'warning',
          code: 'settings',
          text: say('The settings of {0} then do not lie on {1}: those of today are used', name, where),
        }
      : {
          severity: 'error',
          code: 'settings',
          text: say('{0} is configured no more, and its settings then do not lie on {1}', name, where),
        },
  );
  return compareService(service, { source }, compared);
}

function configuredOr({ services }: Application, name: string): AppService {
  return services.find(each => each.name === name) ?? bareService(name, {});
}

function thenOf({ replicas, containers }: RecordedService): Partial<AppService> {
  const servers = [...new Set(containers.flatMap(({ node }) => node ?? []))];
  return {
    ...(replicas !== undefined && { replicas }),
    ...(servers.length > 0 && { servers }),
  };
}

/** What a release needs to be made again lies on a server. */
function hasSettings({ asked, begun: { where } }: Survey, host: Clean, release: string): boolean {
  return asked.some(
    ({ server, observation }) =>
      server.name === host &&
      observation.answer?.deployed?.some(
        each =>
          each.environment === clean(where.environment) &&
          each.project === where.project &&
          each.releases.some(id => id === release),
      ) === true,
  );
}
