import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { describe, expect, onTestFinished, test } from 'vitest';
import { compareConfig, configAt, configHash } from '../../../../src/state/tako/config-hash.ts';
import { workspace, type Workspace } from '../../../kit/workspace.ts';
import { never } from './writing.ts';

const YAML = `# The shop
project:
  name: shop
  version: 1.10
servers:
  b: { host: \${HOST_B}, user: root }   # \${NOT_USED}
  a:
    user: root
    host: 10.0.0.1
  other: { host: x, user: y }
environments:
  production:
    servers: [b, a]
    services: &all
      web: &web
        image: "shop:\${TAG}"
        replicas: 3
      worker:
        <<: *web
        replicas: 0x1
  staging:
    servers: [other]
    services: *all
`;

const sha256 = (text: string): string => `sha256:${createHash('sha256').update(text).digest('hex')}`;

describe('the hash of a configuration', () => {
  test('is that of the canonical text', () => {
    const web = '{"image":"shop:${TAG}","replicas":3}';
    const worker = '{"image":"shop:${TAG}","replicas":1}';
    expect(configHash(YAML, 'production')).toBe(
      sha256(
        `{"environments":{"production":{"servers":["b","a"],"services":{"web":${web},"worker":${worker}}}},` +
          '"project":{"name":"shop","version":"1.10"},' +
          '"servers":{"a":{"host":"10.0.0.1","user":"root"},"b":{"host":"${HOST_B}","user":"root"}}}',
      ),
    );
  });

  test.each<[what: string, from: string | RegExp, to: string]>([
    ['comments and blank lines', '# The shop', '\n# Another one\n\n'],
    ['the order of members', '    user: root\n    host: 10.0.0.1', '    host: "10.0.0.1"\n    user: root'],
    ['a server it does not name', 'host: x,', 'host: z,'],
    ['another environment', 'servers: [other]', 'servers: [a]'],
    ['a schema', 'project:', '$schema: ./x.json\nproject:'],
    ['the spelling of a number', '0x1', '1'],
    ['what only a comment names', '${NOT_USED}', '${X}'],
  ])('does not mind %s', (_, from, to) => {
    const other = YAML.replace(from, to);
    expect(other).not.toBe(YAML);
    expect(configHash(other, 'production')).toBe(configHash(YAML, 'production'));
  });

  test.each<[what: string, from: string, to: string]>([
    ['a value', 'replicas: 3', 'replicas: 4'],
    ['the order of servers', '[b, a]', '[a, b]'],
    ['the name of a variable', '${TAG}', '${VERSION}'],
    ['a server it names', '10.0.0.1', '10.0.0.2'],
    ['a version that only a number would not tell', '1.10', '1.1'],
    ['a section we do not know', 'project:', 'mesh: {}\nproject:'],
  ])('is another one for %s', (_, from, to) => {
    expect(configHash(YAML.replace(from, to), 'production')).not.toBe(configHash(YAML, 'production'));
  });

  test('a variable in a list of one line, and as a number', () => {
    const text = 'environments:\n  a: { servers: [${A}, ${B}], services: { web: { port: ${PORT} } } }';
    expect(configHash(text, 'a')).toBe(
      sha256('{"environments":{"a":{"servers":["${A}","${B}"],"services":{"web":{"port":"${PORT}"}}}}}'),
    );
  });

  test('is one for JSON and YAML, in whatever order', () => {
    const key = fc.stringMatching(/^[a-z_A-Z0-9é😀.-]{1,6}$/u);
    const value = fc.letrec(tie => ({
      any: fc.oneof(
        { maxDepth: 3 },
        fc.string(),
        fc.integer(),
        fc.boolean(),
        fc.constant(null),
        fc.array(tie('any'), { maxLength: 3 }),
        fc.dictionary(key, tie('any'), { maxKeys: 4, noNullPrototype: true }),
      ),
    })).any;
    const noVariables = (text: string): boolean => !text.includes('${') && !/(^|[ \t])#/m.test(text);
    fc.assert(
      fc.property(
        fc.dictionary(key, value, { maxKeys: 5, noNullPrototype: true }),
        fc.dictionary(key, value, { noNullPrototype: true }),
        (services, more) => {
          const config = {
            ...more,
            project: { name: 'x', version: '1' },
            environments: { prod: { services } },
          };
          const json = JSON.stringify(config, null, 2);
          const yaml = stringify(Object.fromEntries(Object.entries(config).reverse()), {
            aliasDuplicateObjects: false,
          });
          fc.pre(noVariables(json) && noVariables(yaml));
          expect(configHash(json, 'prod')).toMatch(/^sha256:[0-9a-f]{64}$/);
          expect(configHash(yaml, 'prod')).toBe(configHash(json, 'prod'));
        },
      ),
      { numRuns: 300 },
    );
  });

  test.each<[what: string, text: string]>([
    ['nothing', ''],
    ['a list', '[]'],
    ['half a text', '{'],
    ['an alias of nothing', 'a: *b'],
    ['a list of environments', 'environments: []'],
    ['other environments', 'environments: { a: {} }'],
    ['words', 'text'],
    ['a text nested too deep', '['.repeat(100_000)],
  ])('%s has none', (_, text) => {
    expect(configHash(text, 'production')).toBeUndefined();
    expect(configHash(text, 'constructor')).toBeUndefined();
  });
});

describe('the configuration of a deployment', () => {
  const at = (texts: Readonly<Record<string, string>>) => (commit: string) => Promise.resolve(texts[commit]);
  const other = YAML.replace('replicas: 3', 'replicas: 4');

  test.each<[what: string, recorded: { configHash?: string; commit?: string }, expected: string]>([
    ['by its hash', { configHash: configHash(YAML, 'production') }, 'same'],
    ['by the hash of another one', { configHash: configHash(other, 'production') }, 'differs'],
    [
      'by its hash and not by its commit',
      { configHash: configHash(other, 'production'), commit: 'same' },
      'differs',
    ],
    ['by its commit', { configHash: '', commit: 'same' }, 'same'],
    ['by the commit of another one', { commit: 'other' }, 'differs'],
    [
      'by its commit, for a hash of an unknown form',
      { configHash: 'sha256:def456...', commit: 'same' },
      'same',
    ],
    ['without anything', {}, 'unknown'],
    ['with a commit that is not there', { commit: 'gone' }, 'unknown'],
    ['with a commit that has no such environment', { commit: 'old' }, 'unknown'],
  ])('%s', async (_, recorded, expected) => {
    const texts = at({ same: YAML, other, old: 'environments: { a: {} }' });
    expect(await compareConfig(recorded, YAML, 'production', texts)).toBe(expected);
  });

  test('is unknown when there is none now', async () => {
    expect(await compareConfig({ commit: 'same' }, '{', 'production', at({ same: YAML }))).toBe('unknown');
  });
});

describe('the configuration at a commit', () => {
  function repository(): Workspace & {
    readonly commit: (files: Readonly<Record<string, string>>) => string;
  } {
    const space = workspace(onTestFinished);
    const git = (...args: readonly string[]): string =>
      execFileSync('git', ['-C', space.root, '-c', 'user.name=t', '-c', 'user.email=t@t', ...args], {
        encoding: 'utf8',
      }).trim();
    git('init', '-q');
    return {
      ...space,
      commit: files => {
        space.write(files);
        git('add', '-A');
        git('commit', '-qm', 'x');
        return git('rev-parse', 'HEAD');
      },
    };
  }

  test('is what was committed, whatever stands there now', async () => {
    const { root, commit, write } = repository();
    const id = commit({ 'tako.yaml': YAML });
    write({ 'tako.yaml': 'changed' });
    expect(await configAt(root, id, never)).toBe(YAML);
    expect(await configAt(root, id.slice(0, 7).toUpperCase(), never)).toBe(YAML);
  });

  test('is found in a folder of the repository, and under its other names', async () => {
    const { commit, file } = repository();
    const id = commit({ 'tako.yaml': 'not this', 'shop/tako.json': '{"a": 1}' });
    expect(await configAt(file('shop'), id, never)).toBe('{"a": 1}');
  });

  test('is nothing where there is no such commit, no file or no repository', async () => {
    const { root, commit } = repository();
    const id = commit({ a: '' });
    expect(await configAt(root, id, never)).toBeUndefined();
    expect(await configAt(root, 'abcdef1234', never)).toBeUndefined();
    expect(await configAt(workspace(onTestFinished).root, id, never)).toBeUndefined();
  });

  test.each([
    'HEAD',
    '--output=pwned',
    '-h',
    'abcdef1:x',
    '$(touch pwned)',
    '',
    'abcdef',
    'a'.repeat(65),
    'abcdef1\n',
  ])('%j names no commit', async id => {
    const { root, commit, file } = repository();
    commit({ 'tako.yaml': YAML });
    expect(await configAt(root, id, never)).toBeUndefined();
    expect(existsSync(file('pwned'))).toBe(false);
  });

  test('runs nothing that the repository names', async () => {
    const { root, commit, file } = repository();
    const id = commit({ 'tako.yaml': YAML, '.gitattributes': 'tako.yaml diff=x filter=x' });
    for (const name of [
      'diff.x.textconv',
      'filter.x.smudge',
      'core.fsmonitor',
      'core.pager',
      'alias.cat-file',
    ]) {
      execFileSync('git', ['-C', root, 'config', name, `touch ${file('pwned')}; cat`]);
    }
    expect(await configAt(root, id, never)).toBe(YAML);
    expect(existsSync(file('pwned'))).toBe(false);
  });

  test('too large a one is none', async () => {
    const { root, commit } = repository();
    const id = commit({ 'tako.yaml': '#'.repeat(1_100_000) });
    expect(await configAt(root, id, never)).toBeUndefined();
  });

  test('is given up when that is asked for', async () => {
    const { root, commit } = repository();
    const id = commit({ 'tako.yaml': YAML });
    await expect(configAt(root, id, AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough');
  });
});
