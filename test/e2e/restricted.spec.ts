import { expect, test } from 'vitest';
import { session } from './kit/session.ts';
import { demoWorkspace } from './kit/workspaces.ts';

const vscode = session({ folder: demoWorkspace, trusted: false, viewport: { width: 1400, height: 1100 } });

test('the folder is open in Restricted Mode', async () => {
  await vscode.workbench.page.locator('.statusbar-item').filter({ hasText: 'Restricted Mode' }).waitFor();
});

test('state is shown without trust, because reading runs nothing', async () => {
  const { workbench } = vscode;
  await workbench.openSidebar();
  for (const title of ['Releases', 'Services', 'Servers', 'Stacks']) {
    await workbench.view(title).filled();
    expect(await workbench.view(title).rows(), title).not.toHaveLength(0);
  }
  await workbench.screenshot('restricted');
});
