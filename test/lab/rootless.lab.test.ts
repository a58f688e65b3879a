import { existsSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { DISTURBED, testDisturbed } from './disturbed.ts';
import { openLab, type Debian } from './lab.ts';
import { isLong, labSuite, timed } from './suite.ts';

async function pair(
  whenDone: Parameters<typeof openLab>[0] = onTestFinished,
): Promise<readonly [Debian, Debian]> {
  const lab = await openLab(whenDone);
  return Promise.all([lab.debian(), lab.debian()]);
}

labSuite('A Debian, whoever is its root', { needs: 'rootless' }, () => {
  test('is another system than this one: files, accounts, processes and name', async () => {
    const [one, two] = await timed('two, until sshd answers', () => pair());
    expect(one.address).not.toBe(two.address);
    expect(one.hostKey).not.toBe(two.hostKey);
    expect((await one.ssh('id -u; hostname; ls -A /mnt; echo mine > /etc/mine')).stdout).toBe('0\nweb1\n');
    await one.run('useradd -m ana; chown ana: /etc/mine; chmod 600 /etc/mine');
    expect(await one.run('stat -c "%U %a" /etc/mine; su ana -c "cat /etc/mine"')).toBe('ana 600\nmine\n');
    expect((await one.attempt('su ana -c "touch /etc/other"')).stderr).toContain('Permission denied');
    expect(await one.run('ps -e -o comm=')).not.toContain('node');
    const places = [path.join(one.files, 'etc/mine'), path.join(two.files, 'etc/mine'), '/etc/mine'];
    expect(places.map(file => existsSync(file))).toEqual([true, false, false]);
    expect((await two.ssh('systemctl restart ssh')).stderr).toContain('not been booted with systemd');
  });

  test('keeps disk, address and host key when it is killed and booted again', async () => {
    const [one, two] = await pair();
    await one.ssh('echo kept > /etc/kept; rm -r /etc/ssl; mkdir /etc/ssl; touch /run/gone; sync');
    await Promise.all([one.kill(), one.kill()]);
    await timed('reboot, until sshd answers', () => one.boot());
    expect((await one.ssh('cat /etc/kept; ls /etc/ssl /run/gone')).stdout).toBe('kept\n/etc/ssl:\n');
    expect((await two.ssh('ls /etc/kept')).code).toBe(2);
  });

  describe('tells its clients the truth when it is', () => testDisturbed(DISTURBED, pair));

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
