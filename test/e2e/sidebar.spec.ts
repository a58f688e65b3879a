import { expect, test } from 'vitest';
import { session } from './kit/session.ts';
import { demoWorkspace } from './kit/workspaces.ts';

const vscode = session({ folder: demoWorkspace, viewport: { width: 1400, height: 1100 } });

test('the side bar shows the four trees, filled', async () => {
  const { workbench } = vscode;
  await workbench.openSidebar();
  for (const title of ['Releases', 'Services', 'Servers', 'Stacks']) {
    await workbench.view(title).filled();
    expect(await workbench.view(title).rows(), title).not.toHaveLength(0);
  }
  await workbench.widenSidebar(560);
  await workbench.screenshot('sidebar');
});

test('no message and no question stands in the way', async () => {
  expect(await vscode.workbench.notifications()).toEqual([]);
  expect(await vscode.workbench.dialog.count()).toBe(0);
});
