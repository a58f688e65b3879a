import { expect, it, onTestFinished } from 'vitest';
import { keyBelow, type Key } from '../../../../src/base/finding.ts';
import { FileCache } from '../../../../src/state/cache.ts';
import { configuredKey } from '../../../../src/state/compare.ts';
import { stagecraftSource } from '../../../../src/state/stagecraft/source.ts';
import { compared, lines } from '../../../kit/compared.ts';
import { COMPLETED, failedIn } from '../../../kit/stagecraft.ts';
import { workspace, type Workspace } from '../../../kit/workspace.ts';
import { LATER, placesIn } from '../read-project.ts';
import { entry } from './project.ts';

const NO_SERVICES = 'Stagecraft records no services, so they could not be compared.';

async function told(space: Workspace, sides: (project: Key) => readonly [Key, Key]) {
  const source = stagecraftSource(new FileCache(LATER), {});
  const [place] = await placesIn(source, space.root);
  if (!place) throw new Error('no project');
  return lines(await compared(source, place, ...sides(place.key)));
}

function releases(...entries: readonly object[]): Workspace {
  const space = workspace(onTestFinished);
  space.write({ '.stagecraft/releases.json': JSON.stringify({ releases: entries }) });
  return space;
}

const environment = (project: Key, name = 'prod') => keyBelow(project, 'environment', name);
const release = (project: Key, id: string, name?: string) =>
  keyBelow(environment(project, name), 'release', id);

it('two releases differ in version, commit and phases, and in whatever else is recorded', async () => {
  const space = releases(
    entry({ id: 'a', extra: { token: 'one', size: 1 }, previous_id: 'x' }),
    entry({
      id: 'b',
      version: 'v2',
      commit_sha: 'def',
      phases: failedIn('rollout'),
      extra: { token: 'two', size: '1' },
      previous_id: 'a',
      timestamp: '2026-11-20T12:00:00Z',
    }),
  );
  expect(await told(space, project => [release(project, 'a'), release(project, 'b')])).toEqual([
    'changed version: "v1" -> "v2"',
    'changed phases.rollout: "completed" -> "failed"',
    'changed phases.migrate_post: "completed" -> "skipped"',
    'changed phases.finalize: "completed" -> "skipped"',
    'changed extra.token: "••••••" -> "••••••"',
    'changed extra.size: 1 -> "1"',
    'changed commit: "abc" -> "def"',
    NO_SERVICES,
  ]);
});

it('environments stand for their newest releases', async () => {
  const space = releases(
    entry({ id: 'a', timestamp: '2026-11-20T12:00:00Z', version: 'v3' }),
    entry({ id: 'b' }),
    entry({ id: 'c', environment: 'staging', phases: COMPLETED }),
  );
  expect(await told(space, project => [environment(project, 'staging'), environment(project)])).toEqual([
    'changed version: "v1" -> "v3"',
    NO_SERVICES,
  ]);
});

it('what the real program records of a rollback is the same as the release it went back to', async () => {
  const space = workspace(onTestFinished);
  space.sample('stagecraft/releases.real-mixed.json');
  const [first, third] = ['rel-20261120-235557328', 'rel-20261120-235611084'] as const;
  expect(await told(space, project => [release(project, first), release(project, third)])).toEqual([
    NO_SERVICES,
  ]);
});

it('what is not there, and what says nothing of a release, is told', async () => {
  const space = releases(entry({ id: 'a' }));
  expect(await told(space, project => [release(project, 'a'), release(project, 'gone')])).toEqual([
    'Nothing is recorded under this name any more.',
  ]);
  expect(await told(space, project => [environment(project), configuredKey(environment(project))])).toEqual([
    'Nothing that Stagecraft records of a release is said by its configuration.',
  ]);
});

it('a damaged file is told', async () => {
  const space = workspace(onTestFinished);
  space.write({ '.stagecraft/releases.json': '{"releases": [' });
  const [damage, ...others] = await told(space, project => [environment(project), environment(project)]);
  expect(damage).toMatch(/^Not valid JSON/);
  expect(others).toEqual(['Nothing is recorded under this name any more.']);
});
