import { expect, test } from 'vitest';
import { clean, say } from '../../../src/base/clean.ts';
import type { ServerBackup } from '../../../src/upgrade/backups.ts';
import { backupTitle, backupWords, olderThan } from '../../../src/words/server-backups.ts';

const backup = (day: number, about: Partial<ServerBackup> = {}): ServerBackup => ({
  name: `backup-202611${day}-100000`,
  at: Date.UTC(2026, 10, day, 10),
  version: clean('1.1.0'),
  bytes: 32_000,
  files: 14,
  run: 'r',
  spoiled: undefined,
  refused: undefined,
  ...about,
});

test('a backup says when, where it leads back to, and whether it is whole', () => {
  expect(backupTitle(backup(20))).toMatch(/^2026-11-20 /);
  expect(backupTitle(backup(20, { at: undefined }))).toBe('backup-20261120-100000');
  expect(backupWords(backup(20))).toBe('back to 1.1.0 · 14 files · 32 kB · verified');
  const refused = say('/etc/x is not as it was kept');
  expect(backupWords(backup(20, { refused, version: undefined, files: 1 }))).toBe(
    '1 file · 32 kB · cannot be restored: /etc/x is not as it was kept',
  );
});

test('old backups are those before the newest that can be restored', () => {
  const refused = say('kept before a restore');
  const [newest, whole, spoiled, older] = [
    backup(22, { refused }),
    backup(21),
    backup(20, { refused: say('spoiled') }),
    backup(19),
  ];
  const all = [newest, whole, spoiled, older, backup(18)];
  expect(olderThan(all, 1)).toEqual([spoiled, older, backup(18)]);
  expect(olderThan(all, 2)).toEqual([backup(18)]);
  expect(olderThan(all, 0)).toEqual([spoiled, older, backup(18)]);
  expect(olderThan(all, 5)).toEqual([]);
});
