import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { NONE } from '../../src/base/clean.ts';
import { UserError } from '../../src/base/errors.ts';
import { openReader } from '../../src/engine.ts';
import { engineInThread } from '../../src/remote.ts';
import { built } from '../kit/build.ts';
import { workspace } from '../kit/workspace.ts';

const signal = new AbortController().signal;

const script = pathToFileURL(path.join(built(afterAll), 'worker.js'));

function inThread() {
  const reader = engineInThread(script, { translations: undefined });
  onTestFinished(() => reader.close());
  return reader;
}

describe('the engine in a thread', () => {
  it('answers exactly as reading in place does', async () => {
    const space = workspace(onTestFinished);
    space.sample('tako/master-mixed-tz', 'shop');
    space.sample('stagecraft/releases.real-mixed.json', 'billing');
    space.sample('ftl2/.ftl2-state.json', 'infra');
    space.sample('sloth-runner/stacks.db', 'infra');
    const [there, here] = [inThread(), openReader({})];
    const found = await there.find(space.root, signal);
    expect(found).toEqual(await here.find(space.root, signal));
    expect(found.places.map(({ tool }) => tool).sort()).toEqual([
      'ftl2',
      'sloth-runner',
      'stagecraft',
      'tako',
    ]);
    for (const place of found.places) {
      const project = await here.read(place, {}, signal);
      expect(await there.read(place, {}, signal)).toEqual(project);
      const [a = place.key, b = a] = project.environments.flatMap(({ releases }) =>
        releases.map(each => each.key),
      );
      expect(await there.compare(place, a, b, signal)).toEqual(await here.compare(place, a, b, signal));
    }
  });

  it('translates what it says', async () => {
    const space = workspace(onTestFinished);
    space.write({ '.stagecraft/releases.json': ' ' });
    const reader = engineInThread(script, { translations: { 'The file is empty.': 'Die Datei ist leer.' } });
    onTestFinished(() => reader.close());
    const [place] = (await reader.find(space.root, signal)).places;
    expect(place).toBeDefined();
    if (place) expect((await reader.read(place, {}, signal)).findings[0]?.text).toBe('Die Datei ist leer.');
  });

  it('plans and runs operations, and tells of their steps and failures', async () => {
    const space = workspace(onTestFinished);
    space.sample('stagecraft/releases.real-two-prod.json');
    const engine = inThread();
    const [place] = (await engine.find(space.root, signal)).places;
    if (!place) throw new Error('no place');
    const release = (await engine.read(place, {}, signal)).environments[0]?.releases[0]?.id;
    const note = { operation: 'note', input: { place, release, text: 'Hello' } };
    const plan = await engine.plan(note, signal);
    expect(plan.title).toBe(`Note on ${release ?? ''}`);
    const steps: string[] = [];
    const report = await engine.run(note, plan, signal, {
      step: ({ step, state }) => steps.push(`${step} ${state}`),
    });
    expect(report.verdict).toEqual({ state: 'verified' });
    expect((await engine.read(place, {}, signal)).environments[0]?.releases[0]?.notes).toBe('Hello');
    expect(steps).toEqual(
      ['lock', 'plan', 'apply', 'verify'].flatMap(step => [`${step} started`, `${step} completed`]),
    );
    const error: unknown = await engine
      .run(note, { ...plan, target: NONE }, signal)
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(UserError);
    expect(error).toMatchObject({ code: 'plan-changed', where: space.root });
  });

  it('stops when it is told to', async () => {
    const space = workspace(onTestFinished);
    for (let index = 0; index < 200; index++) space.write({ [`${index}/a/b/c/d/file`]: '' });
    const reader = inThread();
    const stop = new AbortController();
    const searching = reader.find(space.root, stop.signal);
    stop.abort();
    await expect(searching).rejects.toMatchObject({ name: 'AbortError' });
    await expect(reader.find(space.root, stop.signal)).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('fails the calls under way when it ends, and starts anew with the next', async () => {
    const space = workspace(onTestFinished);
    space.sample('stagecraft/releases.real-two-prod.json');
    // Longer to search than a thread takes to end.
    for (let index = 0; index < 500; index++) space.write({ [`${index}/a/b/c/d/file`]: '' });
    const reader = inThread();
    await reader.find(space.root, signal);
    const lost = reader.find(space.root, signal);
    await Promise.all([expect(lost).rejects.toThrow('the thread ended'), reader.close()]);
    expect((await reader.find(space.root, signal)).places).toHaveLength(1);
  });
});
