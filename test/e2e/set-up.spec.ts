/** Servers that are set up, and several that are upgraded, as a person does it, on real servers. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { openLab } from '../lab/lab.ts';
import { lacking } from '../lab/level.ts';
import { labSuite } from '../lab/suite.ts';
import { legacyServer, makeBare, versionThere } from '../lab/upgrade/server.ts';
import { projectOn, sshConfig } from './kit/on-servers.ts';
import { session } from './kit/session.ts';
import { upgrading } from './kit/upgrading.ts';

const closing: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const close of closing) await close();
});

const lab = lacking('full') === undefined ? await startServers() : undefined;

/** Three that were set up before there were versions, one that was never set up, and one that takod runs. */
async function startServers() {
  const opened = await openLab(close => closing.push(close));
  const [bare, takod, web01, web02, web03] = await Promise.all([
    opened.server({ kind: 'docker', name: 'bare' }),
    opened.server({ name: 'takod' }),
    legacyServer(opened),
    legacyServer(opened),
    legacyServer(opened),
  ]);
  await makeBare(bare);
  await takod.run('touch /usr/local/bin/takod');
  return { web01, web02, web03, bare, takod };
}

labSuite('Setup of several servers', { needs: 'full' }, () => {
  const servers = Object.entries(lab ?? {});
  const settings = {
    'shipshape.sshConfigFile': sshConfig({
      keys: servers.slice(0, 1).map(([, { keyFile }]) => keyFile),
      knownHosts: servers.map(([, { knownHosts }]) => knownHosts),
    }),
    'terminal.integrated.gpuAcceleration': 'off', // its text is in the page then
  };
  const vscode = session({
    folder: () =>
      projectOn(
        Object.fromEntries(servers.map(([name, { address }]) => [name, { host: address, port: 22 }])),
        ['environments: { staging: { servers: [web01], services: {} } }'],
      ),
    settings,
    viewport: { width: 1500, height: 1000 },
  });
  const { row, terminal, chooseVersion, ended } = upgrading(vscode);
  const versions = (...names: readonly (keyof NonNullable<typeof lab>)[]): Promise<unknown> =>
    Promise.all(names.map(async name => (lab ? versionThere(lab[name]) : 'no server')));

  /** Asks for two servers to be upgraded to a version, up to the question that wants them typed. */
  async function chooseTwo(one: string, other: string, version: string): Promise<void> {
    const { workbench } = vscode;
    const { quickInput } = workbench;
    await workbench.command('Shipshape: Upgrade Servers…');
    for (const name of [one, other]) await quickInput.pick(name);
    await quickInput.accept();
    await chooseVersion('2 servers', version);
    await quickInput.root().getByText(`Upgrade 2 servers to ${version}`).waitFor();
  }

  test('a server that takod runs says so, and the command of its own tool can be copied', async () => {
    const { workbench } = vscode;
    const { quickInput } = workbench;
    await workbench.openSidebar();
    await workbench.widenSidebar(420);
    await workbench.view('Servers').filled();
    await workbench.command('Shipshape: Check Servers');
    await expect.poll(() => row('takod')).toContain('run by takod');
    await workbench.view('Servers').contextMenu('takod');
    const entries = await workbench.menuEntries();
    expect(entries).toContain('Check Server');
    expect(entries.filter(each => /^(?:Upgrade|Set Up)/.test(each))).toEqual([]);
    await workbench.page.keyboard.press('Escape');
    await workbench.command('Shipshape: Upgrade Servers…');
    const managed = quickInput.row('takod');
    await managed.waitFor();
    expect(await managed.innerText()).toContain('managed by the tako CLI (tako setup, tako upgrade servers)');
    await workbench.screenshot('upgrade several servers');
    await managed.hover();
    await managed.locator('.action-label[aria-label="Copy Command"]').click();
    await expect
      .poll(() => workbench.page.locator('.statusbar').innerText())
      .toContain('"tako upgrade servers" is on the clipboard.');
    expect(await workbench.clipboard()).toBe('tako upgrade servers');
    await workbench.page.keyboard.press('Escape');
  });

  test('two servers are upgraded by one question, one after the other', async () => {
    const { workbench } = vscode;
    const { quickInput } = workbench;
    await chooseTwo('web02', 'web01', '1.1.0');
    expect(await quickInput.root().innerText()).toMatch(
      /22 of 22 checks passed.*Stops at the first that fails/,
    );
    expect(await quickInput.root().innerText()).not.toContain('cannot be undone');
    await workbench.screenshot('upgrade two');
    await quickInput.type('2 servers');
    await quickInput.accept();
    // As they stand at one moment: the first may be done within seconds.
    const both = (): Promise<readonly string[]> =>
      Promise.all(['web01', 'web02'].map(name => workbench.view('Servers').row(name).innerText()));
    await expect
      .poll(both)
      .toEqual([
        expect.stringContaining('upgrading to 1.1.0: step 1'),
        expect.stringContaining('setup 1.0.0'),
      ]);
    await ended(/web01 and web02 are on 1\.1\.0, verified/, 'upgrade of two done');
    expect(await row('web01')).toContain('setup 1.1.0');
    expect(await row('web02')).toContain('setup 1.1.0');
    expect(await versions('web01', 'web02', 'web03')).toEqual(['1.1.0', '1.1.0', undefined]);
  });

  test('an upgrade that failed is undone, and tried again with every command printed', async () => {
    const { quickInput } = vscode.workbench;
    // The last file that says it counts: what the step writes has no effect then.
    const other = '/etc/systemd/journald.conf.d/99-more.conf';
    await lab?.web03.run(`printf '[Journal]\\nSystemMaxUse=2G\\n' > ${other}`);
    await chooseTwo('web02', 'web03', '1.2.0');
    await quickInput.type('2 servers');
    await quickInput.accept();
    const why =
      /web03 stopped at step 1\.1\.0 and was taken back \(its version is 1\.0\.0\): verification failed/;
    await expect.poll(terminal).toMatch(/Failed: web03: Log rotation: applying/);
    await lab?.web03.run(`rm ${other}`);
    const told = await ended(why, 'upgrade failed', 'Retry with Debug Output');
    expect(told).toMatch(/web02 is on 1\.2\.0; .*journal-limits \(the journal keeps 500 MB at most/);
    await quickInput.root().getByText('Type 2 servers to go on.').waitFor();
    expect(await terminal()).not.toContain('Failed: web03: undoing');
    expect(await versions('web02', 'web03')).toEqual(['1.2.0', undefined]);
    await quickInput.type('2 servers');
    await quickInput.accept();
    await ended(/web02 and web03 are on 1\.2\.0, verified/, 'upgrade retried');
    expect(await terminal()).toContain('web03: + traefik_is_measured');
    expect(await versions('web01', 'web02', 'web03')).toEqual(['1.1.0', '1.2.0', '1.2.0']);
  });

  test('a bare server is set up, from a click to the end', async () => {
    const { workbench } = vscode;
    const { quickInput } = workbench;
    expect(await row('bare')).toContain('not set up');
    await workbench.view('Servers').contextMenu('bare');
    await workbench.menu('Set Up Server…');
    await quickInput.root().getByText('Type bare to go on.').waitFor();
    expect(await quickInput.root().innerText()).toContain('Set up bare with version 2.0.0');
    await workbench.screenshot('set up');
    await quickInput.type('bare');
    await quickInput.accept();
    await expect.poll(terminal).toContain('Docker, nginx, firewall');
    expect(await row('bare')).toContain('setting up: step 1 of 4');
    await workbench.screenshot('set up underway');
    await ended(/bare is on 2\.0\.0, verified/, 'set up done');
    expect(await row('bare')).toMatch(/setup 2\.0\.0$/);
    expect(await versions('bare')).toEqual(['2.0.0']);
  });

  test('by the strategy and in the window of the person, what breaks nothing starts by itself', async () => {
    const { server, workbench } = vscode;
    const file = path.join(server.home, 'user', 'User', 'settings.json');
    const own = JSON.parse(readFileSync(file, 'utf8')) as object; // written by the session
    const strategy = {
      'shipshape.upgradeStrategy': 'aggressive',
      'shipshape.maintenanceWindow': { start: '00:00', end: '00:00' },
    };
    writeFileSync(file, JSON.stringify({ ...own, ...strategy }));
    await workbench.page.reload();
    await workbench.openSidebar();
    await workbench.view('Servers').filled();
    await workbench.view('Servers').inlineAction('web01', 'Check Server');
    await ended(/\(by itself\): web01 is on 1\.2\.0, verified/, 'upgrade by strategy');
    expect(await workbench.dialog.count()).toBe(0);
    expect(await workbench.quickInput.root().count()).toBe(0);
    expect(await terminal()).toContain('web01 is on 1.2.0, verified');
    expect(await versions('web01', 'takod')).toEqual(['1.2.0', undefined]);
  });
});
