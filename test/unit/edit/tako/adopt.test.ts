import { expect, it } from 'vitest';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { clean } from '../../../../src/base/clean.ts';
import { seenOf, serviceDrift } from '../../../../src/deploy/drift/service-drift.ts';
import { openReader, readOnce } from '../../../../src/engine.ts';
import type { State } from '../../../../src/state/model.ts';
import { answersIn } from '../../../../src/words/restorable.ts';
import { AT, failure, NOW, seen } from '../../../kit/asked.ts';
import { answerOf, container, deployedBy, image } from '../../../kit/observed.ts';
import { perform } from '../../../kit/operate.ts';
import { ran, recordedIn, RELEASE } from '../../../kit/recorded.ts';

const of = (name: string, digit: string) =>
  container(name, {
    imageId: clean(`sha256:${digit.repeat(64)}`),
    deployed: deployedBy(name, RELEASE, { hash: clean(digit.repeat(64)) }),
  });

const only = (state: State) => {
  const [project] = state.projects;
  const [environment] = project?.environments ?? [];
  if (!project || !environment) throw new Error('Nothing was read');
  return { project, environment, answers: answersIn(state)(project, environment) };
};

const CHANGED = answerOf('2.0.0', {
  containers: [of('web', '9'), of('miner', '5')],
  images: [image('shop/web:9d1c0aa', '9'), image('shop/miner:v3', '5')],
});

it('records what runs as a release that was imported, after which nothing differs', async () => {
  const state = await seen({ a: CHANGED }, {}, recordedIn([ran('web', ['a']), ran('worker', ['a'])], ['a']));
  const { project, environment, answers } = only(state);
  const names = ['web', 'worker', 'miner'];
  const all = names.map(name => {
    const found = seenOf(project, environment, answers, clean(name));
    return [name, typeof found === 'string' ? expect.fail(found) : found] as const;
  });
  const input = {
    root: project.root,
    environment: 'production',
    release: RELEASE,
    at: AT,
    seen: Object.fromEntries(all.map(([name, found]) => [name, found.service])),
    own: Object.fromEntries(all.flatMap(([name, found]) => (found.own ? [[name, found.own]] : []))),
  };
  const before = readFileSync(path.join(project.root, '.tako/deployments/production/current.json'), 'utf8');
  const { verdict, undo, plan } = await perform({ operation: 'tako.adopt', input }, { now: () => NOW });
  expect(verdict).toEqual({ state: 'verified' });
  expect(plan.changes.map(({ kind, path: [, name] }) => [kind, name])).toEqual([
    ['changed', 'web'],
    ['removed', 'worker'],
    ['added', 'miner'],
  ]);

  const read = await readOnce(
    openReader({}, undefined, () => NOW),
    [project.root],
  );
  const after = only({ ...read, observed: state.observed });
  const { drift, compared } = serviceDrift(after.project, after.environment, after.answers);
  expect([drift, compared]).toEqual([[], ['a']]);
  const [release, older] = after.environment.releases;
  expect(release).toMatchObject({ kind: 'import', outcome: 'succeeded', rollbackPoint: false });
  expect(release?.services.find(({ name }) => name === 'web')).toMatchObject({
    image: 'shop/web:9d1c0aa',
    hash: '9'.repeat(64),
    ports: ['3000'],
  });
  // What was recorded before is in the history as it stood.
  expect(older?.id).toBe(RELEASE);
  expect(readFileSync(older?.source.file ?? '', 'utf8')).toBe(before);

  await perform(undo ?? expect.fail('no undo'), { now: () => NOW });
  const undone = await readOnce(openReader({}), [project.root]);
  expect(undone.projects[0]?.environments[0]?.current).toBe(RELEASE);
});

it('records nothing of a service while one server was not heard, and nothing over another release', async () => {
  const files = recordedIn([ran('web', ['a', 'b'])], ['a', 'b']);
  const { project, environment, answers } = only(
    await seen({ a: CHANGED, b: failure('unreachable') }, {}, files),
  );
  expect(seenOf(project, environment, answers, clean('web'))).toBe(
    'Not all servers of production were heard, so what runs of web is not known.',
  );
  const input = {
    root: project.root,
    environment: 'production',
    release: 'deploy-1',
    at: AT,
    seen: {},
    own: {},
  };
  await expect(perform({ operation: 'tako.adopt', input }, { now: () => NOW })).rejects.toMatchObject({
    message: expect.stringContaining('was deployed meanwhile') as string,
  });
});
