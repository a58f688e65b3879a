import { execFileSync } from 'node:child_process';
import { expect, onTestFinished, test } from 'vitest';
import { isTracked } from '../../../src/base/git-index.ts';
import { workspace } from '../../kit/workspace.ts';

function git(cwd: string, ...args: readonly string[]): void {
  const identity = ['-c', 'user.name=Test', '-c', 'user.email=test@localhost'];
  execFileSync('git', [...identity, ...args], { cwd, stdio: 'ignore' });
}

test('tells what Git tracks, also in a worktree, and only that', async () => {
  const { root, file, write } = workspace(onTestFinished);
  write({
    'shop/.tako/swarm/cluster.json': '{}',
    'shop/.tako/state.json': '{}',
    'shop/Größe.json': '{}',
    'swarm/cluster.json': '{}',
  });
  expect(await isTracked(file('shop/.tako/swarm/cluster.json'))).toBe(false);
  git(root, 'init', '-q');
  expect(await isTracked(file('shop/.tako/swarm/cluster.json'))).toBe(false);
  git(root, 'add', 'shop/.tako/swarm', 'shop/Größe.json');
  expect(await isTracked(file('shop/.tako/swarm/cluster.json'))).toBe(true);
  expect(await isTracked(file('shop/Größe.json'))).toBe(true);
  expect(await isTracked(file('shop/.tako/state.json'))).toBe(false);
  expect(await isTracked(file('swarm/cluster.json'))).toBe(false);
  git(root, 'commit', '-q', '-m', 'First');
  git(root, 'worktree', 'add', '-q', 'other');
  expect(await isTracked(file('other/shop/.tako/swarm/cluster.json'))).toBe(true);
  git(root, 'rm', '-q', '--cached', 'shop/.tako/swarm/cluster.json');
  expect(await isTracked(file('shop/.tako/swarm/cluster.json'))).toBe(false);
});
