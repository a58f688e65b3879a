import { expect, test } from 'vitest';
import { session } from './kit/session.ts';
import { demoWorkspace } from './kit/workspaces.ts';

const vscode = session({ folder: demoWorkspace, viewport: { width: 1400, height: 1100 } });

test.each([
  ['Light Modern', 'vs'],
  ['Dark Modern', 'vs-dark'],
  ['Dark High Contrast', 'hc-black'],
  ['Light High Contrast', 'hc-light'],
])('the side bar in %s', async (theme, look) => {
  const { workbench } = vscode;
  await workbench.colorTheme(theme);
  await workbench.page.locator(`.monaco-workbench.${look}`).waitFor();
  await workbench.openSidebar();
  await workbench.view('Releases').filled();
  await workbench.view('Stacks').filled();
  await workbench.widenSidebar(520);
  await workbench.screenshot(`theme ${theme}`);
  // An icon that takes no colour from the theme is drawn as a picture, not as a sign of the icon font.
  const icons = workbench.page.locator('.sidebar .custom-view-tree-node-item-icon');
  const signs = workbench.page.locator('.sidebar .custom-view-tree-node-item-icon.codicon');
  expect(await signs.count()).toBeGreaterThan(0);
  expect(await signs.count()).toBe(await icons.count());
});
