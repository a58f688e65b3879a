import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { root } from '../../../scripts/run.mjs';
import { buildAll } from '../../bench/build.ts';
import { fresh } from '../../bench/harness.ts';
import { workspace } from '../../kit/workspace.ts';

test('what is measured can be built, and activation loads none of the heavy libraries', async () => {
  const built = await buildAll(workspace(onTestFinished).root);
  const types = path.join(root, 'node_modules/@types/vscode/index.d.ts');
  expect(fresh(built.tasks, 'activate', built.extension, types)).toMatchObject({ heavy: 0 });
});
