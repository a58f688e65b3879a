import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';
import { recordBilling } from '../../demo/billing.ts';
import { commitHistory } from '../../demo/history.ts';
import { recordShop } from '../../demo/shop.ts';
import { workspace } from '../kit/workspace.ts';

const ROOT = path.join(import.meta.dirname, '..', '..');

interface Validation {
  readonly fileMatch: string | readonly string[];
  readonly url: string;
}

const { contributes } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as {
  readonly contributes: {
    readonly jsonValidation: readonly Validation[];
    readonly yamlValidation: readonly Validation[];
  };
}; // our own manifest

const ajv = new Ajv({ strict: true, allowUnionTypes: true, allErrors: true });

function schema(url: string): object {
  return JSON.parse(readFileSync(path.join(ROOT, url), 'utf8')) as object; // our own
}

/** The schema that VS Code, and the YAML extension, take for a file. */
function schemaOf(file: string): object | undefined {
  for (const { fileMatch, url } of [...contributes.jsonValidation, ...contributes.yamlValidation]) {
    for (const pattern of [fileMatch].flat()) {
      const expression = pattern.replaceAll('.', '\\.').replaceAll('*', '[^/]*');
      if (new RegExp(`(^|/)${expression}$`).test(file)) return schema(url);
    }
  }
  return undefined;
}

/** What is wrong with a text; nothing where it is as it should be. */
function problems(file: string, text: string): readonly string[] {
  const found = schemaOf(file);
  if (!found) throw new Error(`no schema for ${file}`);
  const validate = ajv.compile(found);
  validate(parse(text)); // JSON is YAML, too
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message ?? ''}`);
}

function filesIn(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
    file => !file.includes('.git/') && schemaOf(file),
  );
}

const schemas = readdirSync(path.join(ROOT, 'schemas'));

test.each(schemas)('%s is a schema that needs no network', name => {
  const found = schema(`schemas/${name}`);
  expect(found).toMatchObject({ $schema: 'http://json-schema.org/draft-07/schema#' });
  expect(ajv.validateSchema(found)).toBe(true);
  const references = [...JSON.stringify(found).matchAll(/"\$(?:ref|id)":"([^"]*)"/g)];
  for (const [, reference] of references) expect(reference).toMatch(/^#\/definitions\//);
});

test('every schema is for some file', () => {
  const used = [...contributes.jsonValidation, ...contributes.yamlValidation].map(({ url }) => url);
  expect([...new Set(used)].sort()).toEqual(schemas.map(name => `./schemas/${name}`).sort());
});

describe('what the tools wrote is as it should be', () => {
  test.each(['tako/master-mixed-tz', 'tako/master-newyork', 'tako/v0.0.1-newyork'])('%s', name => {
    const { root, sample } = workspace(onTestFinished);
    sample(name);
    const files = filesIn(root);
    expect(files.length).toBeGreaterThan(4);
    for (const file of files)
      expect([file, ...problems(file, readFileSync(path.join(root, file), 'utf8'))]).toEqual([file]);
  });

  test.each([
    'releases.real-mixed.json',
    'releases.real-rollback-pingpong.json',
    'releases.real-two-prod.json',
    'releases.real-unknown-phase-kept.json',
    'releases.spec-example.json',
    'bad/releases.allskipped.json',
    'bad/releases.dup.json',
    'stagecraft.used-for-real-run.yml',
  ])('stagecraft/%s', name => {
    const file = workspace(onTestFinished).sample(`stagecraft/${name}`);
    expect(problems(file, readFileSync(file, 'utf8'))).toEqual([]);
  });

  test('the demo', async () => {
    const { root, file } = workspace(onTestFinished);
    const now = Date.UTC(2026, 10, 20, 12);
    const history = commitHistory(root, now);
    await recordShop(file('acme-shop'), history, now);
    await recordBilling(file('billing'), history, now);
    const files = filesIn(root);
    expect(files).toEqual(
      expect.arrayContaining([
        'acme-shop/tako.yaml',
        'acme-shop/.tako/services/web/state.json',
        'billing/stagecraft.yml',
      ]),
    );
    for (const each of files)
      expect([each, ...problems(each, readFileSync(file(each), 'utf8'))]).toEqual([each]);
  });
});

describe('what is odd is told', () => {
  const TAKO = 'project: { name: a, version: 1 }\nservers: { a: { host: b } }\nenvironments: { p: {} }\n';

  test.each<[file: string, text: string, at: string]>([
    ['tako.yaml', 'project: { name: a, version: 1 }\nservers: {}\n', ' must have required'],
    ['tako.yaml', TAKO.replace('host: b', 'user: b'), '/servers/a must have required'],
    ['tako.json', TAKO.replace('p: {}', 'p: { servers: a }'), '/environments/p/servers must be'],
    ['tako.yml', TAKO.replace('p: {}', 'p: { services: { w: { replicas: two } } }'), '/replicas must'],
    ['tako.yaml', `${TAKO}setup: { upgrade_strategy: brave }`, '/setup/upgrade_strategy must be'],
    ['tako.yaml', `${TAKO}setup: { maintenance_window: { days: [someday] } }`, '/days/0 must match'],
    ['stagecraft.yml', 'environments: {}', ' must have required'],
    ['stagecraft.yml', 'project: { name: a }\nenvironments: { p: {} }', '/environments/p must have'],
    ['stagecraft.yaml', 'project: { name: a }\nbackend: { provider: rails }', '/backend/provider must be'],
    ['a/.stagecraft/releases.json', '{"releases":[null]}', '/releases/0 must be'],
    ['a/.stagecraft/releases.json', '{"releases":{}}', '/releases must be'],
    [
      '.stagecraft/releases.json',
      '{"releases":[{"id":"a","environment":"p","version":"1","timestamp":"today"}]}',
      '/timestamp must match',
    ],
    ['.tako/state.json', '{"environments":[]}', '/environments must be'],
    ['.tako/deployments/p/current.json', '{"timestamp":"2026-11-20T12:00:00Z"}', ' must have required'],
    [
      '.tako/deployments/p/history/a.json',
      '{"services":{"w":{"replicas":"2"}}}',
      '/services/w/replicas must',
    ],
    ['.tako/services/web/state.json', '{"current":[]}', '/current must be'],
    ['.tako/services/web/health.json', '{"checks":{}}', '/checks must be'],
    ['.tako/services/web/metrics.json', '[]', ' must be'],
    ['.tako/.lock', '{"pid":"1"}', '/pid must be'],
  ])('in %s: %s', (file, text, at) => {
    expect(problems(file, text).join('\n')).toContain(at);
  });

  test('a variable may stand for a number, and what is empty for an object', () => {
    const text = TAKO.replace('p: {}', 'p: { services: { w: { replicas: "${N}", port: "${P}" }, x: } }');
    expect(problems('tako.yaml', text)).toEqual([]);
    expect(problems('tako.yaml', `${TAKO}setup:\nmore: [1]\n`)).toEqual([]);
  });
});
