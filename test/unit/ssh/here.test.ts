import { existsSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { say } from '../../../src/base/clean.ts';
import { Connections } from '../../../src/ssh/connections.ts';
import { runHere } from '../../../src/ssh/here.ts';
import { askNobody } from '../../../src/ssh/prompts.ts';
import { workspace } from '../../kit/workspace.ts';

describe.runIf(process.platform === 'linux')('a script on this machine', () => {
  test('gets its arguments byte by byte, whatever is in them', async () => {
    const argument = fc.string({ unit: 'grapheme' }).filter(each => !each.includes('\0'));
    await fc.assert(
      fc.asyncProperty(fc.array(argument, { maxLength: 4 }), async args => {
        const { output, code } = await runHere('for each; do printf "%s\\0" "$each"; done; exit 7', args);
        expect([output, code]).toEqual([args.map(each => `${each}\0`).join(''), 7]);
      }),
      { numRuns: 20 },
    );
  });

  test('begins when it may, and not at all where it may not', async () => {
    const { file } = workspace(onTestFinished);
    const [begun, refused] = [file('begun'), file('refused')];
    const ready = (): Promise<void> => {
      expect(existsSync(begun)).toBe(false);
      return Promise.resolve();
    };
    await runHere('touch "$1"', [begun], { ready });
    expect(existsSync(begun)).toBe(true);
    const not = new Error('another one is not ready');
    await expect(runHere('touch "$1"', [refused], { ready: () => Promise.reject(not) })).rejects.toBe(not);
    expect(existsSync(refused)).toBe(false);
  });

  test('reads its standard input, and nothing of the script is left in it', async () => {
    async function* chunks(): AsyncGenerator<Buffer> {
      for (let i = 0; i < 40; i++) {
        await setTimeout(1);
        yield Buffer.alloc(10_000, 'x');
      }
    }
    expect((await runHere('wc -c', [], { stdin: chunks() })).output.trim()).toBe('400000');
    // One that does not read it all has not failed.
    expect((await runHere('head -c 1', [], { stdin: Buffer.alloc(1e6, 'y') })).output).toBe('y');
  });

  test('hands on what it prints as it comes, and is heard to its end', async () => {
    const heard: string[] = [];
    const onOutput = (stream: string, chunk: Buffer): void =>
      void heard.push(`${stream} ${chunk.toString()}`);
    const { output } = await runHere('echo a; sleep 0.1; echo b >&2; kill -9 $$', [], { onOutput });
    expect([output, heard]).toEqual(['', ['out a\n', 'err b\n']]);
    expect(await runHere('kill -9 $$', [])).toMatchObject({ code: undefined, signal: 'SIGKILL' });
  });

  test('is ended with all that it started when it is cancelled', async () => {
    const { file } = workspace(onTestFinished);
    const stop = new AbortController();
    const script = 'echo begun; (sleep 1; touch "$1") & wait';
    const running = runHere(script, [file('late')], { signal: stop.signal, onOutput: () => stop.abort() });
    await expect(running).rejects.toThrow('aborted');
    await setTimeout(1_500);
    expect(existsSync(file('late'))).toBe(false);
  });

  test('shows nothing of it to others on a command line', async () => {
    const secret = 'hunter2-hunter2';
    const look = 'cat /proc/$$/cmdline | tr "\\0" " "; printf %s "$1" | wc -c';
    const { output } = await runHere(look, [secret]);
    expect(output).not.toContain(secret);
    expect(output.trim().endsWith(String(secret.length))).toBe(true);
  });

  test('is not run in a folder that is not trusted', async () => {
    const connections = new Connections({ settings: () => ({ trusted: false }), here: say('in this test') });
    const asking = { prompts: askNobody(), signal: new AbortController().signal };
    const target = { host: 'localhost', isHere: true };
    await expect(connections.reach(target, asking, there => there.run('true'))).rejects.toMatchObject({
      code: 'not-trusted',
    });
    const trusted = new Connections({ settings: () => ({ trusted: true }), here: say('in this test') });
    expect(await trusted.reach(target, asking, there => there.run('echo hi'))).toMatchObject({
      output: 'hi\n',
    });
  });
});
