import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { session } from './kit/session.ts';
import { demoWorkspace } from './kit/workspaces.ts';

const vscode = session({ folder: demoWorkspace, viewport: { width: 1600, height: 1000 } });

const words = async () =>
  (await vscode.workbench.view('Releases').rows()).find(({ label }) => label === 'acme-shop / production')
    ?.description;

test('an environment says what of the commits is not deployed, and what is not committed', async () => {
  const { workbench, folder } = vscode;
  await workbench.openSidebar();
  await workbench.view('Releases').filled();
  await expect.poll(words).toMatch(/\d+ commits? not deployed/);
  expect(await words()).not.toContain('uncommitted');
  writeFileSync(path.join(folder, 'acme-shop', 'web', 'new.js'), 'export const fresh = true;\n');
  await expect.poll(words).toContain('1 file uncommitted');
});

test('the commits are listed, and all that they change is opened', async () => {
  const { workbench } = vscode;
  await workbench.view('Releases').inlineAction('acme-shop / production', 'Show Undeployed Changes');
  await expect
    .poll(() => workbench.quickInput.labels())
    .toContainEqual(expect.stringContaining('All changes since'));
  await workbench.screenshot('undeployed commits');
  await workbench.quickInput.accept();
  await workbench.page.locator('.multiDiffEditor').first().waitFor();
  await workbench.page.locator('.multiDiffEditor .view-line').first().waitFor();
  await workbench.screenshot('undeployed changes');
});
