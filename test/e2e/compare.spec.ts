import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { panelFrame, tableRows, violations } from './kit/panel.ts';
import { session } from './kit/session.ts';
import { demoWorkspace } from './kit/workspaces.ts';

const vscode = session({ folder: demoWorkspace, viewport: { width: 1600, height: 1000 } });

/** The labels of the releases of an environment, newest first. */
async function releasesOf(environment: string): Promise<readonly string[]> {
  const rows = await vscode.workbench.view('Releases').rows();
  const start = rows.findIndex(({ label }) => label === environment) + 1;
  const end = rows.findIndex(({ level }, index) => index >= start && level === 1);
  return rows
    .slice(start, end === -1 ? undefined : end)
    .flatMap(({ label, level }) => (level === 2 ? label : []));
}

async function texts(rows: ReturnType<typeof tableRows>): Promise<readonly string[]> {
  return (await rows.allInnerTexts()).map(text => text.replaceAll(/\s+/g, ' ').trim());
}

test('a release is compared with the one before it', async () => {
  const { workbench } = vscode;
  await workbench.openSidebar();
  const releases = workbench.view('Releases');
  await releases.filled();
  await workbench.widenSidebar(500);
  const [newest = '', previous = ''] = await releasesOf('acme-shop / production');
  await releases.contextMenu(newest);
  await workbench.menu('Compare with Previous');
  const panel = await panelFrame(workbench, `acme-shop / production: ${previous} → ${newest}`);
  await expect
    .poll(() => texts(tableRows(panel, 'Changes')))
    .toContainEqual(expect.stringContaining('image'));
  const summary = await panel.locator('main').innerText();
  expect(summary).toContain(`web: image ${previous} → ${newest}`);
  expect(summary).toContain('Unchanged: db');
  expect(summary).toContain('worker: image');
  await expect
    .poll(() => texts(tableRows(panel, 'Commits that come in')))
    .toContainEqual(expect.stringContaining('Offer express delivery'));
  expect(await texts(tableRows(panel, 'Phases'))).toContainEqual(
    expect.stringContaining('build completed · 1 min'),
  );
  await workbench.page.mouse.move(600, 5); // off the row, whose hover would lie over the page
  await workbench.screenshot('release diff');
  await panel.getByText('Open Changed Files').click();
  await workbench.page.locator('.multiDiffEditor .view-line').first().waitFor();
  await workbench.screenshot('release diff files');
});

test('the page of two releases can be read by everybody, in every theme', async () => {
  const { workbench } = vscode;
  const [newest = '', previous = ''] = await releasesOf('acme-shop / production');
  await workbench.view('Releases').contextMenu(newest);
  await workbench.menu('Compare with Previous');
  const panel = await panelFrame(workbench, `acme-shop / production: ${previous} → ${newest}`);
  for (const theme of ['Dark Modern', 'Dark High Contrast', 'Light High Contrast', 'Light Modern']) {
    await workbench.colorTheme(theme);
    await tableRows(panel, 'Commits that come in').first().focus();
    expect(await violations(panel)).toEqual([]);
    await workbench.page.mouse.move(600, 5);
    await workbench.screenshot(`release diff ${theme}`);
  }
  await panel.getByRole('button', { name: 'Copy Summary' }).click();
  await workbench.notification('The summary is on the clipboard').first().waitFor();
  const summary = await workbench.clipboard();
  expect(summary).toMatch(/^\*\*`acme-shop \/ production: /);
  expect(summary).toContain(`web: image ${previous} → ${newest}`);
  expect(summary).toContain('Offer express delivery');
});

test('a release is compared with the configuration in the working tree', async () => {
  const { workbench } = vscode;
  await workbench.view('Releases').contextMenu('acme-shop / production');
  await workbench.menu('Compare with Working Tree');
  const [newest = ''] = await releasesOf('acme-shop / production');
  const panel = await panelFrame(workbench, `acme-shop / production: ${newest} → working tree`);
  await expect.poll(() => panel.locator('main').innerText()).toContain('Not compared');
  await workbench.screenshot('release and working tree');
});

test('two environments are compared', async () => {
  const { workbench } = vscode;
  await workbench.view('Releases').contextMenu('acme-shop / production');
  await workbench.menu('Compare Environments…');
  const [production = ''] = await releasesOf('acme-shop / production');
  const [staging = ''] = await releasesOf('acme-shop / staging');
  const title = `acme-shop / production ${production} → acme-shop / staging ${staging}`;
  const panel = await panelFrame(workbench, title);
  await expect.poll(() => panel.locator('main').innerText()).toContain('replicas 3 → 1');
  await workbench.screenshot('environments compared');
});

test('two releases are compared as text', async () => {
  const { workbench } = vscode;
  const [newest = '', , older = ''] = await releasesOf('acme-shop / production');
  await workbench.view('Releases').contextMenu(newest);
  await workbench.menu('Compare Releases…');
  await workbench.quickInput.type(older);
  await workbench.quickInput.accept();
  const panel = await panelFrame(workbench, `acme-shop / production: ${older} → ${newest}`);
  await panel.getByText('Open as Text').click();
  const diff = workbench.page.locator('.diff-editor:visible, .monaco-diff-editor:visible').first();
  await diff.waitFor();
  await expect.poll(() => diff.innerText()).toContain('deployment_id');
  await workbench.screenshot('releases as text');
});

test('a commit that is not in this clone is fetched from the page', async () => {
  const { workbench, folder } = vscode;
  const git = (cwd: string, ...args: readonly string[]): string =>
    execFileSync('git', ['-C', cwd, '-c', 'user.name=ana', '-c', 'user.email=ana@acme.test', ...args], {
      encoding: 'utf8',
    }).trim();
  const [origin, other] = [
    path.join(vscode.server.home, 'origin.git'),
    path.join(vscode.server.home, 'other'),
  ];
  git(folder, 'clone', '-q', '--bare', folder, origin);
  git(folder, 'clone', '-q', origin, other);
  writeFileSync(path.join(other, 'acme-shop', 'web', 'elsewhere.js'), 'export const here = false;\n');
  git(other, 'add', '.');
  git(other, 'commit', '-q', '-m', 'Made elsewhere');
  git(other, 'push', '-q');
  git(folder, 'remote', 'add', 'origin', origin);
  const history = path.join(folder, 'acme-shop', '.tako', 'deployments', 'production', 'history');
  const record = JSON.parse(
    readFileSync(path.join(history, readdirSync(history).sort().at(-1) ?? ''), 'utf8'),
  ) as object;
  const [seconds = ''] = new Date().toISOString().split('.');
  const fresh = {
    ...record,
    deployment_id: 'deploy-elsewhere',
    timestamp: `${seconds}Z`,
    git_commit: git(other, 'rev-parse', 'HEAD'),
  };
  writeFileSync(path.join(history, `${seconds.replaceAll(':', '-')}Z.json`), JSON.stringify(fresh));
  const short = fresh.git_commit.slice(0, 7);
  const newest = async () =>
    (await workbench.view('Releases').rows()).find(({ level }) => level === 2)?.description;
  await expect.poll(newest).toMatch(/just now|1 min ago/);
  const [label = ''] = await releasesOf('acme-shop / production');
  await workbench.view('Releases').contextMenu(label);
  await workbench.menu('Compare with Previous');
  await expect.poll(() => workbench.page.locator('.tab.active').innerText()).toContain('→ deploy-elsewhere');
  const title = (await workbench.page.locator('.tab.active').innerText()).trim();
  const panel = await panelFrame(workbench, title);
  await panel.getByText(`${short} is not in this clone.`).waitFor();
  await workbench.screenshot('commit not in this clone');
  await panel.getByRole('button', { name: 'Fetch' }).click();
  await expect
    .poll(() => texts(tableRows(panel, 'Commits that come in')))
    .toContainEqual(expect.stringContaining('Made elsewhere'));
});
