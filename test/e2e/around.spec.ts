import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeFiles, below } from '../kit/files.ts';
import { COMPLETED, failedIn, releasesFile } from '../kit/stagecraft.ts';
import { HOUR } from '../kit/times.ts';
import { session } from './kit/session.ts';
import { Workbench } from './kit/workbench.ts';
import { demoWorkspace } from './kit/workspaces.ts';

const RELEASES = 10_000;

const vscode = session({ folder: longHistory, viewport: { width: 1600, height: 1100 } });
let second: Workbench;

/** The demo with a project that was released ten thousand times. */
async function longHistory(): Promise<string> {
  const folder = await demoWorkspace();
  const releases = Array.from({ length: RELEASES }, (_, index) => ({
    environment: 'prod',
    at: Date.now() - 40 * HOUR - (RELEASES - index) * HOUR,
    version: `v1.${index}.0`,
    commit: index.toString(16).padStart(7, '0').padEnd(40, 'a'),
    phases: index % 23 === 7 ? failedIn('rollout') : COMPLETED,
  }));
  writeFiles(folder, below('catalog', releasesFile('program', releases)));
  return folder;
}

beforeAll(async () => {
  second = await Workbench.open(vscode.server.address(vscode.folder));
});

afterAll(() => second.close());

test('a summary goes to the clipboard, from a row and from the palette', async () => {
  const { workbench } = vscode;
  await workbench.openSidebar();
  const releases = workbench.view('Releases');
  await releases.filled();
  await releases.contextMenu('acme-shop / production');
  await workbench.menu('Copy Summary');
  await workbench.notification('The summary is on the clipboard').first().waitFor();
  const summary = await workbench.clipboard();
  expect(summary).toMatch(/^\*\*`acme-shop \/ production`\*\* \(Tako\)\n- Live, by what is recorded: `/);
  expect(summary).toMatch(/\n- `worker`: `1 of 2 running/);
  expect(summary).toMatch(/\d{4}-\d\d-\d\d \d\d:\d\d UTC/);

  await workbench.command('Shipshape: Copy Summary');
  await workbench.quickInput.type('web01');
  await workbench.quickInput.rows().first().waitFor();
  await workbench.quickInput.accept();
  await expect.poll(() => workbench.clipboard()).toMatch(/^\*\*Server `web01`\*\*\n/);
});

test('a deployment to production that fails elsewhere is told in one window of the machine', async () => {
  const { workbench, folder } = vscode;
  for (const window of [workbench, second]) {
    await window.openSidebar();
    await window.view('Releases').filled();
  }
  const production = path.join(folder, 'acme-shop', '.tako', 'deployments', 'production');
  const history = path.join(production, 'history');
  mkdirSync(history, { recursive: true });
  const newest = readdirSync(history).sort().at(-1) ?? '';
  const record = JSON.parse(readFileSync(path.join(history, newest), 'utf8')) as object;
  const timestamp = `${new Date().toISOString().slice(0, 19)}Z`;
  const failed = {
    ...record,
    deployment_id: 'deploy-elsewhere',
    timestamp,
    status: 'failed',
    triggered_by: 'ana [here](command:workbench.action.newWindow)',
  };
  writeFileSync(
    path.join(history, `${timestamp.replaceAll(':', '-').slice(0, -1)}Z.json`),
    JSON.stringify(failed),
  );

  const text = /acme-shop \/ production: .* failed.* · ana/;
  const told = async (): Promise<Workbench[]> => {
    const windows = [workbench, second];
    const counts = await Promise.all(windows.map(each => each.notification(text).count()));
    return windows.flatMap((each, index) => Array.from({ length: counts[index] ?? 0 }, () => each));
  };
  await expect.poll(async () => (await told()).length).toBe(1);
  for (const each of [workbench, second]) {
    await each.view('Releases').row('acme-shop / production').waitFor();
    await expect.poll(() => each.statusBar.innerText()).toContain('acme-shop / production');
  }
  await workbench.page.waitForTimeout(3_000); // in which the other window would tell it, too
  const [window, ...others] = await told();
  expect(others).toEqual([]);
  expect(await window?.notification(text).locator('.notification-list-item-message a').count()).toBe(0);
  await window?.screenshot('failed elsewhere');
  await window?.notification(text).getByText('Show', { exact: true }).click();
  await window?.page.locator('.sidebar .monaco-list-row.selected').filter({ hasText: 'ana' }).waitFor();
});

test('a release that the tree does not show yet is found among ten thousand, and shown in it', async () => {
  const { workbench } = vscode;
  await workbench.command('Shipshape: Go to Release…');
  await workbench.page.mouse.move(0, 0);
  await workbench.page.getByText(/\(newest 200 of 100\d\d\)/).waitFor();
  await workbench.screenshot('ten thousand releases');
  await workbench.quickInput.type('catalog failed v1.9782');
  await expect.poll(() => workbench.quickInput.rows().count()).toBe(1);
  expect((await workbench.quickInput.labels())[0]).toMatch(/^v1\.9782\.0 /);
  await workbench.screenshot('one of ten thousand releases');
  await workbench.quickInput.accept();
  const row = workbench.page.locator('.sidebar .monaco-list-row.selected').filter({ hasText: 'v1.9782.0' });
  await row.waitFor();
  expect(await row.innerText()).toContain('failed in rollout');
  await workbench.screenshot('an old release in the tree');
});

test('what needs attention offers what mends it', async () => {
  const { workbench, folder } = vscode;
  const file = path.join(folder, 'catalog', '.stagecraft', 'releases.json');
  writeFileSync(file, readFileSync(file, 'utf8').slice(0, -20));
  await workbench.command('Shipshape: Show What Needs Attention');
  const damaged = workbench.quickInput.rows().filter({ hasText: 'releases.json' });
  await damaged.waitFor();
  await damaged.hover();
  await workbench.screenshot('attention with actions');
  await damaged.locator('.action-label[aria-label^="Repair"]').click();
  await workbench.dialog.waitFor();
  await workbench.screenshot('repair from attention');
  await workbench.page.keyboard.press('Escape');
});
