import * as assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import * as vscode from 'vscode';
import type { Row } from '../../src/words/row.ts';
import { eventually, ready, run } from './kit.ts';

function folder(): string {
  const [first] = vscode.workspace.workspaceFolders ?? [];
  assert.ok(first, 'a folder is open');
  return first.uri.fsPath;
}

const RELEASES = (): string => path.join(folder(), 'billing', '.stagecraft', 'releases.json');

interface ReleasesFile {
  releases: Record<string, unknown>[];
}

/** Adds a release as the tool does, by writing the file anew. */
function addRelease(version: string): void {
  const file = JSON.parse(readFileSync(RELEASES(), 'utf8')) as ReleasesFile; // the demo wrote it
  const newest = file.releases.at(-1);
  file.releases.push({
    ...newest,
    id: `rel-${version}`,
    environment: 'prod',
    version,
    timestamp: new Date().toISOString(),
  });
  writeFileSync(RELEASES(), JSON.stringify(file, null, 2));
}

async function environmentRow(label: string): Promise<Row> {
  const api = await ready();
  const row = api.rows('releases').find(each => each.label === label);
  assert.ok(row, `${label} is shown`);
  return row;
}

describe('what is written while the window is open', () => {
  it('appears by itself', async () => {
    const api = await ready();
    addRelease('v9.0.0');
    const row = await eventually(
      () => api.rows('releases').find(({ label }) => label === 'billing / prod'),
      found => found?.children?.[0]?.label === 'v9.0.0',
      'the new release',
    );
    assert.match(row?.children?.[0]?.description ?? '', /^current/);
  });

  it('draws a burst of changes in few steps', async () => {
    const api = await ready();
    const before = api.refreshes('releases');
    for (let index = 0; index < 1000; index++) {
      writeFileSync(path.join(folder(), 'billing', '.stagecraft', `burst-${index}.json`), '{}');
      if (index % 100 === 0) addRelease(`v9.1.${index / 100}`);
    }
    await eventually(
      () => api.rows('releases').find(({ label }) => label === 'billing / prod'),
      found => found?.children?.[0]?.label === 'v9.1.9',
      'the last release of the burst',
    );
    assert.ok(api.refreshes('releases') - before <= 3, `${api.refreshes('releases') - before} refreshes`);
  });

  it('keeps the last good view beside the finding while a file is damaged', async () => {
    const api = await ready();
    const good = readFileSync(RELEASES(), 'utf8');
    writeFileSync(RELEASES(), good.slice(0, good.length / 2));
    await eventually(
      () => api.state.now.projects.flatMap(({ findings }) => findings),
      findings => findings.some(({ code }) => code === 'json-syntax'),
      'the finding',
    );
    assert.ok((await environmentRow('billing / prod')).children?.length);
    writeFileSync(RELEASES(), good);
    await eventually(
      () => api.state.now.projects.flatMap(({ findings }) => findings),
      findings => !findings.some(({ code }) => code === 'json-syntax'),
      'the end of the finding',
    );
  });

  it('finds a project that is made, and lets go of it when it is deleted', async () => {
    const api = await ready();
    const made = path.join(folder(), 'fresh');
    const isShown = (): boolean => api.state.now.projects.some(({ root }) => root === made);
    mkdirSync(path.join(made, '.stagecraft'), { recursive: true });
    writeFileSync(path.join(made, '.stagecraft', 'releases.json'), '{"releases":[]}');
    await eventually(isShown, shown => shown, 'the new project');
    rmSync(made, { recursive: true });
    await eventually(isShown, shown => !shown, 'the end of the project');
  });

  it('looks at more folders when the setting names them', async () => {
    const api = await ready();
    const elsewhere = path.join(folder(), '..', `elsewhere-${process.pid}`);
    mkdirSync(path.join(elsewhere, '.stagecraft'), { recursive: true });
    writeFileSync(path.join(elsewhere, '.stagecraft', 'releases.json'), '{"releases":[]}');
    const settings = vscode.workspace.getConfiguration('shipshape');
    const isShown = (): boolean =>
      api.state.now.projects.some(({ root }) => root === path.resolve(elsewhere));
    await settings.update('searchPaths', [elsewhere], vscode.ConfigurationTarget.Workspace);
    await eventually(isShown, shown => shown, 'the project of the other folder');
    await settings.update('searchPaths', undefined, vscode.ConfigurationTarget.Workspace);
    await eventually(isShown, shown => !shown, 'its end');
    rmSync(elsewhere, { recursive: true });
  });

  it('loads more rows when asked to', async () => {
    const api = await ready();
    for (let index = 0; index < 60; index++) addRelease(`v10.${index}.0`);
    const rows = (): readonly Row[] =>
      api.rows('releases').find(({ label }) => label === 'billing / prod')?.children ?? [];
    await eventually(rows, each => each.some(({ more }) => more), 'the row that loads more');
    const before = rows().length;
    await run('shipshape.loadMore', rows().find(({ more }) => more)?.key);
    await eventually(rows, each => each.length > before, 'more rows');
    assert.ok(rows().length > before + 20);
  });

  it('is read again by refreshing, and nothing is drawn when nothing changed', async () => {
    const api = await ready();
    await run('shipshape.refresh');
    const before = api.refreshes('releases');
    await run('shipshape.refresh');
    assert.equal(api.refreshes('releases'), before);
  });
});
