import { chmodSync } from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { clean, say } from '../../../../src/base/clean.ts';
import { ask } from '../../../../src/deploy/plan/ask.ts';
import { isUnknown } from '../../../../src/deploy/plan/asked.ts';
import { Connections } from '../../../../src/ssh/connections.ts';
import { askNobody } from '../../../../src/ssh/prompts.ts';
import { workspace } from '../../../kit/workspace.ts';

/** This machine, with a Docker that does not answer until it was asked so often. */
async function asking(silentFor: number): Promise<readonly boolean[]> {
  const space = workspace(onTestFinished);
  const counted = path.join(space.root, 'asked');
  space.write({
    docker: `#!/bin/sh
case $1 in info) ;; *) exit 0 ;; esac
echo >>'${counted}'
[ "$(wc -l <'${counted}')" -gt ${silentFor} ] || exit 1
echo '{"version":"28.0.0","swarm":"inactive","manager":false}'
`,
  });
  chmodSync(path.join(space.root, 'docker'), 0o755);
  vi.stubEnv('PATH', `${space.root}:${process.env.PATH ?? ''}`);
  onTestFinished(() => void vi.unstubAllEnvs());
  const heard: boolean[] = [];
  const access = {
    connections: new Connections({ settings: () => ({ trusted: true }), here: say('in this test') }),
    prompts: askNobody(),
    now: Date.now,
    observed: (_machine: string, observation: Parameters<typeof isUnknown>[0]) =>
      void heard.push(isUnknown(observation)),
  };
  const here = { id: 'here', name: clean('here'), target: { host: 'localhost', isHere: true } };
  const [asked] = await ask(access, [here], new AbortController().signal);
  if (!asked) throw new Error('nobody');
  return [...heard, isUnknown(asked.observation)];
}

test('a server whose Docker is slow once is asked once more, and what it says then counts', async () => {
  expect(await asking(0)).toEqual([false, false]);
  expect(await asking(1)).toEqual([true, false, false]);
  expect(await asking(9)).toEqual([true, true, true]);
});
