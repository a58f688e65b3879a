import * as assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { Row } from '../../src/words/row.ts';
import { eventually, ready, run } from './kit.ts';

async function reachable(): Promise<Row> {
  const row = (await ready()).rows('servers').find(each => each.abilities?.includes('checkServer'));
  assert.ok(row, 'a server that can be asked');
  return row;
}

async function shown(key: string): Promise<Row | undefined> {
  return (await ready()).rows('servers').find(each => each.key === key);
}

/** Nothing listens there, which is told at once. */
function nowhere(name: string): Thenable<void> {
  return vscode.workspace
    .getConfiguration('shipshape')
    .update('servers', { [name]: { host: '127.0.0.1', port: 1 } }, vscode.ConfigurationTarget.Global);
}

describe('servers', () => {
  afterEach(async () => {
    const settings = vscode.workspace.getConfiguration('shipshape');
    await settings.update('servers', undefined, vscode.ConfigurationTarget.Global);
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  });

  it('are not asked before somebody wants it', async () => {
    const { state } = await ready();
    assert.deepEqual(state.now.observed, {});
  });

  it('that do not answer are shown so, in their row and in their document', async () => {
    const row = await reachable();
    await nowhere(row.label);
    await run('shipshape.checkServer', row.key);
    assert.match((await shown(row.key))?.description ?? '', /does not answer · asked \d/);
    await run('shipshape.openDetails', row.key);
    const editor = await eventually(
      () => vscode.window.activeTextEditor,
      each => each?.document.uri.scheme === 'shipshape',
      'the document of the server',
    );
    const text = editor?.document.getText() ?? '';
    assert.match(text, /"observed": \{[^}]*"what": "Nothing answers on that port\."/);
  });

  it('that only the settings name are shown, asked and opened', async () => {
    const api = await ready();
    await nowhere('elsewhere');
    const named = (): Row | undefined => api.rows('servers').find(({ label }) => label === 'elsewhere');
    const row = await eventually(named, each => each !== undefined, 'a row for it');
    assert.equal(row?.description, '127.0.0.1 port 1');
    await run('shipshape.checkServer', row.key);
    assert.match(named()?.description ?? '', /does not answer/);
    await run('shipshape.open', row.key);
    const editor = await eventually(
      () => vscode.window.activeTextEditor,
      each => each?.document.uri.scheme === 'shipshape',
      'its document',
    );
    assert.match(editor?.document.getText() ?? '', /"kind": "settings"/);
    await vscode.workspace
      .getConfiguration('shipshape')
      .update('servers', undefined, vscode.ConfigurationTarget.Global);
    await eventually(named, each => each === undefined, 'its end');
  });
});
