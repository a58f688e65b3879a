import path from 'node:path';
import { expect, test } from 'vitest';
import { below, writeFiles } from '../kit/files.ts';
import { COMPLETED, releasesFile } from '../kit/stagecraft.ts';
import { session } from './kit/session.ts';
import { emptyWorkspace } from './kit/workspaces.ts';

const vscode = session({ folder: twoFolders, viewport: { width: 1400, height: 900 } });

/** A workspace of two folders with a project each; a third lies beside them. */
function twoFolders(): string {
  const folder = emptyWorkspace();
  for (const [index, name] of ['one', 'two', 'three'].entries()) {
    const at = Date.now() - (index + 1) * 3_600_000;
    const releases = [
      { environment: 'prod', at, version: `v${index + 1}.0.0`, commit: 'abc1234', phases: COMPLETED },
    ];
    writeFiles(folder, below(name, releasesFile('program', releases)));
  }
  writeFiles(folder, {
    'all.code-workspace': JSON.stringify({ folders: [{ path: 'one' }, { path: 'two' }] }),
  });
  return path.join(folder, 'all.code-workspace');
}

async function environments(): Promise<string[]> {
  const rows = await vscode.workbench.view('Releases').rows();
  return rows.filter(({ level }) => level === 1).map(({ label }) => label);
}

test('all folders of a workspace are shown', async () => {
  await vscode.workbench.openSidebar();
  await vscode.workbench.view('Releases').filled();
  expect(await environments()).toEqual(['one / prod', 'two / prod']);
  await vscode.workbench.screenshot('two folders');
});

test('a folder that is added appears, one that is removed goes away', async () => {
  const parent = path.dirname(vscode.folder);
  const all = (...names: string[]): void => {
    writeFiles(parent, {
      'all.code-workspace': JSON.stringify({ folders: names.map(name => ({ path: name })) }),
    });
  };
  all('one', 'two', 'three');
  await expect.poll(environments).toEqual(['one / prod', 'three / prod', 'two / prod']);
  all('one', 'three');
  await expect.poll(environments).toEqual(['one / prod', 'three / prod']);
});
