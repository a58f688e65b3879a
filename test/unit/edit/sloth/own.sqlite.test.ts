import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openReader } from '../../../../src/engine.ts';
import { perform } from '../../../kit/operate.ts';
import { workspace } from '../../../kit/workspace.ts';

test('what is done to a database outside the workspace is told in the storage, with nothing of ours beside it', async () => {
  const { root, file, sample } = workspace(onTestFinished);
  const database = sample('sloth-runner/stacks.db');
  const reader = openReader({}, undefined, undefined, file('storage'));
  const { places } = await reader.find(database, new AbortController().signal);
  await reader.close();
  const [place] = places;
  if (!place?.own) throw new Error('no place with a folder of its own');
  expect(existsSync(file('storage'))).toBe(false);
  const input = { place, stack: 'e9a1c7d6-5b3a-4d2f-a6c8-1b4e7f0d8c33', tag: 'new' };
  const { verdict } = await perform({ operation: 'sloth.add-tag', input });
  expect(verdict).toEqual({ state: 'verified' });
  expect(path.dirname(place.own)).toBe(file('storage'));
  expect(readFileSync(path.join(place.own, '.shipshape', 'journal.jsonl'), 'utf8')).toContain(
    'sloth.add-tag',
  );
  expect(existsSync(path.join(path.dirname(database), '.shipshape'))).toBe(false);
  const inFolder = await openReader({}, undefined, undefined, file('storage')).find(
    root,
    new AbortController().signal,
  );
  expect(inFolder.places.map(({ own }) => own)).toEqual([undefined]);
});
