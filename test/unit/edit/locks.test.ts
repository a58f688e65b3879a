import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { stateLock } from '../../../src/base/own.ts';
import { openReader } from '../../../src/engine.ts';
import { child, program } from '../../kit/child.ts';
import { perform, placeOf, plan } from '../../kit/operate.ts';
import { workspace } from '../../kit/workspace.ts';

const never = new AbortController().signal;
const holder = program('holder', afterAll);

/** A project whose lock another process holds. */
async function held() {
  const files = workspace(onTestFinished);
  files.sample('stagecraft/releases.real-two-prod.json');
  const started = child(holder, [files.root]);
  onTestFinished(() => started.signal('SIGKILL'));
  expect(await started.line()).toBe('held');
  const place = await placeOf(files.root, 'stagecraft');
  const findings = async () => (await openReader({}).read(place, {}, never)).findings;
  return { ...files, holder: started, findings };
}

describe('a lock', () => {
  test('that a dead process left is told of, and taken away without a question too many', async () => {
    const { root, holder, findings } = await held();
    expect((await findings()).map(({ code }) => code)).not.toContain('lock-left');
    holder.signal('SIGKILL');
    await holder.ended;
    const left = (await findings()).find(({ code }) => code === 'lock-left');
    expect(left?.text).toMatch(/^A lock was left behind\. Its process \d+ has ended\.$/);
    if (!left?.fix) throw new Error('no fix');
    expect((await plan(left.fix)).risk).toBe('confirm');
    expect((await perform(left.fix)).verdict).toEqual({ state: 'verified' });
    expect(await findings()).not.toContainEqual(left);
    expect(await stateLock(root).lookAt()).toMatchObject({ state: 'free' });
    await expect(perform(left.fix)).rejects.toMatchObject({ code: 'refused' });
  });

  test('whose holder lives is broken only after its name was typed, and the holder writes nothing more', async () => {
    const { root, file, holder } = await held();
    const request = { operation: 'break-lock', input: { root } };
    const { risk, findings } = await plan(request);
    expect(risk).toBe('typed');
    expect(findings.map(({ text }) => text).join(' ')).toMatch(/Its process \d+ is running\./);
    const before = readFileSync(file('.stagecraft/releases.json'), 'utf8');
    expect((await perform(request)).verdict).toEqual({ state: 'verified' });
    holder.tell('write');
    expect(await holder.line()).toBe('lock-broken');
    expect(readFileSync(file('.stagecraft/releases.json'), 'utf8')).toBe(before);
    expect(readdirSync(file('.shipshape')).sort()).toEqual(['.gitignore', 'journal.jsonl']);
  });

  test('that nobody holds cannot be broken', async () => {
    const { root } = workspace(onTestFinished);
    await expect(perform({ operation: 'break-lock', input: { root } })).rejects.toMatchObject({
      code: 'refused',
    });
  });
});
