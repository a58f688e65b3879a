import { spawnSync } from 'node:child_process';
import os from 'node:os';
import { expect, onTestFinished, test } from 'vitest';
import { goTime, MINUTE } from '../../../kit/times.ts';
import { workspace } from '../../../kit/workspace.ts';
import { briefs, readProject } from './reading.ts';

const NOW = Date.UTC(2026, 6, 1, 12);
const HERE = `ana@${os.hostname()}`;
const GONE = spawnSync(process.execPath, ['-e', '']).pid;

test.each([
  [
    'fresh, its process is running here',
    1,
    HERE,
    process.pid,
    'held',
    /process \d+ is running on this machine/,
  ],
  ['fresh, its process is gone', 1, HERE, GONE, 'stale', /but process \d+ on this machine is gone/],
  ['fresh, of another machine', 1, 'ana@ci-runner-7', process.pid, 'held', /cannot be seen from here/],
  ['from the future', -5, 'ana@ci-runner-7', process.pid, 'held', /cannot be seen from here/],
  ['old, its process is running here', 31, HERE, process.pid, 'stale', /older than 30 minutes/],
  ['old, of another machine', 31, 'ana@ci-runner-7', 1, 'stale', /older than 30 minutes/],
  ['with a process number that is none', 1, HERE, -1, 'stale', /is gone/],
])('a lock that is %s', async (_, minutes, who, pid, verdict, evidence) => {
  const { root, write } = workspace(onTestFinished);
  const created = goTime(NOW - minutes * MINUTE, -300);
  const lock = { id: `${pid}-1`, operation: 'deploy', who, created, pid };
  write({ '.tako/.lock': { text: JSON.stringify(lock, null, 2), mode: 0o600 } });
  const project = await readProject(root, { now: () => NOW });
  expect(project.lock).toMatchObject({
    id: `${pid}-1`,
    operation: 'deploy',
    by: who,
    since: NOW - minutes * MINUTE,
    until: NOW - minutes * MINUTE + 30 * MINUTE,
    verdict,
    evidence: expect.stringMatching(evidence) as string,
  });
});

test('no lock, and a lock that is half written', async () => {
  const { root, write } = workspace(onTestFinished);
  write({ '.tako/logs/': '' });
  expect((await readProject(root)).lock).toBeUndefined();
  write({ '.tako/.lock': '{"id": "1-1", "operation": "dep' });
  const project = await readProject(root);
  expect(project.lock).toBeUndefined(); // Tako does not count it either
  expect(briefs(project)).toEqual(['error json-syntax .tako/.lock:1']);
});

test('a lock without a time is left behind', async () => {
  const { root, write } = workspace(onTestFinished);
  write({ '.tako/.lock': JSON.stringify({ pid: process.pid, who: HERE }) });
  expect((await readProject(root)).lock?.verdict).toBe('stale');
});
