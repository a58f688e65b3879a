import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { dayText } from '../../src/base/time.ts';
import { writeFiles } from '../kit/files.ts';
import { hasSshd, startSshd, type Sshd } from '../kit/sshd.ts';
import { projectOn, sshConfig } from './kit/on-servers.ts';
import { panelFrame, tableRows, violations } from './kit/panel.ts';
import { session } from './kit/session.ts';
import { emptyWorkspace } from './kit/workspaces.ts';

/**
 * Servers on this machine see files of their own below `/etc`, systemd, and no Docker: only their own processes do, and nothing
 * is upgraded here.
 */
const OVERLAY = [
  'mount -t overlay overlay -o lowerdir="$1":/etc /etc',
  'mount -t tmpfs tmpfs /run',
  'mkdir -p /run/systemd/system',
  '{ ! docker=$(command -v docker) || mount --bind /dev/null "$docker"; }',
].join(' && ');
const canOverlay =
  hasSshd && spawnSync('unshare', ['-m', 'sh', '-c', OVERLAY, 'sh', os.tmpdir()]).status === 0;

const stops: (() => void)[] = [];
afterAll(() => {
  for (const stop of stops) stop();
});

/** A server whose version file says this version, with the features that it brings. */
async function serverOn(version: string, features: readonly string[]): Promise<Sshd> {
  const etc = emptyWorkspace();
  const record = {
    version,
    installed_at: '2024-01-15T10:30:00Z',
    last_upgrade: '2026-02-10T14:20:00Z',
    components: { docker: '24.0.7', nginx: '1.24' },
    features,
    tako_cli_version: '0.3.0',
  };
  writeFiles(etc, { 'tako/version.json': JSON.stringify(record, null, 2) });
  const login = path.join(etc, 'login');
  writeFileSync(
    login,
    `#!/bin/sh\nexec unshare -m sh -c '${OVERLAY} && exec sh -c "$SSH_ORIGINAL_COMMAND"' sh '${etc}'\n`,
    { mode: 0o755 },
  );
  return startSshd(stop => void stops.unshift(stop), { config: [`ForceCommand ${login}`] });
}

const ssh = canOverlay
  ? { web01: await serverOn('2.0.0', ['docker']), web02: await serverOn('1.1.0', ['docker', 'log-rotation']) }
  : undefined;

const vscode = session({
  folder: () =>
    projectOn({ web01: { port: ssh?.web01.port }, web02: { port: ssh?.web02.port }, web03: {} }, [
      'setup: { auto_upgrade: true }',
      'environments:',
      '  production: { servers: [web01], services: { web: { build: ., port: 3000 } } }',
      '  staging: { servers: [web02], services: { web: { build: ., port: 3000 } } }',
    ]),
  settings: {
    'shipshape.sshConfigFile': sshConfig({
      keys: Object.values(ssh ?? {}).map(({ key }) => key),
      knownHosts: Object.values(ssh ?? {}).map(({ knownHosts }) => knownHosts),
    }),
    'shipshape.upgradeStrategy': 'balanced',
    'shipshape.maintenanceWindow': { start: '00:00', end: '00:00' },
    'workbench.hover.delay': 100_000,
  },
  viewport: { width: 1700, height: 1300 },
});

const withServers = test.skipIf(!canOverlay);

withServers('the fleet is shown by setup version, as the servers answer', async () => {
  const { workbench } = vscode;
  await workbench.openSidebar();
  const servers = workbench.view('Servers');
  await servers.filled();
  await servers.titleAction('Show Fleet');
  const panel = await panelFrame(workbench, 'Fleet');
  const rows = tableRows(panel, 'Servers');
  await expect.poll(() => rows.allInnerTexts()).toHaveLength(3);
  expect(await panel.getByText('Servers were not asked.').count()).toBe(1);
  await panel.getByRole('button', { name: 'Check Servers' }).click();
  await expect
    .poll(async () =>
      (await rows.allInnerTexts()).map(text =>
        text
          .split(/\s*\t\s*/)
          .slice(0, 2)
          .join(' '),
      ),
    )
    .toEqual(['web02 1.1.0 · outdated', 'web03 no answer', 'web01 2.0.0 · up to date']);
  expect(await rows.first().innerText()).toContain('1.2.0: Monitoring and metrics');
  const features = await tableRows(panel, 'Features').allInnerTexts();
  expect(features.find(text => text.startsWith('log-rotation'))).toContain('web02');
  expect(
    await panel.getByText('shop proposes that upgrades start by themselves; only your own settings').count(),
  ).toBe(1);
  await workbench.screenshot('fleet');
});

withServers('an upgrade is proposed while the window is open', async () => {
  const { workbench } = vscode;
  const proposed = workbench.notification('Upgrade web02 from 1.1.0 to 1.2.0?');
  await proposed.first().waitFor({ timeout: 90_000 }); // looked for every minute
  await workbench.screenshot('proposed upgrade');
  await proposed.getByRole('button', { name: 'Not This Time' }).click();
  await proposed.first().waitFor({ state: 'detached' });
});

withServers('everybody can use the page', async () => {
  const { workbench } = vscode;
  expect(await violations(await panelFrame(workbench, 'Fleet'))).toEqual([]);
});

withServers(
  'one upgrade is scheduled for a chosen time, and stays so when the window is loaded anew',
  async () => {
    const { workbench } = vscode;
    const { page, quickInput } = workbench;
    const panel = await panelFrame(workbench, 'Fleet');
    await workbench.view('Servers').contextMenu('web02');
    await workbench.menu('Schedule Upgrade…');
    await quickInput.root().getByText('Schedule the upgrade of web02 to 1.2.0').waitFor();
    await quickInput.type('2020-01-01 02:30');
    await quickInput.root().getByText('This time is over.').waitFor();
    await quickInput.type(`${dayText(Date.now() + 48 * 3_600_000)} 02:30`);
    await quickInput.root().getByText('This time is over.').waitFor({ state: 'detached' });
    await workbench.screenshot('schedule an upgrade');
    await quickInput.accept();
    await workbench.notification('is scheduled for').first().waitFor();
    const item = page.locator('.statusbar-item', { hasText: 'web02 to 1.2.0' });
    await item.waitFor();
    await panel.getByText('The upgrade of web02 to 1.2.0 is scheduled for').waitFor();
    expect(await hovered('web02')).toMatch(/Scheduled\W*upgrade\sto\s1\.2\.0/);
    await page.waitForTimeout(10_000); // in a browser, VS Code writes down every five seconds what is open
    await page.reload();
    await item.waitFor();
    await workbench.screenshot('scheduled upgrade');
    await workbench.command('Shipshape: Cancel Scheduled Upgrade…');
    await workbench.notification('is scheduled for').getByRole('button', { name: 'Cancel Upgrade' }).click();
    await item.waitFor({ state: 'detached' });
  },
);

/** What the row of a server says when it is asked with the keyboard: here the mouse waits for long. */
async function hovered(name: string): Promise<string> {
  const { workbench } = vscode;
  const { page } = workbench;
  await workbench.view('Servers').click(name);
  await page.locator('.tab', { hasText: 'tako.yaml' }).first().waitFor();
  await workbench.command('Shipshape: Focus on Servers View'); // the file that was opened has taken it
  await page.keyboard.press('Control+k');
  await page.keyboard.press('Control+i');
  const card = page.locator('.workbench-hover:visible', { hasText: /Address/ });
  await card.first().waitFor();
  const text = await card.first().innerText();
  await page.keyboard.press('Escape');
  await card.first().waitFor({ state: 'detached' });
  return text;
}

withServers('the report is written in the form that a person chooses', async () => {
  const { workbench } = vscode;
  const { quickInput } = workbench;
  const file = path.join(emptyWorkspace(), 'fleet.csv');
  await workbench.command('Shipshape: Export Fleet Report…');
  await quickInput.rows().first().waitFor(); // what is typed before it has looked is forgotten
  await quickInput.type(file);
  // While it looks into that folder, which is empty, it hears nothing else.
  await expect
    .poll(async () => (await quickInput.rows().allInnerTexts()).map(each => each.trim()))
    .toEqual(['..']);
  await quickInput.root().getByRole('button', { name: 'OK' }).click();
  await workbench.notification('is exported').first().waitFor();
  const [header, ...lines] = readFileSync(file, 'utf8').trim().split('\r\n');
  expect(header).toMatch(/^server,address,/);
  expect(lines).toHaveLength(3);
  await workbench.command('Shipshape: Copy Fleet Report');
  await workbench.notification('on the clipboard').first().waitFor();
  expect(await workbench.clipboard()).toMatch(/^\*\*Setup of servers\*\* at /);
});
