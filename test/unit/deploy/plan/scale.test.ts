import { expect, onTestFinished, test } from 'vitest';
import { clean, say } from '../../../../src/base/clean.ts';
import { DEPLOY_SETTINGS, type DeployAccess } from '../../../../src/deploy/access.ts';
import { limitsOf, planScale } from '../../../../src/deploy/plan/scale.ts';
import type { EnvironmentRef } from '../../../../src/deploy/requests.ts';
import { askNobody } from '../../../../src/ssh/prompts.ts';
import { Connections } from '../../../../src/ssh/connections.ts';
import type { Files } from '../../../kit/files.ts';
import { where } from '../../../kit/deployed.ts';
import { workspace } from '../../../kit/workspace.ts';

async function errorsOf(tool: EnvironmentRef['tool'], files: Files): Promise<readonly string[]> {
  const space = workspace(onTestFinished);
  space.write(files);
  const access: DeployAccess = {
    connections: new Connections({ settings: () => ({ trusted: true }), here: say('in this test') }),
    prompts: askNobody(),
    now: () => 0,
    observed: () => undefined,
    settings: () => DEPLOY_SETTINGS,
  };
  const plan = await planScale(
    access,
    { where: where([], { tool, root: space.root }), service: 'web', replicas: 2 },
    { signal: new AbortController().signal, log: () => undefined, step: (_, work) => work() },
  );
  return plan.findings.flatMap(({ severity, text }) => (severity === 'error' ? [text] : []));
}

test('a configuration that cannot be parsed is said, and nothing can be confirmed', async () => {
  const compose = { 'docker-compose.yml': 'services: { web: { image: x } }' };
  expect(await errorsOf('stagecraft', { 'stagecraft.yml': 'a: [', ...compose })).toEqual([
    expect.stringMatching(/^Not valid YAML/),
  ]);
  expect(await errorsOf('stagecraft', { 'stagecraft.yml': '[]', ...compose })).toEqual([
    'The configuration of shop cannot be read',
  ]);
  expect(await errorsOf('tako', { 'tako.yaml': 'a: [' })).toContainEqual(
    expect.stringMatching(/^Not valid YAML/),
  );
});

test.each([
  [{ everywhere: false }, 3, []],
  [{ everywhere: true }, 3, ['web runs once on every server']],
  [{ everywhere: false, isPersistent: true }, 1, []],
  [
    { everywhere: false, isPersistent: true },
    2,
    ['web is persistent: it cannot run more than once, as all of it would write to the same data.'],
  ],
] as const)('how many of %j there can be: %i', (about, replicas, expected) => {
  expect(limitsOf({ name: clean('web'), ...about }, replicas).map(({ text }) => text)).toEqual(expected);
});
