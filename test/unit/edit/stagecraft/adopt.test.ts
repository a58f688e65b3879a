import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { clean } from '../../../../src/base/clean.ts';
import type { State } from '../../../../src/state/model.ts';
import { driftText } from '../../../../src/words/running.ts';
import { adoptionOf, comparedIn } from '../../../../src/words/running-drift.ts';
import { serviceRows } from '../../../../src/words/services.ts';
import { AT, NOW } from '../../../kit/asked.ts';
import { COMPOSED, composed, composedIn } from '../../../kit/composed.ts';
import { answerOf, container, deployedBy, image } from '../../../kit/observed.ts';
import { perform } from '../../../kit/operate.ts';

const RECORDED = {
  web: { imageId: `sha256:${'1'.repeat(64)}` },
  worker: { imageId: `sha256:${'2'.repeat(64)}` },
};

const of = (name: string, digit: string) =>
  container(name, {
    image: clean(`shop/${name}:v${digit}`),
    imageId: clean(`sha256:${digit.repeat(64)}`),
    deployed: deployedBy(name, COMPOSED),
  });

const CHANGED = answerOf('2.0.0', {
  containers: [of('web', '9'), { ...of('web', '9'), id: clean('other') }, of('worker', '2')],
  images: [image('shop/web:v9', '9'), image('shop/worker:v2', '2')],
});

const only = (state: State) => {
  const [found] = comparedIn(state);
  if (!found) throw new Error('Nothing was compared');
  const { project, environment, comparison } = found;
  return {
    project,
    environment,
    comparison,
    drift: comparison.drift.map(driftText),
  };
};

it('what differs on a server of the settings is told, and adopted as a release of its own', async () => {
  const before = await composed(RECORDED, { web01: CHANGED });
  const { project, drift } = only(before);
  expect(drift).toEqual(['web 2 of 1', 'web: web01 runs v9, recorded v1']);
  const [group] = serviceRows(before, NOW);
  expect(group?.label).toBe('production');
  expect(group?.children?.map(({ label, abilities }) => [label, abilities?.includes('adoptDrift')])).toEqual([
    ['web 2 of 1', true],
    ['web: web01 runs v9, recorded v1', true],
  ]);

  const file = path.join(project.root, '.stagecraft/releases.json');
  const text = readFileSync(file, 'utf8');
  const { verdict, plan, undo } = await perform(
    adoptionOf(before, only(before), { name: clean('web'), at: AT }),
    { now: () => NOW },
  );
  expect(verdict).toEqual({ state: 'verified' });
  expect(plan.changes).toMatchObject([
    { kind: 'changed', from: 'shop/web:v1, replicas: 1', to: 'shop/web:v9, replicas: 2' },
  ]);
  // As the Stagecraft CLI writes it.
  const releases = (JSON.parse(readFileSync(file, 'utf8')) as { releases: object[] }).releases;
  expect(releases).toHaveLength(2);
  const completed = Object.fromEntries(
    ['build', 'push', 'migrate_pre', 'rollout', 'migrate_post', 'finalize'].map(each => [each, 'completed']),
  );
  expect(releases[1]).toMatchObject({
    environment: 'production',
    version: expect.stringMatching(/^imported-\d{8}-\d{6}$/) as string,
    commit_sha: '',
    phases: completed,
    previous_id: COMPOSED,
  });

  const after = only(await composedIn(project.root, { web01: CHANGED }));
  expect([after.drift, after.comparison.compared]).toEqual([[], ['web01']]);
  expect(after.environment.releases[0]).toMatchObject({
    kind: 'import',
    outcome: 'succeeded',
    notes: `Imported from what servers answered: web. The rest is as in ${COMPOSED}.`,
  });
  await perform(undo ?? expect.fail('no undo'), { now: () => NOW });
  expect(readFileSync(file, 'utf8')).toBe(text);
});

it('what nothing of ours has made is adopted as well, and what is gone is not recorded any more', async () => {
  const plain = answerOf('2.0.0', {
    containers: [
      container('web', {
        name: clean('0a1b_web'),
        imageId: clean(`sha256:${'9'.repeat(64)}`),
        labels: {
          'com.docker.compose.project': clean('shop_production'),
          'com.docker.compose.service': clean('web'),
        },
      }),
    ],
  });
  let state = await composed(RECORDED, { 'this machine': plain }, true);
  const { project } = only(state);
  for (const name of ['web', 'worker'].map(each => clean(each))) {
    await perform(adoptionOf(state, only(state), { name, at: AT }), { now: () => NOW });
    state = await composedIn(project.root, { 'this machine': plain }, true);
  }
  const after = only(state);
  expect([after.drift, after.comparison.compared]).toEqual([[], ['this machine']]);
});

it('what differs between servers is not adopted: a record has one image of a service', async () => {
  const answers = {
    web01: CHANGED,
    web02: answerOf('2.0.0', { containers: [of('web', '1'), of('worker', '2')] }),
  };
  const state = await composed(RECORDED, answers);
  expect(() => adoptionOf(state, only(state), { name: clean('web'), at: AT })).toThrow(
    'Not all servers of production run the same image of web.',
  );
});

it('a release that its own program made is not compared, because it keeps no images', async () => {
  const { comparison } = only(await composed({}, { web01: CHANGED }));
  expect([comparison.drift, comparison.compared]).toEqual([[], []]);
  expect(comparison.left).toEqual([
    { server: 'web01', why: `not compared: no images are recorded of ${COMPOSED}` },
  ]);
});

it('records nothing over a release that was deployed meanwhile', async () => {
  const { project } = only(await composed(RECORDED, { web01: CHANGED }));
  const input = {
    root: project.root,
    environment: 'production',
    release: 'rel-1',
    at: AT,
    seen: {},
    own: {},
  };
  await expect(perform({ operation: 'stagecraft.adopt', input }, { now: () => NOW })).rejects.toMatchObject({
    message: expect.stringContaining('was deployed meanwhile') as string,
  });
});
