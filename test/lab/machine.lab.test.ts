import { existsSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { openLab, type Server } from './lab.ts';
import { isLong, labSuite, timed } from './suite.ts';

const WAIT = { timeout: 20_000 };

const BOOT_ID = 'cat /proc/sys/kernel/random/boot_id';

type WhenDone = Parameters<typeof openLab>[0];

async function pair(whenDone: WhenDone = onTestFinished): Promise<readonly [Server, Server]> {
  const lab = await openLab(whenDone);
  return Promise.all([lab.server(), lab.server()]);
}

/** Whether a file is on a server's disk, seen from outside. */
const has = (server: Server, file: string): boolean => existsSync(path.join(server.files, file));

interface Disturbed {
  readonly how: string;
  readonly disturb: (server: Server) => unknown;
  readonly mend: (server: Server) => unknown;
  /** What the next connection is told. */
  readonly next: RegExp;
  /** Whether what was running went on to its end nevertheless. */
  readonly finishes: boolean;
}

/** That a connection is lost says nothing about what was running. */
const DISTURBED: readonly Disturbed[] = [
  {
    how: 'killed',
    disturb: server => server.kill(),
    mend: server => server.boot(),
    next: /Connection refused/,
    finishes: false,
  },
  {
    how: 'frozen',
    disturb: server => server.freeze(),
    mend: server => server.thaw(),
    next: /timed out during banner exchange/,
    finishes: false,
  },
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
  {
    how: 'left without its sshd',
    disturb: server => server.stopSshd(),
    mend: server => server.startSshd(),
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
    for (const { how, disturb, mend, next, finishes } of DISTURBED) {
      test.concurrent(how, async context => {
        const [one, two] = await pair(close => context.onTestFinished(close));
        const running = one.ssh('touch /root/before; sleep 1; touch /root/after');
        await vi.waitUntil(() => has(one, 'root/before'), WAIT);
        await disturb(one);
        context.expect((await running).code).toBe(255);
        context.expect((await one.ssh('true')).stderr).toMatch(next);
        context.expect((await two.ssh('touch /root/after')).code).toBe(0);
        if (finishes) await vi.waitUntil(() => has(one, 'root/after'), WAIT);
        context.expect(has(one, 'root/after')).toBe(finishes);
        await mend(one);
        context.expect((await one.ssh('true')).code).toBe(0);
      });
    }
  });

  test.for(isLong ? [1, 2, 3, 4, 5, 6, 7, 8, 9] : [3])('is killed at line %i', async line => {
    const [one, two] = await pair();
    const script =
      'mkdir /srv/lines; for each in 1 2 3 4 5 6 7 8 9; do touch /srv/lines/$each; sleep 0.2; done';
    one.onFile(`/srv/lines/${line}`, () => void one.kill());
    const codes = (await Promise.all([one.ssh(script), two.ssh(script)])).map(({ code }) => code);
    expect(codes).toEqual([255, 0]);
    await one.boot();
    const lines = 'ls /srv/lines | tail -n 1';
    expect([await one.run(lines), await two.run(lines)]).toEqual([`${line}\n`, '9\n']);
  });

  test('runs out of disk', async () => {
    const [one, two] = await pair();
    await one.fillDisk();
    const write = 'echo "one line" > /root/file && cat /root/file';
    expect((await one.ssh(write)).stderr).toContain('No space left on device');
    expect((await two.ssh(write)).stdout).toBe('one line\n');
    one.emptyDisk();
    expect((await one.ssh(write)).stdout).toBe('one line\n');
  });
});
