/** What the tests of images work with: an application that is built, servers that are held, and what is asked of them. */
import { onTestFinished } from 'vitest';
import { clean, say, type Clean } from '../../../src/base/clean.ts';
import { stateLock } from '../../../src/base/own.ts';
import type { AppBuild, Application, AppService } from '../../../src/deploy/configuration/application.ts';
import type { HeldServer } from '../../../src/deploy/hold/held-server.ts';
import { holdServers } from '../../../src/deploy/hold/hold.ts';
import { builtAs } from '../../../src/deploy/images/built-as.ts';
import { sourceOf } from '../../../src/deploy/images/source.ts';
import { createImages, type ImagesOptions } from '../../../src/deploy/images/store.ts';
import type { Image } from '../../../src/deploy/images/images.ts';
import type { Run } from '../../../src/operations/operation.ts';
import { askNobody } from '../../../src/ssh/prompts.ts';
import type { ObservedImage } from '../../../src/state/observed.ts';
import { bareOwn, type OwnRelease } from '../../../src/state/own-releases.ts';
import { saveBuild } from '../../../src/state/tako/build-cache.ts';
import type { Files } from '../../kit/files.ts';
import { workspace, type Workspace } from '../../kit/workspace.ts';
import { connectionsTo, refTo } from '../check/accounts.ts';
import type { Server } from '../lab.ts';
import type { Reached } from '../upgrade/fleet.ts';

const never = new AbortController().signal;

export interface Shop {
  readonly space: Workspace;
  readonly application: Application;
  readonly web: AppService;
}

/** An application with one service that is built of these files. */
export function shop(
  files: Files,
  build: Partial<AppBuild> = {},
  application: Partial<Application> = {},
): Shop {
  const space = workspace(onTestFinished);
  space.write(files);
  const web: AppService = {
    name: 'web',
    kind: 'service',
    replicas: 1,
    everywhere: false,
    strategy: 'rolling',
    ports: [],
    volumes: [],
    domains: [],
    dependsOn: [],
    hooks: {},
    limits: {},
    environment: new Map(),
    labels: new Map(),
    restart: 'always',
    stopSeconds: 1,
    hash: 'web',
    build: { context: '.', args: {}, values: new Map(), ...build },
  };
  return {
    space,
    web,
    application: {
      tool: 'tako',
      root: space.root,
      project: 'Shop',
      environment: 'production',
      version: '1.2',
      source: 'tako.yaml',
      configHash: '',
      services: [web],
      registries: [],
      secrets: [],
      ...application,
    },
  };
}

/** A round trip to a server, and whether something travelled to it. */
export type Asked = `${'look' | 'act'} ${string}${'' | ' with input'}`;

export interface Work {
  readonly servers: readonly HeldServer[];
  readonly asked: Asked[];
  /** What a build printed. */
  readonly printed: Clean[];
  readonly told: Clean[];
  /** Decides as a plan would, makes the image, and brings it to all servers. */
  readonly all: (
    shop: Shop,
    options?: Partial<ImagesOptions> & { readonly signal?: AbortSignal },
  ) => Promise<Image & { readonly why: Clean }>;
}

/** Holds the servers until the test has ended. `seen`: those that are asked what images they have, by an independent look. */
export async function work(servers: readonly Reached[], seen: readonly Server[]): Promise<Work> {
  const connections = connectionsTo(onTestFinished, servers);
  const access = { connections, prompts: askNobody(), now: () => Date.now(), observed: () => undefined };
  const held = await holdServers(
    access,
    servers.map(each => refTo(each)),
    { project: 'shop', environment: 'production', operation: say('Deploy'), by: say('a test') },
    never,
  );
  onTestFinished(async () => {
    await held.release();
  });
  const [asked, printed, told, own]: [Asked[], Clean[], Clean[], OwnRelease[]] = [[], [], [], []];
  const noted = ({ server, ...each }: HeldServer, original: HeldServer): HeldServer => ({
    ...each,
    server,
    look: (script, args, options) => {
      asked.push(`look ${server.name}${options?.stdin ? ' with input' : ''}`);
      return original.look(script, args, options);
    },
    act: (script, args, options) => {
      asked.push(`act ${server.name}${options?.stdin ? ' with input' : ''}`);
      return original.act(script, args, options);
    },
  });
  const there = held.servers.map(each => noted(each, each));
  return {
    servers: there,
    asked,
    printed,
    told,
    async all({ application, web, space }, { signal = never, ...options } = {}) {
      const run: Run = { signal, log: line => void told.push(line), step: (_, act) => act() };
      const answers = await Promise.all(seen.map(async each => ({ images: await imagesOf(each) })));
      const { source, why } = await sourceOf(web, { application, answers, own }, signal);
      const images = createImages({
        servers: there,
        application,
        buildStrategy: 'remote',
        keepArtifacts: false,
        onLine(line) {
          printed.push(line);
          return Promise.resolve();
        },
        async onBuilt(build) {
          const lock = await stateLock(space.root).acquire('deploy', never);
          await lock.commit([await saveBuild(space.root, build, Date.now())]);
          await lock.release();
          const { environment } = application;
          const made = bareOwn({ image: build.image.tag, imageId: build.image.id });
          const as = builtAs(web, application);
          own.push({
            release: 'deploy-1',
            environment,
            services: { web: { ...made, ...(as !== undefined && { builtAs: as }) } },
          });
        },
        ...options,
      });
      const image = await images.make(web, source, run);
      await images.spread(image, there, run);
      return { ...image, why };
    },
  };
}

/** Without SSH and without our scripts. */
export async function imagesOf(server: Server): Promise<readonly ObservedImage[]> {
  const text = await server.run(`docker images --no-trunc --format '{{.ID}} {{.Repository}}:{{.Tag}}'`);
  return text
    .trim()
    .split('\n')
    .filter(Boolean)
    .map(line => {
      const [id, reference] = line.split(' ');
      return { id: clean(id), references: [clean(reference)], bytes: 0 };
    });
}

/** What a server has of an image by its name, and by its id where it has no name. */
export async function hasImage(server: Server, name: string): Promise<boolean> {
  return (await server.attempt(`docker image inspect '${name}'`)).code === 0;
}
