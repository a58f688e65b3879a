import { expect, onTestFinished, test } from 'vitest';
import { followDetached, lookAtDetached, startDetached } from '../../../src/ssh/detached.ts';
import { using } from '../../unit/ssh/servers.ts';
import { openLab, type Server } from '../lab.ts';
import { labSuite } from '../suite.ts';
import { accounts, connectionsTo, type Account } from './accounts.ts';

const signal = AbortSignal.timeout(100_000);

labSuite('An account that is not root', { needs: 'full' }, () => {
  test('works as root through sudo, where it may without a password', async () => {
    const lab = await openLab(onTestFinished);
    const [one, two] = await Promise.all([lab.server(), lab.server()]);
    await Promise.all([one, two].map(accounts));
    const connections = connectionsTo(onTestFinished, [one, two]);
    const on = (server: Server, account: Account) => ({ host: server.name, user: account });

    await using(connections, on(one, 'may'), async may => {
      const bytes = Buffer.from(Array.from({ length: 100_000 }, (_, index) => index % 256));
      const hostile = `'; touch /EXECUTED; ' $(touch /EXECUTED) \`x\` "\\\n`;
      const ended = await may.run('id -u; printf %s "$1" >/root/value; cksum; exit 7', [hostile], {
        root: true,
        stdin: bytes,
      });
      expect(ended).toMatchObject({
        code: 7,
        errors: '',
        output: expect.stringMatching(/^0\n\d+ 100000\n$/) as string,
      });
      expect((await may.run('id -un')).output).toBe('may\n');
      expect((await may.run('id -un', [], { root: 'if-possible' })).output).toBe('root\n');
      await expect(may.run('touch /HALF\nif true; then', [], { root: true })).rejects.toMatchObject({
        code: 'not-started',
      });
      expect(await one.run('ls /')).not.toMatch(/EXECUTED|HALF/);
      expect(await one.run('cat /root/value')).toBe(hostile);
      // sudo writes every command line into the log.
      const logged = await one.run('journalctl -q --no-pager | grep COMMAND=');
      expect(logged).toContain('dd bs=1');
      expect(logged).not.toContain('EXECUTED');

      const cancel = new AbortController();
      const running = may.run('echo begun; sleep 98 & sleep 98', [], {
        root: true,
        signal: cancel.signal,
        onOutput: () => cancel.abort(),
      });
      await expect(running).rejects.toMatchObject({ name: 'AbortError' });
      await expect.poll(() => one.run('pgrep -c -x sleep || true')).toBe('0\n');

      expect(
        await startDetached(may, 'run-1', 'id -u; sleep 2; echo "$1"', {
          root: true,
          args: [hostile],
          signal,
        }),
      ).toBe(true);
      expect(await lookAtDetached(may, 'run-1', { root: true, signal })).toEqual({ state: 'running' });
      expect(await lookAtDetached(may, 'run-1', { signal })).toEqual({ state: 'none' });
      let log = '';
      const onOutput = (chunk: Buffer): void => void (log += chunk.toString());
      expect(await followDetached(may, 'run-1', { root: true, signal, onOutput })).toMatchObject({
        state: 'ended',
        code: 0,
      });
      expect(log).toBe(`0\n${hostile}\n`);
      expect(await one.run('ls /var/lib/shipshape/runs')).toBe('run-1\n');
    });

    for (const server of [one, two]) {
      await using(connections, on(server, 'maynot'), async maynot => {
        await expect(maynot.run('id', [], { root: true })).rejects.toMatchObject({
          code: 'not-root',
          next: 'Connect as root, or allow this account `sudo` without a password.',
        });
        expect((await maynot.run('id -un', [], { root: 'if-possible' })).output).toBe('maynot\n');
      });
      await server.run('mv /usr/bin/sudo /usr/bin/sudo.away');
      await using(connections, on(server, 'may'), async may => {
        await expect(may.run('id', [], { root: true })).rejects.toMatchObject({ code: 'not-root' });
        expect((await may.run('id -un', [], { root: 'if-possible' })).output).toBe('may\n');
      });
      await using(connections, { host: server.name }, async root => {
        expect((await root.run('id -u', [], { root: true })).output).toBe('0\n');
      });
    }
  });
});
