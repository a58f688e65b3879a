import { readdirSync, readFileSync, utimesSync } from 'node:fs';
import path from 'node:path';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { claim, forgetClaims } from '../../../src/base/claim.ts';
import { child, program } from '../../kit/child.ts';
import { HOUR } from '../../kit/times.ts';
import { workspace } from '../../kit/workspace.ts';

const claimer = program('claimer', afterAll);
const NOW = Date.UTC(2026, 10, 20, 12);

test('of several processes that claim a name at once, one has it', async () => {
  const root = workspace(onTestFinished).file('not', 'there', 'yet');
  const processes = Array.from({ length: 5 }, () => child(claimer, [root]));
  onTestFinished(() => processes.forEach(each => each.signal('SIGKILL')));
  for (const each of processes) expect(await each.line()).toBe('ready');
  for (let round = 0; round < 40; round++) {
    for (const each of processes) each.tell(`production failed ${round}`);
    const answers = await Promise.all(processes.map(each => each.line()));
    expect(answers.sort()).toEqual(['mine', 'taken', 'taken', 'taken', 'taken']);
  }
});

test('a name is claimed once, whatever is in it, until it is forgotten', async () => {
  const { root, file } = workspace(onTestFinished);
  const names = ['a', 'A', '../../a', 'x'.repeat(5_000), ''];
  for (const name of names) expect(await claim(root, name, NOW)).toBe(true);
  for (const name of names) expect(await claim(root, name, NOW)).toBe(false);

  const folder = file('.shipshape', 'claims');
  const files = readdirSync(folder).map(name => path.join(folder, name));
  expect(files).toHaveLength(names.length);
  expect(files.map(each => readFileSync(each, 'utf8'))).toEqual(
    names.map(() => '2026-11-20T12:00:00.000Z\n'),
  );
  for (const [index, each] of files.entries()) {
    const at = new Date(index === 0 ? NOW + 2 * HOUR : NOW);
    utimesSync(each, at, at);
  }
  await forgetClaims(root, NOW + HOUR);
  expect(readdirSync(folder)).toHaveLength(1);
  const again = await Promise.all(names.map(name => claim(root, name, NOW)));
  expect(again.filter(Boolean)).toHaveLength(names.length - 1);
});

test('there is nothing to forget where nothing was claimed', async () => {
  await expect(forgetClaims(workspace(onTestFinished).root, NOW)).resolves.toBeUndefined();
});
