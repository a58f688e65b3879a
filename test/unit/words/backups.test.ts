import { expect, onTestFinished, test } from 'vitest';
import { clean } from '../../../src/base/clean.ts';
import type { Backup, Project, Stack } from '../../../src/state/model.ts';
import { backupItems } from '../../../src/words/backups.ts';
import { read } from '../state/sloth/reading.ts';
import { workspace } from '../../kit/workspace.ts';

const backup: Backup = {
  id: clean('b1'),
  stack: clean('gone'),
  name: clean('old web'),
  kind: 'backup',
  version: 7,
  by: clean('ana@here'),
  reason: clean('Manual backup'),
  bytes: 12_300,
};

test('backups that lie here and those that only the database tells of can be chosen', async () => {
  const project = await read(workspace(onTestFinished).sample('sloth-runner/stacks.db'));
  const [first] = project.stacks as readonly [Stack, ...Stack[]]; // the sample has some
  const recorded = ['b1', 'b2'].map(id => ({ id: clean(id), path: clean(`/far/${id}`) }));
  const stacks = [{ ...first, backups: recorded }];
  const archive: Backup = { ...backup, kind: 'archive', id: clean('b3'), at: Date.UTC(2026, 0, 1, 12) };
  const withBackups: Project = { ...project, stacks, backups: [archive, backup] };
  const items = backupItems([withBackups]);
  expect(items.map(({ backup: id, description, detail }) => [id, description, detail])).toEqual([
    ['b3', 'old web · archived snapshots', 'Manual backup · ana@here · 13 KB'],
    ['b1', 'old web · up to snapshot 7', 'Manual backup · ana@here · 13 KB'],
    ['b2', first.name, 'Not in the folder of backups: /far/b2'],
  ]);
  expect(backupItems([withBackups], clean('gone')).map(({ backup: id }) => id)).toEqual(['b3', 'b1']);
  expect(backupItems([project])).toEqual([]);
});
