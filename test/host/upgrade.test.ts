import * as assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { ready, run } from './kit.ts';

/** Runs a command that asks something, and closes the question. */
async function left(command: string, ...args: unknown[]): Promise<void> {
  const running = run(command, ...args);
  const isOver = running.then(() => true);
  // The question is there a moment after the command was called.
  for (let isDone = false; !isDone;) {
    await vscode.commands.executeCommand('workbench.action.closeQuickOpen');
    const later = new Promise<false>(resolve => setTimeout(() => resolve(false), 100));
    isDone = await Promise.race([isOver, later]);
  }
}

describe('server setup', () => {
  it('asks which servers, and does nothing to those that nobody chose', async () => {
    const { state } = await ready();
    for (const command of ['setUpServer', 'upgradeServers', 'restoreSetup', 'manageBackups']) {
      await left(`shipshape.${command}`);
    }
    assert.deepEqual(state.now.upgrading, {});
    assert.deepEqual(vscode.tasks.taskExecutions, []);
  });

  it('has nothing to resume or to cancel where nothing was begun', async () => {
    await run('shipshape.resumeUpgrade');
    await run('shipshape.cancelOperation');
  });
});
