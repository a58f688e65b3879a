import { expect, it, onTestFinished } from 'vitest';
import { openReader, readOnce } from '../../../src/engine.ts';
import { attention, glance } from '../../../src/words/attention.ts';
import { productionBy } from '../../../src/words/production.ts';
import { below } from '../../kit/files.ts';
import { COMPLETED, failedIn, releasesFile, runningIn, type Phases } from '../../kit/stagecraft.ts';
import { takoFolder } from '../../kit/tako.ts';
import { HOUR } from '../../kit/times.ts';
import { workspace } from '../../kit/workspace.ts';

const NOW = Date.UTC(2026, 10, 20, 12);

async function stateOf(
  ...releases: readonly (readonly [environment: string, hours: number, phases: Phases])[]
) {
  const { root, write } = workspace(onTestFinished);
  const all = releases.map(([environment, hours, phases], index) => ({
    environment,
    at: NOW - hours * HOUR,
    version: `v${index}`,
    phases,
  }));
  write(below('billing', releasesFile('seed', all)));
  return readOnce(
    openReader({}, undefined, () => NOW),
    [root],
  );
}

const isProduction = productionBy(['live']);

it('is called to production first, and to old failures never', async () => {
  const state = await stateOf(
    ['dev', 1, failedIn('rollout')],
    ['live', 9, failedIn('build')],
    ['test', 5, failedIn('push')],
    ['test', 2, COMPLETED],
  );
  const texts = attention(state, isProduction).map(({ text }) => text);
  expect(texts).toEqual(['live: v1 failed in build', 'dev: v0 failed in rollout']);
  expect(glance(state, attention(state, isProduction), isProduction)).toBe(texts[0]);
  expect(glance(state, [], isProduction)).toBe('live v1');
});

it('is called to a deployment of which not everything could be put back', async () => {
  const { root, write } = workspace(onTestFinished);
  const deploy = (hours: number, status: string) => ({
    environment: 'live',
    at: NOW - hours * HOUR,
    status,
    commit: String(hours).repeat(40),
  });
  const deploys = [deploy(9, 'success'), deploy(2, 'partial')];
  write(
    takoFolder({ form: 'seed', name: 'shop', createdAt: NOW - 20 * HOUR, servers: { live: [] }, deploys }),
  );
  const state = await readOnce(openReader({}), [root]);
  expect(attention(state, isProduction).map(({ text }) => text)).toEqual(['live: 2222222 partly deployed']);
});

it('has what would mend it', async () => {
  const [interrupted] = attention(await stateOf(['live', 3, runningIn('rollout')]), isProduction);
  expect(interrupted).toMatchObject({
    text: 'live: v0 interrupted in rollout',
    fix: { operation: 'stagecraft.close' },
  });

  const { root, write } = workspace(onTestFinished);
  write({ '.stagecraft/releases.json': '{"releases": [' });
  const [damaged] = attention(await readOnce(openReader({}), [root]), isProduction);
  expect(damaged).toMatchObject({ fix: { operation: 'repair' } });
});
