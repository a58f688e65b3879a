import { beforeAll, expect, test } from 'vitest';
import { session } from './kit/session.ts';
import { demoWorkspace } from './kit/workspaces.ts';

const vscode = session({ folder: demoWorkspace, viewport: { width: 1600, height: 1100 } });

/** In front: a configuration with what is deployed above its environments, beside the log of what failed. */
beforeAll(async () => {
  const { workbench } = vscode;
  await workbench.openSidebar();
  const releases = workbench.view('Releases');
  await releases.filled();
  await workbench.widenSidebar(420);
  const rows = await releases.rows();
  const failed = rows.find(({ description }) => description.startsWith('failed in rollout'));
  await releases.click(failed?.label ?? 'a failed release');
  await workbench.page.locator('.view-line').getByText('phase').first().waitFor();
  await workbench.command('View: Split Editor Right');
  await workbench.page.keyboard.press('Control+p');
  await workbench.quickInput.type('acme-shop/tako.yaml');
  await workbench.quickInput.pick('tako.yaml');
  await workbench.page.locator('.codelens-decoration').getByText('ago').first().waitFor();
});

test.each([
  ['Light Modern', 'vs'],
  ['Dark Modern', 'vs-dark'],
  ['Dark High Contrast', 'hc-black'],
  ['Light High Contrast', 'hc-light'],
])('the side bar, a log and a configuration in %s', async (theme, look) => {
  const { workbench } = vscode;
  await workbench.colorTheme(theme);
  await workbench.page.locator(`.monaco-workbench.${look}`).waitFor();
  await workbench.view('Releases').filled();
  await workbench.view('Stacks').filled();
  await workbench.page.locator('.codelens-decoration').getByText('ago').first().waitFor();
  await workbench.screenshot(`theme ${theme}`);
  // An icon that takes no colour from the theme is drawn as a picture, not as a sign of the icon font.
  const icons = workbench.page.locator('.sidebar .custom-view-tree-node-item-icon');
  const signs = workbench.page.locator('.sidebar .custom-view-tree-node-item-icon.codicon');
  expect(await signs.count()).toBeGreaterThan(0);
  expect(await signs.count()).toBe(await icons.count());
});
