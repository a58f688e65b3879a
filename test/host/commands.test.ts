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
      'Shipshape: Ask takod…',
      'Shipshape: Break Lock…',
      'Shipshape: Cancel Operation…',
      'Shipshape: Cancel Scheduled Upgrade…',
      'Shipshape: Check Servers',
      'Shipshape: Check Stack for Drift…',
      'Shipshape: Choose Tako Program…',
      'Shipshape: Close Interrupted Release…',
      'Shipshape: Compare Releases…',
      'Shipshape: Compare Snapshots…',
      'Shipshape: Copy Diagnostic Report',
      'Shipshape: Copy Fleet Report',
      'Shipshape: Copy Summary',
      'Shipshape: Deploy with Stagecraft CLI…',
      'Shipshape: Deploy…',
      'Shipshape: Export Fleet Report…',
      'Shipshape: Export Inventory…',
      'Shipshape: Follow Logs…',
      'Shipshape: Go to Release…',
      'Shipshape: Import Project from Servers…',
      'Shipshape: Import Project…',
      'Shipshape: Initialize State…',
      'Shipshape: Manage Server Backups…',
      'Shipshape: Migrate Old State Database…',
      'Shipshape: Open SSH Terminal…',
      'Shipshape: Open Shell in Container…',
      'Shipshape: Promote Release…',
      'Shipshape: Prune History…',
      'Shipshape: Repair State File…',
      'Shipshape: Restart Service…',
      'Shipshape: Restore Database Backup…',
      'Shipshape: Restore Server Setup…',
      'Shipshape: Restore Stack Record…',
      'Shipshape: Resume Upgrade…',
      'Shipshape: Roll Back to Release…',
      'Shipshape: Scale Service…',
      'Shipshape: Set Up Server…',
      'Shipshape: Show Log…',
      'Shipshape: Show Output',
      'Shipshape: Show Undeployed Changes',
      'Shipshape: Show What Needs Attention',
      'Shipshape: Snapshot Stack…',
      'Shipshape: Upgrade Servers…',
      'Shipshape: Verify Snapshots',
    ]);
  });
});
