import * as assert from 'node:assert/strict';
import path from 'node:path';
import * as vscode from 'vscode';
import type { Row, View } from '../../src/words/row.ts';
import { eventually, ready, run } from './kit.ts';

async function find(view: View, wanted: (row: Row) => boolean): Promise<Row> {
  const search = (rows: readonly Row[]): Row | undefined => {
    for (const row of rows) {
      const found = wanted(row) ? row : search(row.children ?? []);
      if (found) return found;
    }
    return undefined;
  };
  const row = search((await ready()).rows(view));
  assert.ok(row, `such a row in ${view}`);
  return row;
}

async function editorAt(scheme: string): Promise<vscode.TextEditor> {
  const editor = await eventually(
    () => vscode.window.activeTextEditor,
    each => each?.document.uri.scheme === scheme,
    `an editor for ${scheme}:`,
  );
  assert.ok(editor);
  return editor;
}

describe('a row', () => {
  afterEach(() => vscode.commands.executeCommand('workbench.action.closeAllEditors'));

  it('opens the log of its release as a read-only document', async () => {
    const failed = await find(
      'releases',
      row =>
        row.description?.startsWith('failed in rollout') === true &&
        row.abilities?.includes('openLog') === true,
    );
    await run('shipshape.openLog', failed.key);
    const { document } = await editorAt('shipshape');
    assert.match(document.getText(), /phase rollout failed/);
    assert.match(path.basename(document.uri.path), /\.log$/);
  });

  it('opens what is recorded about it where there is no log', async () => {
    const release = await find('releases', row => row.abilities?.includes('openDetails') === true);
    await run('shipshape.openDetails', release.key);
    const { document } = await editorAt('shipshape');
    assert.ok(document.getText().includes(release.id ?? '-'));
  });

  it('opens by a click what it stands for', async () => {
    const snapshot = await find('stacks', row => row.icon === 'snapshot');
    await run('shipshape.open', snapshot.key);
    const { document } = await editorAt('shipshape');
    assert.match(document.getText(), /"stack_state"/);
  });

  it('opens the file it is written in, at its line', async () => {
    const environment = await find(
      'releases',
      row => row.label.endsWith('staging') && row.source?.file.endsWith('tako.yaml') === true,
    );
    await run('shipshape.openSource', environment.key);
    const editor = await editorAt('file');
    assert.equal(editor.document.uri.fsPath, environment.source?.file);
    assert.match(editor.document.lineAt(editor.selection.active.line).text, /staging/);
  });

  it('copies its id', async () => {
    const release = await find('releases', row => row.id?.startsWith('deploy-') === true);
    await run('shipshape.copyId', release.key);
    assert.equal(await vscode.env.clipboard.readText(), release.id);
  });

  it('copies a summary of a release, an environment, a server or a stack as Markdown', async () => {
    const release = await find('releases', row => row.id?.startsWith('deploy-') === true);
    const environment = await find('releases', row => row.label.endsWith('staging'));
    const host = await find('servers', ({ subject, icon }) => subject !== undefined && icon === 'server');
    const stack = await find('stacks', ({ label }) => label === 'prod-web');
    for (const [row, heading] of [
      [release, '**Release `'],
      [environment, '**`acme-shop / staging`** (Tako)'],
      [host, `**Server \`${host.label}\`**`],
      [stack, '**Stack `prod-web`** (sloth-runner)'],
    ] as const) {
      await run('shipshape.copySummary', row.key);
      const summary = await vscode.env.clipboard.readText();
      assert.ok(summary.startsWith(heading), summary);
      assert.match(summary, /not asked; this is what is recorded on this machine as of \d{4}-\d\d-\d\d/);
    }
  });

  it('that went away does nothing', async () => {
    await run('shipshape.open', 'no/such/key');
    await run('shipshape.copyId', 'no/such/key');
    assert.equal(vscode.window.activeTextEditor, undefined);
  });
});

describe('the palette', () => {
  afterEach(() => vscode.commands.executeCommand('workbench.action.closeAllEditors'));

  it('copies a report for maintainers, without secrets', async () => {
    await ready();
    await run('shipshape.copyDiagnosticReport');
    const report = await vscode.env.clipboard.readText();
    assert.match(report, /^Shipshape \d+\.\d+\.\d+, VS Code \d/);
    assert.match(report, /Tako "acme-shop": 2 environments/);
    assert.match(report, /STACKS\n/);
  });

  it('goes to a release, and shows the log of one', async () => {
    await ready();
    const picking = run('shipshape.showLog');
    await new Promise(resolve => setTimeout(resolve, 500));
    await vscode.commands.executeCommand('workbench.action.acceptSelectedQuickOpenItem');
    await picking;
    assert.match(path.basename((await editorAt('shipshape')).document.uri.path), /\.log$/);

    const going = run('shipshape.goToRelease');
    await new Promise(resolve => setTimeout(resolve, 500));
    await vscode.commands.executeCommand('workbench.action.acceptSelectedQuickOpenItem');
    await going;
  });

  it('shows the output', async () => {
    await run('shipshape.showOutput');
  });
});
