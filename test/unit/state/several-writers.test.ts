import { readdirSync } from 'node:fs';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { openReader } from '../../../src/engine.ts';
import { child, program } from '../../kit/child.ts';
import { placeOf } from '../../kit/operate.ts';
import { workspace } from '../../kit/workspace.ts';

const PROCESSES = 8;
const RELEASES = 12;

const releaser = program('releaser', afterAll);
const never = new AbortController().signal;

test.each(['stagecraft', 'tako'] as const)('of one history of %s lose nothing', async tool => {
  const { root, file } = workspace(onTestFinished);
  const started = Array.from({ length: PROCESSES }, () => child(releaser, [tool, root, String(RELEASES)]));
  onTestFinished(() => started.forEach(each => each.signal('SIGKILL')));
  expect(await Promise.all(started.map(({ ended }) => ended))).toEqual(started.map(() => 0));
  const place = await placeOf(root, tool);
  const { environments, findings } = await openReader({}).read(place, { '*': 10_000 }, never);
  const releases = environments.flatMap(environment => environment.releases);
  const written = started.flatMap(({ pid }) =>
    Array.from({ length: RELEASES }, (_, round) => `deploy-${pid}-${round}`),
  );
  const recorded = releases.map(({ id, version }) => (tool === 'tako' ? id : version));
  expect(recorded.toSorted()).toEqual(written.toSorted());
  expect(new Set(releases.map(({ id }) => id)).size).toBe(written.length);
  expect(findings.filter(({ severity }) => severity !== 'info')).toEqual([]);
  expect(readdirSync(file('.shipshape'))).toEqual(['.gitignore']);
});
