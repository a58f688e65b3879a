import { execFileSync } from 'node:child_process';
import { chmodSync, readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { FileCache } from '../../../../src/state/cache.ts';
import { takoSource } from '../../../../src/state/tako/source.ts';
import { LATER, placesIn } from '../read-project.ts';
import type { FileBody } from '../../../kit/files.ts';
import { goTime, HOUR } from '../../../kit/times.ts';
import { workspace, type Workspace } from '../../../kit/workspace.ts';
import {
  briefs,
  CURRENT,
  environment,
  HISTORY,
  historyFiles,
  historyName,
  ids,
  open,
  readProject,
  record,
} from './reading.ts';

const REAL = readFileSync(
  path.join(import.meta.dirname, '../../../samples/tako/master-mixed-tz', CURRENT),
  'utf8',
);
const OTHERS = historyFiles([
  { id: 'b', timestamp: '2026-07-02T00:00:00Z' },
  { id: 'a', timestamp: '2026-07-01T00:00:00Z' },
]);

/** A project of two releases, and whatever is damaged in it. */
function damaged(files: Readonly<Record<string, FileBody>>): Workspace {
  const made = workspace(onTestFinished);
  made.write({ ...OTHERS, ...files });
  return made;
}

test('a real current.json cut off at any byte is one finding, and the other releases stay', async () => {
  const { root, write } = damaged({});
  for (let length = 0; length < REAL.length; length++) {
    write({ [CURRENT]: REAL.slice(0, length) });
    const project = await readProject(root);
    expect(project.findings, String(length)).toHaveLength(1);
    expect(project.findings[0]).toMatchObject({
      severity: 'error',
      code: length === 0 ? 'json-empty' : 'json-syntax',
      key: environment(project, 'production').key,
    });
    expect(ids(project)).toEqual(['b', 'a']);
  }
});

test('one that stops parsing keeps its last good view', async () => {
  const { root, write } = damaged({});
  const { read } = await open(root);
  await read();
  write({ [CURRENT]: REAL.slice(0, 100) });
  const project = await read();
  expect(environment(project, 'production').current).toBe('b');
  expect(project.findings[0]?.text).toMatch(/Showing what was read at/);
});

const DEEP = `{"services": ${'['.repeat(10_000)}${']'.repeat(10_000)}}`;
const MARKED = `\ufeff${record({ id: 'c', timestamp: '2026-07-03T00:00:00Z' })}`;

describe('a damaged file of the history', () => {
  const file = `${HISTORY}/2026-07-03T00-00-00Z.json`;
  test.each<readonly [string, FileBody, string, readonly string[]]>([
    ['empty', '', 'error json-empty', []],
    ['10,000 deep', DEEP, 'error json-deep', []],
    ['UTF-16', Buffer.from(MARKED, 'utf16le'), 'error utf-16', []],
    ['with a byte order mark', MARKED, 'warning byte-order-mark', ['c']],
    ['a list', '[]', 'warning wrong-type', []],
    ['a text', '"deploy"', 'warning wrong-type', []],
    ['null', 'null', '', ['2026-07-03T00-00-00Z']],
    ['too large', `{"notes": "${'x'.repeat(9_000_000)}"}`, 'error too-large', []],
    ['a link to itself', { link: '2026-07-03T00-00-00Z.json' }, 'error link-loop', []],
    ['a link to nothing', { link: 'nowhere.json' }, '', []],
  ])('%s', async (_, body, finding, extra) => {
    const { root } = damaged({ [file]: body });
    const project = await readProject(root);
    expect([...ids(project)].sort()).toEqual(['a', 'b', ...extra].sort());
    const expected = finding === '' ? [] : [expect.stringMatching(`^${finding} ${file}`)];
    expect(briefs(project)).toEqual(expected);
  });

  test('a folder', async () => {
    const { root } = damaged({ [`${file}/`]: '' });
    const project = await readProject(root);
    expect([ids(project), briefs(project)]).toEqual([['b', 'a'], [`error not-a-file ${file}`]]);
  });

  test.skipIf(process.platform === 'win32')('a pipe, which is not waited for', async () => {
    const made = damaged({});
    execFileSync('mkfifo', [made.file(file)]);
    const project = await readProject(made.root);
    expect([ids(project), briefs(project)]).toEqual([['b', 'a'], [`error not-a-file ${file}`]]);
  });

  test.skipIf(process.platform === 'win32')('without permission, as an ordinary user', async () => {
    const made = damaged({ [file]: '{}' });
    chmodSync(made.root, 0o755);
    chmodSync(made.file(file), 0);
    const project = await asOrdinaryUser(() => readProject(made.root));
    expect([ids(project), briefs(project)]).toEqual([['b', 'a'], [`error denied ${file}`]]);
  });
});

/** Root may read everything, so it becomes somebody else for a while. */
async function asOrdinaryUser<T>(work: () => Promise<T>): Promise<T> {
  const isRoot = process.getuid?.() === 0;
  if (isRoot) process.seteuid?.(65_534);
  try {
    return await work();
  } finally {
    if (isRoot) process.seteuid?.(0);
  }
}

test('wrong types are told at their lines, and what is right is shown', async () => {
  const { root } = damaged({
    [CURRENT]: `{
  "deployment_id": 17,
  "timestamp": "yesterday",
  "status": ["success"],
  "duration_seconds": "long",
  "services": {"web": {"image": {}, "ports": [80, null], "containers": [3]}, "db": 5},
  "servers": "web01",
  "network": [], "volumes": {}, "config": 1, "rollback_point": "yes",
  "notes": "kept",
  "unknown": {"is": "fine"}
}`,
  });
  const project = await readProject(root);
  const { current, releases } = environment(project, 'production');
  expect(current).toBe('17');
  expect(releases.at(-1)).toMatchObject({
    id: '17',
    status: 'unknown',
    outcome: 'unknown',
    notes: 'kept',
    timestamp: 'yesterday',
    services: [{ name: 'web', ports: ['80'], containers: [] }],
  });
  const lines = project.findings.filter(({ code }) => code === 'wrong-type').map(({ at }) => at?.line);
  expect([...lines].sort((a, b) => (a ?? 0) - (b ?? 0))).toEqual([3, 4, 5, 6, 6, 6, 6, 7, 8, 8, 8, 8]);
});

test('null everywhere is nothing anywhere', async () => {
  const nothing = (names: readonly string[]): string =>
    JSON.stringify(Object.fromEntries(names.map(name => [name, null])));
  const { root } = damaged({
    [CURRENT]: nothing([
      'deployment_id',
      'timestamp',
      'services',
      'network',
      'volumes',
      'config',
      'servers',
      'notes',
    ]),
    '.tako/state.json': nothing(['version', 'project', 'environments', 'metadata', 'mode']),
    '.tako/services/web/state.json': nothing(['current', 'history', 'health_checks', 'resources']),
    '.tako/services/web/health.json': nothing(['checks']),
    '.tako/services/web/metrics.json': nothing(['samples']),
    '.tako/builds/cache/web/checksums.json': nothing(['last_build', 'files', 'image', 'build_args']),
    '.tako/swarm/cluster.json': nothing(['nodes', 'services', 'networks', 'registry', 'manager_token']),
    '.tako/swarm/nodes.json': nothing(['nodes']),
    '.tako/swarm/services.json': nothing(['services']),
    '.tako/config/traefik/routes.json': nothing(['routes']),
    '.tako/config/traefik/certificates.json': nothing(['certificates']),
    '.tako/config/networks/overlay.json': nothing(['networks']),
    'tako.yaml': 'project:\nservers:\nenvironments:\n  production:\n  staging: {services: {web: }}\n',
  });
  const project = await readProject(root);
  expect(ids(project)).toEqual(['b', 'a', 'current']);
  expect(project.environments.map(({ name }) => name)).toEqual(['production', 'staging']);
  expect(briefs(project)).toEqual([`warning current-not-in-history ${CURRENT}`]);
});

test('every other file, damaged, is one finding and costs nothing else', async () => {
  const files = [
    '.tako/deployments/production/rollback/last-stable.json',
    '.tako/state.json',
    '.tako/services/web/state.json',
    '.tako/services/web/health.json',
    '.tako/services/web/metrics.json',
    '.tako/builds/cache/web/checksums.json',
    '.tako/swarm/cluster.json',
    '.tako/swarm/nodes.json',
    '.tako/swarm/services.json',
    '.tako/swarm_shop_production.json',
    '.tako/config/traefik/routes.json',
    '.tako/config/traefik/certificates.json',
    '.tako/config/networks/overlay.json',
    '.tako/.lock',
  ];
  for (const file of files) {
    const { root } = damaged({ [file]: '{"broken": \n}' });
    const project = await readProject(root);
    expect(briefs(project)).toEqual([`error json-syntax ${file}:2`]);
    expect(ids(project)).toEqual(['b', 'a']);
  }
});

test('files where folders should be, and links to folders, are told and not followed', async () => {
  for (const name of ['services', 'builds', 'logs', 'swarm', 'config']) {
    for (const body of ['x', { link: '.' }]) {
      const { root } = damaged({ [`.tako/${name}`]: body });
      const project = await readProject(root);
      expect(briefs(project)).toEqual([`warning not-a-folder .tako/${name}`]);
      expect(ids(project)).toEqual(['b', 'a']);
    }
  }
  const { root } = damaged({
    '.tako/deployments/loop': { link: '..' },
    '.tako/services/up': { link: '../..' },
  });
  const project = await readProject(root);
  expect(project.environments.map(({ name }) => name)).toEqual(['production']);
  expect(briefs(project)).toEqual([
    'warning not-a-folder .tako/deployments/loop',
    'warning not-a-folder .tako/services/up',
  ]);
});

test('a thousand damaged records are not a thousand findings', async () => {
  const files: Record<string, string> = {};
  for (let index = 0; index < 1_000; index++) {
    files[`${HISTORY}/damaged-${index}.json`] = '';
    files[`${HISTORY}/${historyName(goTime(Date.UTC(2020, 0, 1) + index * HOUR))}`] = '';
  }
  const { root } = damaged(files);
  const project = await readProject(root);
  expect(project.findings.length).toBeLessThanOrEqual(201);
  expect(project.findings.at(-1)).toMatchObject({ code: 'more-findings' });
  expect(ids(project)).toEqual(['b', 'a']);
});

describe('hostile names', () => {
  const NAMES = [
    '../../etc',
    'a\nb',
    '\u202Eevil',
    '<b>x</b>',
    '[x](command:y)',
    'x'.repeat(250),
    '%2e%2e',
    '$(id)',
    ' ',
  ];

  test('in state.json and tako.yaml lead nowhere and are shown clean', async () => {
    const { root } = damaged({
      '.tako/state.json': JSON.stringify({
        environments: Object.fromEntries(NAMES.map(name => [name, { servers: [name] }])),
      }),
      'tako.yaml': JSON.stringify({
        project: { name: NAMES[1], version: '1' },
        servers: Object.fromEntries(NAMES.map(name => [name, { host: name }])),
        environments: Object.fromEntries(
          NAMES.map(name => [name, { services: { [name]: { image: name } } }]),
        ),
      }),
    });
    const project = await readProject(root);
    expect(project.environments).toHaveLength(NAMES.length + 1);
    expect(ids(project)).toEqual(['b', 'a']);
    expect(JSON.stringify(project)).not.toMatch(/\\n|\u202E/);
    const keys = [...project.environments, ...project.services, ...project.servers].map(({ key }) => key);
    expect(new Set(keys).size).toBe(keys.length);
  });

  test.skipIf(process.platform === 'win32')('of folders and files', async () => {
    const made = damaged({});
    for (const name of NAMES.filter(each => !each.includes('/'))) {
      made.write({
        [`.tako/deployments/${name}/current.json`]: record({ id: name, timestamp: '2026-07-01T00:00:00Z' }),
        [`.tako/deployments/${name}/history/${name}.json`]: record({
          id: name,
          timestamp: '2026-07-01T00:00:00Z',
        }),
        [`.tako/services/${name}/state.json`]: JSON.stringify({ current: { version: name } }),
        [`.tako/builds/artifacts/${name}.tar`]: '',
        [`.tako/logs/deployments/${name}.log`]: '',
      });
    }
    const project = await readProject(made.root);
    const named = NAMES.filter(name => !name.includes('/')).length;
    expect(project.environments).toHaveLength(named + 1);
    expect(project.environments.filter(({ releases }) => releases.length === 1)).toHaveLength(named);
    expect(project.services).toHaveLength(named);
  });
});

test('whatever stands in any of the files, reading does not throw', async () => {
  const { root, write } = workspace(onTestFinished);
  const { read } = await open(await prepared(root, write));
  const name = fc.constantFrom(
    'current',
    'history',
    'nodes',
    'services',
    'environments',
    'project',
    'timestamp',
    'checks',
    'web',
    'containers',
    'labels',
    'ports',
  );
  const value = fc.letrec(tie => ({
    node: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom<unknown>(
        null,
        true,
        0,
        -1,
        1e308,
        '',
        'text',
        '2026-07-01T00:00:00Z',
        '0001-01-01T00:00:00Z',
      ),
      fc.array(tie('node'), { maxLength: 3 }),
      fc.dictionary(name, tie('node'), { maxKeys: 4 }),
    ),
  })).node;
  await fc.assert(
    fc.asyncProperty(fc.dictionary(name, value), async fields => {
      const text = JSON.stringify(fields);
      for (const file of FUZZED) write({ [file]: text });
      structuredClone(await read());
    }),
    { numRuns: 60 },
  );
});

const FUZZED = [
  'tako.json',
  '.tako/state.json',
  '.tako/.lock',
  CURRENT,
  `${HISTORY}/2026-07-01T00-00-00Z.json`,
  '.tako/services/web/state.json',
  '.tako/services/web/health.json',
  '.tako/services/web/metrics.json',
  '.tako/builds/cache/web/checksums.json',
  '.tako/swarm/cluster.json',
  '.tako/swarm/nodes.json',
  '.tako/swarm/services.json',
  '.tako/swarm_a_b.json',
  '.tako/config/traefik/routes.json',
  '.tako/config/traefik/certificates.json',
  '.tako/config/networks/overlay.json',
];

async function prepared(root: string, write: Workspace['write']): Promise<string> {
  write(Object.fromEntries(FUZZED.map(file => [file, '{}'])));
  return Promise.resolve(root);
}

describe('what is a Tako project', () => {
  test.each<readonly [string, readonly string[], boolean]>([
    ['a folder .tako', ['.tako/'], true],
    ['tako.yaml', ['tako.yaml'], true],
    ['tako.yml', ['tako.yml'], true],
    ['tako.json', ['tako.json'], true],
    ['a file .tako', ['.tako'], false],
    ['a folder tako.yaml', ['tako.yaml/'], false],
    ['.env alone', ['.env'], false],
  ])('%s', async (_, names, expected) => {
    const { root, write, file } = workspace(onTestFinished);
    write(Object.fromEntries(names.map(name => [name, ''])));
    const places = await placesIn(takoSource(new FileCache(LATER), {}), root);
    expect(places).toHaveLength(expected ? 1 : 0);
    if (!expected) return;
    expect(places[0]).toMatchObject({ tool: 'tako', root, files: [] });
    expect(places[0]?.watch).toEqual(
      [
        '.tako',
        'tako.yaml',
        'tako.yml',
        'tako.json',
        '.env',
        '.shipshape/facts.jsonl',
        '.shipshape/releases.jsonl',
      ].map(name => file(name)),
    );
  });

  test('reading stops when it is no longer wanted', async () => {
    const { root } = damaged({});
    const { source, place } = await open(root);
    const stop = new AbortController();
    stop.abort();
    await expect(source.read(place, {}, stop.signal)).rejects.toThrow(/abort/i);
  });
});
