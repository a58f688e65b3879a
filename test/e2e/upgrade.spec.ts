/** Server setup as a person does it, on a real server. */
import { afterAll, expect, test } from 'vitest';
import { openLab } from '../lab/lab.ts';
import { lacking } from '../lab/level.ts';
import { labSuite } from '../lab/suite.ts';
import { legacyServer, versionThere } from '../lab/upgrade/server.ts';
import { projectOn, sshConfig } from './kit/on-servers.ts';
import { session } from './kit/session.ts';
import { upgrading } from './kit/upgrading.ts';

const closing: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const close of closing) await close();
});

const lab = lacking('full') === undefined ? await startServer() : undefined;

/** A server that was set up before there were versions, and how it is reached. */
async function startServer() {
  const opened = await openLab(close => closing.push(close));
  const web01 = await legacyServer(opened);
  const access = { keys: [web01.keyFile], knownHosts: [web01.knownHosts] };
  return { web01, config: sshConfig(access, ['ConnectTimeout 2']) };
}

labSuite('Server setup', { needs: 'full' }, () => {
  const vscode = session({
    folder: () =>
      projectOn({ web01: { host: lab?.web01.address, port: 22 }, db01: { host: '192.0.2.1', port: 22 } }, [
        'environments: { staging: { servers: [web01], services: {} } }',
      ]),
    settings: {
      'shipshape.sshConfigFile': lab?.config,
      'terminal.integrated.gpuAcceleration': 'off', // its text is in the page then
    },
    viewport: { width: 1400, height: 1000 },
  });

  const { row, terminal, chooseVersion, ended } = upgrading(vscode);
  const version = async (): Promise<string | undefined> => lab && versionThere(lab.web01);

  async function check(): Promise<void> {
    const { workbench } = vscode;
    await workbench.view('Servers').filled();
    await workbench.command('Shipshape: Check Servers');
    await expect.poll(() => row('web01')).toContain('setup 1.0.0 · 2.0.0 available');
  }

  test('a server that was asked says its version and the one that is available', async () => {
    const { workbench } = vscode;
    await workbench.openSidebar();
    await workbench.widenSidebar(300);
    await check();
  });

  test('a version that breaks something shows a guide first, and wants the name of the server', async () => {
    const { workbench } = vscode;
    await workbench.view('Servers').contextMenu('web01');
    await workbench.menu('Upgrade…');
    // One click later everything is checked, and the question is there.
    await workbench.quickInput.root().getByText('Type web01 to go on.').waitFor();
    expect(await workbench.quickInput.root().innerText()).toMatch(/(\d+) of \1 checks passed/);
    const guide = workbench.page.locator('.editor-instance .view-lines');
    await expect.poll(() => guide.innerText()).toMatch(/What.breaks/);
    expect(await guide.innerText()).toMatch(/Overlay.networks/);
    await workbench.quickInput.type('web02');
    await workbench.quickInput.root().getByText('This is not web01.').waitFor();
    await workbench.screenshot('upgrade that breaks');
    await workbench.page.keyboard.press('Escape');
    expect(await version()).toBeUndefined();
  });

  test('a dry run shows every file as a difference, and changes nothing', async () => {
    const { workbench } = vscode;
    await workbench.view('Servers').inlineAction('web01', 'Upgrade…');
    await chooseVersion('web01', '1.1.0');
    await workbench.dialog.waitFor();
    await workbench.screenshot('other version chosen');
    expect(await workbench.page.locator('.tab').count()).toBe(0); // the guide was about the other one
    await workbench.answer('More Options…');
    await workbench.quickInput.pick('Dry Run');
    const editor = workbench.page.locator('.multiDiffEntry').first();
    await editor.waitFor();
    await expect
      .poll(() => workbench.page.locator('.multiDiffEntry .title').allInnerTexts())
      .toEqual(expect.arrayContaining([expect.stringContaining('00-journal-size.conf')]));
    await workbench.screenshot('dry run');
    expect(await version()).toBeUndefined();
  });

  test('what a dry run showed is not kept when the window is loaded anew: that is said, and how to get it again', async () => {
    const { workbench } = vscode;
    const editor = workbench.page.locator('.multiDiffEntry').first();
    await workbench.page.waitForTimeout(10_000); // in a browser, VS Code writes down every five seconds what is open
    await workbench.page.reload();
    await editor.waitFor();
    await expect
      .poll(async () => (await editor.innerText()).replaceAll('\u00a0', ' '))
      .toMatch(/This was not kept.*More Options… > Dry Run/s);
    await workbench.screenshot('dry run is gone');
    await check();
  });

  test('an upgrade is confirmed once, followed in a terminal that stays, and told at its end', async () => {
    const { workbench } = vscode;
    await workbench.view('Servers').contextMenu('web01');
    await workbench.menu('Upgrade…');
    await chooseVersion('web01', '1.1.0');
    const question = await workbench.dialog.innerText();
    expect(question).toContain('Upgrade web01 from 1.0.0 to 1.1.0?');
    expect(question).toMatch(/(\d+) of \1 checks passed/);
    await workbench.screenshot('upgrade confirmed');
    await workbench.answer('Upgrade');
    await expect.poll(terminal).toMatch(/applying|applied/);
    await workbench.screenshot('upgrade underway');
    await ended(/web01 is on 1\.1\.0, verified/, 'upgrade done');
    expect(await terminal()).toContain('web01 is on 1.1.0, verified');
    expect(await row('web01')).toContain('setup 1.1.0 · 2.0.0 available');
    expect(await version()).toBe('1.1.0');
  });

  test('cancelling pauses at a safe point, and the upgrade is resumed', async () => {
    const { workbench } = vscode;
    await workbench.colorTheme('Dark Modern');
    await workbench.view('Servers').contextMenu('web01');
    await workbench.menu('Upgrade…');
    await chooseVersion('web01', '1.2.0');
    await workbench.answer('Upgrade');
    await expect.poll(terminal).toContain('applying');
    await workbench.command('Shipshape: Cancel Operation…');
    await workbench.quickInput.pick('Upgrade web01 from 1.1.0 to 1.2.0');
    await expect.poll(terminal).toContain('Pausing at the next safe point.');
    await ended(/web01 is paused after step 1\.2\.0/, 'upgrade paused');
    expect(await terminal()).not.toContain('Failed');
    expect(await row('web01')).toContain('upgrade paused at step 1.2.0');
    expect(await version()).toBe('1.1.0');
  });

  test('an upgrade that has not come to its end is offered to be resumed when the window is opened again', async () => {
    const { workbench } = vscode;
    await workbench.page.reload();
    const offer = workbench.notification('The upgrade of web01 to 1.2.0 has not come to its end here.');
    await offer.waitFor();
    await offer.getByText('Resume Upgrade…', { exact: true }).click();
    await workbench.quickInput.pick('web01');
    await workbench.answer('Resume');
    await ended(/web01 is on 1\.2\.0, verified/, 'upgrade resumed');
    await workbench.openSidebar();
    expect(await row('web01')).toContain('setup 1.2.0 · 2.0.0 available');
    expect(await version()).toBe('1.2.0');
  });

  test('backups are listed, and a server goes back to one', async () => {
    const { workbench } = vscode;
    await workbench.view('Servers').contextMenu('web01');
    await workbench.menu('Manage Server Backups…');
    await expect.poll(() => workbench.quickInput.rows().count()).toBe(2);
    expect(await workbench.quickInput.root().innerText()).toContain('back to 1.1.0');
    await workbench.screenshot('server backups');
    await workbench.page.keyboard.press('Escape');
    await workbench.view('Servers').contextMenu('web01');
    await workbench.menu('Restore Server Setup…');
    await workbench.quickInput.rows().first().click();
    await workbench.dialog.waitFor();
    await workbench.screenshot('restore confirmed');
    await workbench.answer('Restore');
    await ended(/web01 is back on 1\.1\.0, verified/, 'restore done');
    expect(await row('web01')).toContain('setup 1.1.0');
    expect(await version()).toBe('1.1.0');
  });

  test('old backups are deleted, and the newest that can be restored stays', async () => {
    const { workbench } = vscode;
    const { page, quickInput } = workbench;
    const there = async (): Promise<string[]> =>
      (await lab?.web01.run('ls /var/backups/tako'))?.trim().split('\n') ?? [];
    const nameOnly = (each: string): string => each.replace(/-[\d-]+$/, '');
    const before = await there();
    await workbench.view('Servers').contextMenu('web01');
    await workbench.menu('Manage Server Backups…');
    await expect.poll(() => quickInput.rows().count()).toBe(before.length);
    await page.locator('.quick-input-titlebar .action-label[aria-label="Delete Old Backups…"]').click();
    await quickInput.root().getByText('How many of the newest that can be restored stay?').waitFor();
    await quickInput.type('0');
    await quickInput.root().getByText('A number from 1').waitFor();
    await quickInput.type('1');
    await quickInput.accept();
    await quickInput.root().getByText('Type web01 to go on.').waitFor();
    expect(await quickInput.root().innerText()).toContain('This cannot be undone.');
    await workbench.screenshot('old backups');
    await quickInput.type('web01');
    await quickInput.accept();
    await ended(/Delete 1 backup of the setup of web01: done/, 'old backups deleted');
    // What is left is listed again: what was kept before the restore is newer.
    await expect.poll(() => quickInput.rows().count()).toBe(2);
    await page.keyboard.press('Escape');
    expect(before.map(nameOnly)).toEqual(['backup', 'backup', 'before-restore']);
    expect((await there()).map(nameOnly)).toEqual(['backup', 'before-restore']);
    expect(await there()).toContain(before[1]);
  });

  test('what is done at servers is in the palette, with the reason where it cannot be done', async () => {
    const { workbench } = vscode;
    await workbench.command('Shipshape: Upgrade Servers…');
    await expect.poll(() => workbench.quickInput.rows().count()).toBeGreaterThan(1);
    expect(await workbench.quickInput.root().innerText()).toContain('1.1.0 → 2.0.0');
    await workbench.screenshot('upgrade several');
    await workbench.quickInput.pick('db01');
    await workbench.quickInput.accept();
    const refusal = workbench.notification(/Upgrade db01 to 2\.0\.0: not possible\./);
    await refusal.waitFor();
    expect(await refusal.innerText()).toContain('Try Again');
    await workbench.screenshot('upgrade refused');
    await refusal.hover();
    await refusal.locator('.codicon-notifications-clear').click();
    await workbench.command('Shipshape: Set Up Server…');
    expect(await workbench.quickInput.root().innerText()).toContain('set up with version 1.1.0');
    await workbench.page.keyboard.press('Escape');
  });

  test('a scheduled upgrade starts at its time, asks nobody anything, and is told at its end', async () => {
    const { workbench } = vscode;
    await workbench.view('Servers').contextMenu('web01');
    await workbench.menu('Schedule Upgrade…');
    const soon = new Date(Date.now() + 65_000); // the next minute but one begins after this one
    const pad = (part: number): string => String(part).padStart(2, '0');
    const day = [soon.getFullYear(), soon.getMonth() + 1, soon.getDate()].map(pad).join('-');
    await workbench.quickInput
      .root()
      .locator('input')
      .fill(`${day} ${pad(soon.getHours())}:${pad(soon.getMinutes())}`);
    await workbench.quickInput.accept();
    await workbench.notification('It starts only while this window is open then.').waitFor();
    await ended(/web01 is on 1\.2\.0, verified/, 'upgrade by itself');
    expect(await workbench.dialog.count()).toBe(0);
    expect(await terminal()).toContain('web01 is on 1.2.0, verified');
    expect(await version()).toBe('1.2.0');
  });
});
