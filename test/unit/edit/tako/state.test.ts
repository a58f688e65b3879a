import { readFileSync, rmSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { contents, perform, placeOf, plan } from '../../../kit/operate.ts';
import { workspace } from '../../../kit/workspace.ts';
import { briefs, readProject, record, service } from '../../state/tako/reading.ts';
import { AT, MINUTE, save } from '../../state/tako/writing.ts';

const now = () => AT;

test('a project gets its state, and is as before when that is undone', async () => {
  const { root, write } = workspace(onTestFinished);
  write({ 'README.md': 'mine' });
  const before = contents(root);
  const request = { operation: 'tako.init', input: { root, name: 'myapp', mode: 'single' } };
  const { plan: seen, verdict, undo } = await perform(request, { now });
  expect(seen).toMatchObject({ title: 'Initialize the state of myapp', target: 'myapp', risk: 'none' });
  expect(verdict).toEqual({ state: 'verified' });
  expect(contents(root)).toEqual({
    ...before,
    '.tako/.gitignore': '*\n!.gitignore\n',
    '.tako/state.json': `{
  "version": "1.0.0",
  "project": {
    "name": "myapp",
    "created_at": "2024-11-13T10:30:00Z",
    "last_deployed": "0001-01-01T00:00:00Z"
  },
  "mode": "single",
  "environments": {},
  "metadata": {
    "tako_version": "",
    "config_hash": ""
  }
}`,
  });
  expect(briefs(await readProject(root))).toEqual([]);
  expect((await plan(request)).findings).toMatchObject([{ severity: 'error', code: 'nothing-to-do' }]);
  if (!undo) throw new Error('no undo');
  await perform(undo);
  expect(contents(root)).toEqual(before);
});

test('its first deployment keeps when it began', async () => {
  const { root, file } = workspace(onTestFinished);
  await perform({ operation: 'tako.init', input: { root, name: 'myapp', mode: 'single' } }, { now });
  await save(root, { timestamp: AT + MINUTE });
  const state = readFileSync(file('.tako/state.json'), 'utf8');
  expect(state).toContain(
    '"created_at": "2024-11-13T10:30:00Z",\n    "last_deployed": "2024-11-13T10:31:00Z"',
  );
  expect(state).toContain('"environments": {\n    "production": {\n      "active": true,\n');
});

test('a .gitignore of any form is left', async () => {
  const { root, write, file } = workspace(onTestFinished);
  write({ '.tako/.gitignore': '# Tako secrets - DO NOT COMMIT\nsecrets*\n' });
  await perform({ operation: 'tako.init', input: { root, name: 'myapp', mode: 'swarm' } }, { now });
  expect(readFileSync(file('.tako/.gitignore'), 'utf8')).toBe('# Tako secrets - DO NOT COMMIT\nsecrets*\n');
});

test('health is recorded when it is asked for', async () => {
  const { root } = workspace(onTestFinished);
  await save(root);
  const before = contents(root);
  const place = await placeOf(root, 'tako');
  const seen = ['web', 'worker'].map(name => ({
    service: name,
    checks: [{ status: 'starting', responseTimeMs: 5 }],
    samples: [{ cpu: '120m', memory: '256Mi', replicas: 1 }],
  }));
  const {
    verdict,
    plan: planned,
    undo,
  } = await perform({ operation: 'tako.health', input: { place, seen } }, { now: () => AT + MINUTE });
  expect(planned).toMatchObject({ title: 'Record the health of 2 services', risk: 'none' });
  expect(verdict).toEqual({ state: 'verified' });
  const project = await readProject(root);
  expect(service(project, 'web')).toMatchObject({ health: 'starting', at: AT + MINUTE });
  expect(project.services.find(({ name }) => name === 'worker')).toMatchObject({ health: 'starting' });
  if (!undo) throw new Error('no undo');
  await perform(undo);
  expect(contents(root)).toEqual(before);
});

test.each<readonly [operation: string, input: object]>([
  ['tako.init', { name: 'myapp', mode: 'single' }],
  ['tako.mark', { release: 'one' }],
  ['tako.unmark', { release: 'marked' }],
  ['tako.note', { release: 'one', text: 'a note' }],
  [
    'tako.health',
    { seen: [{ service: 'web', checks: [{ status: 'starting', responseTimeMs: 5 }], samples: [] }] },
  ],
  ['tako.close', { release: 'running' }],
])('%s says so when the world is another one by the time it is looked at', async (operation, input) => {
  const { root, file, write } = workspace(onTestFinished);
  if (operation !== 'tako.init') {
    await save(root, { id: 'one' });
    await save(root, { id: 'marked', timestamp: AT + MINUTE, rollbackPoint: true });
    write({
      '.tako/deployments/production/history/2024-11-13T09-00-00Z.json': record({
        id: 'running',
        timestamp: '2024-11-13T09:00:00Z',
        status: 'in_progress',
      }),
    });
  } else write({ 'tako.yaml': 'project: { name: myapp, version: 1 }' });
  const place = await placeOf(root, 'tako');
  const { verdict } = await perform(
    { operation, input: { root, place, environment: 'production', ...input } },
    {
      now,
      step: ({ step, state }) => {
        if (step === 'verify' && state === 'started') rmSync(file('.tako'), { recursive: true });
      },
    },
  );
  expect(verdict.state).toBe('failed');
});
