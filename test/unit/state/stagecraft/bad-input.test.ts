import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { FileCache } from '../../../../src/state/cache.ts';
import { stagecraftSource } from '../../../../src/state/stagecraft/source.ts';
import { COMPLETED, failedIn, PHASES, releaseRecords, runningIn } from '../../../kit/stagecraft.ts';
import { workspace } from '../../../kit/workspace.ts';
import { LATER, readDocument, readProject } from '../read-project.ts';
import { entry, NOON, projectOf, projectWith } from './project.ts';

const FILE = '.stagecraft/releases.json';

it('survives a file that ends at any byte', async () => {
  const whole = readFileSync(
    path.join(import.meta.dirname, '../../../samples/stagecraft/releases.real-two-prod.json'),
  );
  const folder = workspace(onTestFinished);
  for (let end = 0; end < whole.length; end++) {
    folder.write({ [FILE]: whole.subarray(0, end) });
    const project = await readProject(stagecraftSource(new FileCache(LATER), {}), folder.root);
    expect(project.findings).toMatchObject([
      { severity: 'error', code: end === 0 ? 'json-empty' : 'json-syntax' },
    ]);
    if (end > 0) expect(project.findings[0]?.at?.line).toBeGreaterThan(0);
  }
});

describe('one finding for what is no state file', () => {
  const cases: readonly [string, string | Uint8Array, string][] = [
    ['blanks', ' \n', 'json-empty'],
    ['UTF-16', Buffer.from('\ufeff{"releases":[]}', 'utf16le'), 'utf-16'],
    ['UTF-16 without a mark', Buffer.from('{"releases":[]}', 'utf16le'), 'utf-16'],
    ['text after the end', '{"releases":[]} x', 'json-syntax'],
    ['deep nesting', `{"releases":${'['.repeat(10_000)}${']'.repeat(10_000)}}`, 'json-deep'],
    ['a list', '[]', 'wrong-type'],
    ['a number', '7', 'wrong-type'],
    ['a number of releases', '{"releases":7}', 'wrong-type'],
    ['a map of releases', '{"releases":{"a":{}}}', 'wrong-type'],
  ];
  it.each(cases)('%s', async (_name, text, code) => {
    const project = await projectWith({ [FILE]: text });
    expect(project.findings).toMatchObject([{ code }]);
    expect(project.findings[0]?.at?.file).toMatch(/releases\.json$/);
    expect(project.environments).toEqual([]);
  });

  it('a folder', async () => {
    expect((await projectWith({ [`${FILE}/`]: '' })).findings).toMatchObject([{ code: 'not-a-file' }]);
  });

  it.skipIf(process.platform === 'win32')('a pipe, and a link to itself', async () => {
    const folder = workspace(onTestFinished);
    folder.write({ '.stagecraft/': '', 'stagecraft.yml': { link: 'stagecraft.yml' } });
    execFileSync('mkfifo', [folder.file(FILE)]);
    const project = await readProject(stagecraftSource(new FileCache(LATER), {}), folder.root);
    expect(project.findings.map(({ code }) => code)).toEqual(['not-a-file', 'link-loop']);
  });
});

it('takes any JSON without failing', async () => {
  const folder = workspace(onTestFinished);
  const names = ['id', 'environment', 'version', 'timestamp', 'phases', 'previous_id', '__proto__'];
  const odd = fc.dictionary(fc.constantFrom(...names), fc.jsonValue({ maxDepth: 3 }));
  const entries = fc.array(fc.oneof(fc.jsonValue(), odd), { maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        fc.jsonValue(),
        entries.map(releases => ({ releases })),
      ),
      async value => {
        folder.write({ [FILE]: JSON.stringify(value) });
        const project = await readProject(stagecraftSource(new FileCache(LATER), {}), folder.root);
        const keys = project.environments.flatMap(({ key, releases }) => [
          key,
          ...releases.map(each => each.key),
        ]);
        expect(new Set(keys).size).toBe(keys.length);
        expect(project.findings.length).toBeLessThanOrEqual(21);
      },
    ),
    { numRuns: 200 },
  );
});

it('shows generated releases newest first, with the status of their phases and keys of their own', async () => {
  const folder = workspace(onTestFinished);
  const phases = fc.oneof(
    fc.constant(COMPLETED),
    fc.constantFrom(...PHASES).map(failedIn),
    fc.constantFrom(...PHASES).map(runningIn),
  );
  const release = fc.record({
    environment: fc.constantFrom('prod', 'dev', 'a/b', ''),
    at: fc.integer({ min: 0, max: 5_000 }).map(milliseconds => NOON + milliseconds), // close, so that ids are equal too
    version: fc.string(),
    phases,
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(release, { maxLength: 30 }),
      fc.integer({ min: -840, max: 840 }),
      async (all, zone) => {
        folder.write({ [FILE]: JSON.stringify({ releases: releaseRecords('program', all, zone) }) });
        const project = await readProject(
          stagecraftSource(new FileCache(LATER), {}, () => NOON),
          folder.root,
        );
        const shown = project.environments.flatMap(({ releases }) => releases);
        expect(shown).toHaveLength(all.length);
        expect(new Set(shown.map(({ key }) => key)).size).toBe(all.length);
        for (const { releases, current } of project.environments) {
          expect(current).toBe(releases[0]?.id);
          const times = releases.map(({ at }) => at ?? 0);
          expect(times).toEqual(times.toSorted((a, b) => b - a));
        }
        const statuses = (values: readonly string[]) => [...values].sort();
        expect(statuses(shown.map(({ status }) => status))).toEqual(
          statuses(
            all.map(each => {
              const recorded = Object.values(each.phases);
              return ['failed', 'running'].find(status => recorded.includes(status)) ?? 'completed';
            }),
          ),
        );
      },
    ),
    { numRuns: 100 },
  );
});

it('shows hostile names harmlessly and bounded', async () => {
  const hostile = [
    '../../etc',
    'a\nb',
    'x\u202egnp',
    '<b>',
    '[x](command:y)',
    '\ud800',
    'n'.repeat(5_000),
    '__proto__',
  ];
  const project = await projectOf(
    hostile.flatMap(name => [
      entry({
        id: name,
        environment: name,
        version: name,
        previous_id: name,
        phases: { ...COMPLETED, [name]: name },
      }),
    ]),
  );
  expect(project.environments).toHaveLength(hostile.length);
  expect(project.environments.map(({ name }) => name)).toContain('a b');
  expect(project.environments.map(({ name }) => name)).toContain('xgnp');
  const texts = JSON.stringify(project);
  expect(texts).not.toMatch(/\u202e|\\n/);
  expect(Math.max(...project.environments.map(({ name }) => name.length))).toBe(300);
});

it('never shows a secret', async () => {
  const folder = workspace(onTestFinished);
  const secret = 'https://user:canary-one@registry.example.com';
  const token = 'ghp_canarycanarycanarycanarycanary12';
  const all = Object.fromEntries(
    ['id', 'environment', 'version', 'commit_sha', 'timestamp', 'previous_id', 'note'].map(name => [
      name,
      `${secret} ${token}`,
    ]),
  );
  folder.write({
    [FILE]: JSON.stringify({
      releases: [
        { ...all, phases: { build: secret, [`password=canary-two`]: token }, api_token: 'canary-three' },
        { ...all, version: { password: 'canary-four' } },
      ],
    }),
    'stagecraft.yml': `
project: { name: "${secret}" }
environments: { "${token}": { driver: "${secret}", env_file: "${token}", password: canary-five } }
backend: { provider: generic, providers: { generic: { build: { dockerfile: "${secret}", context: "token=canary-six" } } } }
databases: { "${token}": { migrations: { engine: "${secret}" } } }
`,
  });
  const source = stagecraftSource(new FileCache(LATER), {}, () => NOON);
  const project = await readProject(source, folder.root);
  const releases = project.environments.flatMap(each => each.releases);
  expect(releases).toHaveLength(2);
  const documents = await Promise.all(releases.map(({ key }) => readDocument(source, folder.root, key)));
  expect(JSON.stringify(project) + documents.join()).not.toContain('canary');
});
