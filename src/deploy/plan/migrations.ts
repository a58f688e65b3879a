/** Which migrations are to be run, and which were since a release: asked from the databases themselves. */
import { clean, join, say, type Clean } from '../../base/clean.ts';
import { UserError } from '../../base/errors.ts';
import type { Finding } from '../../base/finding.ts';
import type { ServerRef } from '../../servers/server.ts';
import type { DeployAccess } from '../access.ts';
import type { Application, Engine, Migrations } from '../configuration/application.ts';
import { isChange, type Course, type MigrationsCourse, type ServiceCourse } from '../course.ts';
import { migratedOn, type Migrated } from '../migrations.ts';
import type { PastRelease } from './past.ts';
import type { Survey } from './survey.ts';

interface Wanted {
  readonly application: Application;
  readonly engine: Engine;
  readonly found: Pick<Survey, 'running' | 'past' | 'begun'>;
}

interface Look {
  readonly of: Migrations;
  readonly server: ServerRef;
  /** When each was run, by its name; nothing where the service of the database does not run. */
  readonly ran?: Migrated;
  readonly why?: UserError;
}

/** All of a server are asked at once. One that has no such service yet is not asked: nothing was run there. */
async function look(access: DeployAccess, wanted: Wanted, signal: AbortSignal): Promise<readonly Look[]> {
  const { application, engine, found } = wanted;
  const whose = { application, where: found.begun.where };
  const runsOn = ({ service }: Migrations, { name }: ServerRef): boolean =>
    service === undefined || found.running.get(service)?.some(({ server }) => server === name) === true;
  const looks = engine.servers.map(async (server, index): Promise<readonly Look[]> => {
    const here = (application.migrations ?? []).filter(of => of.everywhere || index === 0);
    const asked = here.filter(of => runsOn(of, server));
    const answers = asked.length === 0 ? [] : await answersOf(asked, server);
    return here.map(of => {
      const answer = answers[asked.indexOf(of)];
      return { of, server, ...(answer instanceof UserError ? { why: answer } : answer && { ran: answer }) };
    });
  });
  return (await Promise.all(looks)).flat();

  async function answersOf(
    asked: readonly Migrations[],
    server: ServerRef,
  ): Promise<readonly (Migrated | UserError)[]> {
    try {
      return await migratedOn(access, server, asked, whose, signal);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      return asked.map(() => error);
    }
  }
}

/** What is to be run with these services. */
export async function pendingMigrations(
  access: DeployAccess,
  wanted: Wanted & { readonly services: readonly ServiceCourse[] },
  signal: AbortSignal,
): Promise<{ readonly migrations: readonly MigrationsCourse[]; readonly findings: readonly Finding[] }> {
  const looks = await look(access, wanted, signal);
  const findings: Finding[] = [];
  const refuse = (of: Migrations, { name }: ServerRef, text: Clean, evidence?: Clean): void =>
    void findings.push({
      severity: 'error',
      code: 'migrations',
      text: say('{0} on {1} cannot be migrated: {2}', clean(of.database), name, text),
      ...(evidence !== undefined && { evidence }),
    });
  const migrations = (wanted.application.migrations ?? []).flatMap((of): readonly MigrationsCourse[] => {
    const mine = looks.filter(each => each.of === of);
    const isStarted = wanted.services.some(each => isChange(each) && each.service.name === of.service);
    for (const { server, ran, why } of mine) {
      if (why) refuse(of, server, why.what, why.next);
      else if (!ran && !isStarted) refuse(of, server, say('{0} does not run', clean(of.service)));
    }
    const pending = new Map(
      mine.flatMap(({ server, ran }) => {
        const files = [...of.files.keys()].filter(file => ran?.has(file) !== true);
        return files.length > 0 ? [[server, files] as const] : [];
      }),
    );
    return pending.size > 0 ? [{ of, pending, isNew: mine.some(({ ran, why }) => !ran && !why) }] : [];
  });
  return { migrations, findings };
}

/** That databases stay as they are, and what was run on them since a release: that is when the next one began. */
export async function databasesSince(
  access: DeployAccess,
  target: PastRelease,
  wanted: Wanted,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const { releases } = wanted.found.past;
  const next = releases[releases.indexOf(target) - 1];
  const finding = (severity: Finding['severity'], text: Clean): Finding => ({
    severity,
    code: 'databases',
    text,
  });
  const since = (await look(access, wanted, signal)).flatMap(
    ({ of, server, ran, why }): readonly Finding[] => {
      const database = clean(of.database);
      if (why)
        return [finding('info', say('What was run on {0} since is not known: {1}', database, why.what))];
      const files = [...(ran ?? [])].filter(
        ([, second]) => next?.at !== undefined && second * 1_000 >= next.at,
      );
      if (files.length === 0) return [];
      const names = join(files.map(([file]) => clean(file)).sort(), ', ');
      return [
        finding(
          'warning',
          say('{0} on {1} stays migrated by {2}, which were run since', database, server.name, names),
        ),
      ];
    },
  );
  return [finding('info', say('Databases are not rolled back')), ...since];
}

/** What is run on which database, and where. */
export function migrationSteps(
  { migrations = [] }: Pick<Course, 'migrations'>,
  moment: Migrations['moment'],
): readonly Clean[] {
  return migrations.flatMap(({ of: { database, connection, service, ...of }, pending }) => {
    if (of.moment !== moment) return [];
    const name = clean(connection.get('PGDATABASE') ?? connection.get('PGUSER'));
    const at = say('{0} at {1}', name, clean(connection.get('PGHOST')));
    const by = service === undefined ? say('psql') : say('psql in {0}', clean(service));
    return [...pending].map(([server, files]) => {
      const names = clean(files.join(', '));
      return say('Migrate {0} ({1}) by {2} on {3}: {4}', clean(database), at, by, server.name, names);
    });
  });
}
