import { expect, onTestFinished, test } from 'vitest';
import { pauseProgram, restoreProgram, upgradeProgram } from '../../../src/upgrade/program.ts';
import { openLab, type Server } from '../lab.ts';
import { labSuite, timed } from '../suite.ts';
import {
  detect,
  difference,
  everyFile,
  makeBare,
  makeLegacy,
  packagesOf,
  planned,
  run,
  shellOf,
  upgraded,
} from './server.ts';

interface VersionFile {
  readonly installed_at: string;
  readonly last_upgrade: string;
  readonly components: { readonly [name: string]: string };
  readonly features: readonly string[];
}

const versionFile = async (server: Server): Promise<VersionFile> =>
  JSON.parse(await server.run('cat /etc/tako/version.json')) as VersionFile; // what versionText writes

const RUNS = '/var/lib/shipshape/setup/runs';

/** Until the next boot every file takes long to be on the disk, so that a kill at one comes before what follows it. */
const SLOW_DISK = `cp /usr/bin/sync /run/sync
printf '#!/bin/sh\nsleep 0.5\nexec /run/sync "$@"\n' > /run/slow-sync
chmod +x /run/slow-sync
mount --bind /run/slow-sync /usr/bin/sync`;

labSuite('The way over several setup versions', { needs: 'full' }, () => {
  test('leads from a bare Debian to 1.2.0 and back, and the version file says what is there', async () => {
    const lab = await openLab(onTestFinished);
    const server = await lab.server({ kind: 'docker' });
    await makeBare(server);
    const [before, packages] = [await everyFile(server), await packagesOf(server)];
    const first = await timed('bare -> 1.0.0', () => upgraded(server, '1.0.0'));
    const made = await versionFile(server);
    expect(made.last_upgrade).toBe('0001-01-01T00:00:00Z');
    const bridge = [await everyFile(server), await server.run('cat /etc/tako/version.json')] as const;
    const second = await timed('1.0.0 -> 1.2.0', () => upgraded(server, '1.2.0'));

    const now = await versionFile(server);
    expect(now.installed_at).toBe(made.installed_at);
    expect(Date.parse(now.last_upgrade)).toBeGreaterThanOrEqual(Date.parse(made.installed_at));
    const version = async (name: string): Promise<string> =>
      (await server.run(`dpkg-query -W -f '\${Version}' ${name}`)).replace(/-.*/, '');
    expect(now.components).toEqual({
      docker: await version('docker.io'),
      nginx: await version('nginx'),
      logrotate: await version('logrotate'),
      'node-exporter': await version('prometheus-node-exporter'),
    });
    expect(now.features).toContain('health-endpoints');
    expect(await server.run('grep -c . /etc/tako/version.json; ls -A /etc/tako')).not.toContain('.new');

    const back = async (id: string, backup = ''): Promise<void> => {
      const end = await run(server, restoreProgram(id, backup));
      expect(end, end.out + end.err).toMatchObject({ code: 0 });
    };
    await back('back-1', second.backup);
    expect(difference(bridge[0], await everyFile(server))).toEqual([]);
    expect(await server.run('cat /etc/tako/version.json')).toBe(bridge[1]);
    await back('back-2', first.backup);
    expect(difference(before, await everyFile(server))).toEqual([]);
    expect(await packagesOf(server)).toBe(packages);
  });

  test('is undone whole, in reverse, when a later step fails, and is refused while another run is active', async () => {
    const lab = await openLab(onTestFinished);
    const server = await lab.server();
    await makeLegacy(server);
    // Something else is at the port of the health endpoint.
    await server.run(`printf '[Socket]\\nListenStream=127.0.0.1:9180\\nAccept=yes\\n' > /etc/systemd/system/other.socket
      printf '[Service]\\nExecStart=/bin/true\\n' > /etc/systemd/system/other@.service
      systemctl daemon-reload; systemctl start other.socket`);
    const [before, packages] = [await everyFile(server), await packagesOf(server)];
    const plan = await planned(server, '1.2.0');
    const end = await run(server, upgradeProgram(plan));
    expect(end, end.out + end.err).toMatchObject({ code: 10 });
    expect(end.err.trim().split('\n').at(-1)).toBe('FAILED: everything was undone, the server is as it was');
    expect((await detect(server)).run).toMatchObject({ id: plan.id, state: 'undone', active: false });
    const journal = await server.run(`cut -d ' ' -f 3- ${RUNS}/../journal`);
    expect(journal.trim().split('\n')).toEqual([
      'started',
      'backed-up',
      'begin 1.1.0',
      'applied 1.1.0',
      'verified 1.1.0',
      'begin 1.2.0',
      'undoing',
      'undone 1.2.0',
      'undone 1.1.0',
      'undone',
    ]);
    expect(difference(before, await everyFile(server))).toEqual([]);
    expect(await packagesOf(server)).toBe(packages);

    await server.run('systemctl stop other.socket');
    const holder = server.run(`flock ${RUNS}/../lock sleep 6`);
    await expect.poll(async () => (await detect(server)).run?.active).toBe(true);
    const next = await planned(server, '1.1.0');
    expect(await run(server, upgradeProgram(next))).toMatchObject({ code: 75 });
    await holder;
    expect(await run(server, upgradeProgram(next))).toMatchObject({ code: 0 });
    expect(await run(server, upgradeProgram(next))).toMatchObject({
      code: 0,
      out: 'This run is finished.\n',
    });
  });

  test('is paused after a step, goes on there, and refuses a version file that somebody changed', async () => {
    const lab = await openLab(onTestFinished);
    const server = await lab.server();
    await makeLegacy(server);
    const plan = await planned(server, '1.2.0');
    const pause = pauseProgram(plan.id);
    server.onFile(
      '/etc/cron.daily/tako-log-cleanup',
      () => void shellOf(server).run(pause.script, pause.args),
    );
    expect(await run(server, upgradeProgram(plan))).toMatchObject({ code: 20 });
    expect((await detect(server)).run).toMatchObject({ state: 'paused', last: 'paused after 1.1.0' });
    expect((await detect(server)).setup.kind).toBe('legacy');
    await server.run(`echo '{"version": "1.1.0"}' > /etc/tako/version.json`);
    expect(await run(server, upgradeProgram(plan))).toMatchObject({ code: 10 });
    expect(await server.run('cat /etc/tako/version.json')).toBe('{"version": "1.1.0"}\n');
  });

  const KILLED_AT = [
    `${RUNS}/kill/run.sh`,
    '/var/backups/tako',
    `${RUNS}/kill/steps/1.1.0/before`,
    '/usr/sbin/logrotate',
    '/etc/logrotate.d/docker',
    '/etc/systemd/journald.conf.d/00-journal-size.conf',
    '/etc/tako/version.json',
  ];
  test.for(KILLED_AT)('goes on where its server was killed, at %s', async file => {
    const lab = await openLab(onTestFinished);
    const server = await lab.server();
    await makeLegacy(server);
    await server.run(`mkdir -p ${RUNS} /var/backups`);
    const before = await everyFile(server);
    const plan = await planned(server, '1.1.0', { id: 'kill' });
    await server.run(SLOW_DISK);
    server.onFile(file, () => void server.kill());
    expect((await run(server, upgradeProgram(plan))).code).not.toBe(0);
    await server.boot();
    expect(['legacy', 'versioned']).toContain((await detect(server)).setup.kind);
    const end = await run(server, upgradeProgram(plan));
    expect(end, end.out + end.err).toMatchObject({ code: 0 });
    expect((await detect(server)).setup).toMatchObject({ kind: 'versioned', version: '1.1.0' });
    expect(await run(server, restoreProgram('back', plan.backup ?? ''))).toMatchObject({ code: 0 });
    expect(difference(before, await everyFile(server))).toEqual([]);
  });
});
