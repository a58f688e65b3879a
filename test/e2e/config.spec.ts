import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Locator } from 'playwright-core';
import { expect, test } from 'vitest';
import { session } from './kit/session.ts';
import { recordTitle } from './kit/titles.ts';
import { demoWorkspace } from './kit/workspaces.ts';

const vscode = session({ folder: demoWorkspace, viewport: { width: 1400, height: 1300 } });

const lenses = async (): Promise<string[]> =>
  (await vscode.workbench.page.locator('.codelens-decoration').allInnerTexts())
    .map(text => text.replaceAll('\u00a0', ' ').trim())
    .filter(text => text !== ''); // those that are not on the screen

const line = (text: string): Locator =>
  vscode.workbench.page.locator('.editor-instance .view-line').filter({ hasText: text }).first();

/** How far the line with an environment is below the lens that is about it, in lines. */
async function below(lens: number, text: string): Promise<number> {
  const above = await vscode.workbench.page.locator('.codelens-decoration').nth(lens).boundingBox();
  const key = await line(text).boundingBox();
  return above && key ? (key.y - above.y) / key.height : NaN;
}

async function openFile(name: string): Promise<void> {
  const { page, quickInput } = vscode.workbench;
  await page.keyboard.press('Control+p');
  await quickInput.type(name);
  await quickInput.pick(path.basename(name));
  await page
    .locator('.tab.active')
    .filter({ hasText: path.basename(name) })
    .waitFor();
}

/** Puts the cursor behind a text and types. */
async function typeBehind(text: string, typed: string): Promise<void> {
  const { page } = vscode.workbench;
  await line(text).click();
  await page.keyboard.press('End');
  await page.keyboard.type(typed);
}

function set(codeLens: string): void {
  const folder = path.join(vscode.folder, '.vscode');
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'settings.json'), JSON.stringify({ 'shipshape.codeLens': codeLens }));
}

test('above each environment stands what is deployed, and whether it differs', async () => {
  const { workbench } = vscode;
  await openFile('acme-shop/tako.yaml');
  await expect
    .poll(lenses)
    .toEqual([
      expect.stringMatching(/^[0-9a-f]{7} · 2 h ago · configuration unchanged$/),
      expect.stringMatching(/^[0-9a-f]{7} · 5 h ago · configuration unchanged$/),
    ]);
  await workbench.screenshot('lenses');
});

test('it stays with its environment while somebody types above it', async () => {
  const { page } = vscode.workbench;
  const first = await below(0, 'production:');
  await line('project:').click();
  await page.keyboard.press('Home');
  await page.keyboard.type('# a comment\n\n');
  expect(await below(0, 'production:')).toBeCloseTo(first, 1);
  expect(await below(1, 'staging:')).toBeCloseTo(first, 1);
  await page.waitForTimeout(1_500); // by now VS Code asked again, and the worker answered
  expect(await below(0, 'production:')).toBeCloseTo(first, 1);
  expect(await lenses()).toHaveLength(2);
});

test('what is typed is compared with what was deployed', async () => {
  await typeBehind('replicas: 3', '0');
  await expect.poll(lenses).toContainEqual(expect.stringMatching(/ · 1 service differs$/));
  await vscode.workbench.screenshot('lens differs');
  await vscode.workbench.page.keyboard.press('Backspace');
  await expect.poll(lenses).not.toContainEqual(expect.stringContaining('differs'));
});

test('what is wrong is told while it is typed, and goes when it is right', async () => {
  const { page } = vscode.workbench;
  const squiggles = page.locator('.editor-instance .squiggly-warning');
  expect(await squiggles.count()).toBe(0);
  await typeBehind('servers: [web01', '');
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.type(', web09');
  await squiggles.first().waitFor();
  await page.mouse.move(0, 0);
  await vscode.workbench.screenshot('unknown server');
  for (let left = ', web09'.length; left > 0; left--) await page.keyboard.press('Backspace');
  await expect.poll(() => squiggles.count()).toBe(0);
});

test('at the name of an environment are the details', async () => {
  const { page } = vscode.workbench;
  await line('production:').locator('span').getByText('production').last().hover();
  const hover = page.locator('.monaco-hover:visible').filter({ hasText: /Compared.with.what.stands.here/ });
  await hover.waitFor();
  const text = (await hover.innerText()).replaceAll('\u00a0', ' ');
  expect(text).toMatch(/^production · [0-9a-f]{7}\n[^]*By: maria\n[^]*Servers: web01, web02\n/);
  await vscode.workbench.screenshot('environment hover');
  await page.keyboard.press('Escape');
});

test('with the setting `all` each service has one, with `off` there are none', async () => {
  const { workbench } = vscode;
  set('all');
  await expect
    .poll(lenses)
    .toContainEqual(
      expect.stringMatching(/^acme\/shop-worker:[0-9a-f]{7} · 1 of 2 running.* · recorded here .* ago$/),
    );
  await workbench.colorTheme('Dark Modern');
  await workbench.screenshot('lenses of services dark');
  await workbench.colorTheme('Light Modern');
  set('off');
  await expect.poll(lenses).toEqual([]);
  set('environments');
  await expect.poll(async () => (await lenses()).length).toBe(2);
});

test('a click offers what can be done with the environment', async () => {
  const { workbench } = vscode;
  await workbench.page.locator('.codelens-decoration a').first().click();
  recordTitle('Show Actions…');
  await expect
    .poll(async () => (await workbench.quickInput.labels()).map(label => label.trim()))
    .toEqual([
      'Open Current Release',
      'Deploy…',
      'Roll Back to Release…',
      'Show Undeployed Changes',
      'Compare with Previous',
      'Compare with Working Tree',
      'Show in Releases',
    ]);
  await workbench.screenshot('environment actions');
  await workbench.quickInput.accept();
  await expect.poll(() => line('rollout').count()).toBe(1);
});

test('Stagecraft: above its environments, too', async () => {
  await openFile('billing/stagecraft.yml');
  await expect
    .poll(lenses)
    .toEqual([
      expect.stringMatching(
        /^v2.2.0 \([0-9a-f]{7}\) · built, not deployed · .* ago · configuration unchanged$/,
      ),
      expect.stringMatching(/^v2.1.0 \([0-9a-f]{7}\) · .* ago · configuration unchanged$/),
    ]);
  await vscode.workbench.screenshot('lenses of stagecraft');
});
