/** Deploying and going back as a person does it, on real servers with Docker. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { openApp } from '../lab/deploy/app.ts';
import { openLab } from '../lab/lab.ts';
import { lacking } from '../lab/level.ts';
import { labSuite } from '../lab/suite.ts';
import { otherWaysBack } from './kit/other-ways-back.ts';
import { sshConfigOf } from './kit/on-servers.ts';
import { session } from './kit/session.ts';
import { upgrading } from './kit/upgrading.ts';

const closing: (() => Promise<void> | void)[] = [];
afterAll(async () => {
  for (const close of closing.reverse()) await close();
});

const lab = lacking('full') === undefined ? await startServers() : undefined;

/** Two servers with Docker, and a project whose first version is committed. */
async function startServers() {
  const opened = await openLab(close => closing.push(close));
  const servers = await Promise.all(['web01', 'web02'].map(name => opened.server({ kind: 'docker', name })));
  const app = await openApp(remove => closing.push(remove), servers, { front: 'proxy' });
  app.release('v1');
  return { servers, app, config: sshConfigOf(servers) };
}

labSuite('Deploying', { needs: 'full' }, () => {
  const vscode = session({
    folder: () => lab?.app.root ?? '',
    settings: {
      'shipshape.sshConfigFile': lab?.config,
      'shipshape.healthSeconds': 5,
      'shipshape.keepArtifacts': 1,
      'terminal.integrated.gpuAcceleration': 'off', // its text is in the page then
    },
    viewport: { width: 1400, height: 1000 },
  });

  const { terminal, ended } = upgrading(vscode);
  const releases = () => vscode.workbench.view('Releases');
  /** What a row says; nothing where it is not there. Read as it stands: phases are over soon. */
  const described = async (label: string): Promise<string> => {
    const row = releases().row(label);
    return (await row.isVisible()) ? row.locator('.label-description').innerText() : '';
  };
  const answers = (): Promise<readonly (string | undefined)[]> =>
    Promise.all(
      (lab?.servers ?? []).map(async server =>
        (
          await server.attempt(
            `docker exec $(docker ps -q --filter label=tako.service=web | head -n 1) wget -qO- localhost:8080`,
          )
        ).stdout.trim(),
      ),
    );
  const short = (): string => readFileSync(`${lab?.app.root ?? ''}/.git/refs/heads/main`, 'utf8').slice(0, 7);

  test('production is never what Enter takes in the palette', async () => {
    const { workbench } = vscode;
    await workbench.openSidebar();
    await workbench.widenSidebar(460);
    await releases().filled();
    await workbench.command('Shipshape: Deploy…');
    await workbench.quickInput.row('production').waitFor();
    await workbench.quickInput.accept();
    await workbench.page.waitForTimeout(500);
    expect(await workbench.dialog.count()).toBe(0);
    expect(await workbench.quickInput.row('production').isVisible()).toBe(true);
    await workbench.page.keyboard.press('Escape');
  });

  test('a deployment is two steps: a click, and a question whose first answer is harmless', async () => {
    const { workbench } = vscode;
    await releases().inlineAction('production', 'Deploy…');
    await workbench.dialog.waitFor();
    const question = await workbench.dialog.innerText();
    expect(question).toContain(`Deploy ${short()} to production of shop?`);
    expect(question).toContain('main · clean');
    expect(question).toContain('Starts web, api, worker');
    expect(question).toContain('web01, web02');
    await workbench.screenshot('deploy confirmed');
    await workbench.answer('Deploy to Production');
    await expect.poll(() => described('production')).toMatch(/rollout running \(4 of 6\)/);
    await workbench.screenshot('deploy underway');
    const told = workbench.notification(/production runs .* on 2 of 2 servers, checked \d\d:\d\d/);
    await told.waitFor({ timeout: 100_000 });
    await workbench.screenshot('deploy done');
    expect(await told.innerText()).toContain(short());
    expect(await answers()).toEqual(['v1', 'v1']);
    const printed = await terminal();
    expect(printed).toContain('Watching for 5 s'); // as the settings say
    expect(printed).toContain('production runs');
    // One archive is kept, which whoever has Docker can load.
    const artifacts = path.join(lab?.app.root ?? '', '.tako/builds/artifacts');
    const [archive = '', ...others] = readdirSync(artifacts);
    expect(others).toEqual([]);
    expect(archive).toMatch(new RegExp(`^web-${short()}-[0-9a-f]{12}\\.tar$`));
    expect(execFileSync('tar', ['-tf', path.join(artifacts, archive)], { encoding: 'utf8' })).toContain(
      'manifest.json',
    );
  });

  test('why it was deployed is asked at the end, and kept as its note', async () => {
    const { workbench } = vscode;
    const { quickInput } = workbench;
    await workbench.notification('production runs').getByRole('button', { name: 'Say Why…' }).click();
    await quickInput.root().getByText('Kept as the note of the release').waitFor();
    expect(await quickInput.root().locator('input[type=text]').inputValue()).toBe('Version v1');
    await quickInput.type('Opening day');
    await quickInput.accept();
    await expect
      .poll(async () => (await lab?.app.recorded())?.environment.releases[0]?.notes)
      .toBe('Opening day');
  });

  test('the plan is read first, and the way on stands beside it', async () => {
    const { workbench } = vscode;
    await workbench.colorTheme('Dark Modern');
    mkdirSync(`${lab?.app.root ?? ''}/web/migrations`, { recursive: true });
    writeFileSync(
      `${lab?.app.root ?? ''}/web/migrations/2_sessions.sql`,
      'create table sessions (id int);\n',
    );
    lab?.app.release('v2');
    await expect.poll(() => described('production')).toContain('1 commit not deployed');
    await releases().inlineAction('production', 'Deploy…');
    await workbench.dialog.waitFor();
    const question = await workbench.dialog.innerText();
    expect(question).toContain('1 commit since');
    expect(question).toContain('Changes web');
    expect(question).toContain('api, worker unchanged');
    await workbench.screenshot('deploy confirmed dark');
    await workbench.page.keyboard.press('Enter');
    const way = workbench.notification(/Deploy .* to production of shop\?/);
    await way.waitFor();
    await workbench.screenshot('deploy plan');
    // Somebody commits while the plan is read: that is not what was agreed to.
    const author = ['-c', 'user.name=Ana', '-c', 'user.email=ana@acme.test'];
    execFileSync('git', [...author, 'commit', '-q', '--allow-empty', '-m', 'Nothing'], {
      cwd: lab?.app.root,
    });
    await way.getByRole('button', { name: 'Deploy to Production' }).click();
    await workbench.dialog.getByText('Things have changed since you were asked.').waitFor();
    expect(await workbench.dialog.innerText()).toContain(`Deploy ${short()} to production of shop?`);
    await workbench.answer('Deploy to Production');
    await workbench.notification(/production runs .* on 2 of 2 servers/).waitFor({ timeout: 100_000 });
    await workbench.screenshot('deploy done dark');
    expect(await answers()).toEqual(['v2', 'v2']);
  });

  test('a rollback is three steps: a click, Enter on what is preselected, and a question', async () => {
    const { workbench } = vscode;
    const { quickInput } = workbench;
    const [, v1] = (await lab?.app.recorded())?.environment.releases ?? [];
    const name = v1?.commit?.slice(0, 7) ?? '';
    await releases().inlineAction('production', 'Roll Back to Release…');
    await quickInput.rows().first().getByText('images on 2 of 2 servers').waitFor();
    expect(await quickInput.rows().count()).toBe(1);
    await workbench.screenshot('roll back to');
    await quickInput.accept();
    await workbench.dialog.waitFor();
    const question = await workbench.dialog.innerText();
    expect(question).toContain(`Roll production of shop back to ${name}?`);
    expect(question).toContain('Databases are not rolled back');
    await workbench.screenshot('roll back confirmed');
    await workbench.answer('Roll Back Production');
    await expect.poll(() => described('production')).toMatch(/rollout running \(4 of 6\)/);
    await workbench.screenshot('roll back underway');
    await ended(new RegExp(`production runs ${name} .*on 2 of 2 servers`), 'roll back done', 'Undo Rollback');
    expect(await answers()).toEqual(['v1', 'v1']);
    await workbench.dialog.waitFor();
    expect(await workbench.dialog.innerText()).toContain('Roll production of shop back to');
    await workbench.answer('Cancel');
  });

  test('what is said late of a deployment is its own note, not that of what came after it', async () => {
    const { workbench } = vscode;
    const { quickInput } = workbench;
    await workbench.command('Notifications: Show Notifications');
    const kept = workbench.page.locator('.notifications-center .notification-list-item');
    const deployed = kept.filter({ hasText: `production runs ${short()}` });
    await deployed.getByRole('button', { name: 'Say Why…' }).click();
    await quickInput.root().getByText('Kept as the note of the release').waitFor();
    await quickInput.type('Too early');
    await quickInput.accept();
    const noted = async (): Promise<unknown> =>
      (await lab?.app.recorded())?.environment.releases.map(({ kind, notes }) => [kind, notes]);
    await expect.poll(noted).toEqual([
      ['rollback', expect.not.stringContaining('Too early')],
      ['deploy', 'Too early'],
      ['deploy', 'Opening day'],
    ]);
    await workbench.command('Notifications: Clear All Notifications'); // else all others appear in that list
  });

  test('releases say whether they can be rolled back to, and offer it', async () => {
    const { workbench } = vscode;
    await workbench.colorTheme('Light Modern');
    await releases().expand('production');
    const rows = (await releases().rows()).filter(({ level }) => level === 2);
    expect(rows.map(({ description }) => description)).toEqual([
      expect.stringContaining('current'),
      expect.stringContaining('can roll back'),
      expect.not.stringContaining('can roll back'), // it is what runs
    ]);
    await workbench.screenshot('releases that can be rolled back to');
  });

  otherWaysBack(vscode, {
    answers,
    short,
    others: () =>
      lab?.servers[0]?.run('docker ps --format "{{.ID}} {{.Names}}" | grep -v _web-') ?? Promise.resolve(''),
  });

  test('a server that does not answer is left out where a person wants that', async () => {
    const { workbench } = vscode;
    const [, web02] = lab?.servers ?? [];
    await web02?.cut();
    await releases().contextMenu('production');
    await workbench.menu('Roll Back to Release…');
    await workbench.quickInput.rows().first().waitFor();
    await workbench.quickInput.accept();
    await workbench.dialog.getByText('web02 does not answer:').waitFor();
    await workbench.screenshot('server left out');
    await workbench.answer('Roll Back on That One');
    await workbench.dialog.getByText('Warning: web02 does not answer and is left out').waitFor();
    await workbench.screenshot('server left out confirmed');
    await workbench.answer('Cancel');
    await web02?.mend();
    await expect
      .poll(async () => {
        await workbench.view('Servers').inlineAction('web02', 'Check Server');
        await workbench.page.waitForTimeout(3_000);
        return workbench.view('Servers').row('web02').innerText();
      })
      .toContain('not set up');
  });

  test('one that runs is cancelled, and puts back what it changed', async () => {
    const { workbench } = vscode;
    lab?.app.release('v3');
    await releases().inlineAction('production', 'Deploy…');
    await workbench.dialog.getByText(`Deploy ${short()} to production of shop?`).waitFor();
    await workbench.dialog.getByText('Deploy to Production', { exact: true }).click();
    await expect.poll(() => described('production')).toMatch(/rollout running/);
    await releases().inlineAction('production', 'Deploy…');
    await workbench.dialog.getByText('production is being changed from this window.').waitFor();
    await workbench.screenshot('deploy twice');
    await workbench.answer('Cancel It and Deploy');
    // What was asked for comes then.
    await workbench.dialog.getByText('Deploy to Production', { exact: true }).waitFor();
    await workbench.answer('Cancel');
    await ended(/Cancelled in rollout/, 'deploy cancelled');
    // It is not told a second time, as if it had happened elsewhere.
    expect((await workbench.notifications()).join('\n')).not.toContain('failed in rollout');
    expect(await answers()).toEqual(['v1', 'v1']);
  });

  test('a service is scaled and restarted', async () => {
    const { workbench } = vscode;
    await workbench.view('Services').contextMenu('api');
    await workbench.menu('Scale Service…');
    await workbench.quickInput.type('2');
    await workbench.quickInput.accept();
    await workbench.dialog.getByText('Scale', { exact: true }).click();
    await ended(/production runs .* on 2 of 2 servers/, 'scaled');
    const [web01] = lab?.servers ?? [];
    const count = 'docker ps -q --filter label=tako.service=api | wc -l';
    expect((await web01?.run(count))?.trim()).toBe('2');
    await workbench.view('Services').contextMenu('api');
    await workbench.menu('Restart Service…');
    await workbench.dialog.getByText('Restart', { exact: true }).click();
    await ended(/production runs .* on 2 of 2 servers/, 'restarted');
  });

  test('logs of all servers are followed in one terminal, and a shell opens in a container', async () => {
    const { workbench } = vscode;
    await workbench.view('Services').contextMenu('worker');
    await workbench.menu('Follow Logs…');
    await expect.poll(terminal).toContain('Logs of worker in production');
    for (const server of lab?.servers ?? []) {
      const id = '$(docker ps -q --filter label=tako.service=worker)';
      await server.run(`docker exec ${id} sh -c 'echo "said on ${server.name}" > /proc/1/fd/1'`);
    }
    await expect.poll(terminal).toMatch(/web01 said on web01[^]*web02 said on web02/);
    await workbench.screenshot('logs followed');
    await workbench.view('Services').contextMenu('worker');
    await workbench.menu('Open Shell in Container…');
    const containers = workbench.quickInput.rows();
    await containers.first().waitFor();
    await workbench.page.locator('.xterm:visible').click();
    await workbench.page.waitForTimeout(1_000);
    expect(await containers.count()).toBe(2); // nobody has turned away what they waited for
    await containers.first().click();
    await workbench.page.waitForTimeout(2_000);
    await workbench.page.keyboard.type('echo $((40+2)) $0\n');
    await expect.poll(terminal).toMatch(/42 /);
    await workbench.screenshot('shell in container');
  });

  test('a lock that was left behind is seen, and taken over', async () => {
    const { workbench } = vscode;
    const since = Math.floor(Date.now() / 1000) - 3_600;
    const who = JSON.stringify({ by: 'ana@mac', operation: 'Deploy a1b2c3d to production of shop' });
    const [web01] = lab?.servers ?? [];
    const holder = '/var/lib/shipshape/deploy/shop/production/holder';
    await web01?.run(
      `printf '%s\\n' ${'a'.repeat(32)} '${since} 300' '${who}' > ${holder}; touch -d @${since} ${holder}`,
    );
    await releases().contextMenu('production');
    await workbench.menu('Check Servers of Environment');
    const row = 'lock left behind by ana@mac';
    await expect.poll(() => described(row)).toContain('safe to take over');
    await workbench.screenshot('lock left behind');
    await releases().contextMenu(row);
    await workbench.menu('Take Over Deployment…');
    await workbench.dialog.getByText('Take Over', { exact: true }).click();
    await ended(/Take over production of shop: done/, 'taken over');
    await expect.poll(() => described(row)).toBe('');
  });

  test('what production runs is promoted to another environment', async () => {
    const { workbench } = vscode;
    const file = `${lab?.app.root ?? ''}/tako.yaml`;
    const more = '  staging: { servers: [web01], services: { api: { image: "lab/api:1", port: 8080 } } }\n';
    writeFileSync(file, readFileSync(file, 'utf8') + more);
    await releases().collapse('production'); // with all its releases it fills the view
    await expect.poll(() => described('staging')).toContain('nothing recorded yet');
    await releases().contextMenu('production');
    await workbench.menu('Promote Release…');
    await workbench.quickInput.pick('staging');
    await workbench.dialog.getByText('Promote', { exact: true }).waitFor();
    await workbench.screenshot('promote confirmed');
    await workbench.answer('Promote');
    await ended(/staging runs .* on 1 of 1 servers/, 'promoted');
  });
});
