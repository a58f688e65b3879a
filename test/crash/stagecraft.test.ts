import { readdirSync } from 'node:fs';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { openReader } from '../../src/engine.ts';
import { child, program } from '../kit/child.ts';
import { placeOf } from '../kit/operate.ts';
import { workspace } from '../kit/workspace.ts';
import { figures, RELEASES } from './counts.ts';

const PROCESSES = 8;

const writer = program('../crash/stagecraft-writer', afterAll);
const never = new AbortController().signal;

test('no release is lost among several processes', { timeout: 3_600_000 }, async () => {
  const { root, file } = workspace(onTestFinished);
  const started = Array.from({ length: PROCESSES }, () => child(writer, [root, String(RELEASES)]));
  onTestFinished(() => started.forEach(each => each.signal('SIGKILL')));
  const told: string[] = [];
  await Promise.all(
    started.map(async each => {
      for (let line = await each.line(); line !== undefined; line = await each.line()) told.push(line);
    }),
  );
  expect(told).toHaveLength(PROCESSES * RELEASES);
  expect(new Set(told).size).toBe(told.length);

  const place = await placeOf(root, 'stagecraft');
  const { environments, findings } = await openReader({}).read(place, { '*': told.length }, never);
  const [prod] = environments;
  // Written down in the order in which they were made, which is that of their ids and that of their times.
  expect(prod?.releases.map(({ id }) => id)).toEqual(told.toSorted().reverse());
  expect(prod?.releases.map(({ previous }) => previous)).toEqual([
    ...told.toSorted().reverse().slice(1),
    undefined,
  ]);
  expect(findings).toEqual([]);
  expect(readdirSync(file('.shipshape'))).toEqual(['.gitignore']);
  figures('Stagecraft: 8 processes record releases', [`${told.length} of ${PROCESSES * RELEASES} present`]);
});
