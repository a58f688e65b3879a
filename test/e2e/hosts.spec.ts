import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { writeFiles } from '../kit/files.ts';
import { goState } from '../kit/ftl2.ts';
import { session } from './kit/session.ts';
import { emptyWorkspace } from './kit/workspaces.ts';

const CREATED = Date.UTC(2024, 0, 15, 10, 30);

const vscode = session({ folder: workspaceWithHosts, viewport: { width: 1400, height: 1000 } });

function workspaceWithHosts(): string {
  const folder = emptyWorkspace();
  const hosts = [
    { name: 'web01', address: '192.0.2.10', user: 'admin', groups: ['webservers'], at: CREATED },
  ];
  writeFiles(folder, goState({ createdAt: CREATED, updatedAt: CREATED, hosts, resources: [] }));
  writeFiles(folder, {
    'inventory.yml': '# Kept by hand\ndatabases:\n  hosts:\n    db01: { ansible_host: 192.0.2.20 }\n',
  });
  return folder;
}

const text = (file: string): string => readFileSync(path.join(vscode.folder, file), 'utf8');

async function described(label: string): Promise<string | undefined> {
  const rows = await vscode.workbench.view('Servers').rows();
  return rows.find(row => row.label === label)?.description;
}

/** Answers one question after the other; each is waited for by its prompt. */
async function answer(...answers: readonly (readonly [prompt: string, text: string])[]): Promise<void> {
  const { quickInput } = vscode.workbench;
  for (const [prompt, typed] of answers) {
    await quickInput.root().getByText(prompt).waitFor();
    await quickInput.type(typed);
    await quickInput.accept();
  }
}

test('a host is added to state and inventory at once', async () => {
  const { workbench } = vscode;
  await workbench.openSidebar();
  await workbench.view('Servers').filled();
  await workbench.command('Shipshape: Add Host…');
  await workbench.quickInput.pick('state.json and inventory.yml');
  await answer(
    ['Name', 'web02'],
    ['Address', '192.0.2.11'],
    ['User; empty', 'deploy'],
    ['Port', '2222'],
    ['Groups, divided', 'webservers'],
  );
  await expect.poll(() => described('web02')).toContain('192.0.2.11');
  expect(text('inventory.yml')).toContain('# Kept by hand');
  expect(text('inventory.yml')).toContain('web02');
  await workbench.screenshot('host added');
});

test('a host is changed, and the undo brings every byte back', async () => {
  const { workbench } = vscode;
  const before = text('state.json');
  await workbench.view('Servers').contextMenu('web01');
  await workbench.menu('Change Host…');
  await workbench.quickInput.pick('Address');
  await answer(['Address', '198.51.100.1']);
  await expect.poll(() => described('web01')).toContain('198.51.100.1');
  await workbench.notification('web01').getByText('Undo', { exact: true }).first().click();
  await expect.poll(() => text('state.json')).toBe(before);
});

test('a resource is recorded for a host, tagged and removed after its key was typed', async () => {
  const { workbench } = vscode;
  const servers = workbench.view('Servers');
  await servers.contextMenu('web01');
  await workbench.menu('Add Resource…');
  await answer(['Type, such as', 'linode'], ['Id at the provider', '4711']);
  await expect.poll(() => text('state.json')).toContain('linode:4711');
  const canExpand = async () => (await servers.rows()).find(({ label }) => label === 'web01')?.expanded;
  await expect.poll(canExpand).toBe(false);
  await servers.expand('web01');
  // It has the name of its host, one level deeper.
  const rows = workbench.page.locator('.sidebar .monaco-list-row[aria-level="3"]');
  const resource = rows.filter({ hasText: 'web01' }).first();
  await resource.locator('.label-name').click({ button: 'right' });
  await workbench.menu('Change Tags…');
  await answer(['name=value', 'role=web, tier=front']);
  await expect.poll(() => text('state.json')).toContain('"tier": "front"');
  await resource.locator('.label-name').click({ button: 'right' });
  await workbench.menu('Remove Resource…');
  await answer(['Type linode:4711 to go on.', 'linode:4711']);
  await expect.poll(() => text('state.json')).not.toContain('linode:4711');
});

test('a host that only an inventory knows is recorded', async () => {
  const { workbench } = vscode;
  await workbench.view('Servers').contextMenu('db01');
  await workbench.menu('Record Host in State…');
  await expect.poll(() => text('state.json')).toContain('"db01"');
});

test('an inventory is exported, shown before it is written', async () => {
  const { workbench } = vscode;
  await workbench.command('Shipshape: Export Inventory…');
  await answer(['A new file', 'exported.ini']);
  await expect.poll(() => existsSync(path.join(vscode.folder, 'exported.ini'))).toBe(true);
  expect(text('exported.ini')).toContain('[webservers]');
  expect(text('exported.ini')).toContain('db01 ansible_host=192.0.2.20');
  await workbench.screenshot('inventory exported');
});

test('a host is removed after its name was typed', async () => {
  const { workbench } = vscode;
  await workbench.view('Servers').contextMenu('web01');
  await workbench.menu('Remove Host…');
  await answer(['Type web01 to go on.', 'web01']);
  await expect.poll(() => described('web01')).toBeUndefined();
});
