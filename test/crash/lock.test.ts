import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { LockFolder } from '../../src/base/lock.ts';
import { child, program, type Child } from '../kit/child.ts';
import { workspace } from '../kit/workspace.ts';
import { figures, ROUNDS, STOPS } from './counts.ts';
import { generation } from '../kit/generations.ts';

const PROCESSES = 8;
const MOST_MS = 25;
const HOURS = 3 * 3_600_000;

const writer = program('writer', afterAll);
const never = new AbortController().signal;

function start(...args: readonly string[]): Child {
  const started = child(writer, args);
  onTestFinished(() => started.signal('SIGKILL'));
  return started;
}

test('several processes never hold the lock together and lose no update', { timeout: HOURS }, async () => {
  const { root, write, file } = workspace(onTestFinished);
  write({ 'state.json': '0' });
  const writers = Array.from({ length: PROCESSES }, () => start('count', root, String(ROUNDS)));
  const codes = await Promise.all(writers.map(each => each.ended));
  const counted = Number(readFileSync(file('state.json'), 'utf8'));
  figures(`${PROCESSES} processes took one lock ${ROUNDS} times each`, [
    `${codes.filter(code => code !== 0).length} met another holder, ${PROCESSES * ROUNDS - counted} updates lost`,
  ]);
  expect(codes).toEqual(codes.map(() => 0));
  expect(counted).toBe(PROCESSES * ROUNDS);
  expect(readdirSync(root)).toEqual(['state.json']);
});

test(
  'a stopped holder whose lock was broken writes nothing when it goes on',
  { timeout: HOURS },
  async () => {
    const { root, file } = workspace(onTestFinished);
    const lock = new LockFolder(root, 'state.json');
    const paths = generation(1, { bytes: 4096, several: true }).map(({ path }) => path);
    const holder = start('hold', root);
    let late = 0;
    for (let round = 0; round < STOPS; round++) {
      expect(await holder.line()).toBe('held');
      await sleep(Math.random() * MOST_MS);
      holder.signal('SIGSTOP');
      const { state, token = '' } = await lock.lookAt();
      expect(state).toBe('held');
      await lock.breakLock(token);
      const held = await lock.acquire('test', never);
      await held.commit(paths.map(path => ({ path, content: `mine ${round}` })));
      holder.signal('SIGCONT');
      expect(await holder.line()).toBe('lock-broken');
      late += paths.filter(path => readFileSync(file(path), 'utf8') !== `mine ${round}`).length;
      await held.release();
      expect(readdirSync(root).sort()).toEqual(['comes-and-goes.json', 'deep', 'state.json']);
      holder.tell('again');
    }
    figures(`${STOPS} holders stopped, broken and resumed`, [`${late} late writes`]);
    expect(late).toBe(0);
  },
);
