/** Stagecraft's own program, started as a person does it. It is a stand-in that only writes down how it was called. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { writeFiles } from '../kit/files.ts';
import { session } from './kit/session.ts';
import { emptyWorkspace } from './kit/workspaces.ts';

const folder = emptyWorkspace();
const program = path.join(emptyWorkspace(), 'stagecraft');
const called = `${program}.called`;
writeFiles(folder, {
  'stagecraft.yml':
    'project: { name: billing }\nenvironments: { prod: { driver: local }, dev: { driver: local } }\n',
});
writeFileSync(
  program,
  `#!/bin/sh\nprintf '%s\\n' "$PWD" "$@" >'${called}'\necho 'INFO: Creating release'\n`,
  {
    mode: 0o755,
  },
);

const vscode = session({ folder: () => folder, settings: { 'shipshape.stagecraftPath': program } });

test('what it does and does not do is said before it is started', async () => {
  const { workbench } = vscode;
  await workbench.openSidebar();
  await workbench.view('Releases').filled();
  await workbench.command('Shipshape: Deploy with Stagecraft CLI…');
  await workbench.quickInput.pick('prod');
  const { dialog } = workbench;
  await dialog.waitFor();
  expect(await dialog.innerText()).toMatch(
    /Deploy prod of billing with the Stagecraft CLI\?.*Do not roll back with it/s,
  );
  await workbench.screenshot('stagecraft cli');
  expect(existsSync(called)).toBe(false);
  await workbench.answer('Deploy');
  await expect.poll(() => existsSync(called)).toBe(true);
  expect(readFileSync(called, 'utf8').trim().split('\n')).toEqual([folder, 'deploy', '--env=prod']);
});
