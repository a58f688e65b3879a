import { expect, onTestFinished, test } from 'vitest';
import { restoreProgram, upgradeProgram } from '../../../src/upgrade/program.ts';
import { openLab, type Server } from '../lab.ts';
import { labSuite } from '../suite.ts';
import { detect, difference, everyFile, makeLegacy, planned, run, upgraded } from './server.ts';

/** What runs may take some of the room meanwhile. */
const fill = (server: Server): Promise<void> => server.fillDisk().catch(() => fill(server));

labSuite('An upgrade in trouble', { needs: 'full' }, () => {
  test('does nothing where there is no systemd', async () => {
    const server = await (await openLab(onTestFinished)).server({ kind: 'plain' });
    await makeLegacy(server);
    const before = await everyFile(server);
    const end = await run(server, upgradeProgram(await planned(server, '1.1.0')));
    expect(end).toMatchObject({ code: 10, err: expect.stringContaining('systemd does not run') as string });
    expect(difference(before, await everyFile(server))).toEqual([]);
  });

  test.for(['/usr/sbin/logrotate', '/var/lib/shipshape/setup/journal'])(
    'ends as it was, or goes on once there is room, when the disk is full from %s on',
    async file => {
      const server = await (await openLab(onTestFinished)).server();
      await makeLegacy(server);
      const before = await everyFile(server);
      const plan = await planned(server, '1.1.0');
      let filling: Promise<void> | undefined;
      server.onFile(file, () => {
        filling = fill(server);
      });
      const first = await run(server, upgradeProgram(plan));
      expect((await detect(server)).setup.kind).toBe(first.code === 0 ? 'versioned' : 'legacy'); // it can be quicker
      await filling;
      server.emptyDisk();
      const { code, out, err } = await run(server, upgradeProgram(plan));
      expect([0, 10], out + err).toContain(code);
      process.stdout.write(`    full disk from ${file}: ${first.code}, then ${code}\n`);
      const back = code === 0 ? await run(server, restoreProgram('back', plan.backup ?? '')) : undefined;
      expect(back?.code ?? 0).toBe(0);
      expect(difference(before, await everyFile(server))).toEqual([]);
    },
  );

  test('keeps a version file of hostile names and values, and executes none of them', async () => {
    const server = await (await openLab(onTestFinished)).server();
    await makeLegacy(server);
    const hostile = `'; touch /root/EXECUTED; ' $(touch /root/EXECUTED) \`touch /root/EXECUTED\` & | \\ / @x@ \u202e\n`;
    const record = {
      version: '1.0.0',
      components: { docker: hostile, [hostile]: '1', logrotate: '3.0;touch /root/EXECUTED' },
      features: [hostile],
      [hostile]: { [hostile]: [hostile] },
    };
    await server.run(`cat > /etc/tako/version.json <<'end'\n${JSON.stringify(record)}\nend`);
    await upgraded(server, '1.1.0');
    const now = JSON.parse(await server.run('cat /etc/tako/version.json')) as typeof record; // written just now
    expect(now).toMatchObject({
      version: '1.1.0',
      components: { [hostile]: '1', logrotate: '3.21.0' },
      features: [hostile, 'log-rotation', 'journal-limits', 'log-cleanup'],
      [hostile]: { [hostile]: [hostile] },
    });
    expect(await server.run('find / -xdev -name "*EXECUTED*" | wc -l')).toBe('0\n');
  });

  test('refuses a backup that is not whole, and puts nothing back', async () => {
    const server = await (await openLab(onTestFinished)).server();
    await makeLegacy(server);
    const plan = await upgraded(server, '1.1.0');
    const after = await everyFile(server);
    await server.run(`echo x >> /var/backups/tako/${plan.backup}/files/etc/traefik/traefik.yml`);
    expect(await run(server, restoreProgram('back', plan.backup ?? ''))).toMatchObject({
      code: 1,
      err: `FAILED: the backup /var/backups/tako/${plan.backup} is not whole\n`,
    });
    expect(difference(after, await everyFile(server))).toEqual([]);
  });

  test('brings what is optional only where it is asked for', async () => {
    const server = await (await openLab(onTestFinished)).server();
    await makeLegacy(server);
    await upgraded(server, '1.1.0');
    const before = await everyFile(server);
    const end = await run(
      server,
      upgradeProgram(await planned(server, '1.2.0', { options: ['grafana-agent'] })),
    );
    expect(end.err).toContain('FAILED: the packages grafana-agent could not be installed');
    expect(end.code).toBe(10);
    expect(difference(before, await everyFile(server))).toEqual([]);
    // A package of that name, from a source that the person has added.
    await server.run(`
      mkdir -p /srv/source/grafana-agent/DEBIAN /srv/source/grafana-agent/lib/systemd/system
      cd /srv/source
      printf 'Package: grafana-agent\\nVersion: 0.1\\nArchitecture: all\\nMaintainer: x <x@x.x>\\nDescription: x\\n' > grafana-agent/DEBIAN/control
      printf '[Service]\\nExecStart=/bin/sleep infinity\\n[Install]\\nWantedBy=multi-user.target\\n' > grafana-agent/lib/systemd/system/grafana-agent.service
      dpkg-deb -b grafana-agent . >/dev/null && rm -r grafana-agent
      printf 'Package: grafana-agent\\nVersion: 0.1\\nArchitecture: all\\nFilename: ./%s\\nSize: %s\\nSHA256: %s\\n' *.deb "$(stat -c %s *.deb)" "$(sha256sum *.deb | cut -d ' ' -f 1)" > Packages
      echo 'deb [trusted=yes] file:/srv/source ./' > /etc/apt/sources.list.d/mine.list`);
    await upgraded(server, '1.2.0', { options: ['grafana-agent'] });
    expect(await server.run('systemctl is-active grafana-agent; cat /etc/tako/version.json')).toMatch(
      /^active\n[^]*"grafana-agent"/,
    );
  });
});
