import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { panelFrame, tableRows } from './kit/panel.ts';
import { session } from './kit/session.ts';
import { demoWorkspace } from './kit/workspaces.ts';

// The real program is not to be had here; this one says how it was called.
const bin = mkdtempSync(path.join(tmpdir(), 'shipshape-bin-'));
const called = path.join(bin, 'called');
writeFileSync(
  path.join(bin, 'sloth-runner'),
  `#!/bin/sh\nprintf '%s\\n' "$SLOTH_RUNNER_DB_PATH" "$@" > '${called}'\necho Nothing to do.\n`,
  { mode: 0o755 },
);
afterAll(() => rmSync(bin, { recursive: true }));

const vscode = session({
  folder: async () => {
    const folder = await demoWorkspace();
    const settings = { 'shipshape.slothRunnerPath': path.join(bin, 'sloth-runner') };
    mkdirSync(path.join(folder, '.vscode'), { recursive: true });
    writeFileSync(path.join(folder, '.vscode/settings.json'), JSON.stringify(settings));
    return folder;
  },
  viewport: { width: 1400, height: 1100 },
  // The menus are long and open over other rows: what appears when the mouse rests there would cover the next row.
  settings: { 'workbench.hover.delay': 100_000 },
});

const stacks = () => vscode.workbench.view('Stacks');

async function rows(): Promise<string[]> {
  return (await stacks().rows()).map(({ label, description }) => `${label} ${description}`);
}

async function answer(prompt: string, text: string): Promise<void> {
  const { quickInput } = vscode.workbench;
  await quickInput.root().getByText(prompt).waitFor();
  await quickInput.type(text);
  await quickInput.accept();
}

test('dependencies are shown, and the inferred ones recorded', async () => {
  const { workbench } = vscode;
  await workbench.openSidebar();
  await stacks().filled();
  await stacks().contextMenu('prod-web');
  await workbench.menu('Show Dependencies');
  const line = workbench.page.getByText('rule allow-https needs package nginx.');
  await line.waitFor();
  await workbench.screenshot('stack dependencies');
  await stacks().contextMenu('prod-web');
  await workbench.menu('Record Inferred Dependencies');
  await workbench.notification('inferred').filter({ hasText: 'done' }).first().waitFor();
  await line.waitFor({ state: 'detached' });
});

test('a stack is made, and deleted after its name was typed', async () => {
  const { workbench } = vscode;
  await workbench.page.mouse.move(900, 700); // away from rows, whose hovers cover others
  await stacks().titleAction('More Actions...');
  await workbench.menu('New Stack…');
  await answer('The name of the stack', 'cache');
  await expect.poll(rows).toContainEqual(expect.stringMatching(/^cache pending/));
  await stacks().contextMenu('cache');
  await workbench.menu('Delete Stack…');
  await workbench.quickInput.root().getByText('Type cache to go on.').waitFor();
  await workbench.screenshot('delete stack');
  await answer('Type cache to go on.', 'cache');
  await expect.poll(rows).not.toContainEqual(expect.stringMatching(/^cache /));
});

test('a name is no link where it is to be typed', async () => {
  const { workbench } = vscode;
  const name = '[x](command:workbench.action.closeWindow) $(error)';
  await stacks().titleAction('More Actions...');
  await workbench.menu('New Stack…');
  await answer('The name of the stack', name);
  await stacks().row(name).waitFor();
  await stacks().contextMenu(name);
  await workbench.menu('Delete Stack…');
  const prompt = workbench.quickInput.root().getByText('to go on.');
  await prompt.waitFor();
  expect(await prompt.innerText()).toContain('(command:workbench.action.closeWindow) $ (error)');
  expect(await workbench.quickInput.root().locator('a[href], .monaco-link, .codicon-error').count()).toBe(0);
  await workbench.quickInput.type(name);
  await workbench.quickInput.accept();
  await stacks().row(name).waitFor({ state: 'detached' });
});

test('a stack is tagged, and the tag removed', async () => {
  const { workbench } = vscode;
  await workbench.openSidebar();
  await stacks().filled();
  await stacks().contextMenu('prod-web');
  await workbench.menu('Add Tag…');
  await answer('The new tag', 'freeze');
  await workbench.notification('freeze').filter({ hasText: 'done' }).first().waitFor();
  await expect
    .poll(async () => {
      await stacks().contextMenu('prod-web');
      await workbench.menu('Remove Tag…');
      const offered = await workbench.quickInput.labels();
      if (!offered.includes('freeze')) await workbench.page.keyboard.press('Escape');
      return offered;
    })
    .toContain('freeze');
  await workbench.quickInput.pick('freeze');
  await workbench.notification('Remove').filter({ hasText: 'done' }).first().waitFor();
});

test('a stack is locked, and its lock broken after its name was typed', async () => {
  const { workbench } = vscode;
  await stacks().contextMenu('prod-web');
  await workbench.menu('Lock Stack…');
  await answer('What for', 'maintenance');
  await expect.poll(rows).toContainEqual(expect.stringMatching(/^prod-web .*locked by .*maintenance/));
  await workbench.screenshot('stack locked');
  await stacks().contextMenu('prod-web');
  await workbench.menu('Break Stack Lock…');
  await answer('Type prod-web to go on.', 'prod-web');
  await expect.poll(rows).not.toContainEqual(expect.stringMatching(/^prod-web .*maintenance/));
});

test('drift is resolved, and opened again', async () => {
  const { workbench } = vscode;
  await stacks().expand('prod-web');
  await stacks().expand('Drift');
  const drifted = workbench.page.locator('.sidebar .monaco-list-row').filter({ hasText: 'pending' }).first();
  await drifted.locator('.label-name').click({ button: 'right' });
  await workbench.menu('Resolve Drift');
  await expect.poll(rows).toContainEqual(expect.stringContaining('resolved'));
  const resolved = workbench.page
    .locator('.sidebar .monaco-list-row')
    .filter({ hasText: 'resolved' })
    .first();
  await resolved.locator('.label-name').click({ button: 'right' });
  await workbench.menu('Reopen Drift');
  await expect.poll(rows).toContainEqual(expect.stringContaining('pending'));
});

test('a stack is checked against JSON, its drift ignored for a while, and then adopted', async () => {
  const { workbench, folder } = vscode;
  const actual = { 'service/nginx': { enabled: true, state: 'running', replicas: 5 } };
  writeFileSync(path.join(folder, 'actual.json'), JSON.stringify(actual));
  await workbench.page.keyboard.press('Control+P');
  await workbench.quickInput.type('actual.json');
  await workbench.quickInput.pick('actual.json');
  await workbench.page.locator('.tab').filter({ hasText: 'actual.json' }).waitFor();
  await workbench.command('Shipshape: Check Stack for Drift…');
  await workbench.quickInput.pick('prod-web');
  await workbench.quickInput.pick('The text of actual.json');
  await workbench.dialog.waitFor();
  await workbench.screenshot('check stack for drift');
  await workbench.answer('Record');
  await workbench.notification('Record drift in 1 of 1 resources of prod-web: done').waitFor();
  await expect.poll(rows).toContainEqual(expect.stringContaining('pending · from JSON actual.json'));

  const onDrift = async (entry: string): Promise<void> => {
    const row = workbench.page.locator('.sidebar .monaco-list-row').filter({ hasText: 'from JSON' }).first();
    await row.locator('.label-name').click({ button: 'right' });
    await workbench.menu(entry);
  };
  await onDrift('Ignore Drift…');
  const day = `${new Date().getFullYear() + 2}-01-01`;
  await answer('The last day on which it is ignored', day);
  await answer('Why it is left as it is', 'More traffic');
  await expect
    .poll(rows)
    .toContainEqual(expect.stringContaining(`ignored until ${day} · More traffic · from JSON actual.json`));
  await workbench.screenshot('drift ignored');
  await onDrift('Reopen Drift');
  await expect.poll(rows).toContainEqual(expect.stringContaining('pending · from JSON actual.json'));
  await onDrift('Adopt Actual Values…');
  await workbench.dialog.waitFor();
  await workbench.screenshot('adopt drift');
  await workbench.answer('Adopt');
  await expect.poll(rows).toContainEqual(expect.stringContaining('resolved · from JSON actual.json'));
  await stacks().contextMenu('prod-web');
  await workbench.menu('Copy Drift as JSON');
  await workbench.notification('The drift of prod-web is on the clipboard').waitFor();
});

test('a snapshot is made, and an older one restored after a question', async () => {
  const { workbench } = vscode;
  await workbench.command('Shipshape: Snapshot Stack…');
  await workbench.quickInput.pick('prod-web');
  await answer('What it is for', 'Before the experiment');
  await workbench.notification('napshot').filter({ hasText: 'done' }).first().waitFor();
  await workbench.command('Shipshape: Restore Stack Record…');
  await workbench.quickInput.pick('prod-web');
  await expect.poll(async () => (await workbench.quickInput.labels())[0]).toMatch(/^Snapshot \d+$/);
  await workbench.page.keyboard.press('End');
  await workbench.quickInput.accept();
  await workbench.dialog.waitFor();
  await workbench.screenshot('restore stack');
  await workbench.answer('Restore Record');
  await workbench.notification('estore').filter({ hasText: 'done' }).first().waitFor();
});

test('a workflow is run in a terminal, under a lock', async () => {
  const { workbench, folder } = vscode;
  const database = readdirSync(folder, { recursive: true, encoding: 'utf8' }).find(each =>
    each.endsWith('stacks.db'),
  );
  const root = path.dirname(path.join(folder, database ?? ''));
  mkdirSync(path.join(root, 'infra'), { recursive: true });
  writeFileSync(path.join(root, 'infra/deploy-web.sloth'), '');
  await stacks().contextMenu('prod-web');
  await workbench.menu('Run Workflow…');
  await workbench.dialog.waitFor();
  await workbench.screenshot('run workflow');
  await workbench.answer('Run');
  await workbench.notification('End the run of deploy-web.sloth: done').waitFor();
  expect(readFileSync(called, 'utf8').trim().split('\n')).toEqual([
    path.join(folder, database ?? ''),
    'run',
    '-f',
    path.join(root, 'infra/deploy-web.sloth'),
    '--yes',
    '--',
    'prod-web',
  ]);
  await expect.poll(rows).not.toContainEqual(expect.stringMatching(/^prod-web .*locked/));
});

test('a snapshot is compared with what is recorded now', async () => {
  const { workbench } = vscode;
  await workbench.command('Shipshape: Compare Snapshots…');
  await workbench.quickInput.pick('prod-web');
  await workbench.quickInput.root().getByText('Compare which snapshot').waitFor();
  await workbench.quickInput.pick('Snapshot 5');
  await workbench.quickInput.pick('Recorded now');
  const page = await panelFrame(workbench, 'prod-web: Snapshot 5 → Recorded now');
  await tableRows(page, 'Changes').first().waitFor();
  await workbench.screenshot('compare snapshots');
  await page.getByRole('button', { name: 'Open as Text' }).click();
  await workbench.page
    .locator('.diff-editor, .monaco-diff-editor')
    .getByText('stack_state')
    .first()
    .waitFor();
});

test('stacks are filtered by status, and their activity exported', async () => {
  const { workbench, folder } = vscode;
  await stacks().titleAction('Filter by Tag or Status…');
  await workbench.quickInput.pick('tag:production');
  await workbench.quickInput.accept();
  await expect.poll(rows).not.toContainEqual(expect.stringMatching(/^staging-db/));
  await stacks().contextMenu('prod-web');
  await workbench.menu('Export Activity…');
  await workbench.quickInput.root().getByText('Which activity of prod-web?').waitFor();
  await workbench.quickInput.accept();
  await workbench.quickInput.root().getByText('Export the activity of prod-web').waitFor();
  await workbench.quickInput.accept();
  await workbench.notification('are exported').waitFor();
  const exported = readdirSync(folder, { recursive: true, encoding: 'utf8' }).find(each =>
    each.endsWith('-activity.csv'),
  );
  expect(readFileSync(path.join(folder, exported ?? ''), 'utf8')).toMatch(
    /^time,type,user,resource,message\r\n20/,
  );
});

test('the snapshots of a stack are verified', async () => {
  const { workbench } = vscode;
  await stacks().contextMenu('prod-web');
  await workbench.menu('Verify Snapshots');
  await workbench.notification('snapshots are whole').first().waitFor();
  await workbench.page.locator('.editor-instance .view-line').filter({ hasText: 'whole' }).first().waitFor();
  await workbench.screenshot('snapshots verified');
});

test('a stack is backed up, and restored from its backup', async () => {
  const { workbench } = vscode;
  await stacks().contextMenu('prod-web');
  await workbench.menu('Back Up Stack');
  await workbench.notification('Back up prod-web').filter({ hasText: 'done' }).first().waitFor();
  await workbench.command('Shipshape: Restore Database Backup…');
  await expect.poll(() => workbench.quickInput.root().innerText()).toContain('Manual backup');
  await workbench.screenshot('choose backup');
  await workbench.quickInput.accept();
  await workbench.dialog.waitFor();
  await workbench.screenshot('restore backup');
  await workbench.answer('Restore');
  await workbench.notification('from the backup of').filter({ hasText: 'done' }).first().waitFor();
});

test('old snapshots are archived after the name of the stack was typed', async () => {
  const { workbench } = vscode;
  await stacks().contextMenu('prod-web');
  await workbench.menu('Archive Old Snapshots…');
  await answer('What a rollback may need', '2');
  await workbench.quickInput.root().getByText('Type prod-web to go on.').waitFor();
  await workbench.screenshot('archive snapshots');
  await answer('Type prod-web to go on.', 'prod-web');
  await workbench.notification('rchive').filter({ hasText: 'done' }).first().waitFor();
});

test('an old state database is migrated where one is found, and the script can be read', async () => {
  const { workbench, folder } = vscode;
  const command = 'Shipshape: Migrate Old State Database…';
  expect(await workbench.commandsFor(command)).not.toContain(command);
  const old = path.join(folder, 'legacy');
  mkdirSync(old);
  copyFileSync(new URL('../samples/sloth-runner/state.db', import.meta.url), path.join(old, 'state.db'));
  await stacks().titleAction('Clear Filter');
  await expect.poll(rows).toContain('legacy/state old state database');
  await stacks().contextMenu('legacy/state');
  await workbench.menu('Show Migration Script');
  await workbench.page.locator('.view-lines').getByText('ATTACH').first().waitFor();
  await workbench.screenshot('migration script');

  await workbench.command(command);
  await workbench.quickInput.pick('New database beside it');
  await workbench.dialog.waitFor();
  await workbench.dialog.getByText('stacks: 3 to add, 0 there already, 0 not possible').waitFor();
  await workbench.screenshot('migrate');
  await workbench.answer('Migrate');
  await workbench.notification('Migrate').filter({ hasText: 'done' }).first().waitFor();
  expect(readdirSync(old)).toEqual(expect.arrayContaining(['migration_report.json', 'stacks.db']));
  await expect.poll(rows).toContainEqual(expect.stringMatching(/^never-updated /));
});
