import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { writeFiles } from '../kit/files.ts';
import { COMPLETED, releasesFile } from '../kit/stagecraft.ts';
import { below } from '../kit/files.ts';
import { session } from './kit/session.ts';
import { emptyWorkspace } from './kit/workspaces.ts';

const vscode = session({ folder: hostileWorkspace, viewport: { width: 1400, height: 1100 } });

/** Names that want to be something else: markup, links, commands, other texts. */
const NAMES = [
  '<img src=x onerror="document.title=1">',
  '<script>document.title="taken"</script>',
  '[click](command:workbench.action.closeWindow)',
  '![x](https://example.com/x.png)',
  '$(error) icon',
  '../../../etc/passwd',
  'line\nbreak\u202egnp.exe',
  '`code` **bold** ~~gone~~',
  'long '.repeat(60),
  '\u0000nul\u001b[31mred',
];

/** One healthy project among everything that can be wrong with files and names. */
async function hostileWorkspace(): Promise<string> {
  const folder = emptyWorkspace();
  const at = Date.now() - 3_600_000;
  const healthy = releasesFile('seed', [
    { environment: 'prod', at, version: 'v1.0.0', commit: 'abc1234', phases: COMPLETED },
  ]);
  writeFiles(folder, below('healthy', healthy));
  const odd = NAMES.map((name, index) => ({
    environment: name,
    at: at - index * 1000,
    version: name,
    commit: name,
    phases: { ...COMPLETED, [name]: name },
  }));
  writeFiles(folder, below('odd', releasesFile('seed', odd)));
  const releases = (name: string): string => {
    mkdirSync(path.join(folder, name, '.stagecraft'), { recursive: true });
    return path.join(folder, name, '.stagecraft', 'releases.json');
  };
  writeFileSync(releases('empty'), '');
  writeFileSync(releases('deep'), '['.repeat(10_000));
  writeFileSync(releases('wide'), Buffer.from('\ufeff{}', 'utf16le'));
  writeFileSync(releases('large'), '{}');
  truncateSync(releases('large'), 200 * 1024 * 1024);
  mkdirSync(releases('folder'));
  symlinkSync('releases.json', releases('loop'));
  execFileSync('mkfifo', [releases('pipe')]);
  const bomb = [
    'a: &a [x,x,x,x,x,x,x,x,x]',
    ...'bcdefghi'
      .split('')
      .map((name, index) => `${name}: &${name} [${Array(9).fill(`*${'abcdefgh'[index]}`).join(',')}]`),
  ];
  writeFiles(folder, { 'bomb/tako.yaml': bomb.join('\n') });
  return Promise.resolve(folder);
}

test('one healthy project is shown among all that is wrong', async () => {
  const { workbench } = vscode;
  await workbench.openSidebar();
  const releases = workbench.view('Releases');
  await releases.filled();
  const rows = await releases.rows();
  await workbench.screenshot('hostile');
  const labels = rows.map(({ label }) => label);
  expect(labels).toContain('healthy / prod');
  expect(rows.find(({ label }) => label === 'v1.0.0')?.description).toContain('current');
  // Every damaged file says so, once.
  for (const name of ['empty', 'deep', 'wide', 'large', 'folder', 'loop', 'pipe']) {
    expect(
      labels.filter(label => label.startsWith(`${name}: releases.json`)),
      name,
    ).toHaveLength(1);
  }
  expect(labels).toContainEqual(expect.stringMatching(/^bomb: tako\.yaml/));
});

test('names from files stay text: in rows, tooltips and documents', async () => {
  const { workbench } = vscode;
  const releases = workbench.view('Releases');
  const rows = await releases.rows();
  const text = rows.map(row => `${row.label} ${row.description}`).join('\n');
  expect(text).toContain('<script>document.title="taken"</script>');
  expect(text).toContain('[click](command:workbench.action.closeWindow)');
  expect(text).not.toMatch(/[\u202e\u001b\u0000]/);

  await releases.titleAction('Filter');
  await workbench.quickInput.type('[click]');
  await workbench.quickInput.accept();
  const hover = await releases.hover('[click](command:workbench.action.closeWindow)');
  expect(hover).toContain('[click](command:workbench.action.closeWindow)');
  const card = workbench.page.locator('.workbench-hover:visible');
  expect(await card.locator('a, img, script').count()).toBe(0);
  await workbench.screenshot('hostile-tooltip');
  await workbench.page.keyboard.press('Escape');
  expect(await workbench.page.title()).not.toContain('taken');
  expect(await workbench.page.locator('.sidebar').locator('img, script').count()).toBe(0);
});
