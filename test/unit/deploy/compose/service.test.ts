import { describe, expect, test } from 'vitest';
import type { Files } from '../../../kit/files.ts';
import { read, type Read } from '../configured.ts';

const CONFIG = 'project: { name: shop }\nenvironments: { prod: { driver: compose, env_file: .env.prod } }\n';

function readHere(
  services: Readonly<Record<string, string>>,
  files: Files = {},
  variables: NodeJS.ProcessEnv = {},
): Promise<Read> {
  const lines = Object.entries(services).map(([name, text]) => `  ${name}: ${text}\n`);
  return read(
    {
      'stagecraft.yml': CONFIG,
      '.env.prod': '',
      'docker-compose.yml': `services:\n${lines.join('')}`,
      ...files,
    },
    { tool: 'stagecraft', environment: 'prod', variables },
  );
}

const namesOf = ({ application }: Read): readonly string[] =>
  application?.services.map(({ name }) => name) ?? [];

test('one that others wait for until it ends is refused: here all services go on running', async () => {
  const web =
    '{ image: x, depends_on: { seed: { condition: service_completed_successfully, required: false } } }';
  const { told } = await readHere({ web, seed: '{ image: x }' });
  expect(told).toEqual([
    'error 2: seed is waited for until it ends. Services that run once are not deployed by Docker Compose.',
  ]);
  expect((await readHere({ web, seed: '{ image: x, profiles: [dev] }' })).told).toEqual([
    expect.stringMatching(/^info 3: seed has profiles/),
  ]);
});

describe('services with profiles', () => {
  const SERVICES = {
    web: '{ image: x, depends_on: { mock: { condition: service_started, required: false } } }',
    seed: '{ image: x, profiles: [dev, tools], env_file: only-there.env }',
    mock: '{ image: x, profiles: ["${KIND:-test}"] }',
    all: '{ image: x, profiles: [] }',
  };

  test('are left out where COMPOSE_PROFILES names none of them, which is said', async () => {
    const found = await readHere(SERVICES);
    expect(namesOf(found)).toEqual(['web', 'all']);
    expect(found.told).toEqual([
      'info 3: seed has profiles that COMPOSE_PROFILES does not name: it is left out.',
      'info 4: mock has profiles that COMPOSE_PROFILES does not name: it is left out.',
    ]);
    expect(found.application?.services[0]?.dependsOn).toEqual([]);
  });

  test.each([
    [{ '.env': 'COMPOSE_PROFILES=other, test' }, {}, ['mock', 'web', 'all']],
    [{ '.env': 'COMPOSE_PROFILES=test' }, { COMPOSE_PROFILES: 'tools' }, ['web', 'seed', 'all']],
    [{}, { COMPOSE_PROFILES: '*' }, ['mock', 'web', 'seed', 'all']],
    [{ '.env': 'KIND=prod\nCOMPOSE_PROFILES=prod' }, {}, ['mock', 'web', 'all']],
  ])('are deployed with %j and %j', async (files, variables, expected) => {
    expect(namesOf(await readHere(SERVICES, { 'only-there.env': '', ...files }, variables))).toEqual(
      expected,
    );
  });

  test('cannot be left out where another one needs them', async () => {
    const { told } = await readHere({
      web: '{ image: x, depends_on: [db] }',
      db: '{ image: x, profiles: [dev] }',
    });
    expect(told).toContain('error 2: web depends on db, which is not deployed.');
  });
});

describe('variables without a value', () => {
  test.each([
    '{ image: x, environment: [SECRET, OUTSIDE, DOTENV, GONE, "SAID=s", "EMPTY="] }',
    '{ image: x, environment: { SECRET: , OUTSIDE: , DOTENV: ~, GONE: null, SAID: s, EMPTY: "" } }',
  ])('have that of the environment, else that outside: %s', async web => {
    const { application, told } = await readHere(
      { web },
      {
        '.env.prod': 'SECRET=of-the-environment\nSAID=unused\nEMPTY=unused\nOTHER=o',
        '.env': 'DOTENV=of-dotenv-1\nSECRET=unused',
      },
      { OUTSIDE: 'of-outside-1' },
    );
    expect(told).toEqual(['warning 2: GONE has no value, neither here nor in the environment nor in .env.']);
    expect(Object.fromEntries(application?.services[0]?.environment ?? [])).toEqual({
      SECRET: 'of-the-environment',
      OTHER: 'o',
      OUTSIDE: 'of-outside-1',
      DOTENV: 'of-dotenv-1',
    });
    expect(application?.secrets).toEqual(expect.arrayContaining(['of-outside-1', 'of-dotenv-1']));
  });

  test('what stands in a file of variables goes along with what it refers to', async () => {
    const web = '{ image: x, env_file: web.env }';
    const hashOf = async (value: string): Promise<string | undefined> => {
      const { application } = await readHere(
        { web },
        { 'web.env': 'URL=x-${PART}', '.env': `PART=${value}` },
      );
      expect(Object.fromEntries(application?.compose?.variables ?? [])).toEqual({ PART: value });
      return application?.services[0]?.hash;
    };
    expect(await hashOf('1')).not.toBe(await hashOf('2'));
  });
});

describe('what a service is built from', () => {
  test('has its variables replaced, and records none of their values', async () => {
    const { application, told } = await readHere(
      {
        web: '{ build: { context: "./${DIR}", dockerfile: "${GONE:-Dockerfile}.prod", target: $STAGE, args: { A: "${TOKEN}", B: , C: "$$x", D: 1.10, E: } } }',
        api: '{ build: { context: ., args: ["A=${TOKEN:+with}", B, E] } }',
        one: '{ build: "$DIR" }',
      },
      { '.env': 'DIR=app\nSTAGE=run\nTOKEN=tok3n-abc\nB=b' },
    );
    expect(told).toEqual([]);
    const [web, api, one] = application?.services.map(({ build }) => build) ?? [];
    expect(web).toMatchObject({ context: './app', dockerfile: 'Dockerfile.prod', target: 'run' });
    expect(web?.args).toEqual({ A: '${TOKEN}', B: '', C: '$$x', D: '1.10', E: '' });
    expect(Object.fromEntries(web?.values ?? [])).toEqual({ A: 'tok3n-abc', B: 'b', C: '$x', D: '1.10' });
    expect(Object.fromEntries(api?.values ?? [])).toEqual({ A: 'with', B: 'b' });
    expect(one?.context).toBe('app');
  });

  test('a variable that has to have a value is told where it has none', async () => {
    const { told } = await readHere(
      { web: '{ image: "x:${TAG:?say which}", command: "${A?no} $${B:?c}" }' },
      { '.env': 'TAG=' },
    );
    expect(told).toEqual([
      'error 2: TAG has to have a value: say which',
      'error 2: A has to have a value: no',
    ]);
  });
});
