import { describe, expect, test } from 'vitest';
import type { Files } from '../../../kit/files.ts';
import { read, type Read } from '../configured.ts';

const SAMPLE = 'stagecraft/stagecraft.used-for-real-run.yml';

function readHere(files: Files, environment = 'prod', sample = SAMPLE): Promise<Read> {
  return read(files, { tool: 'stagecraft', environment, sample });
}

const COMPOSE = `services:
  db:
    image: postgres:\${PG:-16}
  backend:
    image: basic-node
    depends_on: { db: { condition: service_started } }
    environment:
      A: own
    ports: ["3000:3000"]
`;

/** What the migrations of the sample need. */
const DATABASE = { 'migrations/1.sql': 'SELECT 1', '.env': 'DATABASE_URL=postgres://app:pass-word-1@db/app' };

describe('an environment of Stagecraft', () => {
  test('builds what its provider says, for the service of that name, with the variables of its file', async () => {
    const { application, told } = await readHere({
      'docker-compose.yml': COMPOSE,
      '.env.prod': 'A=b\nSECRET=abc-123-def',
      ...DATABASE,
    });
    expect(told).toEqual([]);
    expect(application).toMatchObject({
      tool: 'stagecraft',
      project: 'basic-node',
      environment: 'prod',
      source: 'stagecraft.yml',
    });
    expect(application?.configHash).toMatch(/^sha256:/);
    expect(application?.secrets).toContain('abc-123-def');
    const [db, backend] = application?.services ?? [];
    expect(db).toMatchObject({ name: 'db', image: 'postgres:16', dependsOn: [] });
    expect(backend).toMatchObject({
      name: 'backend',
      build: { context: './backend', dockerfile: 'Dockerfile', args: {} },
      dependsOn: ['db'],
      strategy: 'recreate',
    });
    // What the Compose file says itself counts there.
    expect(Object.fromEntries(backend?.environment ?? [])).toEqual({ SECRET: 'abc-123-def' });
    expect(Object.fromEntries(db?.environment ?? [])).toEqual({ A: 'b', SECRET: 'abc-123-def' });
  });

  test('gives values as Stagecraft and Compose read them, and masks them', async () => {
    const { application, told } = await readHere({
      'docker-compose.yml': 'services: { backend: { image: "app:${TAG}", env_file: own.env } }',
      '.env': 'PASSWORD="p#ss word$$1" # of the database\nTAG=7 # newest\nODD=a$GONE',
      'own.env': 'OWN_URL="postgres://app:${PASSWORD}@db/app"',
      '.env.prod':
        'DATABASE_URL=postgres://db/app\nMSG="say \\"hi\\" now"\nCOLOR="#ff0000"\nURL=http://${MSG}\nCUT=abc#def',
      'migrations/1.sql': 'SELECT 1',
    });
    expect(told).toEqual([
      'warning -: ${GONE} has no value: it is neither in the environment nor in .env.',
      'warning 27: The value of CUT in .env.prod ends at a #, where a comment begins: put it in quotes.',
    ]);
    expect(Object.fromEntries(application?.services[0]?.environment ?? [])).toEqual({
      DATABASE_URL: 'postgres://db/app',
      MSG: 'say "hi" now',
      COLOR: '#ff0000',
      URL: 'http://say "hi" now',
      CUT: 'abc',
    });
    expect(application?.compose?.variables.get('TAG')).toBe('7');
    expect(application?.secrets).toEqual(
      expect.arrayContaining(['p#ss word$1', 'postgres://app:p#ss word$1@db/app', 'say "hi" now']),
    );
  });

  test('starts the new beside the old where two of a service can be', async () => {
    const services = {
      web: '{ image: x, ports: ["8080", "127.0.0.1::8081", { target: 8082 }], volumes: ["./www:/www:ro"] }',
      port: '{ image: x, ports: ["80:8080"] }',
      local: '{ image: x, ports: [{ target: 80, published: 80 }] }',
      named: '{ image: x, container_name: one }',
      host: '{ image: x, network_mode: host }',
      address: '{ image: x, networks: { own: { ipv4_address: 172.30.0.9 } } }',
      store: '{ image: x, volumes: ["data:/data"] }',
      more: '{ image: x, extends: { service: port } }',
    };
    const compose = `services:\n${Object.entries(services)
      .map(([name, text]) => `  ${name}: ${text}\n`)
      .join('')}`;
    const beside = async (config: string): Promise<readonly string[]> => {
      const files = { 'docker-compose.yml': compose, 'stagecraft.yml': config };
      const { application } = await read(files, { tool: 'stagecraft', environment: 'prod' });
      const found = application?.services.filter(({ strategy }) => strategy !== 'recreate') ?? [];
      return found.map(({ name }) => name);
    };
    const config = (rollout: string): string =>
      `project: { name: shop }\nenvironments: { prod: { driver: x${rollout} } }\n`;
    expect(await beside(config(''))).toEqual(['web']);
    expect(await beside(config(', rollout: { enabled: true }'))).toEqual(['web']);
    expect(await beside(config(', rollout: { enabled: false }'))).toEqual([]);
  });

  test('is another one when the Compose file or a value is', async () => {
    const hashes = async (compose: string, secret: string): Promise<readonly (string | undefined)[]> => {
      const { application } = await readHere({
        'docker-compose.yml': compose,
        '.env.prod': `SECRET=${secret}`,
      });
      return application?.services.map(({ hash }) => hash) ?? [];
    };
    const [db, backend] = await hashes(COMPOSE, 'a');
    expect(await hashes(COMPOSE, 'a')).toEqual([db, backend]);
    const [sameDb, otherBackend] = await hashes(COMPOSE.replace('3000:3000', '3001:3000'), 'a');
    expect([sameDb === db, otherBackend === backend]).toEqual([true, false]);
    expect((await hashes(COMPOSE, 'b')).some(each => each === db || each === backend)).toBe(false);
  });

  test('what is built finds its service by another name where only one can be meant', async () => {
    const one = await readHere(
      { 'docker-compose.yml': 'services: { app: { build: ., image: x } , db: { image: y } }' },
      'dev',
    );
    expect(one.application?.services.map(({ name, build }) => [name, build?.context])).toEqual([
      ['app', './backend'],
      ['db', undefined],
    ]);
    const none = await readHere(
      { 'docker-compose.yml': 'services: { app: { image: x }, db: { image: y } }' },
      'dev',
    );
    expect(none.told).toContainEqual(
      'error 10: No service of docker-compose.yml is called backend: what is built has nowhere to run.',
    );
  });

  test.each<readonly [string, Files, string | undefined, string]>([
    [
      'no Compose file',
      {},
      'prod',
      'error -: docker-compose.yml is missing: there is nothing to deploy from.',
    ],
    [
      'another environment',
      { 'docker-compose.yml': COMPOSE },
      'qa',
      'error 20: stagecraft.yml has no environment qa.',
    ],
    [
      'no environment file',
      { 'docker-compose.yml': COMPOSE },
      'prod',
      'error 27: environments.prod.env_file names .env.prod, which is not there.',
    ],
    [
      'a circle',
      {
        '.env.prod': '',
        'docker-compose.yml':
          'services: { backend: { image: a, depends_on: [b] }, b: { image: b, depends_on: [backend] } }',
      },
      'prod',
      'error 1: backend, b depend on each other in a circle: none of them can start first.',
    ],
    [
      'a service of nothing',
      { '.env.prod': '', 'docker-compose.yml': 'services: { backend: {}, b: {} }' },
      'prod',
      'error 1: b has neither an image nor a build.',
    ],
    [
      'no services',
      { '.env.prod': '', 'docker-compose.yml': 'services: {}' },
      'prod',
      'error 1: docker-compose.yml has no services to deploy.',
    ],
  ])('%s', async (_, files, environment, expected) => {
    expect((await readHere(files, environment)).told).toContainEqual(expected);
  });

  test('migrations are files in the order of their names, on the database that its services have', async () => {
    const sql = { 'migrations/2.sql': 'two', 'migrations/10.SQL': 'ten', 'migrations/a.txt': '' };
    const compose = (url: string): string =>
      COMPOSE.replace('A: own', () => `A: own\n      DATABASE_URL: ${url}`);
    const { application, told } = await readHere({
      '.env.prod': 'DATABASE_URL=postgres://other/app',
      '.env': "PASSWORD='pass$word'",
      ...sql,
      'docker-compose.yml': compose('postgres://app:${PASSWORD}-$$1@db/${NAME:-app}'),
    });
    expect(told).toEqual([]);
    const [migrations] = application?.migrations ?? [];
    expect(
      [...(migrations?.files ?? [])].map(([name, text]) => [name, Buffer.from(text).toString()]),
    ).toEqual([
      ['10.SQL', 'ten'],
      ['2.sql', 'two'],
    ]);
    expect(migrations).toMatchObject({ database: 'main', moment: 'before', service: 'db', everywhere: true });
    expect(Object.fromEntries(migrations?.connection ?? [])).toMatchObject({
      PGHOST: 'db',
      PGUSER: 'app',
      PGDATABASE: 'app',
      PGPASSWORD: 'pass$word-$1',
    });
    expect(application?.secrets).toContain('pass$word-$1');

    const beside = await readHere({
      ...sql,
      '.env.prod': '',
      '.env': 'PASSWORD=from-dotenv\nDATABASE_URL=postgres://unused/app',
      'first.env': 'DATABASE_URL=postgres://unused/app',
      'web.env': 'DATABASE_URL=postgres://app:${PASSWORD}@db/app',
      'docker-compose.yml': COMPOSE.replace('A: own', 'A: own\n    env_file: [first.env, web.env]'),
    });
    expect(beside.told).toEqual([]);
    expect(Object.fromEntries(beside.application?.migrations?.[0]?.connection ?? [])).toMatchObject({
      PGHOST: 'db',
      PGPASSWORD: 'from-dotenv',
    });
    expect(beside.application?.secrets).toContain('from-dotenv');

    const shared = await readHere({
      ...sql,
      '.env.prod': 'DATABASE_URL=postgres://db.example/app',
      'docker-compose.yml': COMPOSE,
    });
    expect(shared.application?.migrations).toMatchObject([{ everywhere: false }]);
    expect(shared.application?.migrations?.[0]).not.toHaveProperty('service');
  });

  test('migrations that cannot be run say why, and those that are run by hand are named', async () => {
    const about = async (migrations: string, files: Files = {}): Promise<readonly string[]> => {
      const config = `project: { name: x }\ndatabases: { main: { connection_env: DSN, migrations: ${migrations} } }\nenvironments: { dev: { driver: local } }`;
      const compose = { 'docker-compose.yml': 'services: { backend: { image: x } }' };
      const { told, application } = await read(
        { 'stagecraft.yml': config, ...compose, ...files },
        { tool: 'stagecraft', environment: 'dev' },
      );
      expect(application?.migrations).toEqual([]);
      return told;
    };
    expect(await about('{ strategy: manual, path: ./none }')).toEqual([
      'info 2: The migrations of main are run by hand: stagecraft migrate --database main.',
    ]);
    expect(await about('{ strategy: pre_deploy, path: ../outside }', { '.env': 'DSN=mysql://db' })).toEqual([
      'error 2: DSN holds no connection string of PostgreSQL.',
      'error 2: databases.main.migrations.path names no folder of the project.',
    ]);
    expect(await about('{ strategy: post_deploy, engine: other }')).toEqual([
      'error 2: databases.main.migrations.engine is not raw, the only engine of migrations that is known.',
    ]);
    expect(await about('{ strategy: post_deploy, path: sql }', { 'sql/a': '' })).toEqual([
      'error 2: The migrations of main need the value of DSN: set it in the Compose file, in the environment file, in .env or in the environment. Or make their strategy manual.',
      'warning 2: There are no SQL files in sql.',
    ]);
  });

  test('what Encore builds is built by it, and what builds otherwise is told', async () => {
    const files = (provider: string): Record<string, string> => ({
      'stagecraft.yml': `project: { name: x }
backend: { provider: ${provider}, providers: { ${provider}: { build: { workdir: api } } } }
environments: { dev: { driver: local } }`,
      'docker-compose.yml': 'services: { backend: { image: x } }',
    });
    const of = { tool: 'stagecraft', environment: 'dev' } as const;
    const { application, told } = await read(files('encore-ts'), of);
    expect(told).toEqual([]);
    expect(application?.services[0]?.build).toMatchObject({ context: 'api', program: 'encore' });
    expect((await read(files('other'), of)).told).toEqual([
      'error 2: backend is built by other, which is not known here: deploy it with the Stagecraft CLI.',
    ]);
  });
});
