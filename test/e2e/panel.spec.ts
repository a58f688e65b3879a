import { rmSync } from 'node:fs';
import path from 'node:path';
import type { Frame } from 'playwright-core';
import { expect, test } from 'vitest';
import type { Page } from '../../src/words/page.ts';
import { HOSTILE } from '../kit/hostile.ts';
import { writeHostileStacks } from './kit/hostile-stacks.ts';
import { columnHeader, panelFrame, tableRows, violations } from './kit/panel.ts';
import { session } from './kit/session.ts';
import { demoWorkspace } from './kit/workspaces.ts';

const vscode = session({
  folder: demoWorkspace,
  viewport: { width: 1600, height: 1000 },
  settings: { 'workbench.hover.delay': 100_000 },
});

/** What the browser refused because of a content security policy: our own pages ask for nothing that it refuses. */
const refused: string[] = [];

const firstCells = (panel: Frame, table: string): Promise<string[]> =>
  tableRows(panel, table).locator('th').allInnerTexts();

/** What has the focus in a panel, by what it says. */
const focused = (panel: Frame): Promise<string> =>
  panel.evaluate<string>('document.activeElement.innerText.replace(/\\s+/g, " ").trim()');

test('all stacks at a glance, by keyboard alone', async () => {
  const { workbench } = vscode;
  const { keyboard } = workbench.page;
  workbench.page.on('console', message => {
    if (message.text().includes('Content Security Policy')) refused.push(message.text());
  });
  await workbench.openSidebar();
  await workbench.view('Stacks').filled();
  await workbench.view('Stacks').titleAction('Show Stacks Overview');
  const panel = await panelFrame(workbench, 'Stacks');
  await expect.poll(() => firstCells(panel, 'Stacks')).toEqual(['prod-web', 'staging-db']);
  expect(refused).toEqual([]);
  await workbench.screenshot('stacks overview');

  await keyboard.press('Tab');
  await keyboard.type('locked  STAGING');
  await expect.poll(() => panel.getByRole('status').innerText()).toMatch(/^2 of \d+ rows$/);
  expect(await firstCells(panel, 'Stacks')).toEqual(['staging-db']);
  expect(await panel.getByText('No row has all of these words.').count()).toBeGreaterThan(0);
  await keyboard.press('Escape');
  await expect.poll(() => firstCells(panel, 'Stacks')).toEqual(['prod-web', 'staging-db']);

  await keyboard.press('Tab');
  await keyboard.press('Space');
  await keyboard.press('Enter');
  const header = columnHeader(panel, 'Stacks', 'Stack');
  await expect.poll(() => header.getAttribute('aria-sort')).toBe('descending');
  expect(await firstCells(panel, 'Stacks')).toEqual(['staging-db', 'prod-web']);

  while (!(await focused(panel)).startsWith('staging-db failed')) await keyboard.press('Tab');
  await keyboard.press('ArrowDown');
  expect(await focused(panel)).toMatch(/^prod-web succeeded/);
  await keyboard.press('Home');
  expect(await focused(panel)).toMatch(/^staging-db failed/);
  await keyboard.press('End');
  await keyboard.press('Tab');
  expect(await focused(panel)).toBe('Snapshot…');
  await workbench.screenshot('stacks overview by keyboard');
  await keyboard.press('Enter');
  await workbench.quickInput.root().getByText('What it is for').waitFor();
  await keyboard.press('Escape');
  await workbench.quickInput.root().waitFor({ state: 'hidden' });
});

test('a drift is resolved in place, and the focus stays where it was', async () => {
  const { workbench } = vscode;
  const { keyboard } = workbench.page;
  await workbench.view('Stacks').contextMenu('prod-web');
  await workbench.menu('Show Drift');
  const panel = await panelFrame(workbench, 'Drift of prod-web');
  const rows = tableRows(panel, 'Differences');
  await expect.poll(() => rows.allInnerTexts()).toHaveLength(2);
  await rows.first().focus();
  await keyboard.press('Tab');
  expect(await focused(panel)).toBe('Resolve');
  await keyboard.press('Enter');
  await workbench.notification('done').first().waitFor();
  await expect.poll(() => rows.first().innerText()).toContain('resolved');
  expect(await focused(panel)).toMatch(/^nginx/);
  await workbench.screenshot('drift resolved');
  await panel.getByRole('button', { name: 'Reopen' }).first().click();
  await expect.poll(() => rows.first().innerText()).toContain('pending');
});

test('what a person made of a panel is kept while it is hidden, and when the window is loaded anew', async () => {
  const { workbench } = vscode;
  const tab = workbench.page.locator('.tab');
  await tab.filter({ hasText: /^Stacks$/ }).click();
  const panel = await panelFrame(workbench, 'Stacks');
  const isKept = async (again: Frame): Promise<void> => {
    expect(await columnHeader(again, 'Stacks', 'Stack').getAttribute('aria-sort')).toBe('descending');
    expect(await again.locator('vscode-textfield input').inputValue()).toBe('web');
  };
  await panel.locator('vscode-textfield input').fill('web');
  await tab.filter({ hasText: 'Drift' }).click();
  await panelFrame(workbench, 'Drift of prod-web');
  await tab.filter({ hasText: /^Stacks$/ }).click();
  await isKept(await panelFrame(workbench, 'Stacks'));

  await workbench.page.waitForTimeout(10_000); // in a browser, VS Code writes down every five seconds what is open
  await workbench.page.reload();
  await tab.filter({ hasText: /^Stacks$/ }).click();
  await isKept(await panelFrame(workbench, 'Stacks'));
  await tab.filter({ hasText: 'Drift' }).click();
  expect(await tableRows(await panelFrame(workbench, 'Drift of prod-web'), 'Differences').count()).toBe(2);
  await workbench.screenshot('panel after reload');
});

test.each(['Light Modern', 'Dark Modern', 'Dark High Contrast', 'Light High Contrast'])(
  'everybody can use the panels in %s',
  async theme => {
    const { workbench } = vscode;
    const { page } = workbench;
    await workbench.colorTheme(theme);
    await workbench.openSidebar();
    await workbench.view('Stacks').filled();
    await workbench.view('Stacks').titleAction('Show Stacks Overview');
    const stacks = await panelFrame(workbench, 'Stacks');
    await stacks.locator('vscode-textfield input').fill('');
    await tableRows(stacks, 'Stacks').first().focus();
    await workbench.screenshot(`panel stacks ${theme}`);
    expect(await violations(stacks)).toEqual([]);
    await workbench.view('Stacks').titleAction('More Actions...');
    await workbench.menu('Show All Drift');
    const drift = await panelFrame(workbench, 'Drift');
    await tableRows(drift, 'Differences').first().focus();
    await workbench.screenshot(`panel drift ${theme}`);
    expect(await violations(drift)).toEqual([]);
    const before = page.viewportSize();
    await page.setViewportSize({ width: 760, height: 1000 });
    expect(await drift.evaluate<boolean>('document.body.scrollWidth <= innerWidth')).toBe(true);
    await workbench.screenshot(`panel narrow ${theme}`);
    if (before) await page.setViewportSize(before);
  },
);

/** Notes whatever a hostile text could bring about. */
async function watched(panel: Frame, show: () => Promise<void>): Promise<string[]> {
  const { page } = vscode.workbench;
  const seen: string[] = [];
  page.on('dialog', dialog => {
    seen.push(`dialog ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('request', request => {
    if (request.url().includes('taken')) seen.push(`request ${request.url()}`);
  });
  await show();
  await page.waitForTimeout(2_000); // what is to happen later than at once
  if (await panel.evaluate<boolean>('"taken" in globalThis')) seen.push('a script ran');
  if (await panel.evaluate<boolean>('/taken/.test(document.title)')) seen.push('the title changed');
  // Our own elements, and nothing else: no link, no picture, no script but ours, no handler in an attribute.
  const foreign = `[...document.body.querySelectorAll('*')].filter(({ localName, attributes }) =>
    !/^(main|h[12]|p|div|section|span|table|thead|tbody|tr|th|td|button|vscode-[a-z]+)$/.test(localName) ||
    [...attributes].some(({ name }) => /^on|^href$|^src$/.test(name)))
    .map(({ outerHTML }) => outerHTML.slice(0, 200))`;
  return [...seen, ...(await panel.evaluate<string[]>(foreign))];
}

test('names from a database stay text', async () => {
  const { workbench, folder } = vscode;
  await workbench.view('Stacks').titleAction('Show Stacks Overview');
  const panel = await panelFrame(workbench, 'Stacks');
  await panel.locator('vscode-textfield input').fill('');
  const happened = await watched(panel, async () => {
    await writeHostileStacks(path.join(folder, 'hostile'));
    await expect.poll(() => tableRows(panel, 'Stacks').count()).toBe(HOSTILE.length + 2);
  });
  expect(happened).toEqual([]);
  expect(await panel.locator('main').innerText()).toContain('<script>globalThis.taken=1</script>');
  await workbench.screenshot('panel hostile stacks');
  await workbench.view('Stacks').titleAction('More Actions...');
  await workbench.menu('Show All Drift');
  const drift = await panelFrame(workbench, 'Drift');
  await expect.poll(() => tableRows(drift, 'Differences').count()).toBeGreaterThan(HOSTILE.length);
  expect(await watched(drift, () => Promise.resolve())).toEqual([]);
  await workbench.screenshot('panel hostile drift');
});

test('even a page that nobody has cleaned stays text, in every field', async () => {
  const { workbench } = vscode;
  const panel = await panelFrame(workbench, 'Drift');
  const hostile = HOSTILE as unknown as Page['summary']; // what the panel must be safe from
  const actions = hostile.map(text => ({ id: text, title: text, key: text }));
  const rows = hostile.map(text => ({ id: text, cells: [{ text }, { text, code: true }], actions: [] }));
  const [title] = hostile;
  const page = {
    title,
    summary: hostile,
    actions,
    tables: [
      {
        title,
        empty: title,
        columns: hostile.slice(0, 2),
        rows: rows.map(row => ({ ...row, actions })).slice(0, 3),
      },
      ...hostile.map(text => ({ title: text, empty: text, columns: [text, text], rows: [] })),
      { title, empty: title, columns: hostile, rows },
    ],
  };
  const names = ['filter', 'row', 'rows', 'some', 'none', 'more', 'actions'];
  const words = Object.fromEntries(names.map((name, index) => [name, hostile[index * 7]]));
  const message = JSON.stringify({ type: 'page', subject: { use: title, keys: hostile }, page, words });
  const happened = await watched(panel, async () => {
    await panel.evaluate(`postMessage(${message}, origin)`);
    await expect.poll(() => panel.locator('section').count()).toBe(HOSTILE.length + 2);
    await panel.locator('vscode-textfield input').fill('script');
  });
  expect(happened).toEqual([]);
  expect(new Set(HOSTILE).size).toBe(300);
  expect(await panel.locator('h1').innerText()).toBe(title);
});

test('a panel whose subject is gone says so', async () => {
  const { workbench, folder } = vscode;
  await workbench.page.locator('.tab').filter({ hasText: 'prod-web' }).click();
  await panelFrame(workbench, 'Drift of infra/stacks / prod-web'); // of two databases by now
  for (const ending of ['', '-wal', '-shm'])
    rmSync(path.join(folder, `infra/stacks.db${ending}`), { force: true });
  const panel = await panelFrame(workbench, 'Nothing to show');
  await panel.getByText('What this page was about is not recorded any more.').waitFor();
});
