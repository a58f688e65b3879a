import * as assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { extension, ready } from './kit.ts';

interface Contributions {
  readonly commands: readonly {
    readonly command: string;
    readonly title: string;
    readonly category?: string;
  }[];
  readonly menus: {
    readonly commandPalette?: readonly { readonly command: string; readonly when: string }[];
  };
}

function contributions(): Contributions {
  return (extension().packageJSON as { contributes: Contributions }).contributes; // our own manifest
}

describe('commands', () => {
  it('contributed are those registered', async () => {
    await ready();
    const registered = (await vscode.commands.getCommands(true)).filter(
      // A view brings commands of its own: shipshape.releases.focus and the like.
      id => id.startsWith('shipshape.') && !/^shipshape\.\w+\.\w+$/.test(id),
    );
    assert.deepEqual(
      registered.sort(),
      contributions()
        .commands.map(each => each.command)
        .sort(),
    );
  });

  it('the palette offers exactly these', () => {
    const { commands, menus } = contributions();
    const hidden = new Set(
      menus.commandPalette?.filter(({ when }) => when === 'false').map(each => each.command),
    );
    const offered = commands.filter(({ command }) => !hidden.has(command));
    assert.deepEqual(offered.map(({ category, title }) => `${category ?? ''}: ${title}`).sort(), [
      'Shipshape: Add Host…',
      'Shipshape: Break Lock…',
      'Shipshape: Check Stack for Drift…',
      'Shipshape: Close Interrupted Release…',
      'Shipshape: Compare Releases…',
      'Shipshape: Compare Snapshots…',
      'Shipshape: Copy Diagnostic Report',
      'Shipshape: Copy Summary',
      'Shipshape: Export Inventory…',
      'Shipshape: Go to Release…',
      'Shipshape: Import Project…',
      'Shipshape: Initialize State…',
      'Shipshape: Migrate Old State Database…',
      'Shipshape: Open SSH Terminal…',
      'Shipshape: Prune History…',
      'Shipshape: Repair State File…',
      'Shipshape: Restore Database Backup…',
      'Shipshape: Restore Stack Record…',
      'Shipshape: Show Log…',
      'Shipshape: Show Output',
      'Shipshape: Show Undeployed Changes',
      'Shipshape: Show What Needs Attention',
      'Shipshape: Snapshot Stack…',
      'Shipshape: Verify Snapshots',
    ]);
  });
});
