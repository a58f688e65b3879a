import { describe, expect, it, onTestFinished } from 'vitest';
import { clean, type Clean } from '../../../src/base/clean.ts';
import { keyBelow, type Key } from '../../../src/base/finding.ts';
import { configuredKey } from '../../../src/state/compare.ts';
import { EMPTY_STATE, type Project, type State } from '../../../src/state/model.ts';
import { diffSummary } from '../../../src/words/diff-summary.ts';
import type { Table } from '../../../src/words/page.ts';
import { releasePage, type ReleaseDiff, type Side } from '../../../src/words/release-diff.ts';
import type { CommitLine, ReleaseHistory } from '../../../src/words/release-history.ts';
import { compared } from '../../kit/compared.ts';
import type { Files } from '../../kit/files.ts';
import { HOUR } from '../../kit/times.ts';
import { workspace } from '../../kit/workspace.ts';
import { environment, historyFiles, open, type RecordFields } from '../state/tako/reading.ts';

const THEN = '2026-07-18T10:00:00Z';
const LATER = '2026-07-18T12:00:00Z';
const NOW = Date.parse('2026-07-18T13:00:00Z');
const [A, B] = ['9d1c0aa4'.repeat(5), 'a1b2c3d4'.repeat(5)];
const NOT_ASKED: ReleaseHistory = { kind: 'unknown', why: clean('There is no Git.') };

const service = (image: string, more: object = {}) => ({
  image,
  image_id: `sha256:${image}`,
  replicas: 2,
  ports: [3000],
  domains: ['shop.test'],
  health: 'healthy',
  containers: null,
  ...more,
});

/** What the page is about: two releases of production, or one and the configuration. */
async function diffOf(
  older: Omit<RecordFields, 'timestamp'>,
  newer: Omit<RecordFields, 'timestamp'> | 'configuration',
  history: ReleaseHistory = NOT_ASKED,
  files: Files = {},
): Promise<{ readonly diff: ReleaseDiff; readonly state: State }> {
  const records = [
    ...(newer === 'configuration'
      ? []
      : [{ id: 'newer', timestamp: LATER, triggered_by: 'maria', ...newer }]),
    { id: 'older', timestamp: THEN, triggered_by: 'ana', ...older },
  ];
  const space = workspace(onTestFinished);
  space.write({ ...historyFiles(records), ...files });
  const { source, place, read } = await open(space.root);
  const project = await read();
  const of = environment(project, 'production');
  const side = (id: string): Side => ({ environment: of, release: of.releases.find(each => each.id === id) });
  const key = (id: string): Key => keyBelow(of.key, 'releases', id);
  const isConfigured = newer === 'configuration';
  const comparison = await compared(
    source,
    place,
    key('older'),
    isConfigured ? configuredKey(of.key) : key('newer'),
  );
  const to = isConfigured ? { environment: of } : side('newer');
  return {
    diff: { project, from: side('older'), to, comparison, history },
    state: { ...EMPTY_STATE, projects: [project], searched: [space.root], ready: true },
  };
}

async function pageOf(...args: Parameters<typeof diffOf>) {
  const { diff, state } = await diffOf(...args);
  return releasePage(state, diff, NOW);
}

const commit = (hash: string, subject: string): CommitLine => ({
  hash,
  subject: clean(subject),
  author: clean('maria'),
  at: NOW - 2 * HOUR,
  files: 3,
});

const cells = (table: Table | undefined) => table?.rows.map(row => row.cells.map(({ text }) => text));

describe('two releases', () => {
  const older = {
    git_commit: A,
    services: {
      web: service('acme/web:1.4.1', { env: { LOG: 'debug', API_KEY: 'one' } }),
      db: service('postgres:16'),
      old: service('acme/old:1'),
    },
  };
  const newer = {
    git_commit: B,
    status: 'failed',
    services: {
      web: service('acme/web:1.4.2', {
        replicas: 3,
        ports: [3001, 3002],
        env: { LOG: 'info', API_KEY: 'two' },
      }),
      db: service('postgres:16'),
      worker: service('acme/worker:1'),
    },
  };

  it('differ in words, service by service', async () => {
    const { title, summary } = await pageOf(older, newer);
    expect(title).toBe('production: 9d1c0aa → a1b2c3d');
    expect(summary).toEqual([
      'From 9d1c0aa (3 h ago, ana) to a1b2c3d (failed, 1 h ago, maria).',
      'web: image 1.4.1 → 1.4.2, replicas 2 → 3, ports −3000 +3001 +3002, env LOG debug → info API_KEY differs',
      'old is gone',
      'worker is new',
      'Unchanged: db',
      'Release: status success → failed, commit 9d1c0aa → a1b2c3d',
      'Commits are not compared. There is no Git.',
    ]);
  });

  it('differ in a table, field by field', async () => {
    const [changes] = (await pageOf(older, newer)).tables;
    expect(changes?.columns).toEqual(['Service', 'What', 'Change', 'From', 'To']);
    expect(cells(changes)?.map(row => row.map(text => text.slice(0, 40)))).toEqual([
      ['web', 'image', 'changed', 'acme/web:1.4.1', 'acme/web:1.4.2'],
      ['web', 'image id', 'changed', 'sha256:acme/web:1.4.1', 'sha256:acme/web:1.4.2'],
      ['web', 'replicas', 'changed', '2', '3'],
      ['web', 'ports / 3000', 'removed', '3000', 'nothing'],
      ['web', 'ports / 3001', 'added', 'nothing', '3001'],
      ['web', 'ports / 3002', 'added', 'nothing', '3002'],
      ['web', 'env / LOG', 'changed', 'debug', 'info'],
      ['web', 'env / API_KEY', 'changed', '••••••', 'another value, which is not shown'],
      ['old', 'the service', 'removed', expect.stringContaining('acme/old:1') as string, 'nothing'],
      ['worker', 'the service', 'added', 'nothing', expect.stringContaining('acme/worker:1') as string],
      ['the release', 'status', 'changed', 'success', 'failed'],
      ['the release', 'commit', 'changed', '9d1c0aa', 'a1b2c3d'],
    ]);
    expect(new Set(changes?.rows.map(({ id }) => id)).size).toBe(changes?.rows.length);
  });

  it('that record the same are not said to be the same in what is not recorded', async () => {
    const same = { git_commit: A, services: { web: service('acme/web:1') } };
    const { title, summary, tables } = await pageOf(same, same);
    expect(title).toBe('production: older → newer');
    expect(summary.slice(1, 3)).toEqual(['Unchanged: web', 'Nothing recorded differs.']);
    expect(cells(tables[0])).toEqual([]);
    const { summary: without } = await pageOf({ services: null }, { services: null });
    expect(without.slice(1)).toEqual([
      'Nothing that could be compared differs.',
      'Commits are not compared. There is no Git.',
      'No services are recorded, so they could not be compared.',
    ]);
  });

  it('with very many differing services list some, and count the rest', async () => {
    const many = (image: string) => ({
      services: Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`s${index}`, service(image)])),
    });
    const { summary } = await pageOf(many('a/b:1'), many('a/b:2'));
    expect(summary[12]).toBe('s11: image 1 → 2');
    expect(summary[13]).toBe('8 more services differ.');
  });

  it('have their phases beside each other, with what they took', async () => {
    const { diff, state } = await diffOf({ git_commit: A }, { git_commit: B });
    const phase = (name: string, status: string, took?: number) => ({
      name: clean(name),
      status: clean(status),
      at: NOW,
      startedAt: took === undefined ? undefined : NOW - took,
    });
    const side = ({ environment: of, release }: Side, phases: ReturnType<typeof phase>[]): Side => ({
      environment: of,
      release: release && { ...release, phases },
    });
    const from = side(diff.from, [phase('build', 'completed', 62_000), phase('migrate_pre', 'skipped')]);
    const to = side(diff.to, [phase('build', 'completed', 41_000), phase('rollout', 'failed')]);
    const table = releasePage(state, { ...diff, from, to }, NOW).tables[1];
    expect(table?.columns).toEqual(['Phase', '9d1c0aa', 'a1b2c3d']);
    expect(cells(table)).toEqual([
      ['build', 'completed · 1 min', 'completed · 41 s'],
      ['migrate pre', 'skipped', 'not recorded'],
      ['rollout', 'not recorded', 'failed'],
    ]);
  });
});

describe('what lies between', () => {
  const two = [{ git_commit: A }, { git_commit: B }] as const;
  const actions = (page: Awaited<ReturnType<typeof pageOf>>) => page.actions.map(({ title }) => title);
  const between = (more: Partial<ReleaseHistory & { kind: 'commits' }>): ReleaseHistory => ({
    kind: 'commits',
    added: [],
    removed: [],
    more: false,
    files: [],
    ...more,
  });

  it('is told by commits, with what goes out in a rollback', async () => {
    const history = between({
      added: [commit(B, 'Sell gift cards')],
      removed: [commit(A, 'Keep sessions')],
      files: [clean('web/shop.js')],
    });
    const page = await pageOf(...two, history);
    expect(page.summary.at(-2)).toBe('Commits that come in: 1, that go out: 1; files that differ: 1.');
    expect(page.tables.slice(1).map(table => [table.title, cells(table)])).toEqual([
      ['Commits that come in', [['a1b2c3d', 'Sell gift cards', 'maria', '2 h ago', '3']]],
      ['Commits that go out', [['9d1c0aa', 'Keep sessions', 'maria', '2 h ago', '3']]],
    ]);
    expect(actions(page)).toEqual([
      'Roll Back to 9d1c0aa…',
      'Open as Text',
      'Open Changed Files',
      'Copy Summary',
    ]);
  });

  it('may not be in this clone', async () => {
    const page = await pageOf(...two, { kind: 'missing', commits: [clean('9d1c0aa')] });
    expect(page.summary).toContain('9d1c0aa is not in this clone.');
    expect(actions(page)).toEqual(['Roll Back to 9d1c0aa…', 'Open as Text', 'Fetch', 'Copy Summary']);
    expect(page.tables.map(({ title }) => title)).toEqual(['Changes']);
  });

  it('may be nothing', async () => {
    const nothing = between({});
    expect((await pageOf(...two, nothing)).summary).toContain('No commit of the project lies between them.');
    expect((await pageOf(two[0], two[0], nothing)).summary).toContain('Both are of one commit.');
  });

  it('may be migrations, of which nothing is claimed', async () => {
    const files = ['db/migrations/001.sql', 'db/migrations/002.sql', 'web/migrations.js', 'sql/3.sql'];
    const history = between({ files: files.map(file => clean(file)) });
    const claim = (summary: readonly Clean[]) => summary.filter(text => text.startsWith('Migrations'));
    const page = await pageOf(...two, history);
    expect(claim(page.summary)).toEqual([
      'Migrations are not recorded. 2 files under db/migrations/ differ. Databases are not rolled back.',
    ]);
    expect(cells(page.tables.at(-1))).toEqual([['db/migrations/001.sql'], ['db/migrations/002.sql']]);

    const { diff, state } = await diffOf(...two, between({ files: [clean('sql/3.sql')] }));
    const project: Project = { ...diff.project, migrations: [clean('./sql')] };
    expect(claim(releasePage(state, { ...diff, project }, NOW).summary)).toEqual([
      'Migrations are not recorded. 1 file under sql/ differs. Databases are not rolled back.',
    ]);
    expect(claim(releasePage(state, diff, NOW).summary)).toEqual([]);
  });

  it('is copied with moments in the place of ages, and cannot end its own marks', async () => {
    const history = between({ added: [commit(B, 'Close `code` <b> [x](y)')] });
    const { diff, state } = await diffOf(...two, history);
    const lines = diffSummary(state, diff, NOW).split('\n');
    expect(lines[0]).toBe('**`production: 9d1c0aa → a1b2c3d`**');
    expect(lines[1]).toMatch(/^- `From 9d1c0aa \(2026-07-18 .*ana\) to a1b2c3d \(2026-07-18 .*maria\)\.`$/);
    expect(lines.at(-1)).toBe("- `a1b2c3d Close 'code' <b> [x](y) (maria)`");
  });
});

it('the working tree is compared with what it cannot say told', async () => {
  const yaml = `project: {name: shop, version: 1.0.0}
servers: {}
environments:
  production:
    services:
      web: {image: 'acme/web:2', port: 3000, replicas: 2, proxy: {domain: shop.test}}
      db: {image: 'postgres:16', replicas: 2, port: 3000, proxy: {domain: shop.test}}
`;
  const older = { git_commit: A, services: { web: service('acme/web:1'), db: service('postgres:16') } };
  const { title, summary, actions } = await pageOf(older, 'configuration', NOT_ASKED, { 'tako.yaml': yaml });
  expect(title).toBe('production: 1 → working tree');
  expect(summary).toEqual([
    'From 1 (3 h ago, ana) to the configuration of production in the working tree.',
    'web: image 1 → 2',
    'No difference found: db',
    'Commits are not compared. There is no Git.',
    'Not compared, because only one of the two says it: mode, status, commit, config hash, image id, health.',
  ]);
  expect(actions.map(({ id }) => id)).toEqual(['copySummary']);
});
