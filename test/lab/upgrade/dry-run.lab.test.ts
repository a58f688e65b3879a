import { expect, onTestFinished, test } from 'vitest';
import { askNobody } from '../../../src/ssh/prompts.ts';
import { dryRun } from '../../../src/upgrade/dry-run.ts';
import type { Migration } from '../../../src/upgrade/migrations.ts';
import { rootShell, type Shell } from '../../../src/upgrade/shell.ts';
import { accounts, connectionsTo, refTo, type Account } from '../check/accounts.ts';
import { openLab, type Server } from '../lab.ts';
import { labSuite } from '../suite.ts';
import { alive, compared } from './dry.ts';
import { difference, everyFile, legacyServer, makeLegacy, planned, shellOf } from './server.ts';

/** Of root, on every server. */
const home = '/root';

async function legacy(): Promise<Server> {
  const server = await (await openLab(onTestFinished)).server();
  await makeLegacy(server);
  return server;
}

labSuite('A dry run', { needs: 'full' }, () => {
  test('tells what the upgrade then changes, also on other disks, and changes nothing', async () => {
    const server = await legacy();
    await server.run(
      `cp -a /etc/systemd /root/aside && mount -t tmpfs tmpfs /etc/systemd && cp -a /root/aside/. /etc/systemd && rm -r /root/aside`,
    );
    const { commands, notes, files, tried } = await compared(server, '1.1.0');
    expect(tried).toBe(true);
    expect(commands).toEqual(['apt-get install logrotate cron', 'systemctl restart systemd-journald']);
    expect(notes).toEqual([expect.stringMatching(/^installed: .*\blogrotate 3\.21\.0-1/)]);
    expect(files.map(({ path }) => path)).toEqual([
      '/etc/cron.daily/tako-log-cleanup',
      '/etc/logrotate.d/docker',
      '/etc/systemd/journald.conf.d/00-journal-size.conf',
    ]);
    expect(files[2]).toEqual({
      path: '/etc/systemd/journald.conf.d/00-journal-size.conf',
      before: { mode: '640', owner: '1:1', text: '[Journal]\nSystemMaxUse=2G' },
      after: { mode: '644', owner: '0:0', text: '[Journal]\nSystemMaxUse=500M\nSystemMaxFileSize=50M\n' },
    });
  });

  test('keeps everything from the server that a step may do, and says where it would fail', async () => {
    const server = await legacy();
    const { steps } = await planned(server, '1.1.0');
    const apply = `#!/bin/sh
      rm -r /etc/tako; ln -s /nowhere /etc/motd.d; chmod 777 /etc/traefik/traefik.yml; printf '\\0' > /etc/bytes
      head -c 300000 /dev/zero > /srv/large; echo x > /etc/"; touch EXECUTED"; mv ~root/.ssh ~root/gone
      useradd somebody; systemctl stop ssh; reboot; echo 1 > /proc/sys/net/ipv4/ip_forward; echo x > /new; mkdir /other
      touch /run/mine /tmp/mine
      . "$STEP/../../lib.sh"
      fail 'it is Tuesday'`;
    const step = { ...steps[0], files: new Map([['apply.sh', apply]]) } as Migration; // 1.1.0, but for what it does
    const [files, lives] = [await everyFile(server, { times: true }), await alive(server)];
    const dry = await dryRun(shellOf(server), [step], []);
    expect(difference(files, await everyFile(server, { times: true }))).toEqual([]);
    expect(await alive(server)).toBe(lives);
    expect(
      await server.run(
        'ls -d /new /other /run/mine /tmp/mine 2>/dev/null | wc -l; grep -c " /mnt" /proc/mounts; true',
      ),
    ).toBe('0\n0\n');
    expect(dry.commands).toEqual(['useradd somebody', 'systemctl stop ssh', 'reboot']);
    expect(dry.notes).toEqual(['The step to 1.1.0 would fail as this server stands: it is Tuesday']);
    expect(
      dry.files.map(({ path, before, after }) => [
        path,
        before?.why ?? before?.mode,
        after?.why ?? after?.mode,
      ]),
    ).toEqual([
      ['/etc/; touch EXECUTED', undefined, '644'],
      ['/etc/bytes', undefined, 'binary'],
      ['/etc/motd.d', undefined, '777'],
      ['/etc/tako/setup.complete', '644', undefined],
      ['/etc/traefik/traefik.yml', '600', '777'],
      [`${home}/.ssh/authorized_keys`, '644', undefined],
      [`${home}/gone/authorized_keys`, undefined, '644'],
      ['/srv/large', undefined, 'large'],
    ]);
  });

  test('says that it could not try, and shows what the steps bring, where the system does not let it', async () => {
    const server = await legacy();
    await server.run('chmod -x /usr/bin/unshare');
    const { steps } = await planned(server, '1.1.0');
    const dry = await dryRun(shellOf(server), steps, []);
    expect(dry.tried).toBe(false);
    expect(dry.notes[0]).toBe('The steps could not be tried on this server (unshare is not there).');
    expect(dry.commands).toEqual(['apt-get install logrotate cron', 'restart: systemd-journald']);
    expect(dry.files.map(({ path, before, after }) => [path, before?.mode, after?.mode])).toEqual([
      ['/etc/cron.daily/tako-log-cleanup', undefined, '755'],
      ['/etc/logrotate.d/docker', undefined, '644'],
      ['/etc/systemd/journald.conf.d/00-journal-size.conf', '640', '644'],
    ]);
  });

  test('works through an account that becomes root by sudo, and is refused to one that may not', async () => {
    const lab = await openLab(onTestFinished);
    const [one, two] = await Promise.all([legacyServer(lab), legacyServer(lab)]);
    await Promise.all([one, two].map(accounts));
    const access = { connections: connectionsTo(onTestFinished, [one, two]), prompts: askNobody() };
    const as = (server: Server, account: Account): Shell =>
      rootShell(access, refTo(server, account), AbortSignal.timeout(100_000));
    const look = (server: Server): Promise<readonly string[]> => everyFile(server, { times: true });

    // What root itself is told is what the account has to be told.
    const { steps } = await planned(one, '1.2.0');
    const [wanted, before, lives] = [
      await dryRun(shellOf(one), steps, []),
      await look(one),
      await alive(one),
    ];
    expect(wanted).toMatchObject({ tried: true, notes: [expect.anything(), expect.anything()] });
    expect(await dryRun(as(one, 'may'), steps, [])).toEqual(wanted);
    expect(difference(before, await look(one))).toEqual([]);
    expect(await alive(one)).toBe(lives);

    const stood = await look(two);
    await expect(dryRun(as(two, 'maynot'), steps, [])).rejects.toMatchObject({ code: 'not-root' });
    expect(difference(stood, await look(two))).toEqual([]);
  });
});
