/** Deploying through the tako program as a person does it. It is a stand-in that only speaks the program's protocol. */
import { appendFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { repository } from '../kit/git.ts';
import { document, events, takoProgram } from '../kit/tako-program.ts';
import { session } from './kit/session.ts';
import { upgrading } from './kit/upgrading.ts';

const tako = takoProgram(afterAll);
/** A name that the PATH does not have: it is chosen where one looks. */
const missing = 'no-tako-here';
const project = repository(afterAll);
project.sample('tako/master-newyork');
project.commit({
  'tako.yaml': `project:
  name: demo
servers:
  production:
    host: 203.0.113.10
environments:
  production:
    servers: [production]
    services:
      web:
        image: demo/web:abc123
`,
});
const running = {
  name: 'web',
  desired: 2,
  running: 2,
  status: 'running',
  revision: 'abc123',
  health: 'healthy',
};
tako.replay(
  { when: ['deploy', '--plan-only'], out: document('DeployPlan.json') },
  {
    when: ['deploy', '--plan'],
    out: events(
      [{ type: 'deploy.service.reconciled', service: 'web', message: 'Service web reconciled' }],
      document('DeployResult.json'),
    ),
  },
  { when: ['rollback'], out: events([], document('RollbackResult.json')) },
  { when: ['ps'], out: document('StatusResult.json', { services: [running] }) },
  { when: ['history'], out: document('HistoryResult.constructed.json') },
  { when: ['drift'], out: document('DriftResult.json'), exit: 6 },
  { when: ['doctor'], out: document('DoctorResult.json'), exit: 6 },
  { when: ['state', 'status'], out: document('StateStatusResult.constructed.json') },
);

const vscode = session({
  folder: () => project.root,
  settings: {
    'shipshape.engine': 'cli',
    'shipshape.takoPath': missing,
    'terminal.integrated.gpuAcceleration': 'off',
  },
  viewport: { width: 1400, height: 1000 },
});
const { ended } = upgrading(vscode);

test('without the program it says what is needed where one looks, and lets it be chosen', async () => {
  const { workbench } = vscode;
  const releases = workbench.view('Releases');
  await workbench.colorTheme('Dark Modern');
  await workbench.openSidebar();
  await releases.filled();
  await releases.inlineAction('production', 'Deploy…');
  await workbench.dialog.waitFor();
  expect(await workbench.dialog.innerText()).toContain('The tako program is not found');
  await workbench.screenshot('tako missing on deploy');
  await workbench.answer('Choose Tako Program…');
  await workbench.page.keyboard.press('Escape');
  await releases.inlineAction('production', 'Roll Back to Release…');
  await workbench.quickInput.root().getByText('not known whether it can').first().waitFor();
  await workbench.screenshot('tako missing on roll back');
  await workbench.page.keyboard.press('Escape');
  await expect
    .poll(async () => (await releases.rows()).find(({ label }) => label === 'production')?.description)
    .toContain('run by takod, and no tako program here to ask it');
  await workbench.screenshot('tako missing in the tree');
  await releases.inlineAction('production', 'Choose Tako Program…');
  await workbench.quickInput.type(tako.file);
  await workbench.quickInput.pick('tako');
  await expect
    .poll(async () => (await releases.rows()).find(({ label }) => label === 'production')?.description)
    .not.toContain('no tako program');
  await workbench.screenshot('tako chosen');
});

test('what was planned and is not wanted asks takod for nothing more', async () => {
  const { workbench } = vscode;
  const releases = workbench.view('Releases');
  const asked = (): number => tako.calls().filter(({ args }) => args[0] === 'ps').length;
  const before = asked();
  await releases.inlineAction('production', 'Deploy…');
  await workbench.answer('Plan');
  await workbench.dialog.getByText('Deploy to Production', { exact: true }).waitFor();
  await workbench.answer('Cancel');
  await workbench.page.waitForTimeout(1_000);
  expect(await workbench.notifications()).toEqual([]);
  expect(asked()).toBe(before);
});

test('planning is asked for, and what was planned is what is carried out', async () => {
  const { workbench } = vscode;
  const releases = workbench.view('Releases');
  await workbench.openSidebar();
  await releases.filled();
  const before = tako.calls().length;
  await releases.inlineAction('production', 'Deploy…');
  await workbench.dialog.waitFor();
  expect(await workbench.dialog.innerText()).toContain('holds the deploy lock for a moment');
  expect(tako.calls()).toHaveLength(before);
  await workbench.screenshot('tako may plan');
  await workbench.answer('Plan');
  const deploy = workbench.dialog.getByText('Deploy to Production', { exact: true });
  await deploy.waitFor();
  const question = await workbench.dialog.innerText();
  expect(question).toContain('Deploy abc123 to production of demo?');
  expect(question).toContain('Changes web');
  await workbench.screenshot('tako deploy confirmed');
  await deploy.click();
  await ended(/production: web abc123 2 of 2, checked/, 'tako deployed');
});

test('going back is judged by what takod keeps, and goes to the id that the servers have', async () => {
  const { workbench } = vscode;
  const releases = workbench.view('Releases');
  await releases.inlineAction('production', 'Roll Back to Release…');
  const list = workbench.quickInput.root();
  await list.getByText('can roll back', { exact: false }).first().waitFor();
  await workbench.screenshot('tako roll back list');
  await workbench.quickInput.accept();
  const back = workbench.dialog.getByText('Roll Back Production', { exact: true });
  await back.waitFor();
  expect(await workbench.dialog.innerText()).toContain('Databases are not rolled back');
  await workbench.screenshot('tako roll back confirmed');
  await back.click();
  await ended(/production: web abc123 2 of 2, checked/, 'tako rolled back');
  const [, id] = tako.calls().find(({ args }) => args[0] === 'rollback')?.args ?? [];
  expect(id).toMatch(/^\d+_\d+$/);
});

test('takod says what runs, beside what is recorded', async () => {
  const { workbench } = vscode;
  await workbench.command('Shipshape: Ask takod…');
  await workbench.quickInput.pick('production');
  const told = workbench.notification(/production: 1 of 1 services well, web drifted/);
  await told.waitFor();
  await told.getByRole('button', { name: 'Show Details' }).click();
  await workbench.page.getByText('replica_count').first().waitFor();
  await workbench.screenshot('takod asked');
});

test('what tako has no command for says what can be done instead', async () => {
  const { workbench } = vscode;
  const staging = '  staging: { servers: [production], services: { web: { image: "demo/web:abc123" } } }\n';
  appendFileSync(path.join(project.root, 'tako.yaml'), staging);
  await workbench.view('Releases').row('staging').waitFor();
  await workbench.view('Releases').contextMenu('production');
  await workbench.menu('Promote Release…');
  await workbench.quickInput.pick('staging');
  const told = workbench.notification('The Tako CLI brings no images from one environment to another.');
  await told.waitFor();
  expect(await told.innerText()).toContain('-e staging');
  await workbench.screenshot('tako promotes nothing');
});
