/** Migrations of databases, by `psql` where the database is: what was run on them, and running what was not. */
import type { Run } from '../operations/operation.ts';
import type { ServerRef } from '../servers/server.ts';
import type { Access } from './access.ts';
import type { Migrations } from './configuration/application.ts';
import { faultOf } from './containers/faults.ts';
import type { Course } from './course.ts';
import type { HeldServers } from './hold/held-server.ts';
import type { RuntimeOptions } from './runtime.ts';
import { deployScript } from './scripts.ts';
import { tellingOn, toldIn } from './telling.ts';
import { clean } from '../base/clean.ts';

/** How long a database gets that is only about to start. */
const PATIENCE = { planned: 1, running: 60 };

const scriptOf = (name: 'migrated' | 'migrate'): string =>
  ['containers/base', 'compose/psql', `compose/${name}`].map(each => deployScript(`${each}.sh`)).join('\n');

const argsOf = ({ service = '', connection }: Migrations, patience: number): readonly string[] => [
  ...[service, String(patience)],
  ...[...connection].map(([name, value]) => `${name}=${value}`),
  '--',
];

export type Whose = Pick<Course, 'where'> & {
  readonly application: Pick<Course['application'], 'project' | 'secrets'>;
};

/** When each file was run on a database, by its name: in seconds since 1970. Rejects where that cannot be told. */
export async function migratedOn(
  { connections, prompts }: Pick<Access, 'connections' | 'prompts'>,
  { name, target }: ServerRef,
  migrations: Migrations,
  { where, application: { project, secrets } }: Whose,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, number>> {
  const args = [project, where.environment, '-', ...argsOf(migrations, PATIENCE.planned)];
  const { code, output, errors } = await connections.reach(target, { prompts, signal }, there =>
    there.run(scriptOf('migrated'), args, { root: true, signal }),
  );
  const told = output.split('\n').map(line => toldIn(line, secrets));
  if (code !== 0) throw faultOf(told, name, clean(errors, 1_000, secrets));
  return new Map(
    told.flatMap(({ what, values: [second, file = ''] }) =>
      what === 'applied' ? [[file, Number(second)] as const] : [],
    ),
  );
}

/** Runs what is yet to be run, one file after the other; the first that fails is the last. */
export async function migrate(
  { migrations = [] }: Course,
  moment: Migrations['moment'],
  { servers, options, onBegin }: { servers: HeldServers; options: RuntimeOptions; onBegin: () => void },
  run: Run,
): Promise<void> {
  for (const { of, pending } of migrations.filter(each => each.of.moment === moment)) {
    for (const [server, files] of pending) {
      const held = servers.byName(server.name);
      for (const file of files) {
        const stdin = of.files.get(file);
        if (!held || !stdin) throw new Error(`${file} cannot be run`);
        run.signal.throwIfAborted();
        const args = [...argsOf(of, PATIENCE.running), file, String(stdin.length)];
        onBegin();
        await tellingOn(options, held, scriptOf('migrate'), args, run, { stdin });
      }
    }
  }
}
