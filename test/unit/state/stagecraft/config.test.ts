import { mkdirSync } from 'node:fs';
import { expect, it, onTestFinished } from 'vitest';
import { FileCache } from '../../../../src/state/cache.ts';
import { stagecraftSource } from '../../../../src/state/stagecraft/source.ts';
import { workspace } from '../../../kit/workspace.ts';
import { codes, LATER, placesIn, readProject } from '../read-project.ts';
import { entry, environment, NOON, projectWith, sampleProject } from './project.ts';

const ONE_RELEASE = JSON.stringify({ releases: [entry()] });

it('shows what is configured beside what was released', async () => {
  const folder = workspace(onTestFinished);
  folder.sample('stagecraft/releases.real-two-prod.json');
  const file = folder.sample('stagecraft/stagecraft.used-for-real-run.yml');
  const project = await readProject(
    stagecraftSource(new FileCache(LATER), {}, () => NOON),
    folder.root,
  );
  expect(project).toMatchObject({ tool: 'stagecraft', name: 'basic-node', source: { file }, findings: [] });
  expect(
    project.environments.map(({ name, releases, source, facts }) => [name, releases.length, source, facts]),
  ).toEqual([
    ['dev', 0, { file, line: 21 }, [{ name: 'Driver', value: 'local' }]],
    [
      'prod',
      2,
      { file, line: 25 },
      [
        { name: 'Driver', value: 'digitalocean' },
        { name: 'Environment file', value: '.env.prod' },
      ],
    ],
    ['staging', 0, { file, line: 23 }, [{ name: 'Driver', value: 'digitalocean' }]],
  ]);
  expect(project.services).toMatchObject([
    { name: 'backend', declared: true, recorded: false, source: { file, line: 3 } },
  ]);
  expect(project.services[0]?.facts).toContainEqual({ name: 'Dockerfile', value: './backend/Dockerfile' });
  expect(project.facts).toEqual([
    {
      name: 'Migrations of main',
      value: 'pre_deploy · raw · ./migrations',
    },
  ]);
  expect(project.migrations).toEqual(['./migrations']);
});

it('never reads environment files and what was rendered from them', async () => {
  const folder = workspace(onTestFinished);
  folder.sample('stagecraft/stagecraft.used-for-real-run.yml');
  folder.sample('stagecraft/rendered.prod.docker-compose.yml');
  folder.write({ '.env.prod': 'PASSWORD=canary', '.stagecraft/releases.json': ONE_RELEASE });
  const cache = new FileCache(LATER);
  const project = await readProject(
    stagecraftSource(cache, {}, () => NOON),
    folder.root,
  );
  expect(cache.parses).toBe(2); // releases.json and stagecraft.yml
  expect(JSON.stringify(project)).not.toContain('canary');
});

it('declares a service for each provider that builds an image', async () => {
  const { services } = await projectWith({
    'stagecraft.yaml': `
backend:
  provider: encore-ts
  providers:
    encore-ts: { build: { image_name: registry.example.com/shop, workdir: ./api } }
    generic: { build: { dockerfile: Other } }
frontend:
  provider: generic
  providers:
    generic: { dev: { command: [npm, start] } }
`,
  });
  expect(services).toMatchObject([
    {
      name: 'backend',
      image: 'registry.example.com/shop',
      facts: [
        { name: 'Provider', value: 'encore-ts' },
        { name: 'Working folder', value: './api' },
      ],
    },
  ]);
});

it('finds a project by its folder or its configuration', async () => {
  const found = async (files: readonly string[]) => {
    const folder = workspace(onTestFinished);
    for (const name of files) {
      if (name.endsWith('/')) mkdirSync(folder.file(name));
      else folder.write({ [name]: '' });
    }
    const places = await placesIn(stagecraftSource(new FileCache(LATER), {}), folder.root);
    return places.map(({ root, files: [file] }) => file?.slice(root.length + 1));
  };
  expect(await found(['.stagecraft/'])).toEqual(['.stagecraft/releases.json']);
  expect(await found(['stagecraft.yml'])).toEqual(['.stagecraft/releases.json']);
  expect(await found(['stagecraft.yaml'])).toEqual(['.stagecraft/releases.json']);
  expect(await found(['.stagecraft', 'stagecraft.yml/', 'releases.json'])).toEqual([]);
});

it('reads the state where STAGECRAFT_STATE_FILE points', async () => {
  const files = {
    'stagecraft.yml': 'project: { name: shop }',
    'state/history.json': ONE_RELEASE,
    '.stagecraft/releases.json': '{}',
  };
  const here = await projectWith(files, NOON, { STAGECRAFT_STATE_FILE: 'state/history.json' });
  expect(environment(here, 'prod').source?.file).toMatch(/state\/history\.json$/);
  const elsewhere = workspace(onTestFinished);
  elsewhere.write(files);
  const there = await projectWith({ '.stagecraft/': '' }, NOON, {
    STAGECRAFT_STATE_FILE: elsewhere.file('state/history.json'),
  });
  expect(there.environments).toHaveLength(1);
  expect((await projectWith(files, NOON, { STAGECRAFT_STATE_FILE: '' })).environments).toEqual([]);
});

/** Nine times nine times nine… entries, by aliases. */
const BOMB = [
  'a: &a [x]',
  ...Array.from(
    { length: 9 },
    (_, index) => `k${index}: &k${index} [${`*${index === 0 ? 'a' : `k${index - 1}`}, `.repeat(9)}]`,
  ),
].join('\n');

it('says what is wrong in the configuration and shows the releases all the same', async () => {
  const cases = [
    ['project: [', 'yaml-syntax', 1],
    ['project:\n  name: x\nenvironments:\n  - prod\n', 'wrong-type', 3],
    ['- project', 'wrong-type', 1],
    ['project: { name: x }\nenvironments:\n  prod: local\n', 'wrong-type', 3],
    [BOMB, 'yaml-syntax', undefined],
  ] as const;
  for (const [text, code, line] of cases) {
    const project = await projectWith({ 'stagecraft.yml': text, '.stagecraft/releases.json': ONE_RELEASE });
    expect(project.findings).toMatchObject([
      { code, at: { file: expect.stringMatching(/stagecraft\.yml$/) as unknown } },
    ]);
    expect(project.findings[0]?.at?.line).toBe(line);
    expect(environment(project, 'prod').releases).toHaveLength(1);
  }
});

it('takes null for an empty map', async () => {
  const project = await projectWith({
    'stagecraft.yml': 'project:\nenvironments:\n  prod:\n  dev: { rollout: { enabled: true } }\ndatabases:\n',
  });
  expect(codes(project)).toEqual(['missing-driver', 'missing-driver', 'missing-name']);
  expect(environment(project, 'prod').facts).toEqual([]);
  expect(environment(project, 'dev').facts).toEqual([{ name: 'Rollout with docker-rollout', value: 'true' }]);
  expect(codes(await sampleProject('releases.real-two-prod.json'))).toEqual([]);
});

it.each<[text: string, code: string, line: number | undefined]>([
  ['environments: {}\n', 'missing-name', undefined],
  ['project: { name: x }\nenvironments:\n  prod:\n    env_file: .env\n', 'missing-driver', 3],
  ['project: { name: x }\nbackend:\n  provider: rails\n', 'unknown-provider', 3],
  ['project: { name: x }\nbackend:\n  provider: generic\n', 'missing-provider', 3],
  ['project: { name: x }\ndatabases:\n  main:\n    migrations: { engine: knex }\n', 'unknown-engine', 4],
  ['project: { name: x }\ndatabases:\n  main:\n    migrations: { strategy: pre }\n', 'unknown-strategy', 4],
])('tells what the CLI would refuse in %j', async (text, code, line) => {
  const { findings } = await projectWith({ 'stagecraft.yml': text });
  expect(findings.map(finding => [finding.code, finding.at?.line])).toEqual([[code, line]]);
});
