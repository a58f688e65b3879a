import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { describe, expect, onTestFinished, test } from 'vitest';
import { UserError } from '../../../src/base/errors.ts';
import { stateLock } from '../../../src/base/own.ts';
import { openRunner } from '../../../src/engine.ts';
import { changeLine } from '../../../src/words/plan.ts';
import { contents, perform, placeOf, plan } from '../../kit/operate.ts';
import { releasesFile, runningIn } from '../../kit/stagecraft.ts';
import { workspace, type Workspace } from '../../kit/workspace.ts';

const never = new AbortController().signal;
const DAY_MS = 86_400_000;
const BEGUN = Date.UTC(2025, 0, 2, 3, 4, 5);
const ID = 'rel-20250102-030405';
const now = () => BEGUN + DAY_MS;

async function interrupted() {
  const files = workspace(onTestFinished);
  files.write(
    releasesFile('seed', [{ environment: 'prod', at: BEGUN, version: 'v1', phases: runningIn('rollout') }]),
  );
  const place = await placeOf(files.root, 'stagecraft');
  return { ...files, request: { operation: 'stagecraft.close', input: { place, release: ID } } };
}

function journal({ file }: Pick<Workspace, 'file'>): readonly Record<string, unknown>[] {
  const lines = readFileSync(file('.shipshape/journal.jsonl'), 'utf8').trimEnd().split('\n');
  return lines.map(line => JSON.parse(line) as Record<string, unknown>);
}

describe('an operation', () => {
  test('is planned without any trace', async () => {
    const { root, request } = await interrupted();
    const before = contents(root);
    const { title, risk, changes } = await plan(request, now);
    expect(title).toBe(`Record ${ID} as failed`);
    expect(risk).toBe('confirm');
    expect(changes.map(changeLine)).toEqual([
      'rollout: running → failed',
      'migrate_post: pending → skipped',
      'finalize: pending → skipped',
    ]);
    expect(contents(root)).toEqual(before);
    expect(() => readFileSync(`${root}/.shipshape/journal.jsonl`)).toThrow('ENOENT');
  });

  test('is done, verified by reading it anew, told in the journal and undone byte for byte', async () => {
    const { root, file, request } = await interrupted();
    const before = contents(root);
    const { verdict, undo } = await perform(request, { now });
    expect(verdict).toEqual({ state: 'verified' });
    expect(contents(root)).not.toEqual(before);
    const [begun, ended] = journal({ file });
    expect(begun).toMatchObject({ operation: 'stagecraft.close', target: ID });
    expect(ended).toMatchObject({ id: begun?.id, state: 'verified' });
    if (!undo) throw new Error('no undo');
    const back = await perform(undo, { now });
    expect(back.verdict).toEqual({ state: 'verified' });
    expect(contents(root)).toEqual(before);
    if (!back.undo) throw new Error('no redo');
    await perform(back.undo, { now });
    expect(contents(root)).not.toEqual(before);
  });

  test('says so when the world is another one by the time it is looked at', async () => {
    const { file, request } = await interrupted();
    const { verdict } = await perform(request, {
      now,
      step: ({ step, state }) => {
        if (step === 'verify' && state === 'started') {
          writeFileSync(file('.stagecraft/releases.json'), '{"releases": []}');
        }
      },
    });
    expect(verdict).toEqual({ state: 'failed', why: 'It is no longer recorded.' });
    expect(journal({ file }).at(-1)).toMatchObject({ state: 'failed' });
  });

  test('is refused when its plan does not hold any more', async () => {
    const { root, file, request } = await interrupted();
    const runner = openRunner({}, now);
    const seen = await runner.plan(request, never);
    const state = file('.stagecraft/releases.json');
    writeFileSync(state, readFileSync(state, 'utf8').replace('"pending"', '"completed"'));
    const before = contents(root);
    await expect(runner.run(request, seen, never)).rejects.toMatchObject({ code: 'plan-changed' });
    expect(contents(root)).toEqual(before);
  });

  test('is refused where its own plan says that it cannot be done', async () => {
    const { file, request } = await interrupted();
    const state = file('.stagecraft/releases.json');
    writeFileSync(state, readFileSync(state, 'utf8').replace('"running"', '"failed"'));
    await expect(perform(request, { now })).rejects.toMatchObject({
      code: 'refused',
      what: 'This cannot be done. It has ended already.',
    });
  });

  test('waits for the lock, and can be called off while it waits', async () => {
    const { root, request } = await interrupted();
    const before = contents(root);
    const held = await stateLock(root).acquire('another operation', never);
    const runner = openRunner({}, now);
    const seen = await runner.plan(request, never);
    const controller = new AbortController();
    const run = runner.run(request, seen, controller.signal, {
      step: ({ step }) => {
        if (step === 'lock') setTimeout(() => controller.abort(), 50);
      },
    });
    const error: unknown = await run.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(UserError);
    expect(error).toMatchObject({ code: 'not-acquired' });
    expect(contents(root)).toEqual(before);
    await held.release();
    expect((await runner.run(request, seen, never)).verdict).toEqual({ state: 'verified' });
  });

  test('an undo touches nothing that was changed since', async () => {
    const { root, file, request } = await interrupted();
    const { undo } = await perform(request, { now });
    if (!undo) throw new Error('no undo');
    writeFileSync(file('.stagecraft/releases.json'), '{"releases": []}');
    const before = contents(root);
    await expect(perform(undo)).rejects.toMatchObject({ code: 'refused' });
    rmSync(file('.stagecraft/releases.json'));
    await expect(perform(undo)).rejects.toMatchObject({ code: 'refused' });
    writeFileSync(file('.stagecraft/releases.json'), '{"releases": []}');
    expect(contents(root)).toEqual(before);
  });
});
