/** What runs otherwise than recorded, as a person sees and mends it, on real servers with Docker. */
import { cpSync, existsSync } from 'node:fs';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { openApp } from '../lab/deploy/app.ts';
import { openLab, type Server } from '../lab/lab.ts';
import { lacking } from '../lab/level.ts';
import { labSuite } from '../lab/suite.ts';
import { sshConfigOf } from './kit/on-servers.ts';
import { panelFrame, tableRows, violations } from './kit/panel.ts';
import { session } from './kit/session.ts';
import { upgrading } from './kit/upgrading.ts';

const closing: (() => Promise<void> | void)[] = [];
afterAll(async () => {
  for (const close of closing.reverse()) await close();
});

const lab = lacking('full') === undefined ? await startServers() : undefined;

/** Two servers that run an application nobody has recorded, and a checkout of it. */
async function startServers() {
  const opened = await openLab(close => closing.push(close));
  const start = (name: string): Promise<Server> => opened.server({ kind: 'docker', name });
  const [web01, web02] = await Promise.all([start('web01'), start('web02')]);
  const servers = [web01, web02];
  const app = await openApp(remove => closing.push(remove), servers, { front: 'port' });
  app.release('v1');
  await web01.run(`docker tag lab/base:1 shop/web:1.0; docker tag lab/api:2 shop/web:1.1
    docker save -o /root/images.tar lab/base:1 lab/api:1 lab/api:2 shop/web:1.0 shop/web:1.1`);
  cpSync(`${web01.files}/root/images.tar`, `${web02.files}/root/images.tar`);
  await web02.run('docker load -i /root/images.tar');
  for (const server of servers) {
    await runs(server, 'web', 'shop/web:1.0');
    await runs(server, 'api', 'lab/api:1');
    await runs(server, 'worker', 'lab/base:1');
  }
  return { web01, web02, app, config: sshConfigOf(servers) };
}

/** Starts a container of a service by hand, in the place of the one that runs. */
async function runs(server: Server, service: string, image: string): Promise<void> {
  const name = `shop_production_${service}_1`;
  const labels = { project: 'shop', environment: 'production', service };
  const told = Object.entries(labels).map(([label, value]) => `--label tako.${label}=${value}`);
  await server.run(
    `docker rm -f ${name} 2> /dev/null; docker run -d --name ${name} ${told.join(' ')} ${image}`,
  );
}

labSuite('Drift of services', { needs: 'full' }, () => {
  const vscode = session({
    folder: () => lab?.app.root ?? '',
    settings: { 'shipshape.sshConfigFile': lab?.config, 'shipshape.healthSeconds': 5 },
    viewport: { width: 1600, height: 1000 },
  });

  const { ended } = upgrading(vscode);
  const view = (title: string) => vscode.workbench.view(title);
  /** What a row says; nothing where it is not there. */
  const described = async (label: string, title = 'Services'): Promise<string> => {
    const row = view(title).row(label);
    return (await row.isVisible()) ? row.locator('.label-description').innerText() : '';
  };
  const releases = async () => (await lab?.app.recorded())?.environment.releases ?? [];

  test('what servers run is the beginning of a record', async () => {
    const { workbench } = vscode;
    await workbench.openSidebar();
    await workbench.widenSidebar(500);
    await view('Releases').filled();
    await expect.poll(() => described('production', 'Releases')).toContain('nothing recorded yet');
    await workbench.command('Shipshape: Import Project from Servers…');
    await workbench.quickInput.pick('production');
    await workbench.dialog.waitFor();
    await expect.poll(() => described('production', 'Releases')).toMatch(/nothing recorded yet · asked/);
    await workbench.screenshot('import from servers');
    const question = await workbench.dialog.innerText();
    expect(question).toContain('shop/web:1.0');
    expect(existsSync(path.join(vscode.folder, '.tako'))).toBe(false);
    await workbench.answer('Import');
    await ended(/Import what runs as production: done/, 'imported from servers');
    await expect.poll(() => described('production', 'Releases')).toContain('runs as recorded on 2 of 2');
    await workbench.screenshot('imported from servers, rows');
    const [first] = await releases();
    expect(first?.services.map(({ name, image, replicas }) => [name, image, replicas])).toEqual([
      ['api', 'lab/api:1', 1],
      ['web', 'shop/web:1.0', 1],
      ['worker', 'lab/base:1', 1],
    ]);
  });

  test('what was changed behind its back is told on the rows, once servers were asked', async () => {
    const { workbench } = vscode;
    for (const server of lab ? [lab.web01, lab.web02] : []) {
      await runs(server, 'web', 'shop/web:1.1');
      await runs(server, 'api', 'lab/api:2');
    }
    await lab?.web02.run('docker stop -t 0 shop_production_worker_1');
    await view('Servers').titleAction('Check Servers');
    const words = /^2 of 2 running · servers run 1\.1, recorded 1\.0 · asked \d\d:\d\d$/;
    await expect.poll(() => described('web')).toMatch(words); // of one server after the other
    await expect.poll(() => described('worker')).toContain('1 of 2 running');
    await workbench.screenshot('drift on rows');
    await expect.poll(() => described('production', 'Releases')).toMatch(/differ from the record/); // another tree
  });

  test('the page of an environment tells what is recorded beside what runs', async () => {
    const { workbench } = vscode;
    await view('Releases').contextMenu('production');
    await workbench.menu('Show Drift');
    const panel = await panelFrame(workbench, 'Drift of production');
    await expect.poll(() => tableRows(panel, 'Differences').count()).toBe(3);
    await workbench.screenshot('drift of production');
    expect(await violations(panel)).toEqual([]);
  });

  test('a difference is ignored until a day, for a reason, and opened again', async () => {
    const { workbench } = vscode;
    const panel = await panelFrame(workbench, 'Drift of production');
    const rows = tableRows(panel, 'Differences');
    await rows.filter({ hasText: 'worker' }).getByRole('button', { name: 'Ignore…' }).click();
    await workbench.quickInput.root().getByText('The last day').waitFor();
    await workbench.screenshot('drift ignored until');
    await workbench.quickInput.accept();
    await workbench.quickInput.root().getByText('Why it is left').waitFor();
    await workbench.quickInput.type('The new disk comes on Monday');
    await workbench.quickInput.accept();
    await ended(/Ignore the drift of worker until/, 'drift of a service ignored');
    await expect.poll(() => rows.filter({ hasText: 'worker' }).innerText()).toContain('The new disk');
    await workbench.screenshot('drift of a service ignored, page');
    // It is not said to be well.
    const ignored = /^1 of 2 running · ignored until \d{4}-\d\d-\d\d/;
    await expect.poll(() => described('worker')).toMatch(ignored);
    await rows.filter({ hasText: 'worker' }).getByRole('button', { name: 'Reopen' }).click();
    await ended(/Reopen the drift of worker/, 'drift of a service reopened');
    await expect.poll(() => rows.filter({ hasText: 'worker' }).innerText()).toContain('open');
  });

  test('what runs is adopted as a release, and nothing is done on a server', async () => {
    const { workbench } = vscode;
    const panel = await panelFrame(workbench, 'Drift of production');
    const ids = 'docker ps -q --no-trunc | sort';
    const before = await lab?.web01.run(ids);
    await tableRows(panel, 'Differences')
      .filter({ hasText: 'shop/web' })
      .getByRole('button', { name: 'Adopt…' })
      .click();
    await workbench.dialog.waitFor();
    await workbench.screenshot('adopt what runs');
    await workbench.answer('Adopt');
    await ended(/Adopt what runs in production: done/, 'adopted what runs');
    await workbench.screenshot('adopted what runs, rows');
    const [newest] = await releases();
    expect(newest?.services.map(({ name, image }) => [name, image])).toEqual([
      ['api', 'lab/api:1'],
      ['web', 'shop/web:1.1'],
      ['worker', 'lab/base:1'],
    ]);
    expect(await lab?.web01.run(ids)).toBe(before);
  });

  test('what runs is brought to what is configured', async () => {
    const { workbench } = vscode;
    await view('Services').expand('api');
    await view('Services').contextMenu('api: servers run 2, recorded 1');
    await workbench.screenshot('drift of a service, menu');
    await workbench.menu('Redeploy Service…');
    await workbench.dialog.waitFor();
    expect(await workbench.dialog.innerText()).toMatch(/Deploy \w{7} \(api only\) to production of shop/);
    await workbench.screenshot('redeploy confirmed');
    await workbench.answer('Redeploy to Production');
    await ended(/production runs \w{7} \(api only\) on 2 of 2 servers/, 'redeployed');
    await expect.poll(() => described('api')).toMatch(/^2 of 2 running · asked/);
    await workbench.screenshot('redeployed, rows');
    // What was not asked for is as it was, on the servers and in the record.
    await expect.poll(() => described('worker')).toContain('1 of 2 running');
    const [newest] = await releases();
    expect(newest?.services.map(({ name, image }) => [name, image])).toEqual([
      ['api', 'lab/api:1'],
      ['web', 'shop/web:1.1'],
      ['worker', 'lab/base:1'],
    ]);
  });
});
