import { describe, expect, onTestFinished, test } from 'vitest';
import type { Outline } from '../../../../src/state/outline.ts';
import { configHash } from '../../../../src/state/tako/config-hash.ts';
import { repository } from '../../../kit/git.ts';
import { workspace, type Workspace } from '../../../kit/workspace.ts';
import { open } from './reading.ts';
import { never } from './writing.ts';

const YAML = `project: { name: shop, version: 1 }
servers:
  a: { host: 10.0.0.1 }
environments:
  prod:
    servers: [a]
    services:
      web: { image: "shop:1", replicas: 2 }
      db: { image: "postgres:16" }
  staging:
    servers: [a]
    services:
      web: { image: "shop:2" }
`;

async function outlineOf(
  { root, file }: Pick<Workspace, 'root' | 'file'>,
  text: string,
  { name = 'tako.yaml', trusted = true } = {},
): Promise<Outline> {
  const { source, place } = await open(root);
  const live = { file: file(name), text, trusted };
  return structuredClone((await source.outline?.(place, live, never)) ?? { findings: [] });
}

/** The keys by the text that stands there, with its line. */
function places({ keys = [] }: Outline, text: string): readonly string[] {
  return keys.map(({ environment, service, start, end }) => {
    const line = text.slice(0, start).split('\n').length;
    return `${line} ${text.slice(start, end)} ${[environment, service].filter(Boolean).join('/')}`;
  });
}

const record = (fields: Readonly<Record<string, unknown>>): string =>
  JSON.stringify({
    deployment_id: 'deploy-1',
    timestamp: '2026-07-18T09:30:12Z',
    environment: 'prod',
    status: 'success',
    ...fields,
  });

/** A project with one deployment to prod. */
function deployed(fields: Readonly<Record<string, unknown>>, space = workspace(onTestFinished)): Workspace {
  space.write({
    'tako.yaml': YAML,
    '.tako/deployments/prod/current.json': record(fields),
    '.tako/deployments/prod/history/2026-07-18T09-30-12Z.json': record(fields),
  });
  return space;
}

const differenceIn = ({ keys }: Outline): unknown =>
  keys?.find(({ environment, service }) => environment === 'prod' && service === undefined)?.difference;

describe('where things stand', () => {
  test.each<[what: string, text: string, expected: readonly string[]]>([
    [
      'as usual',
      YAML,
      ['5 prod prod', '8 web prod/web', '9 db prod/db', '10 staging staging', '13 web staging/web'],
    ],
    [
      'with CRLF, tabs and comments',
      '# prod:\r\nenvironments: # all\r\n\r\n  prod:\t# the one\r\n    services:\r\n      web: {}\t# web\r\n',
      ['4 prod prod', '6 web prod/web'],
    ],
    [
      'in several documents, of which the first counts',
      'environments:\n  prod: {}\n---\nenvironments:\n  other: {}\n',
      ['2 prod prod'],
    ],
    [
      'with anchors, aliases and merged maps',
      'environments:\n  prod: &p\n    services: &s\n      web: {}\n  staging: *p\n  dev:\n    <<: *p\n  test: { services: *s }\n',
      [
        '2 prod prod',
        '4 web prod/web',
        '5 staging staging',
        '4 web staging/web',
        '6 dev dev',
        '4 web dev/web',
        '8 test test',
        '4 web test/web',
      ],
    ],
    [
      'in one line',
      'environments: { prod: { services: { "web": {} } } }',
      ['1 prod prod', '1 "web" prod/web'],
    ],
    ['in JSON', '{\n\t"environments": {\n\t\t"prod": {}\n\t}\n}', ['3 "prod" prod']],
    ['behind variables', 'project: { name: "${NAME}" }\nenvironments:\n  prod: {}', ['3 prod prod']],
    ['in a list', 'environments: [prod]', []],
  ])('%s', async (_, text, expected) => {
    const space = workspace(onTestFinished);
    space.write({ 'tako.yaml': YAML });
    expect(places(await outlineOf(space, text), text)).toEqual(expected);
  });

  test('is not known in half of a text', async () => {
    const space = workspace(onTestFinished);
    space.write({ 'tako.yaml': YAML });
    const { keys, findings } = await outlineOf(space, `${YAML}  dev: [`);
    expect(keys).toBeUndefined();
    expect(findings).toMatchObject([{ code: 'yaml-syntax', at: { file: space.file('tako.yaml') } }]);
  });

  test('does not matter in a file that Tako does not use', async () => {
    const space = workspace(onTestFinished);
    space.write({ 'tako.yaml': YAML, 'tako.json': '{}' });
    expect(await outlineOf(space, '{"environments": {"x": 1}}', { name: 'tako.json' })).toEqual({
      keys: [],
      findings: [],
    });
  });
});

describe('what differs from what was deployed', () => {
  const hash = configHash(YAML, 'prod') ?? '';
  const other = YAML.replace('shop:1', 'shop:9').replace('      db: { image: "postgres:16" }\n', '');

  test('is told by the hash', async () => {
    const space = deployed({ config: { hash, source: 'tako.yaml' } });
    expect(differenceIn(await outlineOf(space, YAML))).toEqual({ kind: 'same' });
    expect(differenceIn(await outlineOf(space, `# typed\n${YAML}`))).toEqual({ kind: 'same' });
    expect(differenceIn(await outlineOf(space, other))).toEqual({ kind: 'differs', services: [] });
  });

  test('is counted with the services as they were recorded', async () => {
    const service = (image: string, replicas: number, domains: string[] | null = null) => ({
      image,
      replicas,
      ports: [],
      domains,
      health: 'healthy',
    });
    const space = deployed({
      config: { hash: configHash(other, 'prod'), source: 'tako.yaml' },
      services: { web: service('shop:9', 2), db: service('postgres:16', 3), cache: service('redis', 1) },
    });
    expect(differenceIn(await outlineOf(space, YAML))).toEqual({
      kind: 'differs',
      services: ['web', 'cache'],
    });
    const built = YAML.replace('image: "shop:1"', 'build: ., image: "${IMAGE}", proxy: { domain: a.test }');
    expect(differenceIn(await outlineOf(space, built))).toEqual({ kind: 'differs', services: ['cache'] });
  });

  test('is counted with the configuration at the commit, where that is what was deployed', async () => {
    const space = repository(onTestFinished);
    const commit = space.commit({ 'tako.yaml': other });
    deployed({ git_commit: commit }, space);
    expect(differenceIn(await outlineOf(space, YAML))).toEqual({ kind: 'differs', services: ['web', 'db'] });
    expect(differenceIn(await outlineOf(space, other))).toEqual({ kind: 'same' });
  });

  test('is unknown without hash and commit, and where Git may not be asked', async () => {
    const space = repository(onTestFinished);
    const commit = space.commit({ 'tako.yaml': YAML });
    const unknown = { kind: 'unknown' };
    expect(differenceIn(await outlineOf(deployed({}), YAML))).toEqual(unknown);
    deployed({ git_commit: commit }, space);
    expect(differenceIn(await outlineOf(space, YAML, { trusted: false }))).toEqual(unknown);
    expect(differenceIn(await outlineOf(space, YAML))).toEqual({ kind: 'same' });
    deployed({ git_commit: 'abcdef1' }, space);
    expect(differenceIn(await outlineOf(space, YAML))).toEqual(unknown);
  });

  test('is nothing where nothing was deployed', async () => {
    const space = workspace(onTestFinished);
    space.write({ 'tako.yaml': YAML });
    expect(differenceIn(await outlineOf(space, YAML))).toBeUndefined();
  });
});

describe('what is wrong', () => {
  test('is told of the text as it stands, and of nothing else', async () => {
    const space = deployed({});
    space.write({ '.tako/state.json': '{' });
    const text = YAML.replace('prod:', 'live:').replace('[a]', '[a, b]');
    expect((await outlineOf(space, text)).findings).toMatchObject([
      { severity: 'warning', code: 'unknown-server', at: { file: space.file('tako.yaml'), line: 6 } },
      { severity: 'info', code: 'unknown-environment', at: { file: space.file('tako.yaml'), line: 4 } },
    ]);
    expect((await outlineOf(space, YAML)).findings).toEqual([]);
  });

  test('is what is told of the same text when it is saved', async () => {
    const space = deployed({});
    const text = `${YAML.replace('[a]', '[b]')}setup: {}\n`;
    const { findings } = await outlineOf(space, text);
    space.write({ 'tako.yaml': text });
    const { read } = await open(space.root);
    expect((await read()).findings.filter(({ at }) => at?.file === space.file('tako.yaml'))).toEqual(
      findings,
    );
    expect(findings).toHaveLength(2);
  });

  test('leaves what is shown as it was', async () => {
    const space = deployed({});
    const { source, place, read } = await open(space.root);
    const before = await read();
    await source.outline?.(place, { file: space.file('tako.yaml'), text: 'a: [', trusted: true }, never);
    expect(await read()).toEqual(before);
  });

  test('is said of a text that is too large', async () => {
    const space = deployed({});
    const { findings } = await outlineOf(space, '#'.repeat(1_100_000));
    expect(findings).toMatchObject([{ code: 'too-large' }]);
  });
});
