import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { deployScript } from '../../../../src/deploy/scripts.ts';
import { workspace, type Workspace } from '../../../kit/workspace.ts';

// Debian leaves those of a server off the path.
const DEBIAN = '/usr/lib/postgresql';
const versions = existsSync(DEBIAN)
  ? readdirSync(DEBIAN).map(version => path.join(DEBIAN, version, 'bin'))
  : [];
process.env.PATH = [process.env.PATH, ...versions].join(path.delimiter);

const has = (program: string): boolean => spawnSync(program, ['--version']).error === undefined;
const SHELLS = [['dash'], ['bash', '--norc', '--posix'], ['busybox', 'sh']].filter(([program = '']) =>
  has(program),
);
// It does not serve root.
const NOBODY = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};

/** A container is this machine: what it is run with is kept, and its input may end early. */
const DOCKER = `#!/bin/sh
case $1 in
ps) echo 1 ;;
inspect) echo '1 running no:0 1 rel-1 db /db' ;;
exec)
  printf '%s\\n' "$*" >>"\${0%/*}/ran"
  while [ "$1" != psql ]; do shift; done
  [ ! -e "\${0%/*}/cut" ] || { head -c "$(cat "\${0%/*}/cut")" | "$@"; exit; }
  exec "$@" ;;
esac
`;

interface Given {
  readonly input?: string;
  readonly service?: string;
  readonly of?: readonly string[];
  /** How many bytes of an input come into a container. */
  readonly cut?: number | undefined;
}

describe.skipIf(!['initdb', 'postgres', 'psql'].every(has))('files on a database (needs PostgreSQL)', () => {
  const closing: (() => void)[] = [];
  let server: ChildProcess;
  let place: Workspace;

  beforeAll(() => {
    place = workspace(close => closing.push(close));
    chmodSync(place.root, 0o755);
    place.write({ 'data/.keep': '' });
    if (NOBODY.uid !== undefined) chownSync(place.file('data'), NOBODY.uid, NOBODY.gid);
    const data = place.file('data/db');
    execFileSync('initdb', ['-N', '-A', 'trust', '-U', 'app', data], { ...NOBODY, cwd: place.file('data') });
    const args = ['-D', data, '-c', 'listen_addresses=', '-c', 'fsync=off', '-k', place.file('data')];
    server = spawn('postgres', args, { ...NOBODY, cwd: place.file('data'), stdio: 'ignore' });
  }, 60_000);
  afterAll(async () => {
    server.kill('SIGINT');
    if (server.exitCode === null) await once(server, 'exit');
    closing.forEach(close => close());
  });

  const psql = (database: string, text: string): string =>
    execFileSync('psql', ['-XAtq', '-h', place.file('data'), '-U', 'app', '-d', database, '-c', text], {
      encoding: 'utf8',
    }).trim();

  describe.each(SHELLS)('in %s %s', (...shell) => {
    const [program = '', ...before] = shell;
    const database = program;

    /** What it told, and with what it ended. */
    function run(
      name: string,
      args: readonly string[],
      { input = '', service = '', of = [database], cut }: Given = {},
    ) {
      const space = workspace(onTestFinished);
      space.write({ docker: { text: DOCKER, mode: 0o755 }, ...(cut !== undefined && { cut: `${cut}` }) });
      const script = ['containers/base', 'compose/psql', `compose/${name}`]
        .map(each => deployScript(`${each}.sh`))
        .join('\n');
      const connection = [`PGHOST=${place.file('data')}`, 'PGUSER=app', 'PGPASSWORD=hidden'];
      const databases = of.flatMap(each => [service, '30', ...connection, `PGDATABASE=${each}`, '--']);
      const words = ['shop', 'prod', 'rel-2', ...args, ...databases];
      const { stdout, status } = spawnSync(program, [...before, '-c', script, 'sh', ...words], {
        input,
        encoding: 'utf8',
        env: { PATH: `${space.root}:${process.env.PATH ?? ''}`, folder: space.root },
      });
      expect(existsSync(space.file('.migration'))).toBe(false);
      const ran = existsSync(space.file('ran')) ? readFileSync(space.file('ran'), 'utf8') : '';
      return { told: stdout.trim().split('\n'), status, ran };
    }
    const migrate = (file: string, text: string, service = '', cut?: number) =>
      run('migrate', [file, String(Buffer.byteLength(text))], { input: text, service, cut });
    const names = (): string => psql(database, 'SELECT id FROM stagecraft_migrations ORDER BY id');

    test('each is run once, in a transaction of its own, and noted as Stagecraft notes it', () => {
      // The server may only be about to start.
      expect(run('migrated', [], { of: ['postgres'] })).toMatchObject({ told: ['database'], status: 0 });
      psql('postgres', `CREATE DATABASE ${database}`);

      const first = `CREATE TABLE users (name text); SELECT set_config('search_path', '', false);\n`;
      expect(migrate("1 it's.sql", first)).toMatchObject({ told: ["migrated\t1 it's.sql"], status: 0 });
      expect(migrate("1 it's.sql", first)).toMatchObject({ told: [''], status: 0 });
      const [, told = ''] = run('migrated', []).told;
      expect(told).toMatch(/^applied\t\d{10}\t1 it's\.sql$/);
      expect(Math.abs(Number(told.split('\t')[1]) - Date.now() / 1_000)).toBeLessThan(3_600);

      const bad = `INSERT INTO users VALUES ('ann');\nINSERT INTO nowhere VALUES (1);`;
      const { told: faults, status } = migrate('2.sql', bad);
      expect(faults).toEqual([
        expect.stringMatching(/^fault\tmigration\t2\.sql\t.*:2: ERROR: {2}relation "nowhere"/),
      ]);
      expect(status).toBe(1);
      expect([names(), psql(database, 'SELECT count(*) FROM users')]).toEqual(["1 it's.sql", '0']);

      expect(migrate('2.sql', `INSERT INTO users VALUES ('ann')`).status).toBe(0);
      expect([names(), psql(database, 'SELECT count(*) FROM users')]).toEqual(["1 it's.sql\n2.sql", '1']);
      expect(
        psql(
          database,
          `SELECT column_name, data_type, character_maximum_length, is_nullable, column_default
             FROM information_schema.columns WHERE table_name = 'stagecraft_migrations' ORDER BY 1`,
        ),
      ).toBe('applied_at|timestamp without time zone||NO|now()\nid|character varying|255|NO|');
    });

    test('what did not arrive whole is not run', () => {
      const text = 'DELETE FROM users WHERE false';
      expect(run('migrate', ['3.sql', String(text.length)], { input: text.slice(0, 17) })).toMatchObject({
        told: ['fault\tcut-off'],
        status: 1,
      });
      expect(psql(database, 'SELECT count(*) FROM users')).toBe('1');
    });

    test('in a container it is told by the names of variables only', () => {
      const { told, ran } = migrate('4.sql', 'CREATE TABLE four ()', 'db');
      expect(told).toEqual(['migrated\t4.sql']);
      expect(ran).toContain('exec -i -e PGHOST -e PGUSER -e PGPASSWORD -e PGDATABASE 1 psql ');
      expect(ran).not.toContain('hidden');
    });

    test('nothing is kept of what is cut off on its way into a container, wherever that is', () => {
      const text = `INSERT INTO users VALUES ('bob');\nCOPY users FROM stdin;\nkim\n\\.\nDELETE FROM users WHERE name = 'ann';\n`;
      const before = [names(), psql(database, 'SELECT name FROM users ORDER BY name')];
      for (const cut of [0, 34, 60, text.length]) {
        expect(migrate('5.sql', text, 'db', cut)).toMatchObject({
          told: [expect.stringMatching(/^fault\tmigration\t5\.sql\t/)],
          status: 1,
        });
        expect([names(), psql(database, 'SELECT name FROM users ORDER BY name')], `${cut}`).toEqual(before);
      }
      expect(migrate('5.sql', text, 'db')).toMatchObject({ told: ['migrated\t5.sql'], status: 0 });
      expect(psql(database, 'SELECT name FROM users ORDER BY name')).toBe('bob\nkim');
    });

    test('nor of what ends in the middle of something', () => {
      const before = names();
      for (const open of [
        "SELECT 'a",
        'SELECT $$a',
        '/* a',
        'COPY users FROM stdin;\nann',
        '\\if false',
        '\\q',
      ])
        expect([migrate('6.sql', `DELETE FROM users;\n${open}`).status, names()], open).toEqual([1, before]);
      expect(psql(database, 'SELECT name FROM users ORDER BY name')).toBe('bob\nkim');
      // These do not.
      expect(migrate('7.sql', 'SELECT 1 -- a').told).toEqual(['migrated\t7.sql']);
      expect(migrate('8.sql', '\\if true').told).toEqual(['migrated\t8.sql']);
      expect(migrate('9.sql', '').told).toEqual(['migrated\t9.sql']);
    });

    test('a database that is not there says so, and the next one is asked all the same', () => {
      expect(run('migrated', [], { of: ['none', database, 'none'] })).toMatchObject({
        told: [
          'database',
          expect.stringMatching(/^fault\tdatabase\t.*database "none" does not exist/),
          'database',
          ...names()
            .split('\n')
            .map(() => expect.stringMatching(/^applied\t\d{10}\t\d/) as string),
          'database',
          expect.stringMatching(/^fault\tdatabase\t/),
        ],
        status: 0,
      });
    });
  });
});
