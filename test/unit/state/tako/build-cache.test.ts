import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { describe, expect, onTestFinished, test } from 'vitest';
import { checkBuild, saveBuild } from '../../../../src/state/tako/build-cache.ts';
import { hashContext } from '../../../../src/state/tako/build-context.ts';
import { parseConfig } from '../../../../src/state/tako/config.ts';
import type { BuildDefinition } from '../../../../src/state/tako/configured.ts';
import type { Files } from '../../../kit/files.ts';
import { buildFiles } from '../../../kit/tako-parts.ts';
import { workspace, type Workspace } from '../../../kit/workspace.ts';
import { facts, readProject, service } from './reading.ts';
import { AT, commit, never, save } from './writing.ts';

const CACHE = '.tako/builds/cache/web/checksums.json';
const DEFINITION: BuildDefinition = { context: 'app', args: { NODE_ENV: 'production' } };
const IMAGE = { tag: 'myapp/web:v1.0.0', id: 'sha256:jkl012...', sizeBytes: 125829120 };
const APP: Files = { 'app/Dockerfile': 'FROM node', 'app/package.json': '{}', 'app/src/index.js': 'run()' };

/** What a deployment does: looks, builds, and records what it was built from. */
async function build({ root }: Workspace, definition = DEFINITION, at = AT): Promise<void> {
  const files = await hashContext(root, definition, never);
  await commit(root, async () => [
    await saveBuild(root, { service: 'web', files, args: definition.args, image: IMAGE }, at),
  ]);
}

async function built(files: Files = APP, definition = DEFINITION): Promise<Workspace> {
  const space = workspace(onTestFinished);
  space.write(files);
  await build(space, definition);
  return space;
}

async function why({ root }: Workspace, definition = DEFINITION): Promise<string> {
  const verdict = await checkBuild(root, 'web', definition, never);
  return verdict.rebuild ? verdict.why : `Nothing changed since ${new Date(verdict.since).toISOString()}`;
}

const UNCHANGED = 'Nothing changed since 2024-11-13T10:30:00.000Z';

describe('the record of a build', () => {
  test('has the form of the design, to the byte', async () => {
    const { root, file } = await built();
    const files = Object.fromEntries(await hashContext(root, DEFINITION, never));
    const { [CACHE]: text } = buildFiles({
      service: 'web',
      version: 'v1.0.0',
      image: IMAGE.tag,
      imageId: IMAGE.id,
      builtAt: AT,
      bytes: IMAGE.sizeBytes,
      arguments: DEFINITION.args,
      files,
    });
    expect(readFileSync(file(CACHE), 'utf8')).toBe(text);
  });

  test('is what the views show', async () => {
    const space = await built();
    await save(space.root);
    expect(facts(service(await readProject(space.root), 'web'))).toEqual(
      expect.arrayContaining([
        'Last build: 2024-11-13T10:30:00Z, from 3 files',
        'Built image: myapp/web:v1.0.0, sha256:jkl012..., 126 MB',
        'Build arguments: NODE_ENV',
      ]),
    );
  });

  test('is sorted by bytes, as Go does', async () => {
    const odd = ['2', '10', '.env', 'Z', 'a', 'ａ', '😀'];
    const { file } = await built({ ...APP, ...Object.fromEntries(odd.map(each => [`app/${each}`, ''])) });
    const written = [
      ...readFileSync(file(CACHE), 'utf8').matchAll(/^ {4}"(.+)": "sha256:[0-9a-f]{64}",?$/gm),
    ];
    const sorted = [...odd, 'Dockerfile', 'package.json', 'src/index.js'].sort((a, b) =>
      Buffer.compare(Buffer.from(a), Buffer.from(b)),
    );
    expect(written.map(([, name]) => name)).toEqual(sorted);
  });

  test('keeps what it does not know, and nothing of the files that were there', async () => {
    const space = await built();
    const text = readFileSync(space.file(CACHE), 'utf8')
      .replace('"image": {', '"layers": 1.50,\n  "image": {\n    "digest": null,')
      .replace(/\n}$/, ',\n  "zz": "<&>"\n}');
    writeFileSync(space.file(CACHE), text);
    rmSync(space.file('app/package.json'));
    await build(space, { ...DEFINITION, args: {} }, AT + 60_000);
    const expected = text
      .replace('10:30:00Z', '10:31:00Z')
      .replace(/ {4}"package.json": "[^"]*",\n/, '')
      .replace(/"build_args": {[^}]*}/, '"build_args": {}');
    expect(readFileSync(space.file(CACHE), 'utf8')).toBe(expected);
  });

  test('holds no values that may be secret', async () => {
    const args = { NPM_TOKEN: 'abcdef', URL: 'https://me:hunter22@host/', FROM_ENV: '${SECRET}', PLAIN: '1' };
    const space = await built(APP, { ...DEFINITION, args });
    expect(JSON.parse(readFileSync(space.file(CACHE), 'utf8'))).toMatchObject({
      build_args: { NPM_TOKEN: '••••••', URL: 'https://me:••••••@host/', FROM_ENV: '${SECRET}', PLAIN: '1' },
    });
    expect(await checkBuild(space.root, 'web', { ...DEFINITION, args }, never)).toEqual({
      rebuild: false,
      since: AT,
      image: { tag: 'myapp/web:v1.0.0', id: 'sha256:jkl012...' },
    });
  });

  test.each(['{', '[]', '"text"', '{"files": {}, "files": {}}'])('leaves %s alone', async text => {
    const space = workspace(onTestFinished);
    space.write({ ...APP, [CACHE]: text });
    await expect(build(space)).rejects.toThrow();
    expect(readFileSync(space.file(CACHE), 'utf8')).toBe(text);
  });

  test.each(['..', 'a/b', '', '.git', '../../x'])('of a service called %j stays inside', async name => {
    const space = workspace(onTestFinished);
    space.write(APP);
    const draft = saveBuild(space.root, { service: name, files: new Map(), args: {}, image: IMAGE }, AT);
    await expect(draft).rejects.toMatchObject({ name: 'UserError' });
  });
});

describe('whether a service would be built again', () => {
  test('not when nothing changed', async () => {
    expect(await why(await built())).toBe(UNCHANGED);
  });

  test('not when the whole project is what it is built from', async () => {
    const whole = { context: '.', args: {} };
    const space = await built({ Dockerfile: 'FROM node' }, whole);
    await save(space.root);
    expect(await why(space, whole)).toBe(UNCHANGED);
  });

  test.each<[change: string, files: Files, args: BuildDefinition['args'], says: string]>([
    ['changed', { 'app/package.json': '{"a":1}' }, {}, 'package.json changed'],
    ['added', { 'app/b': '', 'app/a': '' }, {}, 'a, b added'],
    [
      'many',
      Object.fromEntries(Array.from({ length: 15 }, (_, index) => [`app/f${index + 10}`, ''])),
      {},
      'f10, f11, f12 and 12 more added',
    ],
    ['an argument', {}, { NODE_ENV: 'test', NEW: '' }, 'other build arguments: NODE_ENV, NEW'],
    [
      'all',
      { 'app/Dockerfile': 'FROM a', 'app/x': '' },
      { NODE_ENV: 'test' },
      'Dockerfile changed; x added; other build arguments: NODE_ENV',
    ],
  ])('says what: %s', async (_, files, args, says) => {
    const space = await built();
    space.write(files);
    expect(await why(space, { ...DEFINITION, args: { ...DEFINITION.args, ...args } })).toBe(
      `Would rebuild because ${says}.`,
    );
  });

  test('says what went, by its case', async () => {
    const space = await built({ ...APP, 'app/README': '' });
    rmSync(space.file('app/README'));
    space.write({ 'app/readme': '' });
    expect(await why(space, { ...DEFINITION, args: {} })).toBe(
      'Would rebuild because readme added; README removed; other build arguments: NODE_ENV.',
    );
  });

  test('as changes to be listed', async () => {
    const space = await built();
    space.write({ 'app/new': '' });
    expect(await checkBuild(space.root, 'web', { ...DEFINITION, args: {} }, never)).toMatchObject({
      changes: [
        { path: ['new'], kind: 'added' },
        { path: ['build_args', 'NODE_ENV'], kind: 'removed' },
      ],
    });
  });

  test('when it was never recorded', async () => {
    const space = workspace(onTestFinished);
    space.write(APP);
    expect(await why(space)).toBe('Would rebuild because no build of it is recorded.');
    space.write({ [CACHE]: '{"last_build": "0001-01-01T00:00:00Z"}' });
    expect(await why(space)).toBe('Would rebuild because no build of it is recorded.');
  });

  test('when the record or the files cannot be read, with the reason', async () => {
    const space = await built();
    rmSync(space.file('app/Dockerfile'));
    expect(await why(space)).toBe(
      `Would rebuild. The build needs Dockerfile, which is not there. ${space.file('app/Dockerfile')}`,
    );
    writeFileSync(space.file(CACHE), '{');
    expect(await why(space)).toBe(
      `Would rebuild. The file is damaged and is not overwritten. ${space.file(CACHE)}:1`,
    );
    rmSync(space.file(CACHE));
    mkdirSync(space.file(CACHE));
    expect(await why(space)).toContain('Would rebuild. Something that is no file stands there.');
  });

  test.each([
    '{"last_build": "2024-11-13T10:25:00Z"}',
    '{"last_build": "2024-11-13T10:25:00Z", "files": [1], "build_args": "x"}',
  ])('when the record is %s', async text => {
    const space = await built();
    writeFileSync(space.file(CACHE), text);
    expect(await why(space)).toContain('Would rebuild because Dockerfile, package.json, src/index.js added');
  });
});

describe('what a service is built from', () => {
  function definitions(services: string): readonly (BuildDefinition | undefined)[] {
    const text = `environments:\n  production:\n    services:\n${services.replace(/^/gm, '      ')}`;
    const values: Record<string, string> = { DIR: './secret-place', VERSION: '7' };
    const read = parseConfig(
      { file: 'tako.yaml', text, report: () => undefined },
      { lookup: name => values[name], secrets: [] },
    );
    return read?.config.environments[0]?.services.map(each => each.buildDefinition) ?? [];
  }

  test.each<[yaml: string, expected: BuildDefinition | undefined]>([
    ['web: { build: ./app }', { context: './app', dockerfile: undefined, args: {} }],
    [
      'web: { build: ., dockerfile: web.Dockerfile }',
      { context: '.', dockerfile: 'web.Dockerfile', args: {} },
    ],
    ['web: { build: { dockerfile: b } }', { context: '.', dockerfile: 'b', args: {} }],
    [
      'web: { build: { context: a, args: { A: x, B: 1, C: true, D: } } }',
      { context: 'a', dockerfile: undefined, args: { A: 'x', B: '1', C: 'true', D: 'null' } },
    ],
    ['web: { build: "${DIR}" }', { context: './secret-place', dockerfile: undefined, args: {} }],
    ['web: { build: "${GONE}" }', { context: '', dockerfile: undefined, args: {} }],
    [
      'web: { build: { context: a, args: { V: "v${VERSION}" } } }',
      { context: 'a', dockerfile: undefined, args: { V: 'v${VERSION}' } },
    ],
    ['web: { image: nginx }', undefined],
    ['web: { build: }', undefined],
  ])('%s', (yaml, expected) => {
    expect(definitions(yaml)).toEqual([expected]);
  });
});
