import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { LockFolder } from '../../../src/base/lock.ts';
import { child, program, type Child } from '../../kit/child.ts';
import { workspace } from '../../kit/workspace.ts';

const COUNT = { processes: 8, rounds: 50 };
const STOPS = 60;
const KILLS = 60;
const MOST_MS = 25;
const START_MS = 50; // what Node needs to start, roughly

const writer = program('writer', afterAll);
const never = new AbortController().signal;

function start(...args: readonly string[]): Child {
  const started = child(writer, args);
  onTestFinished(() => started.signal('SIGKILL'));
  return started;
}

/** The one generation of all files of `writer.ts`, or what is there of each where they differ. */
function generationIn(file: (name: string) => string): number | readonly string[] {
  const texts = ['state.json', 'deep/er/b.json', 'c.json'].map(name => readFileSync(file(name), 'utf8'));
  const generation = Number.parseInt(texts[0] ?? '', 10);
  const whole = `${generation}\n`.repeat(2_000);
  const fourth = existsSync(file('d.json')) ? readFileSync(file('d.json'), 'utf8') : undefined;
  const isOne = texts.every(text => text === whole) && fourth === (generation % 2 === 0 ? undefined : whole);
  return isOne ? generation : [...texts, fourth ?? ''].map(text => `${text.slice(0, 8)} (${text.length})`);
}

describe('several processes', () => {
  test('never hold the lock together and lose no update', async () => {
    const { root, write, file } = workspace(onTestFinished);
    write({ 'state.json': '0' });
    const writers = Array.from({ length: COUNT.processes }, () => start('count', root, String(COUNT.rounds)));
    const codes = await Promise.all(writers.map(each => each.ended));
    expect(codes).toEqual(codes.map(() => 0));
    expect(readFileSync(file('state.json'), 'utf8')).toBe(String(COUNT.processes * COUNT.rounds));
    expect(readdirSync(root)).toEqual(['state.json']);
  });

  test('a stopped holder whose lock was broken writes nothing when it goes on', async () => {
    const { root, file } = workspace(onTestFinished);
    const lock = new LockFolder(root, 'state.json');
    const names = ['state.json', 'deep/er/b.json', 'c.json', 'd.json'];
    const holder = start('hold', root);
    for (let round = 0; round < STOPS; round++) {
      expect(await holder.line()).toBe('held');
      await sleep(Math.random() * MOST_MS);
      holder.signal('SIGSTOP');
      const { state, token = '' } = await lock.lookAt();
      expect(state).toBe('held');
      await lock.breakLock(token);
      const held = await lock.acquire('test', never);
      await held.commit(names.map(path => ({ path, content: `mine ${round}` })));
      holder.signal('SIGCONT');
      expect(await holder.line()).toBe('lock-broken');
      for (const name of names) expect(readFileSync(file(name), 'utf8')).toBe(`mine ${round}`);
      await held.release();
      expect(readdirSync(root).sort()).toEqual(['c.json', 'd.json', 'deep', 'state.json']);
      holder.tell('again');
    }
  });

  test('a holder killed at any moment leaves all old or all new, and nothing else', async () => {
    const { root, file } = workspace(onTestFinished);
    const lock = new LockFolder(root, 'state.json');
    let acknowledged = 0;
    const found: Record<string, number> = {};
    for (let round = 0; round < KILLS; round++) {
      const writer = start('generations', root, String(acknowledged + 1));
      // Every third one has to finish what was left to it, and may be killed while it does.
      const isEarly = round % 3 === 2;
      const first = isEarly ? undefined : await writer.line();
      if (first !== undefined) acknowledged = Number(first);
      const delay = isEarly ? START_MS + Math.random() * START_MS : Math.random() * MOST_MS;
      const killed = sleep(delay).then(() => writer.signal('SIGKILL'));
      for (let line = await writer.line(); line !== undefined; line = await writer.line()) {
        acknowledged = Number(line);
      }
      await Promise.all([killed, writer.ended]);
      const { state } = await lock.lookAt();
      found[state] = (found[state] ?? 0) + 1;
      if (round % 3 === 1) continue;
      await lock.finishInterrupted();
      const generation = generationIn(file);
      expect([acknowledged, acknowledged + 1]).toContain(generation);
      expect(readdirSync(root).filter(name => name.includes('.lock'))).toEqual([]);
      acknowledged = Number(generation);
    }
    // All kinds of moments were met: before and after the mark.
    expect(found.stale).toBeGreaterThan(0);
    expect(found.interrupted).toBeGreaterThan(0);
  });
});
