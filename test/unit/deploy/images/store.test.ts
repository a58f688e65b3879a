import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { clean } from '../../../../src/base/clean.ts';
import type { Application, AppService, Registry } from '../../../../src/deploy/configuration/application.ts';
import type { HeldServer } from '../../../../src/deploy/hold/held-server.ts';
import type { ImageSource } from '../../../../src/deploy/images/images.ts';
import { createImages } from '../../../../src/deploy/images/store.ts';
import { workspace } from '../../../kit/workspace.ts';

const ID = `sha256:${'1'.repeat(64)}`;
const DIGEST = `sha256:${'d'.repeat(64)}`;
const OTHER = `sha256:${'e'.repeat(64)}`;

/** Knows images by ids and by digests, and gets them from the file "registry" beside its server. It keeps what it is asked. */
const DOCKER = `#!/bin/sh
here=\${0%/*}
printf '%s\\n' "$*" >>"$here/asked"
for last; do :; done
case $1 in
info) echo "$here" ;;
login) cat >/dev/null ;;
tag) case $3 in *@*) echo 'refusing to create a tag with a digest reference' >&2; exit 1 ;; esac ;;
pull)
  grep -qxF -e "$last" -e "docker.io/$last" "$here/../registry" || { echo 'denied' >&2; exit 1; }
  echo ${ID} >>"$here/ids"; printf '%s\\n' "$last" | sed 's/:[^/@:]*@/@/' >>"$here/digests" ;;
push)
  name=\${last%:*}@${DIGEST}
  printf '%s\\n' "$name" >>"$here/../registry"
  printf '%s\\n' "\${name#docker.io/}" >>"$here/digests" ;;
save) echo ${ID} ;;
load) gunzip >>"$here/ids" ;;
image)
  case "$*" in
  *ls*) cat "$here/ids" ;;
  *.Size*) echo "${ID} 42 $(tr '\\n' ' ' <"$here/digests")" ;;
  *RepoDigests*) cat "$here/digests" ;;
  esac ;;
esac
`;

const web: AppService = {
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
};
const built: AppService = { ...web, build: { context: '.', args: {}, values: new Map() } };
const registry = (host: string): Registry => ({ host, username: 'me', password: 'x' });

interface Case {
  readonly service?: AppService;
  readonly source: ImageSource;
  /** Where what is built goes; it can be read from, too. */
  readonly to?: string;
  /** What the first server calls it by its content. */
  readonly digests?: readonly string[];
  /** What can be pulled. */
  readonly registry?: readonly string[];
}

/** Brings an image that the first of two servers has to the other one; tells what both were asked to do. */
async function spread({ service = web, source, to, digests = [], registry: has = [] }: Case) {
  const space = workspace(onTestFinished);
  const text = (lines: readonly string[]): string => lines.map(each => `${each}\n`).join('');
  const docker = { text: DOCKER, mode: 0o755 };
  space.write({
    'one/docker': docker,
    'two/docker': docker,
    registry: text(has),
    'one/ids': source.kind === 'pull' ? '' : `${ID}\n`,
    'one/digests': text(digests),
    'two/ids': '',
    'two/digests': '',
  });
  const servers = ['one', 'two'].map((name): HeldServer => {
    const run: HeldServer['look'] = async (script, args = [], { stdin, onOutput, signal } = {}) => {
      const child = spawn('sh', ['-c', script, 'sh', ...args], {
        env: { PATH: `${space.file(name)}:/usr/bin:/bin` },
        ...(signal && { signal }),
      });
      const ended = { output: '', errors: '' };
      const given = pipeline(stdin ?? [], child.stdin).catch(() => undefined); // it may end before it has read all
      child.stderr.on('data', (chunk: Buffer) => (ended.errors += chunk.toString()));
      for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
        if (onOutput) await onOutput('out', chunk);
        else ended.output += chunk.toString();
      }
      if (child.exitCode === null) await once(child, 'exit');
      await given;
      return { code: child.exitCode ?? undefined, signal: undefined, ...ended };
    };
    const server = { id: name, name: clean(name), target: { host: name } };
    return { server, look: run, act: run };
  });
  const application: Application = {
    tool: 'tako',
    root: space.root,
    project: 'shop',
    environment: 'production',
    source: 'tako.yaml',
    configHash: '',
    services: [service],
    registries: [],
    secrets: [],
    ...(to !== undefined && { registry: registry(to), registries: [registry(to)] }),
  };
  const images = createImages({
    servers,
    application,
    buildStrategy: 'remote',
    keepArtifacts: false,
    onLine: () => Promise.resolve(),
    onBuilt: () => Promise.resolve(),
  });
  const run = {
    signal: new AbortController().signal,
    log: () => undefined,
    step: <T>(_: string, act: () => Promise<T>): Promise<T> => act(),
  };
  const image = await images.make(service, source, run);
  await images.spread(image, servers, run);
  const asked = (name: string): readonly string[] =>
    readFileSync(space.file(name, 'asked'), 'utf8')
      .split('\n')
      .filter(line => /^(tag|push|pull|save|load)/.test(line));
  return { one: asked('one'), two: asked('two') };
}

describe('an image that one server has gets to another one', () => {
  const known = (reference: string): ImageSource => ({ kind: 'known', reference, id: ID });
  const stable = 'ghcr.io/acme/api:stable';

  test('by what it is called by its content, where it was pulled: its tag in the registry is left alone', async () => {
    const digest = `ghcr.io/acme/api@${DIGEST}`;
    expect(
      await spread({
        source: known(stable),
        to: 'ghcr.io',
        digests: [`quay.io/acme/api@${OTHER}`, digest],
        registry: [digest],
      }),
    ).toEqual({ one: [], two: [`pull --quiet ${digest}`, `tag ${digest} ${stable}`] });
  });

  test('as a stream, where nothing of that name was pulled or can be pulled any more', async () => {
    const streamed = { one: [`save ${ID}`], two: ['load --quiet', `tag ${ID} ${stable}`] };
    for (const digests of [[], [`quay.io/acme/api@${OTHER}`]]) {
      expect(await spread({ source: known(stable), to: 'ghcr.io', digests })).toEqual(streamed);
    }
    const digest = `ghcr.io/acme/api@${DIGEST}`;
    expect(await spread({ source: known(stable), to: 'ghcr.io', digests: [digest] })).toEqual({
      ...streamed,
      two: [`pull --quiet ${digest}`, ...streamed.two],
    });
    const redis = await spread({ source: known('redis:7'), to: 'docker.io' });
    expect(redis).toEqual({ one: [`save ${ID}`], two: ['load --quiet', `tag ${ID} redis:7`] });
  });

  test('through the registry, where the service builds it', async () => {
    const name = 'ghcr.io/shop/web:a1b2c3d';
    const digest = `ghcr.io/shop/web@${DIGEST}`;
    expect(await spread({ service: built, source: known(name), to: 'ghcr.io' })).toEqual({
      one: [`tag ${ID} ${name}`, `push --quiet ${name}`],
      two: [`pull --quiet ${digest}`, `tag ${digest} ${name}`],
    });
    // Docker leaves out of names what leads to its own registry.
    const hub = 'docker.io/shop/web:a1b2c3d';
    expect(await spread({ service: built, source: known(hub), to: 'docker.io' })).toEqual({
      one: [`tag ${ID} ${hub}`, `push --quiet ${hub}`],
      two: [`pull --quiet shop/web@${DIGEST}`, `tag shop/web@${DIGEST} ${hub}`],
    });
    // What the service was before it was built is not its own.
    const before = await spread({ service: built, source: known(stable), to: 'ghcr.io' });
    expect(before.one).toEqual([`save ${ID}`]);
  });

  test('by its digest where it is named by that, which gives it no tag', async () => {
    const name = `redis:7@${DIGEST}`;
    const two = [`pull --quiet redis@${DIGEST}`];
    const pulling: ImageSource = { kind: 'pull', reference: name };
    expect(await spread({ source: pulling, registry: [name, `redis@${DIGEST}`] })).toEqual({
      one: [`pull --quiet ${name}`],
      two,
    });
    const digests = [`redis@${DIGEST}`];
    expect(await spread({ source: known(name), digests, registry: digests })).toEqual({ one: [], two });
    expect(await spread({ source: known(name), digests })).toEqual({
      one: [`save ${ID}`],
      two: [...two, 'load --quiet'],
    });
  });

  test('by the one of its name, where registries call the same one differently', async () => {
    const digest = `ghcr.io/acme/api@${DIGEST}`;
    const there = { digests: [`quay.io/acme/api@${OTHER}`], registry: [`${stable}@${DIGEST}`, digest] };
    const pulling: ImageSource = { kind: 'pull', reference: `${stable}@${DIGEST}` };
    expect((await spread({ source: pulling, ...there })).two).toEqual([`pull --quiet ${digest}`]);
  });
});
