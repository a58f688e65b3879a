import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { describe, expect, test } from 'vitest';
import { configHash, configParts } from '../../../../src/state/tako/config-hash.ts';

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

test('services have hashes of their own, wherever they are written', () => {
  const parts = configParts(YAML);
  const [production, staging] = [parts('production'), parts('staging')];
  expect(production?.services).toEqual(staging?.services);
  expect([...(production?.services.keys() ?? [])]).toEqual(['web', 'worker']);
  const others = configParts(YAML.replace('replicas: 0x1', 'replicas: 2'))('production');
  expect(others?.services.get('web')).toBe(production?.services.get('web'));
  expect(others?.services.get('worker')).not.toBe(production?.services.get('worker'));
  expect(parts('gone')).toBeUndefined();
});
