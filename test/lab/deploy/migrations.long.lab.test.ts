/** Migrations of Stagecraft on a real PostgreSQL: in a container of the project, and one that a server has for all. */
import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { clean } from '../../../src/base/clean.ts';
import { UserError } from '../../../src/base/errors.ts';
import type { EnvironmentRef } from '../../../src/deploy/requests.ts';
import { openReader } from '../../../src/engine.ts';
import type { Plan, Request } from '../../../src/operations/operation.ts';
import type { Release } from '../../../src/state/model.ts';
import { placeOf } from '../../kit/operate.ts';
import { workspace, type Workspace } from '../../kit/workspace.ts';
import { refTo } from '../check/accounts.ts';
import { makeImage } from '../image.ts';
import { openLab, type Server } from '../lab.ts';
import { labSuite, timed } from '../suite.ts';
import { openDesk, roundTrips, type Desk } from './desk.ts';
import { answersOf } from './there.ts';

const CONFIG = `project: { name: Shop }
databases:
  main: { connection_env: DSN, migrations: { engine: raw, path: ./sql, strategy: pre_deploy } }
  tidy: { connection_env: DSN, migrations: { engine: raw, path: ./after, strategy: post_deploy } }
  other: { connection_env: OTHER, migrations: { engine: raw, path: ./other, strategy: manual } }
environments: { prod: { driver: compose } }
`;

// The programs are the server's own.
const START = `mkdir -p /data && chown postgres /data
[ -e /data/PG_VERSION ] || {
  setpriv --reuid postgres --clear-groups /usr/lib/postgresql/15/bin/initdb -N -U app --pwfile /etc/lab-password -A scram-sha-256 /data
  echo 'host all all all scram-sha-256' >>/data/pg_hba.conf
}
exec setpriv --reuid postgres --clear-groups /usr/lib/postgresql/15/bin/postgres -D /data -c listen_addresses=* -c unix_socket_directories=/data`;
const mounts = (...names: readonly string[]): string => names.map(each => `"${each}:${each}:ro"`).join(', ');
const COMPOSE = (version: number, host: string): string => `version: "3.8"
services:
  web:
    image: lab/web:${version}
    environment: [ "DSN=postgres://app:\${SECRET}@${host}/postgres" ]
    stop_grace_period: 1s
    depends_on: [ db ]
  db:
    image: lab/base:1
    command: [ sh, -c, ${JSON.stringify(START)} ]
    stop_grace_period: 5s
    volumes: [ ${mounts('/usr', '/lib', '/lib64', '/etc')}, "kept:/data" ]
volumes: { kept: {} }
`;

const SECRET = 'not-to-be-seen';

labSuite('Migrating databases with a deployment', { needs: 'full' }, () => {
  const closing: (() => unknown)[] = [];
  let servers: readonly [Server, Server];
  let project: Workspace;
  let desk: Desk;
  let where: EnvironmentRef;

  beforeAll(async () => {
    const lab = await openLab(close => closing.push(close));
    const start = (name: string): Promise<Server> => lab.server({ kind: 'docker', name });
    servers = await Promise.all([start('one'), start('two')]);
    await Promise.all(
      servers.map(async server => {
        await server.run(
          `apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends docker-compose postgresql`,
        );
        await server.run(`systemctl stop postgresql; printf %s ${SECRET} >/etc/lab-password`);
        for (const name of ['lab/base:1', 'lab/web:1', 'lab/web:2', 'lab/web:3'])
          await makeImage(server, name, name);
      }),
    );
    project = workspace(close => closing.push(close));
    desk = openDesk(close => closing.push(close), servers);
    where = {
      tool: 'stagecraft',
      root: project.root,
      environment: 'prod',
      isProduction: true,
      project: clean('Shop'),
      servers: servers.map(each => refTo(each)),
    };
    project.write({
      'stagecraft.yml': CONFIG,
      '.env': `SECRET=${SECRET}\n`,
      'docker-compose.yml': COMPOSE(1, 'db'),
      'sql/1_users.sql': 'CREATE TABLE users (name text);',
      'after/1_tidy.sql': 'CREATE TABLE tidy ();',
    });
  }, 300_000);
  afterAll(async () => {
    for (const close of closing.reverse()) await close();
  });

  const version = (number: number, host = 'db'): void =>
    writeFileSync(project.file('docker-compose.yml'), COMPOSE(number, host));
  const deploy = (): Request => ({ operation: 'deploy', input: { where } });
  const steps = async (request = deploy()): Promise<Plan> => desk.plan(request);
  const releases = async (): Promise<readonly Release[]> => {
    const place = await placeOf(project.root, 'stagecraft');
    const read = await openReader({}).read(place, {}, new AbortController().signal);
    return read.environments[0]?.releases ?? [];
  };
  const phases = async (): Promise<string> =>
    ((await releases())[0]?.phases ?? []).map(({ name, status }) => `${name} ${status}`).join(', ');
  /** By root of the server, and not through anything that was deployed. */
  const asked = (server: Server, sql: string): Promise<string> =>
    server.run(
      `docker exec -e PGPASSWORD=${SECRET} $(docker ps -q --filter label=tako.service=db) psql -XAtqh 127.0.0.1 -U app postgres -c ${JSON.stringify(sql)}`,
    );
  const noted = (server: Server): Promise<string> =>
    asked(server, `SELECT string_agg(id, ' ' ORDER BY id) FROM stagecraft_migrations`);
  const failing = async (): Promise<UserError> => {
    const error: unknown = await desk.perform(deploy()).catch((each: unknown) => each);
    if (!(error instanceof UserError)) throw error;
    return error;
  };

  test('the first time the database starts before them, and each server has its own', async () => {
    const { steps: planned, findings } = await steps();
    expect(planned.filter(each => /^(Start|Migrate)/.test(each))).toEqual([
      expect.stringMatching(/^Start db on one, two/),
      'Migrate main (postgres at db) by psql in db on one: 1_users.sql',
      'Migrate main (postgres at db) by psql in db on two: 1_users.sql',
      expect.stringMatching(/^Start web on one, two/),
      'Migrate tidy (postgres at db) by psql in db on one: 1_tidy.sql',
      'Migrate tidy (postgres at db) by psql in db on two: 1_tidy.sql',
    ]);
    expect(findings.map(({ text }) => text)).toContain(
      'The migrations of other are run by hand: stagecraft migrate --database other.',
    );
    const { verdict } = await timed('the first', () => desk.perform(deploy()));
    expect(verdict, desk.log.join('\n')).toMatchObject({ state: 'verified' });
    for (const each of servers) expect(await noted(each)).toBe('1_tidy.sql 1_users.sql\n');
    expect(await phases()).toMatch(/migrate_pre completed, rollout completed, migrate_post completed/);
    expect(desk.log.join('\n')).not.toContain(SECRET);
  });

  test('what has been run is not planned again, however many databases there are in one look', async () => {
    const { done, counts } = await roundTrips(steps);
    expect(done.steps).toEqual([]);
    expect(counts).toEqual([2, 2]); // what runs, and what was run on all databases
  });

  test('going back says what stays', async () => {
    const [first] = await releases();
    project.write({ 'sql/2_more.sql': "INSERT INTO users VALUES ('ann');" });
    version(2);
    expect((await steps()).steps.filter(each => each.startsWith('Migrate'))).toEqual([
      'Migrate main (postgres at db) by psql in db on one: 2_more.sql',
      'Migrate main (postgres at db) by psql in db on two: 2_more.sql',
    ]);
    await timed('one more', () => desk.perform(deploy()));
    for (const each of servers) expect(await asked(each, 'SELECT * FROM users')).toBe('ann\n');

    const back = await steps({ operation: 'roll-back', input: { where, to: first?.id ?? '' } });
    expect(back.findings.map(({ text }) => text)).toEqual(
      expect.arrayContaining([
        'Databases are not rolled back',
        'main on one stays migrated by 2_more.sql, which were run since',
      ]),
    );
    expect(back.findings.filter(({ text }) => text.includes('1_users.sql'))).toEqual([]);
    expect(back.steps.filter(each => each.startsWith('Migrate'))).toEqual([]);
  });

  test('one that fails before the rollout ends it: nothing of it stays, no container is touched, the record says so', async () => {
    version(3);
    project.write({
      'sql/3_good.sql': 'CREATE TABLE good ();',
      'sql/4_bad.sql': "INSERT INTO users VALUES ('bob');\nSELECT nothing FROM nowhere;",
      'sql/5_never.sql': 'CREATE TABLE never ();',
    });
    const before = await Promise.all(servers.map(each => each.run('docker ps -q --no-trunc | sort')));
    const { code, what, next } = await timed('one that fails', failing);
    expect(code).toBe('migrate_pre-failed');
    expect(what).toMatch(
      /4_bad\.sql failed, and nothing of it was kept: .*:2: ERROR: +relation "nowhere" does not exist/,
    );
    expect(next).toBe('No service was changed. Whatever was run on databases stays.');
    expect(await Promise.all(servers.map(each => each.run('docker ps -q --no-trunc | sort')))).toEqual(
      before,
    );
    expect(await phases()).toMatch(
      /migrate_pre failed, rollout skipped, migrate_post skipped, finalize skipped/,
    );
    expect(await noted(servers[0])).toBe('1_tidy.sql 1_users.sql 2_more.sql 3_good.sql\n');
    expect(await noted(servers[1])).toBe('1_tidy.sql 1_users.sql 2_more.sql\n');
    expect(await asked(servers[0], 'SELECT * FROM users')).toBe('ann\n');
  });

  test('one that fails after the rollout puts back what ran', async () => {
    project.write({ 'sql/4_bad.sql': 'SELECT 1', 'after/2_bad.sql': 'SELECT nothing FROM nowhere' });
    const { code, next } = await timed('one that fails afterwards', failing);
    expect(code).toBe('migrate_post-failed');
    expect(next).toMatch(/^What ran before was put back: .* Whatever was run on databases stays\.$/);
    expect((await Promise.all(servers.map(each => answersOf(each, 'web')))).flat()).toEqual([
      'lab/web:2',
      'lab/web:2',
    ]);
    expect(await phases()).toMatch(
      /migrate_pre completed, rollout completed, migrate_post failed, finalize skipped/,
    );
    expect(await noted(servers[1])).toBe(
      '1_tidy.sql 1_users.sql 2_more.sql 3_good.sql 4_bad.sql 5_never.sql\n',
    );
  });

  test('one that all share is asked by the first server, and refused before anything happens where it cannot be', async () => {
    project.write({ 'after/2_bad.sql': 'SELECT 1' });
    const [one] = servers;
    await one.run(`systemctl start postgresql && su postgres -c "psql -c \\"CREATE ROLE app SUPERUSER LOGIN PASSWORD '${SECRET}'\\""
      conf=/etc/postgresql/15/main && echo "listen_addresses = '*'" >>$conf/postgresql.conf &&
      echo 'host all all all scram-sha-256' >>$conf/pg_hba.conf && systemctl restart postgresql`);
    version(3, one.address);
    expect((await steps()).steps.filter(each => each.startsWith('Migrate'))).toEqual([
      `Migrate main (postgres at ${one.address}) by psql on one: 1_users.sql, 2_more.sql, 3_good.sql, 4_bad.sql, 5_never.sql`,
      `Migrate tidy (postgres at ${one.address}) by psql on one: 1_tidy.sql, 2_bad.sql`,
    ]);
    await timed('a shared one', () => desk.perform(deploy()));
    const said = await one.run(`su postgres -c "psql -XAtc 'SELECT count(*) FROM stagecraft_migrations'"`);
    expect(said).toBe('7\n');

    project.write({ '.env': 'SECRET=another-password\n' });
    const { findings } = await steps();
    expect(findings).toContainEqual(
      expect.objectContaining({
        severity: 'error',
        text: expect.stringMatching(
          /^main on one cannot be migrated: .*password authentication failed/,
        ) as string,
      }),
    );
  });
});
