/** Migrations of databases, by `psql` where the database is: what was run on them, and running what was not. */
import { clean } from '../base/clean.ts';
import type { UserError } from '../base/errors.ts';
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

/** How long a database gets that is only about to start. */
const PATIENCE = { planned: 1, running: 60 };

const scriptOf = (name: 'migrated' | 'migrate'): string =>
  ['containers/base', 'compose/psql', `compose/${name}`].map(each => deployScript(`${each}.sh`)).join('\n');

const argsOf = ({ service = '', connection }: Migrations, patience: number): readonly string[] => [
  service,
  String(patience),
  ...[...connection].map(([name, value]) => `${name}=${value}`),
  '--',
];

export type Whose = Pick<Course, 'where'> & {
  readonly application: Pick<Course['application'], 'project' | 'secrets'>;
};

/** When each file was run on a database, by its name: in seconds since 1970. */
export type Migrated = ReadonlyMap<string, number>;

/** Asks databases of a server, all at once; the answers are in their order. An error is of what cannot be told of one. */
export async function migratedOn(
  { connections, prompts }: Pick<Access, 'connections' | 'prompts'>,
  { name, target }: ServerRef,
  databases: readonly Migrations[],
  { where, application: { project, secrets } }: Whose,
  signal: AbortSignal,
): Promise<readonly (Migrated | UserError)[]> {
  const of = databases.flatMap(each => argsOf(each, PATIENCE.planned));
  const { code, output, errors } = await connections.reach(target, { prompts, signal }, there =>
    there.run(scriptOf('migrated'), [project, where.environment, '-', ...of], { root: true, signal }),
  );
  const told = output.split('\n').map(line => toldIn(line, secrets));
  if (code !== 0) throw faultOf(told, name, clean(errors, 1_000, secrets));
  const begins = told.flatMap(({ what }, index) => (what === 'database' ? [index] : []));
  return databases.map((_, index) => {
    const begin = begins[index];
    const own = begin === undefined ? [] : told.slice(begin, begins[index + 1]);
    if (begin === undefined || own.some(({ what }) => what === 'fault'))
      return faultOf(own, name, clean(errors, 1_000, secrets));
    return new Map(
      own.flatMap(({ what, values: [second, file = ''] }) =>
        what === 'applied' ? [[file, Number(second)] as const] : [],
      ),
    );
  });
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
        const args = [file, String(stdin.length), ...argsOf(of, PATIENCE.running)];
        onBegin();
        await tellingOn(options, held, scriptOf('migrate'), args, run, { stdin });
      }
    }
  }
}
