import { cpSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { root } from '../../scripts/run.mjs';
import { writeFiles } from '../kit/files.ts';
import { panelFrame } from './kit/panel.ts';
import { session } from './kit/session.ts';
import { demoWorkspace, emptyWorkspace } from './kit/workspaces.ts';

const vscode = session({
  folder: demoThatPointsOutside,
  trusted: false,
  viewport: { width: 1400, height: 1100 },
});

/** The demo, with settings of its own that name a project outside of the opened folder. */
async function demoThatPointsOutside(): Promise<string> {
  const outside = path.join(emptyWorkspace(), 'elsewhere');
  const releases = path.join(root, 'test', 'samples', 'stagecraft', 'releases.real-two-prod.json');
  cpSync(releases, path.join(outside, '.stagecraft', 'releases.json'));
  const folder = await demoWorkspace();
  writeFiles(folder, { '.vscode/settings.json': JSON.stringify({ 'shipshape.searchPaths': [outside] }) });
  return folder;
}

async function environments(): Promise<string[]> {
  const rows = await vscode.workbench.view('Releases').rows();
  return rows.filter(({ level }) => level === 1).map(({ label }) => label);
}

test('state is shown without trust, because reading runs nothing', async () => {
  const { workbench } = vscode;
  await workbench.page.locator('.statusbar-item').filter({ hasText: 'Restricted Mode' }).waitFor();
  await workbench.openSidebar();
  for (const title of ['Releases', 'Services', 'Servers', 'Stacks']) {
    await workbench.view(title).filled();
    expect(await workbench.view(title).rows(), title).not.toHaveLength(0);
  }
  await workbench.screenshot('restricted');
});

test('nothing is offered that would change or run something', async () => {
  const { workbench } = vscode;
  const offered = (await workbench.commandsFor('Shipshape:')).join('\n');
  expect(offered).toContain('Go to Release');
  for (const title of [
    'Prune History',
    'Break Lock',
    'Repair State File',
    'Open SSH Terminal',
    'Check Servers',
    'Initialize State',
    'Deploy…',
    'Roll Back to Release',
    'Promote Release',
    'Scale Service',
    'Restart Service',
    'Follow Logs',
    'Open Shell in Container',
  ]) {
    expect(offered).not.toContain(title);
  }
});

test('no server is asked from a page either, and that is what is said', async () => {
  const { workbench } = vscode;
  await workbench.openSidebar();
  await workbench.view('Servers').titleAction('Show Fleet');
  const panel = await panelFrame(workbench, 'Fleet');
  await panel.getByRole('button', { name: 'Check Servers' }).click();
  await workbench
    .notification('No server is asked in Restricted Mode. Trust this workspace first.')
    .waitFor();
});

test('what the folder points to outside of it is looked at only with trust', async () => {
  const { workbench } = vscode;
  expect(await environments()).not.toContainEqual(expect.stringContaining('elsewhere'));
  await workbench.command('Workspaces: Manage Workspace Trust');
  await workbench.page
    .locator('.workspace-trust-editor .monaco-button')
    .getByText('Trust', { exact: true })
    .click();
  await expect.poll(environments).toContainEqual(expect.stringContaining('elsewhere'));
});
