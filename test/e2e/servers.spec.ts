import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import net, { type AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { writeFiles, type Files } from '../kit/files.ts';
import { hasSshd, makeKey, startSshd, type Sshd } from '../kit/sshd.ts';
import { takoFolder } from '../kit/tako.ts';
import { projectOn, sshConfig } from './kit/on-servers.ts';
import { session } from './kit/session.ts';
import { emptyWorkspace } from './kit/workspaces.ts';

const DAY = 86_400_000;
const NOW = Date.now();
const PASSPHRASE = 'correct horse';

const stops: (() => void)[] = [];
const whenDone = (stop: () => void): void => void stops.unshift(stop);
afterAll(() => {
  for (const stop of stops) stop();
});

const ssh = hasSshd ? await startServers() : undefined;

/** One that is met for the first time, one whose key is locked, and one that is known by another host key. */
async function startServers() {
  const locked = makeKey(path.join(emptyWorkspace(), 'locked'), 'ed25519', PASSPHRASE);
  const first = await startSshd(whenDone);
  const second = await startSshd(whenDone, { config: [`AuthorizedKeysFile ${locked}.pub`] });
  const changed = await startSshd(whenDone);
  const config = sshConfig(
    { keys: [first.key, locked], knownHosts: [`[127.0.0.1]:${changed.port} ${first.hostKey('ed25519')}`] },
    ['PasswordAuthentication no', 'KbdInteractiveAuthentication no'],
  );
  return { first, second, changed, config };
}

const vscode = session({
  folder: () =>
    projectOn(
      {
        web01: { port: ssh?.first.port },
        web02: { port: ssh?.second.port },
        web03: {},
        web04: { port: ssh?.changed.port },
      },
      [
        'environments:',
        '  production:',
        '    servers: [web01, web02, web03]',
        '    services:',
        '      web: { build: ., port: 3000 }',
      ],
    ),
  settings: { 'shipshape.sshConfigFile': ssh?.config },
  viewport: { width: 1400, height: 1000 },
});

async function described(label: string, view = 'Servers'): Promise<string | undefined> {
  const rows = await vscode.workbench.view(view).rows();
  return rows.find(row => row.label === label)?.description;
}

/** As the person who runs the server reads it there. */
function fingerprint(sshd: Sshd | undefined): string {
  const printed = execFileSync('ssh-keygen', ['-lf', `${sshd?.file('host_ed25519') ?? ''}.pub`]);
  return printed.toString().split(' ')[1] ?? '';
}

/** A record of production, released once a day until yesterday: `1001100` is the newest, `1002100` the one before. */
function released(days: number): Files {
  const deploys = Array.from({ length: days }, (_, index) => {
    const ago = days - index;
    return { environment: 'production', at: NOW - ago * DAY, commit: String(1000 + ago).repeat(10) };
  });
  const servers = { production: ['web01', 'web02', 'web03'] };
  return takoFolder({ form: 'seed', name: 'shop', createdAt: NOW - 99 * DAY, servers, deploys });
}

const withServers = test.skipIf(!hasSshd);

withServers('servers are asked by a click, and nothing is said to those that nobody knows', async () => {
  const { workbench } = vscode;
  const { quickInput } = workbench;
  await workbench.openSidebar();
  await workbench.widenSidebar(560);
  const servers = workbench.view('Servers');
  await servers.filled();
  // Of a window that runs elsewhere, the view says which machine dials out.
  expect(await servers.description()).toBe(`from ${os.hostname()}`);
  expect(await described('web03')).toBe('127.0.0.1 port 1');
  await servers.titleAction('Check Servers');

  await quickInput.root().getByText('Host keys that are not known').waitFor();
  const keys = await quickInput.rows().allInnerTexts();
  expect(keys).toHaveLength(2);
  for (const [sshd, name] of [
    [ssh?.first, 'first'],
    [ssh?.second, 'second'],
  ] as const) {
    const shown = keys.find(text => text.includes(`:${sshd?.port ?? ''}`));
    expect(shown, name).toContain(fingerprint(sshd));
    expect(shown, name).toContain('known_hosts');
  }
  // Nothing is chosen for the person.
  expect(await quickInput.root().locator('[role=checkbox][aria-checked=true]').count()).toBe(0);
  await workbench.screenshot('review host keys');
  await quickInput
    .rows()
    .filter({ hasText: `:${ssh?.first.port ?? ''}` })
    .click();
  await quickInput.accept();

  await expect.poll(() => described('web01')).toMatch(/ · (?:not set up|setup)/);
  await expect.poll(() => described('web02')).toMatch(/ · host key not known · Review…$/);
  await expect.poll(() => described('web03')).toMatch(/ · does not answer · asked \d/);
  await expect.poll(() => described('web04')).toMatch(/ · host key changed · asked \d/);
  const changed = workbench.notification('another host key');
  await changed.waitFor();
  expect(await changed.innerText()).toMatch(
    /web04: .* Somebody may be in between\. Nothing was sent\. .*known_hosts:1\)/,
  );
  expect(await workbench.notifications()).toHaveLength(1);
  await workbench.screenshot('servers checked');
  await workbench.command('Notifications: Clear All Notifications');
});

withServers('a key is reviewed from its row; a passphrase is asked for once', async () => {
  const { workbench } = vscode;
  const { quickInput } = workbench;
  const servers = workbench.view('Servers');
  await servers.inlineAction('web02', 'Review Host Keys…');
  await quickInput
    .rows()
    .filter({ hasText: fingerprint(ssh?.second) })
    .click();
  await quickInput.accept();
  const passphrase = quickInput.root().getByText('Passphrase of');
  await passphrase.waitFor();
  expect(await quickInput.root().locator('input[type=password]').count()).toBe(1);
  await workbench.screenshot('passphrase');
  await quickInput.root().locator('input[type=password]').fill('wrong');
  await quickInput.accept();
  await quickInput.root().getByText('That was not it.').waitFor();
  await quickInput.root().locator('input[type=password]').fill(PASSPHRASE);
  await quickInput.accept();
  await expect.poll(() => described('web02')).toMatch(/ · (?:not set up|setup)/);

  await servers.inlineAction('web02', 'Check Server');
  await expect
    .poll(() => workbench.page.locator('.statusbar').innerText())
    .toContain('1 of 1 servers answered');
  expect(await passphrase.count()).toBe(0);
});

withServers(
  'what was answered is told in the tooltip, in the environment and to a screen reader',
  async () => {
    const { workbench } = vscode;
    await workbench.view('Releases').contextMenu('production');
    await workbench.menu('Check Servers of Environment');
    await expect.poll(() => described('production', 'Releases')).toMatch(/2 of 3 servers answered, asked \d/);
    const servers = workbench.view('Servers');
    const [row] = (await servers.rows()).filter(({ label }) => label === 'web03');
    expect(row?.spoken).toMatch(/^web03, address 127\.0\.0\.1 port 1, does not answer · asked \d/);
    const card = (await servers.hover('web01')).replaceAll('\u00a0', ' ');
    for (const text of ['Asked: ', 'Setup: ', 'Disk /: ', 'Memory: ', 'Load: ']) expect(card).toContain(text);
    await workbench.screenshot('server tooltip');
  },
);

withServers('is read in the dark, too', async () => {
  const { workbench } = vscode;
  await workbench.colorTheme('Dark Modern');
  await workbench.page.locator('.monaco-workbench.vs-dark').waitFor();
  expect(await workbench.view('Servers').hover('web04')).toContain('root@127.0.0.1:');
  expect(await workbench.page.locator('.workbench-hover:visible a').count()).toBe(0);
  await workbench.screenshot('servers checked dark');
  await workbench.statusBar.click();
  await workbench.quickInput.row('web04: host key changed').waitFor();
  await workbench.page.keyboard.press('Escape');
});

withServers('a window that asks when it is opened asks no person', async () => {
  const { workbench, server } = vscode;
  const settings = { 'shipshape.sshConfigFile': ssh?.config, 'shipshape.checkServers': 'onOpen' };
  writeFileSync(path.join(server.home, 'user', 'Machine', 'settings.json'), JSON.stringify(settings));
  await workbench.page.reload();
  await workbench.openSidebar();
  await workbench.view('Servers').filled();
  await expect.poll(() => described('web01')).toMatch(/ · (?:not set up|setup)/);
  // Its key has a passphrase, which was given to the window before.
  await expect.poll(() => described('web02')).toMatch(/ · login refused · asked \d/);
  await expect.poll(() => described('web03')).toMatch(/ · does not answer · asked \d/);
  await workbench.notification('another host key').waitFor();
  expect(await workbench.quickInput.root().count()).toBe(0);
});

withServers(
  'what a server asks while a list is open closes that list only until it is answered',
  async () => {
    const { workbench, folder } = vscode;
    const { quickInput } = workbench;
    writeFiles(folder, released(2));
    await expect.poll(() => described('production', 'Releases')).toContain('1001100');
    await workbench.view('Releases').contextMenu('production');
    await workbench.menu('Roll Back to Release…');
    const password = quickInput.root().locator('input[type=password]');
    await password.waitFor();
    await password.fill(PASSPHRASE);
    await quickInput.accept();
    const row = quickInput.row('1002100');
    await row.waitFor();
    expect(await row.innerText()).toContain('not recorded here');
    await workbench.screenshot('rollback list after a passphrase');
    await workbench.page.keyboard.press('Escape');
  },
);

withServers('more and more releases are offered, until there are no others', async () => {
  const { workbench, folder } = vscode;
  const { quickInput, page } = workbench;
  writeFiles(folder, released(90));
  await expect
    .poll(async () => {
      await workbench.view('Releases').expand('production');
      return (await workbench.view('Releases').rows()).map(({ label }) => label);
    })
    .toContain('Load 40 more…');
  await workbench.view('Releases').contextMenu('production');
  await workbench.menu('Roll Back to Release…');
  await quickInput.row('1002100').waitFor();
  await quickInput.root().getByText('asking its servers…').first().waitFor({ state: 'hidden' });
  const active = quickInput.rows().and(page.locator('.focused'));
  const toTheEnd = async (last: string): Promise<void> => {
    while (!(await active.getByText(last, { exact: true }).isVisible())) {
      await page.keyboard.press('PageDown');
      await page.waitForTimeout(200);
    }
  };
  for (const next of ['1041104', '1081108']) {
    await toTheEnd('Load 40 more…');
    await quickInput.accept();
    await active.getByText(next, { exact: true }).waitFor();
  }
  await toTheEnd('1090109');
  expect(await quickInput.row('Load 40 more…').count()).toBe(0);
  await workbench.screenshot('all releases to roll back to');
  await page.keyboard.press('Escape');
});

withServers('of servers that did not tell nothing is claimed, and nothing recorded', async () => {
  const { workbench, folder } = vscode;
  const [releases, services] = [workbench.view('Releases'), workbench.view('Services')];
  await services.filled();
  await services.contextMenu('web');
  await workbench.menu('Open Shell in Container…');
  await workbench.notification('did not tell what runs there').waitFor();
  await workbench.screenshot('shell where servers did not tell');
  expect(await workbench.notification('No container of').count()).toBe(0);
  await workbench.command('Notifications: Clear All Notifications');

  const silent = net.createServer().listen(0, '127.0.0.1');
  whenDone(() => silent.close());
  await once(silent, 'listening');
  const file = path.join(folder, 'tako.yaml');
  const { port } = silent.address() as AddressInfo; // it listens at a port
  const configured = readFileSync(file, 'utf8')
    .replace('servers:\n', `servers:\n  silent: { host: 127.0.0.1, port: ${port} }\n`)
    .concat('  staging: { servers: [silent], services: { web: { image: shop/web } } }\n');
  writeFileSync(file, configured);
  await releases.collapse('production'); // with all its releases it fills the view
  await expect.poll(() => described('staging', 'Releases')).toContain('nothing recorded yet');
  // What another one behind that address answered is not taken for its answer.
  expect(await described('silent')).toBe(`127.0.0.1 port ${port}`);
  expect(await described('web01')).toContain('Docker does not answer');
  await workbench.command('Shipshape: Import Project from Servers…');
  await workbench.quickInput.pick('staging');
  const asking = workbench.notification('Checking servers');
  await asking.getByRole('button', { name: 'Cancel' }).click();
  await asking.waitFor({ state: 'hidden' });
  await workbench.screenshot('import cancelled');
  expect(await workbench.notifications()).toEqual([]);
  expect(await workbench.dialog.count()).toBe(0);
});
