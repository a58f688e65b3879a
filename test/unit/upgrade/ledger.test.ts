import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { clean } from '../../../src/base/clean.ts';
import {
  beginRun,
  leftAlone,
  rates,
  readLedger,
  unfinished,
  usualTime,
  wasVerified,
} from '../../../src/upgrade/ledger.ts';
import { child, program } from '../../kit/child.ts';
import { workspace } from '../../kit/workspace.ts';

const follower = program('follower', afterAll);
const MINUTE = 60_000;
const START = Date.UTC(2026, 10, 20, 10);

function ledger() {
  const { root, file } = workspace(onTestFinished);
  let at = START;
  const now = () => at;
  const begin = (name: string, run: string, steps = ['1.1.0']) => {
    const server = {
      id: `id-${name}`,
      name: clean(name),
      target: { host: name, port: 2222, user: 'deploy' },
    };
    const begun = {
      server,
      run,
      from: '1.0.0',
      to: steps.at(-1) ?? '',
      steps,
      backup: 'backup-20261120-100000',
    };
    return beginRun(root, now, begun, begun);
  };
  return {
    root,
    now,
    begin,
    pass: (time: number) => void (at += time),
    lines: file('.shipshape/upgrades.jsonl'),
  };
}

describe('What is remembered of upgrades', () => {
  test('is what was begun, what was heard of it, and how it ended', async () => {
    const { root, begin, pass } = ledger();
    const one = await begin('web01', 'run-1');
    const two = await begin('web02', 'run-2');
    one.event(clean('begin 1.1.0'));
    pass(3 * MINUTE);
    await one.end({ end: 'finished', verified: true });
    two.event(clean('begin 1.1.0'));
    two.event(clean('undoing'));
    await two.end({ end: 'undone', verified: false, why: clean('no room') });
    const three = await begin('web03', 'run-3');
    three.event(clean('begin 1.1.0'));
    await three.end({ end: 'left', verified: false });
    const runs = await readLedger(root);
    expect(runs[0]).toEqual({
      run: 'run-1',
      at: START,
      server: { id: 'id-web01', name: 'web01', target: { host: 'web01', port: 2222, user: 'deploy' } },
      from: '1.0.0',
      to: '1.1.0',
      steps: ['1.1.0'],
      backup: 'backup-20261120-100000',
      last: 'begin 1.1.0',
      ended: { at: START + 3 * MINUTE, end: 'finished', verified: true },
    });
    expect(runs.map(each => [each.last, each.ended?.end, each.ended?.why])).toEqual([
      ['begin 1.1.0', 'finished', undefined],
      ['undoing', 'undone', 'no room'],
      ['begin 1.1.0', 'left', undefined],
    ]);
    expect(unfinished(runs).map(each => each.run)).toEqual(['run-3']);
    expect(rates(runs)).toEqual({
      all: { succeeded: 1, failed: 1 },
      byVersion: new Map([['1.1.0', { succeeded: 1, failed: 1 }]]),
    });
    expect(usualTime(runs, ['1.1.0'])).toBe(3 * MINUTE);
    expect(usualTime(runs, ['1.1.0', '1.2.0'])).toBeUndefined();
  });

  test('knows what was verified on another server', async () => {
    const { root, begin } = ledger();
    await (await begin('web01', 'run-1', ['1.1.0', '1.2.0'])).end({ end: 'finished', verified: true });
    await (await begin('web02', 'run-2', ['2.0.0'])).end({ end: 'finished', verified: false });
    const runs = await readLedger(root);
    expect(wasVerified(runs, 'id-web02', ['1.1.0', '1.2.0'])).toBe(true);
    expect(wasVerified(runs, 'id-web01', ['1.1.0', '1.2.0'])).toBe(false);
    expect(wasVerified(runs, 'id-web02', ['1.1.0'])).toBe(false);
    expect(wasVerified(runs, 'id-web01', ['2.0.0'])).toBe(false);
  });

  test('a run that is resumed goes on with what was written down before, and its last end counts', async () => {
    const { root, now, begin } = ledger();
    const first = await begin('web01', 'run-1');
    await first.end({ end: 'paused', verified: false });
    expect(unfinished(await readLedger(root))).toHaveLength(1);
    const [known] = await readLedger(root);
    if (!known) throw new Error('nothing is remembered');
    const again = await beginRun(root, now, known);
    again.event(clean('verified 1.1.0'));
    await again.end({ end: 'finished', verified: true });
    const runs = await readLedger(root);
    expect(runs).toHaveLength(1);
    expect(unfinished(runs)).toEqual([]);
    expect(rates(runs).all).toEqual({ succeeded: 1, failed: 0 });
  });

  test('a run that nobody ended waits until another one of its server came to its end', async () => {
    const { root, begin } = ledger();
    await begin('web01', 'run-1');
    expect(unfinished(await readLedger(root)).map(each => each.run)).toEqual(['run-1']);
    await (await begin('web01', 'run-2')).end({ end: 'finished', verified: true });
    expect(unfinished(await readLedger(root))).toEqual([]);
  });

  test('a run that another window still follows is nobody else’s to resume, until that window is gone', async () => {
    const { root, now } = ledger();
    const unattended = async () => (await leftAlone(await readLedger(root))).map(each => each.run);
    const follow = async (run: string) => {
      const window = child(follower, [root, run]);
      onTestFinished(() => window.signal('SIGKILL'));
      expect(await window.line()).toBe('follows');
      return window;
    };
    const first = await follow('run-1');
    expect(unfinished(await readLedger(root))).toHaveLength(1);
    expect(await unattended()).toEqual([]);
    first.signal('SIGSTOP'); // a machine that sleeps
    expect(await unattended()).toEqual([]);
    first.signal('SIGKILL');
    await first.ended;
    expect(await unattended()).toEqual(['run-1']);

    // One that was left alone waits, although its window is open; one that goes on here does not.
    const second = await follow('run-2');
    second.tell('left');
    expect(await second.line()).toBe('ended');
    expect(await unattended()).toEqual(['run-2']);
    const [known] = unfinished(await readLedger(root));
    if (!known) throw new Error('nothing is remembered');
    const again = await beginRun(root, now, known);
    expect(await unattended()).toEqual([]);
    await again.end({ end: 'paused', verified: false });
    expect(await unattended()).toEqual(['run-2']);
  });

  test('is read up to where a crash cut it off, and past what is not understood', async () => {
    const { root, begin, lines } = ledger();
    await (await begin('web01', 'run-1')).end({ end: 'finished', verified: true });
    const whole = readFileSync(lines);
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length), async length => {
        writeFileSync(lines, whole.subarray(0, length));
        expect((await readLedger(root)).length).toBeLessThanOrEqual(1);
        const next = await begin('web02', 'run-2'); // its line is not glued to the rest
        await next.end({ end: 'undone', verified: false });
        expect((await readLedger(root)).map(each => each.run)).toContain('run-2');
      }),
      { numRuns: 30 },
    );
    writeFileSync(lines, whole);
    appendFileSync(
      lines,
      'null\n[1]\n{"run":1}\n{"at":"2026-11-20T10:00:00Z","run":"x","machine":"y","end":"finished"}\n',
    );
    expect((await readLedger(root)).map(each => each.run)).toEqual(['run-1']);
  });

  test('is nothing where nothing was done', async () => {
    expect(await readLedger(workspace(onTestFinished).root)).toEqual([]);
  });
});
