import { existsSync } from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { openLab, type SshServer } from './lab.ts';
import { labSuite } from './suite.ts';

const WAIT = { timeout: 20_000 };

/** Two of them, and a file that a script can make. */
async function pair(): Promise<{ one: SshServer; two: SshServer; file: string }> {
  const lab = await openLab(onTestFinished);
  const [one, two] = await Promise.all([lab.sshd(), lab.sshd()]);
  return { one, two, file: path.join(lab.folder, 'begun') };
}

labSuite('An sshd of this machine', { needs: 'sshd' }, () => {
  test('answers the system’s ssh, until it is killed, and again after it was started again', async () => {
    const { one, two, file } = await pair();
    expect(await one.ssh('echo "$((6 * 7))"; exit 3')).toEqual({ code: 3, stdout: '42\n', stderr: '' });
    expect(one.hostKey).not.toBe(two.hostKey);
    const running = one.ssh(`touch ${file}; sleep 30; touch ${file}-after`);
    await vi.waitUntil(() => existsSync(file), WAIT);
    await one.kill();
    expect((await running).code).toBe(255);
    expect((await one.ssh('true')).stderr).toContain('Connection refused');
    expect((await two.ssh('true')).code).toBe(0);
    await one.boot();
    expect((await one.ssh('true')).code).toBe(0);
    expect(existsSync(`${file}-after`)).toBe(false);
  });

  test('accepts and says nothing while it is frozen', async () => {
    const { one, two } = await pair();
    one.freeze();
    expect((await one.ssh('true')).stderr).toMatch(/timed out during banner exchange/);
    expect((await two.ssh('true')).code).toBe(0);
    one.thaw();
    expect((await one.ssh('true')).code).toBe(0);
  });

  test('is gone without what was run through it when its sshd is stopped', async () => {
    const { one, two, file } = await pair();
    const running = one.ssh(`touch ${file}; exec >/dev/null 2>&1; sleep 0.5; touch ${file}-after`);
    await vi.waitUntil(() => existsSync(file), WAIT);
    await one.stopSshd();
    expect((await running).code).toBe(255);
    await vi.waitUntil(() => existsSync(`${file}-after`), WAIT);
    expect((await two.ssh('true')).code).toBe(0);
    await one.startSshd();
    expect((await one.ssh('true')).code).toBe(0);
  });

  test('has a host key and a configuration as asked for', async () => {
    const lab = await openLab(onTestFinished);
    const server = await lab.sshd({ hostKey: 'ecdsa', config: ['ForceCommand echo forced'] });
    expect(server.knownHosts).toMatch(/^\[127\.77\.\d+\.\d+\]:2222 ecdsa-sha2-nistp256 /);
    expect((await server.ssh('true')).stdout).toBe('forced\n');
  });
});
