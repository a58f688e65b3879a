import { describe, expect, onTestFinished, test } from 'vitest';
import fc from 'fast-check';
import { clean } from '../../../../src/base/clean.ts';
import { stateLock } from '../../../../src/base/own.ts';
import type {
  AppBuild,
  Application,
  AppService,
  Registry,
} from '../../../../src/deploy/configuration/application.ts';
import { builtAs } from '../../../../src/deploy/images/built-as.ts';
import { builtName, registryOf } from '../../../../src/deploy/images/names.ts';
import { sourceOf, type SourceOptions } from '../../../../src/deploy/images/source.ts';
import { bareOwn, type OwnRelease, type OwnService } from '../../../../src/state/own-releases.ts';
import { saveBuild } from '../../../../src/state/tako/build-cache.ts';
import { hashContext } from '../../../../src/state/tako/build-context.ts';
import { workspace, type Workspace } from '../../../kit/workspace.ts';

const never = new AbortController().signal;
const ID = `sha256:${'1'.repeat(64)}`;
const OTHER = `sha256:${'2'.repeat(64)}`;
const COMMIT = { id: 'a1b2c3d4e5f6', dirty: false };

const service = (changes: Partial<AppService>): AppService => ({
  name: 'web',
  kind: 'service',
  replicas: 1,
  everywhere: false,
  strategy: 'rolling',
  restart: 'always',
  ports: [],
  volumes: [],
  domains: [],
  dependsOn: [],
  hooks: {},
  limits: {},
  stopSeconds: 1,
  hash: '',
  environment: new Map(),
  labels: new Map(),
  ...changes,
});

const application = (changes: Partial<Application> = {}): Application => ({
  tool: 'tako',
  root: '',
  project: 'acme-shop',
  environment: 'production',
  source: 'tako.yaml',
  configHash: '',
  services: [],
  registries: [],
  secrets: [],
  ...changes,
});

const registry = (host: string): Registry => ({ host, username: 'me', password: '' });

/** Servers that have these images, by id. */
const answers = (
  ...servers: readonly Readonly<Record<string, readonly string[]>>[]
): SourceOptions['answers'] =>
  servers.map(images => ({
    images: Object.entries(images).map(([id, references]) => ({
      id: clean(id),
      references: references.map(each => clean(each)),
      bytes: 1,
    })),
  }));

describe('the name of what is built', () => {
  test('is project, service and commit, told where the tree has changes, else the version', () => {
    expect(builtName(application(), service({}), COMMIT)).toBe('acme-shop/web:a1b2c3d');
    expect(builtName(application(), service({}), { ...COMMIT, dirty: true })).toBe(
      'acme-shop/web:a1b2c3d-dirty',
    );
    expect(builtName(application({ version: '1.4+fix' }), service({}))).toBe('acme-shop/web:1.4-fix');
    expect(builtName(application(), service({ imageFrom: 'api' }))).toBe('acme-shop/api:latest');
    const shop = application({ registry: registry('https://registry.acme.test:5000/') });
    expect(builtName(shop, service({}), COMMIT)).toBe('registry.acme.test:5000/acme-shop/web:a1b2c3d');
  });

  test('is one that Docker takes, whatever the project is called', () => {
    // As Docker has it in its reference grammar.
    const grammar =
      /^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*\/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*:[\w][\w.-]{0,127}$/;
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), (project, name, version) => {
        expect(builtName(application({ project, version }), service({ name }))).toMatch(grammar);
      }),
    );
  });

  test('leads to its registry, and to no other', () => {
    const hub = registry('https://index.docker.io/v1/');
    const own = registry('ghcr.io');
    const found = (reference: string): string | undefined => registryOf(reference, [own, hub])?.host;
    expect(['redis:7', 'acme/web', 'docker.io/acme/web:1'].map(found)).toEqual([
      hub.host,
      hub.host,
      hub.host,
    ]);
    expect(found('ghcr.io/acme/web:1')).toBe('ghcr.io');
    expect(['ghcr.io.evil.test/web', 'localhost/web', 'other.test:5000/web'].map(found)).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });
});

/** The release that took what was built of a service. */
const recorded = (
  of: AppService,
  environment = 'production',
  about: Partial<OwnService> = {},
): OwnRelease => {
  const now = builtAs(of, { project: 'acme-shop', environment });
  const web = {
    ...bareOwn({ image: '', imageId: ID }),
    ...(now !== undefined && { builtAs: now }),
    ...about,
  };
  return { release: 'deploy-1', environment, services: { web } };
};

async function built(): Promise<{ space: Workspace; options: SourceOptions; web: AppService }> {
  const space = workspace(onTestFinished);
  space.write({ Dockerfile: 'FROM node', Other: 'FROM node', 'a.js': '1' });
  const build = { context: '.', args: { KEY: '${KEY}' }, values: new Map([['KEY', '1']]) };
  const files = await hashContext(space.root, build, never);
  const image = { tag: 'acme-shop/web:9d1c0aa', id: ID, sizeBytes: 1 };
  const held = await stateLock(space.root).acquire('deploy', never);
  await held.commit([await saveBuild(space.root, { service: 'web', files, args: build.args, image }, 0)]);
  await held.release();
  const web = service({ build });
  return {
    space,
    web,
    options: {
      application: application({ root: space.root }),
      commit: COMMIT,
      answers: answers({ [ID]: [] }),
      own: [recorded(web)],
    },
  };
}

describe('an image that is built', () => {
  test('is known while nothing changed and a server has it, under the name of the commit that it is of', async () => {
    const { web, options } = await built();
    expect(await sourceOf(web, options, never)).toEqual({
      source: { kind: 'known', reference: 'acme-shop/web:9d1c0aa', id: ID },
      why: 'Nothing of it changed since it was built.',
    });
    const worker = { ...web, name: 'worker', imageFrom: 'web' };
    expect((await sourceOf(worker, options, never)).source.kind).toBe('known');
  });

  test('is built again where a file changed, where no server has it, and where that is asked for', async () => {
    const { space, web, options } = await built();
    const source = { kind: 'build', reference: 'acme-shop/web:a1b2c3d' };
    expect(await sourceOf(web, { ...options, answers: answers({ [OTHER]: [] }, {}) }, never)).toEqual({
      source,
      why: 'Nothing of it changed, but its image is on no server.',
    });
    expect(await sourceOf(web, { ...options, force: true }, never)).toMatchObject({ source });
    space.write({ 'a.js': '2' });
    expect(await sourceOf(web, options, never)).toEqual({
      source,
      why: 'Would rebuild because a.js changed.',
    });
  });
});

describe('what an image is built from besides files', () => {
  test.each<[string, Partial<AppBuild>]>([
    ['another stage', { target: 'production' }],
    ['another Dockerfile', { dockerfile: 'Other' }],
    ['another value of an argument', { values: new Map([['KEY', '2']]) }],
  ])('%s builds again', async (_, changed) => {
    const { web, options } = await built();
    const { build } = web;
    if (!build) throw new Error('none');
    expect((await sourceOf(web, options, never)).source.kind).toBe('known');
    expect(await sourceOf({ ...web, build: { ...build, ...changed } }, options, never)).toEqual({
      source: { kind: 'build', reference: 'acme-shop/web:a1b2c3d' },
      why: 'Its stage, its Dockerfile or its build arguments are others, or not recorded.',
    });
  });

  test('counts where it is recorded of that image, in whichever environment', async () => {
    const { web, options } = await built();
    const kind = async (...own: readonly OwnRelease[]): Promise<string> =>
      (await sourceOf(web, { ...options, own }, never)).source.kind;
    expect(await kind(recorded(web, 'staging'))).toBe('known');
    expect(await kind()).toBe('build');
    expect(await kind(recorded(service({})))).toBe('build');
    expect(await kind(recorded(web, 'production', { imageId: OTHER }))).toBe('build');
    const dev = service({ build: { context: '.', args: {}, values: new Map(), target: 'dev' } });
    expect(await kind(recorded(dev, 'staging'))).toBe('build');
  });
});

describe('an image that is named', () => {
  const source = async (image: string, there: SourceOptions['answers'], force = false): Promise<unknown> =>
    (
      await sourceOf(
        service({ image }),
        { application: application(), answers: there, own: [], force },
        never,
      )
    ).source;

  test('is known where a server has it, else pulled', async () => {
    const there = answers({}, { [OTHER]: ['redis:7'] });
    expect(await source('docker.io/library/redis:7', there)).toEqual({
      kind: 'known',
      reference: 'docker.io/library/redis:7',
      id: OTHER,
    });
    expect(await source('redis:8', there)).toEqual({ kind: 'pull', reference: 'redis:8' });
    expect(await source('redis:7', there, true)).toEqual({ kind: 'pull', reference: 'redis:7' });
  });

  test('is the one of most servers where they differ', async () => {
    const there = answers({ [ID]: ['redis:7'] }, { [OTHER]: ['redis:7'] }, { [OTHER]: ['redis:7'] });
    expect(await source('redis:7', there)).toMatchObject({ id: OTHER });
  });

  test('is pulled where its name may mean another one by now', async () => {
    for (const name of ['redis', 'redis:latest', 'registry.test:5000/redis']) {
      expect(await source(name, answers({ [ID]: [name] }))).toEqual({ kind: 'pull', reference: name });
    }
    const digest = `redis@${ID}`;
    for (const name of [digest, `redis:7@${ID}`, `index.docker.io/library/redis:7@${ID}`])
      expect(await source(name, answers({ [OTHER]: [digest] }))).toMatchObject({ kind: 'known', id: OTHER });
  });
});
