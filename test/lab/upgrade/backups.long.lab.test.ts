import { expect, onTestFinished, test } from 'vitest';
import { deleteKept, listBackups, lookAtRestore, standingAt } from '../../../src/upgrade/backups.ts';
import { changesTo } from '../../../src/upgrade/kept.ts';
import { restoreProgram } from '../../../src/upgrade/program.ts';
import { openLab } from '../lab.ts';
import { labSuite } from '../suite.ts';
import { difference, everyFile, makeLegacy, run, shellOf, upgraded } from './server.ts';

labSuite('Backups of a server', { needs: 'full' }, () => {
  test('are listed, compared, restored byte for byte, and found out when spoiled', async () => {
    const server = await (await openLab(onTestFinished)).server();
    const shell = shellOf(server);
    expect(await listBackups(shell)).toEqual({ backups: [], needed: [], active: false });
    await makeLegacy(server);
    const before = await everyFile(server);
    const { backup: name = '', id } = await upgraded(server, '1.1.0');
    await server.run(`mkdir -p /var/backups/tako/backup-20250101-000000
      echo '{"version":"1.0.0"}' > /var/backups/tako/backup-20250101-000000/version.json`);

    const { backups, needed } = await listBackups(shell);
    expect(backups.map(each => [each.name, each.version, each.run, each.spoiled])).toEqual([
      [name, '1.0.0', id, undefined],
      ['backup-20250101-000000', undefined, undefined, undefined],
    ]);
    expect(backups[0]).toMatchObject({ refused: undefined, files: 3, at: Date.UTC(2026, 10, 20, 10, 0, 1) });
    expect(backups[1]?.refused).toContain('An old Tako CLI made it');
    expect(needed).toEqual([]);

    const look = await lookAtRestore(shell, name);
    expect(look).toMatchObject({ undone: [{ run: id, version: '1.1.0' }], unmade: false, active: false });
    expect(look?.undone[0]?.hinders).toBeUndefined();
    const changes = changesTo(look?.wanted ?? new Map(), look?.standing ?? new Map());
    expect(changes).toEqual([
      { path: ['/etc/cron.daily/tako-log-cleanup'], kind: 'removed' },
      { path: ['/etc/logrotate.d/docker'], kind: 'removed' },
      {
        path: ['/etc/systemd/journald.conf.d/00-journal-size.conf'],
        kind: 'changed',
        to: 'other content, mode 644 → 640, owner 0:0 → 1:1',
      },
      { path: ['/etc/tako/version.json'], kind: 'removed' },
    ]);

    const end = await run(server, restoreProgram('back', name));
    expect(end, end.out + end.err).toMatchObject({ code: 0 });
    expect(difference(before, await everyFile(server))).toEqual([]);
    expect(changesTo(look?.wanted ?? new Map(), await standingAt(shell, look?.paths ?? []))).toEqual([]);
    const kept = (await listBackups(shell)).backups[0];
    expect(kept).toMatchObject({ version: '1.1.0', run: 'back', spoiled: undefined });
    expect(kept?.refused).toContain('kept before a restore');

    const folder = `/var/backups/tako/${name}`;
    for (const [spoil, mend] of [
      [
        `chmod 600 ${folder}/files/etc/tako/setup.complete`,
        `chmod 644 ${folder}/files/etc/tako/setup.complete`,
      ],
      [
        `mkdir -p ${folder}/files/etc/cron.daily; touch ${folder}/files/etc/cron.daily/tako-log-cleanup`,
        `rm -r ${folder}/files/etc/cron.daily`,
      ],
      [`mv ${folder}/absent /root/absent; : > ${folder}/absent`, `mv /root/absent ${folder}/absent`],
      [`printf x >> ${folder}/files/etc/traefik/traefik.yml`, 'true'],
    ] as const) {
      await server.run(spoil);
      const [, spoiled] = (await listBackups(shell)).backups;
      expect([spoil, spoiled?.refused]).toEqual([spoil, spoiled?.spoiled]);
      expect(spoiled?.refused).toContain('Not as it was kept: /etc/');
      await server.run(mend);
    }
    await deleteKept(shell, [name]);
    expect((await listBackups(shell)).backups.map(each => each.name)).toEqual([
      kept?.name,
      'backup-20250101-000000',
    ]);
  });
});
