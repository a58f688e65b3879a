import { appendFileSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { session } from './kit/session.ts';
import { demoWorkspace } from './kit/workspaces.ts';

const vscode = session({ folder: demoWorkspace, viewport: { width: 1500, height: 1000 } });

beforeAll(async () => {
  await vscode.workbench.openSidebar();
  await vscode.workbench.widenSidebar(480);
  await vscode.workbench.view('Releases').filled();
});

/** The lines of the editor that is in front, as far as they are drawn. */
async function shown(): Promise<string> {
  const lines = vscode.workbench.page.locator('.editor-group-container.active .monaco-editor .view-lines');
  return (await lines.last().innerText()).replaceAll('\u00a0', ' ');
}

/** Opens what a link leads to. The link is another element as soon as it is pointed at. */
async function follow(text: RegExp): Promise<void> {
  const { page } = vscode.workbench;
  const link = page.locator('.editor-group-container.active .view-lines .detected-link');
  const box = await link.filter({ hasText: text }).first().boundingBox();
  if (!box) throw new Error('The link is not in sight');
  await page.keyboard.down('Control');
  await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
  await page.keyboard.up('Control');
}

async function labelOf(description: string): Promise<string> {
  const rows = await vscode.workbench.view('Releases').rows();
  return rows.find(row => row.description.startsWith(description))?.label ?? description;
}

/** What "Go to Symbol in Editor" lists. */
async function symbols(): Promise<string[]> {
  const { page, quickInput } = vscode.workbench;
  await vscode.workbench.command('Go to Symbol in Editor...');
  const labels = await quickInput.labels();
  await page.keyboard.press('Escape');
  return labels.map(label => label.trim());
}

/** As "Go to Line" tells it. */
async function lineCount(): Promise<number> {
  const { page, quickInput } = vscode.workbench;
  await vscode.workbench.command('Go to Line/Column...');
  const [label = ''] = await quickInput.labels();
  await page.keyboard.press('Escape');
  return Number(/(\d+)\D*$/.exec(label)?.[1]);
}

async function links(): Promise<string[]> {
  const { page } = vscode.workbench;
  const found = page.locator('.editor-group-container.active .view-lines .detected-link');
  await found.first().waitFor();
  return (await found.allInnerTexts()).map(text => text.replaceAll('\u00a0', ' '));
}

test('a log has its phases as outline, folds, and leads to what it names', async () => {
  const { workbench } = vscode;
  await workbench.view('Releases').click(await labelOf('failed in rollout'));
  await expect.poll(shown).toContain('phase rollout failed');
  const all = await symbols();
  expect(all[0]).toContain('Deployment to production');
  expect(all.join('\n')).toMatch(/rollout[\s\S]*Error: table "sessions" does not exist/);
  expect(await links()).toEqual(
    expect.arrayContaining([expect.stringMatching(/^deploy-/), expect.stringMatching(/^[0-9a-f]{7}$/)]),
  );
  await workbench.screenshot('log with links');
  await workbench.command('Fold All');
  await expect.poll(shown).not.toContain('phase rollout');
  await workbench.screenshot('log folded');
  await workbench.command('Unfold All');
  await expect.poll(shown).toContain('phase rollout failed');
});

test('the id of a release leads from its own log to its record', async () => {
  await follow(/^deploy-/);
  await expect.poll(shown).toContain('"deployment_id"');
  await vscode.workbench.view('Releases').click(await labelOf('failed in rollout'));
});

test('a commit in a log leads to what Git knows of it', async () => {
  await links();
  await follow(/^[0-9a-f]{7}$/);
  await expect.poll(shown).toMatch(/^Commit [0-9a-f]{40}\ntom, /);
  expect(await shown()).toContain('Keep sessions in the database');
  expect(await links()).toContain('web/shop.js');
  await vscode.workbench.screenshot('commit');
});

test('a log is followed at its end while it grows, and left alone elsewhere', async () => {
  const { workbench, folder } = vscode;
  const { page } = workbench;
  const id = await labelOf('current');
  await workbench.view('Releases').click(id);
  await expect.poll(shown).toContain('Deployment ended: success');
  const logs = path.join(folder, 'acme-shop/.tako/logs/deployments');
  const files = readdirSync(logs).filter(name => readFileSync(path.join(logs, name), 'utf8').includes(id));
  const file = path.join(logs, files.sort().at(-1) ?? '');
  const grow = (from: number): void => {
    const lines = Array.from({ length: 200 }, (_, index) => `[2026-11-20T10:00:00Z] line ${from + index}\n`);
    appendFileSync(file, lines.join('') + '\u001b[31mred\u001b[0m\n');
  };
  grow(1000);
  await expect.poll(shown).toContain('line 1199');
  // Else VS Code itself would go along with the cursor.
  expect(await page.locator('[id="status.editor.selection"]').innerText()).toContain('Ln 1,');
  grow(2000);
  await expect.poll(shown).toContain('line 2199');
  expect(await shown()).toMatch(/^red$/m);
  await workbench.screenshot('log followed');
  await page.mouse.click(900, 500);
  await page.keyboard.press('Control+Home');
  await expect.poll(shown).not.toContain('line 2199');
  const inSight = async (): Promise<string[]> => (await shown()).split('\n').sort();
  const before = await inSight();
  const count = await lineCount();
  grow(3000);
  await expect.poll(lineCount).toBe(count + 201);
  expect(await inSight()).toEqual(before);
});

test('the last good log stands beside a failed one, at the first line that differs', async () => {
  const { workbench } = vscode;
  const releases = workbench.view('Releases');
  await releases.contextMenu(await labelOf('failed in rollout'));
  await workbench.menu('Compare with Last Good Log');
  const diff = workbench.page.locator('.monaco-diff-editor');
  await diff.waitFor();
  const modified = diff.locator('.editor.modified .view-lines');
  await expect
    .poll(async () => (await modified.innerText()).replaceAll('\u00a0', ' '))
    .toContain('Error: table "sessions" does not exist');
  await expect(workbench.page.locator('.tab.active').innerText()).resolves.toContain('times left out');
  const lines = (await modified.innerText()).replaceAll('\u00a0', ' ').split('\n');
  const first = lines.indexOf('Error: table "sessions" does not exist') + 1;
  await expect
    .poll(() => workbench.page.locator('[id="status.editor.selection"]').innerText())
    .toContain(`Ln ${first}, `);
  await workbench.screenshot('logs compared');
});

test('a server opens as a document with outline, folding and a link to where it is written', async () => {
  const { workbench } = vscode;
  await workbench.view('Servers').contextMenu('web01');
  await workbench.menu('Open Details');
  await expect.poll(shown).toContain('"file": "tako.yaml:');
  expect(await symbols()).toEqual(expect.arrayContaining(['name', 'address', 'environments']));
  expect(await links()).toContainEqual(expect.stringMatching(/^tako\.yaml:\d+$/));
  await workbench.screenshot('server document');
  await workbench.command('Fold All');
  await expect.poll(shown).not.toContain('"address"');
  await workbench.command('Unfold All');
  await follow(/^tako\.yaml/);
  await expect.poll(shown).toContain('host: 10.0.0.1');
});

test('what goes along with a server is told as a document', async () => {
  const { workbench } = vscode;
  const servers = workbench.view('Servers');
  expect((await servers.hover('web01')).replaceAll('\u00a0', ' ')).toMatch(
    /If it goes: 3 services: 1 runs nowhere else/,
  );
  await servers.contextMenu('web01');
  await workbench.menu('Show Dependencies');
  await expect.poll(shown).toContain('If web01 goes');
  const text = await shown();
  expect(text).toMatch(/Run nowhere else\n +db/);
  expect(text).toMatch(/Run elsewhere too\n +web: web02/);
  expect(text).toContain('web needs db');
  await workbench.screenshot('dependencies of a server');
});

test('services say what they need', async () => {
  const { workbench } = vscode;
  const services = workbench.view('Services');
  await services.filled();
  const described = (await services.rows()).map(({ description }) => description);
  expect(described.join('\n')).toContain('needed by web, worker');
  await services.contextMenu('db');
  await workbench.menu('Show Dependencies');
  await expect.poll(shown).toContain('Needed by (2)');
});
