import { readFileSync } from 'node:fs';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { ImportState } from '../../../../src/edit/tako/import.ts';
import { planLines } from '../../../../src/words/plan.ts';
import { goJson } from '../../../kit/go-json.ts';
import { contents, perform, plan } from '../../../kit/operate.ts';
import { workspace, type Workspace } from '../../../kit/workspace.ts';
import { briefs, environment, readProject, service } from '../../state/tako/reading.ts';
import { save } from '../../state/tako/writing.ts';
import { inferred, NOW, NODE, web, SWARM } from '../../state/tako/running.ts';

const now = () => NOW;

describe('importing it', () => {
  function prepared(documents: unknown = SWARM): Workspace & { readonly input: ImportState } {
    const space = workspace(onTestFinished);
    const elsewhere = workspace(onTestFinished);
    elsewhere.write({ 'all.json': JSON.stringify(documents, null, 4) });
    space.write({
      'tako.yaml':
        'project: { name: shop, version: 1 }\nservers: { a: { host: x, user: y } }\nenvironments: { production: { servers: [a] } }',
    });
    return { ...space, input: { root: space.root, from: { file: elsewhere.file('all.json') } } };
  }

  test('says what was inferred and what was not', async () => {
    const { input } = prepared([...SWARM, web({ status: 'exited' }), { Id: 'x' }]);
    const made = await plan({ operation: 'tako.import', input }, now);
    const { title, risk, changes, findings, undoable } = made;
    expect([title, risk, undoable]).toEqual(['Import what runs as production', 'confirm', true]);
    expect(changes).toEqual([{ path: ['web'], kind: 'added', to: 'shop/web:v2' }]);
    expect(findings).toEqual(
      expect.arrayContaining([
        { severity: 'warning', code: 'not-inferred', text: 'Not known: commit; configuration.' },
        { severity: 'warning', code: 'left-out', text: 'Left out: 2 more.' },
      ]),
    );
    // No more than is read at a glance, in a person's words.
    expect(planLines(made)).toEqual({
      text: [
        'Warning: Not known: commit; configuration.',
        'Warning: Left out: 2 more.',
        '+ web: shop/web:v2',
        'Writes .tako/: the record of production',
        'The note of the release tells from what each part was inferred',
      ].join('\n'),
      isCut: false,
    });
  });

  test('begins a state that the views show, and is undone byte for byte', async () => {
    const { root, file, input } = prepared();
    const before = contents(root);
    const { verdict, undo } = await perform({ operation: 'tako.import', input }, { now });
    expect(verdict).toEqual({ state: 'verified' });
    expect(Object.keys(contents(root))).toEqual([
      '.tako/.gitignore',
      '.tako/deployments/production/current.json',
      '.tako/deployments/production/history/2026-11-21T12-30-45Z.json',
      '.tako/services/web/state.json',
      '.tako/state.json',
      'tako.yaml',
    ]);
    expect(readFileSync(file('.tako/deployments/production/current.json'), 'utf8')).toBe(
      goJson(
        {
          deployment_id: 'imported-20261121-123045',
          timestamp: '2026-11-21T12:30:45Z',
          environment: 'production',
          mode: 'swarm',
          status: 'success',
          duration_seconds: 0,
          services: {
            web: {
              image: 'shop/web:v2',
              image_id: `sha256:${'1'.repeat(64)}`,
              replicas: 3,
              ports: [3000, 8080, 9000],
              domains: ['shop.test', 'www.shop.test', 'shop.example'],
              health: 'healthy',
              containers: [
                { id: 'bbbbbbbbbbbb', node: NODE, status: 'running', started_at: '2026-11-20T10:00:00Z' },
              ],
            },
          },
          network: { name: 'tako_shop_production', driver: 'overlay', id: 'yx1hkofxp9os0n05gsx7wpyde' },
          volumes: [{ name: 'shop_production_data', driver: 'local', mount_point: '/data' }],
          config: { hash: '', source: '' },
          rollback_point: false,
          notes: inferred(SWARM).notes,
        },
        2,
      ),
    );
    const project = await readProject(root);
    const [release] = environment(project, 'production').releases;
    expect(release).toMatchObject({ id: 'imported-20261121-123045', kind: 'import', outcome: 'succeeded' });
    expect(release?.notes).toContain('health: State.Health.Status');
    expect(service(project, 'web')).toMatchObject({
      image: 'shop/web:v2',
      replicas: 3,
      health: 'healthy',
      domains: ['shop.test', 'www.shop.test', 'shop.example'],
    });
    expect(briefs(project)).toEqual([]);
    if (!undo) throw new Error('no undo');
    await perform(undo, { now });
    expect(contents(root)).toEqual(before);
  });

  test('warns when it is called like another project', async () => {
    const { input } = prepared([web({ name: 'blog_production_web_1' })]);
    const { findings } = await plan({ operation: 'tako.import', input }, now);
    expect(findings[0]).toEqual({
      severity: 'warning',
      code: 'other-project',
      text: 'It runs for blog; this project is called shop.',
    });
  });

  test('is the same plan a moment later', async () => {
    const { input } = prepared();
    const first = await plan({ operation: 'tako.import', input }, now);
    expect(await plan({ operation: 'tako.import', input }, () => NOW + 5_000)).toEqual(first);
  });

  test('is refused where the environment is recorded already', async () => {
    const { root, file, input } = prepared();
    await save(root);
    const { findings } = await plan({ operation: 'tako.import', input }, now);
    expect(findings[0]).toEqual({
      severity: 'error',
      code: 'recorded-already',
      text: 'production is recorded already.',
      at: { file: file('.tako/deployments/production/current.json') },
    });
    const request = { operation: 'tako.import', input: { ...input, environment: 'staging' } };
    await expect(perform(request, { now })).rejects.toMatchObject({ code: 'cannot-import' });
  });

  test('adds an environment to those that are recorded', async () => {
    const { root, input } = prepared([web({ name: 'web' })]);
    await save(root);
    const request = { operation: 'tako.import', input: { ...input, environment: 'staging' } };
    expect((await perform(request, { now })).verdict).toEqual({ state: 'verified' });
    expect((await readProject(root)).environments.map(({ name, current }) => [name, current])).toEqual([
      ['production', 'deploy-abc123'],
      ['staging', 'imported-20261121-123045'],
    ]);
  });

  test.each<[what: string, text: string]>([
    ['half a text', '{'],
    ['an empty text', ''],
    ['a text nested too deep', '['.repeat(50_000)],
  ])('%s is not what docker inspect writes', async (_, text) => {
    const { input } = prepared();
    const { file, write } = workspace(onTestFinished);
    write({ 'bad.json': text });
    const request = { operation: 'tako.import', input: { ...input, from: { file: file('bad.json') } } };
    await expect(plan(request, now)).rejects.toMatchObject({ code: 'unreadable', what: 'It is not JSON.' });
  });

  test('a file that is not there cannot be read', async () => {
    const { input } = prepared();
    const request = { operation: 'tako.import', input: { ...input, from: { file: '/nowhere.json' } } };
    await expect(plan(request, now)).rejects.toMatchObject({
      code: 'unreadable',
      what: 'It cannot be read.',
    });
  });

  test('a damaged state is not overwritten', async () => {
    const { file, input, write } = prepared();
    write({ '.tako/state.json': '{' });
    await expect(plan({ operation: 'tako.import', input }, now)).rejects.toMatchObject({ code: 'damaged' });
    expect(readFileSync(file('.tako/state.json'), 'utf8')).toBe('{');
  });
});
