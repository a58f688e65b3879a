import { expect, onTestFinished, test } from 'vitest';
import { FileCache } from '../../../../src/state/cache.ts';
import type { Outline } from '../../../../src/state/outline.ts';
import { stagecraftSource } from '../../../../src/state/stagecraft/source.ts';
import { repository } from '../../../kit/git.ts';
import type { Workspace } from '../../../kit/workspace.ts';
import { LATER, placesIn } from '../read-project.ts';
import { entry, NOON } from './project.ts';

const YAML = `project: { name: shop }
backend: &side
  provider: generic
  providers: { generic: { build: { context: ./backend } } }
frontend: *side
environments:
  prod: { driver: local }
  staging: { driver: local }
`;

async function outlineOf(space: Workspace, text: string, name = 'stagecraft.yml'): Promise<Outline> {
  const source = stagecraftSource(new FileCache(LATER), {}, () => NOON);
  const [place] = await placesIn(source, space.root);
  if (!place || !source.outline) throw new Error('no place');
  const live = { file: space.file(name), text, trusted: true };
  return source.outline(place, live, new AbortController().signal);
}

/** A project that was released to prod as it was committed. */
function released(): Workspace {
  const space = repository(onTestFinished);
  const commit_sha = space.commit({ 'stagecraft.yml': YAML });
  space.write({ '.stagecraft/releases.json': JSON.stringify({ releases: [entry({ commit_sha })] }) });
  return space;
}

test('environments and services are found, with what differs from what was released', async () => {
  const space = released();
  const text = `\r\n# moved\r\n${YAML.replaceAll('\n', '\r\n').replace('./backend', './b')}`;
  const { keys = [], findings } = await outlineOf(space, text);
  expect(
    keys.map(({ start, end, environment, service, difference }) => [
      text.slice(start, end),
      environment ?? service,
      difference,
    ]),
  ).toEqual([
    ['prod', 'prod', { kind: 'differs', services: ['backend', 'frontend'] }],
    ['staging', 'staging', undefined],
    ['backend', 'backend', undefined],
    ['frontend', 'frontend', undefined],
  ]);
  expect(findings).toEqual([]);
  const [same] = (await outlineOf(space, `${YAML}# more\n`)).keys ?? [];
  expect(same?.difference).toEqual({ kind: 'same' });
  const [other] =
    (await outlineOf(space, YAML.replace('prod: { driver: local', 'prod: { driver: x'))).keys ?? [];
  expect(other?.difference).toEqual({ kind: 'differs', services: [] });
});

test('what is wrong is told of the text as it stands', async () => {
  const space = released();
  const { findings } = await outlineOf(space, YAML.replace('prod: { driver: local }', 'live: {}'));
  expect(findings.map(({ code, at }) => [code, at?.line])).toEqual([
    ['missing-driver', 7],
    ['unknown-environment', 6],
  ]);
  expect((await outlineOf(space, 'a: [')).keys).toBeUndefined();
  expect(await outlineOf(space, 'a: [', 'stagecraft.yaml')).toEqual({ keys: [], findings: [] });
});
