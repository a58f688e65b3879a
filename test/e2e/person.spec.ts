import { expect, test } from 'vitest';
import { session } from './kit/session.ts';
import { demoWorkspace } from './kit/workspaces.ts';

const vscode = session({ folder: demoWorkspace, viewport: { width: 1400, height: 1100 } });

test('a failed release shows its phases, what they say, and its log', async () => {
  const { workbench } = vscode;
  await workbench.openSidebar();
  const releases = workbench.view('Releases');
  await releases.filled();
  const failed = (await releases.rows()).find(({ description }) =>
    description.startsWith('failed in rollout'),
  );
  expect(failed).toBeDefined();
  const label = failed?.label ?? '';
  await releases.expand(label);
  expect((await releases.rows()).map(row => row.description)).toContainEqual(
    expect.stringMatching(/^failed/),
  );
  expect(await releases.hover(label)).toMatch(/Commit: [0-9a-f]{40}/);
  await workbench.screenshot('failed release');
  await releases.inlineAction(label, 'Open Log');
  await expect
    .poll(() => workbench.page.locator('.editor-instance .view-lines').innerText())
    .toContain('phase');
  await workbench.screenshot('log');
});

test('the filter leaves the rows that hold the text, and goes away again', async () => {
  const { workbench } = vscode;
  const servers = workbench.view('Servers');
  const before = await servers.rows();
  await servers.titleAction('Filter');
  await workbench.quickInput.type('db01');
  await workbench.quickInput.accept();
  await expect.poll(async () => (await servers.rows()).length).toBeLessThan(before.length);
  expect((await servers.rows()).map(({ label }) => label)).toContain('db01');
  expect(await workbench.view('Stacks').welcome()).toContain('No stack matches the filter');
  await workbench.screenshot('filtered');
  await servers.titleAction('Clear Filter');
  await expect.poll(async () => (await servers.rows()).length).toBe(before.length);
});

test('the status bar names the worst thing, and leads to it', async () => {
  const { workbench } = vscode;
  await expect.poll(() => workbench.statusBar.innerText()).toContain('worker 1 of 2 running');
  await workbench.statusBar.click();
  const listed = await workbench.quickInput.labels();
  expect(listed[0]).toContain('worker 1 of 2 running');
  await workbench.screenshot('attention');
  await workbench.quickInput.accept();
  await workbench.page.locator('.monaco-list-row.selected').filter({ hasText: 'worker' }).waitFor();
});

test('what was dismissed is not said again', async () => {
  const { workbench } = vscode;
  await workbench.command('Shipshape: Show What Needs Attention');
  const before = await workbench.quickInput.labels();
  await workbench.quickInput.rows().first().hover();
  await workbench.quickInput.rows().first().locator('.action-label[aria-label="Dismiss"]').click();
  await expect.poll(() => workbench.quickInput.labels()).not.toContain(before[0]);
  await workbench.page.keyboard.press('Escape');
  await expect.poll(() => workbench.statusBar.innerText()).not.toContain(before[0] ?? '');
});

test('every inline action is in the context menu too', async () => {
  const { workbench } = vscode;
  const servers = workbench.view('Servers');
  await servers.contextMenu('web01');
  expect(await workbench.menuEntries()).toEqual(expect.arrayContaining(['Open Source', 'Copy Id']));
  await workbench.page.keyboard.press('Escape');
});

test('a row is reached and opened with the keyboard alone, and says its state in words', async () => {
  const { workbench } = vscode;
  await workbench.command('View: Show Shipshape');
  const releases = workbench.view('Releases');
  const rows = await releases.rows();
  expect(rows.every(({ spoken, label }) => spoken.includes(label))).toBe(true);
  const current = rows.find(({ description }) => description.startsWith('current'));
  expect(current?.spoken).toContain('current');
  await releases.row(current?.label ?? '').click();
  await workbench.page.keyboard.press('ArrowDown');
  await workbench.page.keyboard.press('Enter');
  await workbench.page.locator('.tab.active').first().waitFor();
});

test('no secret of the demo is anywhere on the screen', async () => {
  const { workbench } = vscode;
  const servers = workbench.view('Servers');
  expect(await servers.hover('db01')).toContain('••••••');
  await workbench.screenshot('masked');
});
