import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { child, program } from '../kit/child.ts';
import { containerDocument } from '../kit/docker.ts';
import { writeFiles } from '../kit/files.ts';
import { releasesFile, runningIn } from '../kit/stagecraft.ts';
import { takoFolder } from '../kit/tako.ts';
import { session } from './kit/session.ts';
import { appears } from './kit/workbench.ts';
import { emptyWorkspace } from './kit/workspaces.ts';

const BEGUN = Date.UTC(2025, 0, 2, 3, 4, 5);
const STATE = '.stagecraft/releases.json';
const DAY_MS = 86_400_000;
const WEB = { image_id: '', replicas: 1, ports: [], domains: null, health: '', containers: null };

const TAKO_YAML = `project: { name: store, version: 1.0.0 }
servers: { web01: { host: 127.0.0.1, user: deploy, port: 1 } }
environments: { live: { servers: [web01], services: { web: { image: 'store/web' } } } }
`;

const holder = program('holder', afterAll);
const vscode = session({ folder: workspaceWithTroubles, viewport: { width: 1400, height: 1000 } });

/** A project with an interrupted release, and one whose state was cut off. */
function workspaceWithTroubles(): string {
  const folder = emptyWorkspace();
  const interrupted = [{ environment: 'prod', at: BEGUN, version: 'v1.4.2', phases: runningIn('rollout') }];
  writeFiles(path.join(folder, 'billing'), releasesFile('seed', interrupted));
  const whole = releasesFile('seed', [
    { environment: 'prod', at: BEGUN, version: 'v2.0.0', phases: {} },
    { environment: 'prod', at: BEGUN + 60_000, version: 'v2.1.0', phases: {} },
  ])[STATE];
  const { text } = whole as { text: string }; // it is no folder
  writeFiles(
    path.join(folder, 'store'),
    takoFolder({
      form: 'seed',
      name: 'store',
      createdAt: BEGUN,
      servers: { live: ['web01'] },
      deploys: [1, 2, 3].map(day => ({
        environment: 'live',
        at: BEGUN + day * DAY_MS,
        services: { web: { ...WEB, image: `store/web:v0.${day}` } },
      })),
    }),
  );
  writeFiles(path.join(folder, 'store'), {
    'tako.yaml': TAKO_YAML,
    ...Object.fromEntries(
      [1, 2, 3, 4].map(each => [`.tako/builds/artifacts/web-v0.${each}-abcde${each}.tar`, 'x']),
    ),
  });
  const container = containerDocument({ id: 'aaaaaaaaaaaa1', name: 'site_live_web_1', image: 'site/web:v7' });
  writeFiles(folder, { 'inspect.json': JSON.stringify([container]) });
  writeFiles(path.join(folder, 'shop'), { [STATE]: text.slice(0, text.lastIndexOf('"id"')) });
  return folder;
}

const stateOf = (project: string): string => readFileSync(path.join(vscode.folder, project, STATE), 'utf8');

async function described(label: string): Promise<string | undefined> {
  const rows = await vscode.workbench.view('Releases').rows();
  return rows.find(row => row.label === label)?.description;
}

test('an interrupted release is recorded as failed after a question, and the undo brings every byte back', async () => {
  const { workbench } = vscode;
  await workbench.openSidebar();
  const releases = workbench.view('Releases');
  await releases.filled();
  const before = stateOf('billing');
  await releases.contextMenu('v1.4.2');
  await workbench.menu('Close Interrupted Release…');
  await workbench.dialog.waitFor();
  await workbench.screenshot('close release');
  expect(await workbench.dialog.innerText()).toContain('rollout: running → failed');
  await workbench.answer('Record as Failed');
  await expect.poll(() => described('v1.4.2')).toContain('failed in rollout');
  expect(stateOf('billing')).not.toBe(before);
  await workbench.screenshot('closed release');
  await workbench.notification('done').getByText('Undo', { exact: true }).click();
  await expect.poll(() => stateOf('billing')).toBe(before);
  await expect.poll(() => described('v1.4.2')).toContain('interrupted in rollout');
});

test('a question that is called off changes nothing', async () => {
  const { workbench } = vscode;
  const before = stateOf('billing');
  await workbench.command('Shipshape: Close Interrupted Release…');
  await workbench.quickInput.rows().first().waitFor();
  await workbench.quickInput.accept();
  await workbench.dialog.waitFor();
  await workbench.answer('Cancel');
  await workbench.dialog.waitFor({ state: 'hidden' });
  expect(stateOf('billing')).toBe(before);
});

test('a note on a release is kept beside the state of its tool', async () => {
  const { workbench } = vscode;
  const before = stateOf('billing');
  await workbench.view('Releases').contextMenu('v1.4.2');
  await workbench.menu('Note on Release…');
  await workbench.quickInput.type('The disk of web02 was full');
  await workbench.quickInput.accept();
  await workbench.notification('Note on').first().waitFor();
  const hovered = async (): Promise<string> => {
    // What is shown already is not drawn anew.
    await workbench.page.mouse.move(900, 700);
    await workbench.page.locator('.workbench-hover:visible').waitFor({ state: 'hidden' });
    return workbench.view('Releases').hover('v1.4.2', 3_000); // a row drawn anew takes its card away
  };
  await expect.poll(hovered).toMatch(/The\sdisk\sof\sweb02\swas\sfull/);
  expect(stateOf('billing')).toBe(before);
});

test('a damaged file is a problem with a quick fix, and its row has the same', async () => {
  const { workbench } = vscode;
  const damaged = stateOf('shop');
  await workbench.command('View: Focus Problems (Errors, Warnings, Infos)');
  const problem = workbench.page
    .locator('.markers-panel .monaco-list-row')
    .filter({ hasText: 'Not valid JSON' });
  await problem.first().waitFor();
  await workbench.screenshot('problems');
  await workbench.view('Releases').inlineAction('releases.json:12', 'Fix…');
  await workbench.dialog.waitFor();
  await workbench.answer('Cancel');
  await workbench.command('View: Close All Editors');
  await problem.first().dblclick();
  await workbench.page.locator('.editor-instance .view-lines').waitFor();
  // Until the editor has heard of the quick fix, the keys lead nowhere.
  const repair = workbench.page.locator('.action-widget').getByText('Repair…');
  const opened = async (): Promise<boolean> => {
    await workbench.page.keyboard.press('Control+.');
    return appears(repair);
  };
  await expect.poll(opened).toBe(true);
  await repair.click();
  await workbench.dialog.waitFor();
  await workbench.answer('Cancel');
  expect(stateOf('shop')).toBe(damaged);
});

test('a damaged file is compared with what would take its place, and the original is kept', async () => {
  const { workbench } = vscode;
  const damaged = stateOf('shop');
  await workbench.command('Shipshape: Repair State File…');
  await workbench.quickInput.rows().first().waitFor();
  await workbench.quickInput.accept();
  await workbench.dialog.waitFor();
  await workbench.screenshot('repair');
  await workbench.page.locator('.monaco-diff-editor').waitFor();
  await workbench.answer('Repair');
  await expect.poll(() => described('v2.0.0')).toBeDefined();
  expect(() => JSON.parse(stateOf('shop')) as unknown).not.toThrow();
  const kept = path.join(vscode.folder, 'shop', '.shipshape', 'kept');
  expect(readFileSync(path.join(kept, readdirSync(kept)[0] ?? ''), 'utf8')).toBe(damaged);
});

test('a lock is broken only after its name was typed while its holder lives', async () => {
  const { workbench, folder } = vscode;
  const started = child(holder, [path.join(folder, 'billing')]);
  onTestFinished(() => started.signal('SIGKILL'));
  expect(await started.line()).toBe('held');
  await workbench.command('Shipshape: Break Lock…');
  await workbench.quickInput.pick('billing');
  await workbench.quickInput.root().getByText('Type billing to go on.').waitFor();
  await workbench.screenshot('break lock');
  await workbench.quickInput.type('billing');
  await workbench.quickInput.accept();
  await workbench.notification('Break the lock').first().waitFor();
  started.tell('late');
  expect(await started.line()).toBe('lock-broken');
});

test('a release is marked as one to go back to, and the mark is taken away again', async () => {
  const { workbench } = vscode;
  const releases = workbench.view('Releases');
  await releases.contextMenu('v0.2');
  await workbench.menu('Mark as Rollback Point');
  await expect.poll(() => described('v0.2')).toContain('rollback point');
  await workbench.screenshot('marked');
  await releases.contextMenu('v0.2');
  await workbench.menu('Take Mark as Rollback Point Away');
  await expect.poll(() => described('v0.2')).not.toContain('rollback point');
});

test('old releases are removed after the name of their environment was typed', async () => {
  const { workbench } = vscode;
  await workbench.command('Shipshape: Prune History…');
  await workbench.quickInput.pick('store / live');
  await workbench.quickInput.root().getByText('How many of the newest').waitFor();
  await workbench.quickInput.type('1');
  await workbench.quickInput.accept();
  await workbench.quickInput.root().getByText('Type live to go on.').waitFor();
  await workbench.screenshot('prune');
  await workbench.quickInput.type('live');
  await workbench.quickInput.accept();
  await expect.poll(() => described('v0.1')).toBeUndefined();
  expect(await described('v0.3')).toBeDefined();
});

test('old archives of builds are removed after the name of the project was typed', async () => {
  const { workbench, folder } = vscode;
  const archives = () => readdirSync(path.join(folder, 'store', '.tako', 'builds', 'artifacts')).length;
  await workbench.view('Releases').contextMenu('store / live');
  await workbench.menu('Remove Old Build Archives…');
  await workbench.quickInput.root().getByText('How many of the newest').waitFor();
  await workbench.quickInput.type('1');
  await workbench.quickInput.accept();
  await workbench.quickInput.root().getByText('Type store to go on.').waitFor();
  await workbench.quickInput.type('store');
  await workbench.quickInput.accept();
  await expect.poll(archives).toBeLessThan(4);
});

test('how a service is can be recorded', async () => {
  const { workbench } = vscode;
  const services = workbench.view('Services');
  await services.contextMenu('web');
  await workbench.menu('Record Health…');
  await workbench.quickInput.pick('Unhealthy');
  const rows = async () => (await services.rows()).find(({ label }) => label === 'web')?.description;
  await expect.poll(rows).toContain('unhealthy');
});

test('state is begun where there is none', async () => {
  const { workbench, folder } = vscode;
  await workbench.command('Shipshape: Initialize State…');
  await workbench.quickInput.pick('Tako');
  await workbench.quickInput.root().getByText('The name of the project').waitFor();
  await workbench.quickInput.type('everything');
  await workbench.quickInput.accept();
  const state = path.join(folder, '.tako', 'state.json');
  await expect.poll(() => existsSync(state)).toBe(true);
  expect(readFileSync(path.join(folder, '.tako', '.gitignore'), 'utf8')).toBe('*\n!.gitignore\n');
});

test('a project that runs already is imported from what Docker tells of it', async () => {
  const { workbench, folder } = vscode;
  await workbench.command('Shipshape: Import Project…');
  // The dialog of a browser lists the folder's files; a path typed before the list is there is put back.
  await workbench.quickInput.pick('inspect.json');
  await workbench.quickInput.root().getByText('Environment; empty').waitFor();
  await workbench.quickInput.type('live');
  await workbench.quickInput.accept();
  await workbench.dialog.waitFor();
  await workbench.screenshot('import');
  await workbench.answer('Import');
  const current = path.join(folder, '.tako', 'deployments', 'live', 'current.json');
  await expect.poll(() => existsSync(current)).toBe(true);
  expect(readFileSync(current, 'utf8')).toContain('site/web:v7');
});

test('a terminal is opened by the ssh of this machine, with nothing of a file as an option', async () => {
  const { workbench } = vscode;
  await workbench.view('Servers').inlineAction('web01', 'Open SSH Terminal…');
  // Nothing listens there, and VS Code tells the command that ended.
  const ended = workbench.notification(/ssh '-p', '1', '-l', 'deploy', '--', '127\.0\.0\.1'/);
  await ended.waitFor();
});
