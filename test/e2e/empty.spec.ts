import { expect, test } from 'vitest';
import { session } from './kit/session.ts';
import { emptyWorkspace } from './kit/workspaces.ts';

const vscode = session({ folder: emptyWorkspace });

test('empty views say what was looked for', async () => {
  const { workbench } = vscode;
  await workbench.openSidebar();
  await expect.poll(() => workbench.view('Releases').welcome()).toContain('No releases found');
  expect(await workbench.view('Services').welcome()).toContain('tako.yaml');
  expect(await workbench.view('Servers').welcome()).toContain('No servers found');
  await workbench.screenshot('empty');
});

test('the stacks appear only where a database is found', async () => {
  expect(await vscode.workbench.view('Stacks').isThere()).toBe(false);
});
