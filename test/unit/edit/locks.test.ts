import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { readDocument } from '../../../src/base/document.ts';
import { stateLock } from '../../../src/base/own.ts';
import { openReader } from '../../../src/engine.ts';
import { createRelease, updatePhase } from '../../../src/state/stagecraft/write.ts';
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
  return { ...files, place, holder: started, findings };
}

describe('a lock', () => {
  // Its process can end between two phases, too.
  test.each([
    ['running', 'build running', 'running', { build: 'failed', push: 'skipped' }],
    ['pending', 'build completed', 'completed', { build: 'completed', push: 'failed', rollout: 'skipped' }],
  ] as const)(
    'of a dead process tells that what it was recording is interrupted: %s, %s',
    async (before, _, status, closed) => {
      const { root, holder, place } = await held();
      const outcome = async () => {
        const [prod] = (await openReader({}).read(place, {}, never)).environments;
        return prod?.releases[0]?.outcome;
      };
      const release = { environment: 'prod', version: '9.9.9', commit: 'abc' };
      const about = [
        await readDocument(root, '.stagecraft/releases.json'),
        await readDocument(root, '.stagecraft/.gitignore'),
      ] as const;
      const { id, files } = createRelease(...about, release, Date.now());
      for (const { path: name, content } of files) writeFileSync(path.join(root, name), content ?? '');
      const document = await readDocument(root, '.stagecraft/releases.json');
      const { path: name, content } = updatePhase(document, id, 'build', status, id);
      writeFileSync(path.join(root, name), content ?? '');
      expect(await outcome()).toBe(before);
      holder.signal('SIGKILL');
      await holder.ended;
      expect(await outcome()).toBe('interrupted');
      await perform({ operation: 'stagecraft.close', input: { place, release: id } });
      expect(await outcome()).toBe('failed');
      const written = readFileSync(path.join(root, '.stagecraft/releases.json'), 'utf8');
      const { releases } = JSON.parse(written) as { releases: readonly { id: string; phases: object }[] }; // made above
      expect(releases.find(each => each.id === id)?.phases).toMatchObject(closed);
    },
  );

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
