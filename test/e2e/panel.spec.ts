import { expect, test } from 'vitest';
import { panelFrame, tableRows } from './kit/panel.ts';
import { session } from './kit/session.ts';
import { demoWorkspace } from './kit/workspaces.ts';

const vscode = session({ folder: demoWorkspace, viewport: { width: 1600, height: 1000 } });

test('all stacks at a glance', async () => {
  const { workbench } = vscode;
  await workbench.openSidebar();
  const stacks = workbench.view('Stacks');
  await stacks.filled();
  await stacks.titleAction('Show Stacks Overview');
  const panel = await panelFrame(workbench, 'Stacks');
  await expect.poll(() => tableRows(panel, 'Stacks').count()).toBe(2);
  await workbench.screenshot('stacks overview');
});

test('the drift of all stacks, and of one', async () => {
  const { workbench } = vscode;
  await workbench.view('Stacks').titleAction('More Actions...');
  await workbench.menu('Show Drift');
  const panel = await panelFrame(workbench, 'Drift');
  await expect.poll(() => tableRows(panel, 'Differences').count()).toBeGreaterThan(2);
  await workbench.screenshot('drift');
});
