import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { DISTURBED, testDisturbed, type Disturbed } from './disturbed.ts';
import { openLab, type Server } from './lab.ts';
import { labSuite, timed } from './suite.ts';

const WAIT = { timeout: 20_000 };

const BOOT_ID = 'cat /proc/sys/kernel/random/boot_id';

type WhenDone = Parameters<typeof openLab>[0];

async function pair(whenDone: WhenDone = onTestFinished): Promise<readonly [Server, Server]> {
  const lab = await openLab(whenDone);
  return Promise.all([lab.server(), lab.server()]);
}

/** What can be done to its cable. */
const CUT_OFF: readonly Disturbed<Server>[] = [
  {
    how: 'cut off',
    disturb: server => server.cut(),
    mend: server => server.mend(),
    next: /No route to host|Connection timed out/,
    finishes: true,
  },
  {
    how: 'made a black hole',
    disturb: server => server.drop(),
    mend: server => server.mend(),
    next: /Connection timed out/,
    finishes: true,
  },
  {
    how: 'made to reset connections',
    disturb: server => server.reject(),
    mend: server => server.mend(),
    next: /Connection refused/,
    finishes: true,
  },
];

labSuite('A Debian of its own', { needs: 'full' }, () => {
  test('keeps disk, address and host key when it is killed and booted again', async () => {
    const lab = await openLab(onTestFinished);
    const one = await timed('systemd, until sshd answers', () => lab.server());
    const two = await timed('plain, until sshd answers', () => lab.server({ kind: 'plain' }));
    const before = await Promise.all([one.run(BOOT_ID), two.run(BOOT_ID)]);
    const { stdout } = await one.ssh('systemctl is-system-running --wait; hostname; echo kept > /etc/kept');
    expect(stdout).toBe('running\nweb1\n');
    expect((await two.ssh('systemctl restart ssh')).stderr).toContain('not been booted with systemd');
    await one.kill();
    await timed('reboot, until sshd answers', () => one.boot());
    expect((await one.ssh('cat /etc/kept')).stdout).toBe('kept\n'); // its old line in known_hosts still fits
    expect(await one.run(BOOT_ID)).not.toBe(before[0]);
    expect(await two.run(BOOT_ID)).toBe(before[1]);
  });

  test('boots again when it is told to from inside', async () => {
    const [one, two] = await pair();
    const before = await Promise.all([one.run(BOOT_ID), two.run(BOOT_ID)]);
    await one.ssh('systemctl reboot');
    await vi.waitUntil(async () => (await one.ssh('true')).code !== 0, WAIT);
    await vi.waitUntil(async () => (await one.ssh('true')).code === 0, WAIT);
    expect(await one.run(BOOT_ID)).not.toBe(before[0]);
    expect(await two.run(BOOT_ID)).toBe(before[1]);
  });

  describe('tells its clients the truth when it is', () => {
    testDisturbed([...DISTURBED, ...CUT_OFF], pair);
  });
});
