import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, afterAll, expect, onTestFinished, test } from 'vitest';
import { openReader, readOnce } from '../../src/engine.ts';
import { rowsOf, VIEWS } from '../../src/words/rows.ts';
import { workspace, type Workspace } from '../kit/workspace.ts';

const MAKE = path.join(import.meta.dirname, '../../demo/make.ts');

let demo: Workspace;
let removeDemo = (): void => undefined;

beforeAll(() => {
  demo = workspace(remove => (removeDemo = remove));
  expect(make(demo.root)).toEqual({ status: 0, stdout: '', stderr: '' });
}, 60_000);
afterAll(() => removeDemo());

function make(...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAKE, ...args], {
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

function git(...args: readonly string[]): string {
  return execFileSync('git', ['-C', demo.root, ...args], { encoding: 'utf8' });
}

interface Deployed {
  readonly commit: string;
  readonly at: number;
}

function deployments(): Deployed[] {
  const folder = demo.file('acme-shop/.tako/deployments');
  const shop = ['production', 'staging'].flatMap(environment => {
    const history = path.join(folder, environment, 'history');
    return readdirSync(history).map(name => {
      const record = JSON.parse(readFileSync(path.join(history, name), 'utf8')) as {
        git_commit: string; // the demo's records have both
        timestamp: string;
      };
      return { commit: record.git_commit, at: Date.parse(record.timestamp) };
    });
  });
  const { releases } = JSON.parse(readFileSync(demo.file('billing/.stagecraft/releases.json'), 'utf8')) as {
    releases: { commit_sha: string; timestamp: string }[]; // likewise
  };
  return [...shop, ...releases.map(each => ({ commit: each.commit_sha, at: Date.parse(each.timestamp) }))];
}

test('every commit that was deployed exists and is older than its deployment; some were not deployed', () => {
  const commits = new Map(
    git('log', '--format=%H %at')
      .trim()
      .split('\n')
      .map(line => [line.slice(0, 40), Number(line.slice(41)) * 1000] as const),
  );
  const deployed = deployments();

  expect(deployed.length).toBeGreaterThan(30);
  for (const { commit, at } of deployed) {
    expect(commits.get(commit), commit).toBeLessThanOrEqual(at);
    expect(at).toBeLessThanOrEqual(Date.now());
  }
  expect(new Set(deployed.map(({ commit }) => commit)).size).toBeLessThan(commits.size);
});

test('the repository is clean, and state and secrets are not in it', () => {
  const tracked = git('ls-files');
  expect(git('status', '--porcelain')).toBe('');
  expect(tracked).toContain('acme-shop/tako.yaml');
  expect(tracked).not.toMatch(/\.tako\/|\.stagecraft\/|stacks\.db|ftl2-state|\.env/);
  expect(new Set(git('log', '--format=%an').trim().split('\n'))).toEqual(new Set(['maria', 'ana', 'tom']));
});

test('the database is left open: everything is beside the main file', () => {
  expect(statSync(demo.file('infra/stacks.db')).size).toBe(4096);
  expect(statSync(demo.file('infra/stacks.db-wal')).size).toBeGreaterThan(100_000);
});

test('every view has rows, one thing is found to be wrong, and no secret is shown', async () => {
  const reader = openReader({});
  const state = await readOnce(reader, [demo.root]);
  await reader.close();

  expect(state.projects.map(({ tool }) => tool).sort()).toEqual([
    'ftl2',
    'sloth-runner',
    'stagecraft',
    'tako',
  ]);
  for (const view of VIEWS) expect(rowsOf(view, state, Date.now()).length, view).toBeGreaterThan(1);
  const findings = [...state.findings, ...state.projects.flatMap(project => project.findings)];
  expect(
    findings.filter(({ severity }) => severity !== 'info').map(({ at }) => path.basename(at?.file ?? '')),
  ).toEqual(['cluster.json']);
  expect(JSON.stringify(state)).not.toContain('not-a-real');
});

test('it is made again where it was made before, and never where something else stands', () => {
  demo.write({ 'acme-shop/left-over.txt': 'x' });
  expect(make(demo.root).status).toBe(0);
  expect(readdirSync(demo.file('acme-shop'))).not.toContain('left-over.txt');

  const other = workspace(onTestFinished);
  other.write({ 'mine.txt': 'precious' });
  const refused = make(other.root);
  expect(refused.status).toBe(1);
  expect(refused.stderr).toContain('is not empty');
  expect(readdirSync(other.root)).toEqual(['mine.txt']);
  expect(make().status).toBe(2);
});
