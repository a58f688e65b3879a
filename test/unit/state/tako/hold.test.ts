import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { takoLock } from '../../../../src/state/tako/hold.ts';
import { contents, perform } from '../../../kit/operate.ts';
import { workspace } from '../../../kit/workspace.ts';
import { never, save } from './writing.ts';

test('Tako is kept out while the folder is written, and nothing of the lock stays', async () => {
  const { root, file } = workspace(onTestFinished);
  mkdirSync(file('.tako'));
  const held = await takoLock(root).acquire('test', never);
  const tako = () => spawnSync('flock', ['-xn', file('.tako/.lock'), 'true']).status;
  expect(tako()).toBe(1);
  await held.release();
  expect(existsSync(file('.tako/.lock'))).toBe(false);
});

test('where there is no folder yet, none is made by locking', async () => {
  const { root, file } = workspace(onTestFinished);
  const held = await takoLock(root).acquire('test', never);
  expect(existsSync(file('.tako'))).toBe(false);
  await held.release();
});

test('an undo waits for Tako, too', async () => {
  const { root, file } = workspace(onTestFinished);
  await save(root);
  const before = contents(root);
  const { undo } = await perform({
    operation: 'tako.health',
    input: {
      place: { tool: 'tako', key: 'tako', root, files: [], watch: [] },
      seen: [{ service: 'web', checks: [{ status: 'healthy', responseTimeMs: 1 }], samples: [] }],
    },
  });
  if (!undo) throw new Error('no undo');
  let status: number | null = null;
  await perform(undo, {
    step: ({ step, state }) => {
      if (step !== 'apply' || state !== 'started') return;
      ({ status } = spawnSync('flock', ['-xn', file('.tako/.lock'), 'true']));
    },
  });
  expect(status).toBe(1);
  expect(contents(root)).toEqual(before);
});
