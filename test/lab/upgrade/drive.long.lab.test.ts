import { expect, onTestFinished, test, vi } from 'vitest';
import { rates, readLedger, unfinished } from '../../../src/upgrade/ledger.ts';
import { openLab } from '../lab.ts';
import { labSuite } from '../suite.ts';
import { tcpProxy } from '../tcp-proxy.ts';
import { bundleEditor, openDesk } from './desk.ts';
import { driven, resumeOf, upgradeOf } from './fleet.ts';
import { legacyServer, versionThere } from './server.ts';

const WAIT = { timeout: 60_000, interval: 20 };

labSuite('An upgrade over SSH that is disturbed', { needs: 'full' }, () => {
  test('is followed again from the byte where its connection was cut, and where it was silent', async () => {
    const lab = await openLab(onTestFinished);
    const [server, other] = await Promise.all([legacyServer(lab), legacyServer(lab)]);
    const proxy = await tcpProxy(server, onTestFinished);
    const { perform, log, progress } = driven(onTestFinished, [{ ...server, proxyPort: proxy.port }, other]);
    server.onFile('/etc/logrotate.d/docker', () => proxy.cutAfter(1, 'down'));
    server.onFile('/etc/systemd/journald.conf.d/.00-journal-size.conf.dpkg-new', () => {
      proxy.silence('up', 'down');
      setTimeout(() => proxy.speak(), 4_000);
    });
    const { verdict } = await perform(upgradeOf([server], { to: '1.1.0' }));
    expect(verdict, log.join('\n')).toEqual({ state: 'verified' });
    expect(log.filter(each => each === 'The connection is there again.').length).toBeGreaterThan(0);
    const events = ['begin 1.1.0', 'applied 1.1.0', 'verified 1.1.0', 'finished'];
    expect(log.filter(each => events.includes(each))).toEqual(events);
    expect(progress.at(-1)).toEqual(['web1', undefined]);
    expect(await versionThere(other)).toBeUndefined();
  });

  test('pauses at the next safe point when it is cancelled, and goes on when it is resumed', async () => {
    const lab = await openLab(onTestFinished);
    const [server, other] = await Promise.all([legacyServer(lab), legacyServer(lab)]);
    const { perform, plan, log, observed } = driven(onTestFinished, [server, other]);
    const cancelled = new AbortController();
    server.onFile('/etc/logrotate.d/docker', () => cancelled.abort());
    const { verdict } = await perform(upgradeOf([server, other], { to: '1.2.0' }), cancelled.signal);
    expect(verdict, log.join('\n')).toEqual({
      state: 'failed',
      why: 'web1 is paused after step 1.1.0 (its version is 1.0.0), to be resumed; web2 was not begun (its version is 1.0.0)',
    });
    const run = observed.get('web1')?.answer?.run;
    expect(run).toMatchObject({ state: 'paused', active: false });
    const refused = await plan(upgradeOf([server], { to: '1.2.0' }));
    expect(refused.findings.find(each => each.code === 'lock')?.severity).toBe('error');
    const request = resumeOf(server, run?.id ?? '', { debug: true });
    expect((await plan(request)).steps).toEqual(['1.2.0: Monitoring and metrics', 'Writes down the version']);
    expect((await perform(request)).verdict, log.join('\n')).toEqual({ state: 'verified' });
    expect(log.some(each => each.startsWith('+ place '))).toBe(true);
    expect(await versionThere(server)).toBe('1.2.0');
    expect(await versionThere(other)).toBeUndefined();
  });

  test('takes a canary first, then two at once, and each is verified', async () => {
    const lab = await openLab(onTestFinished);
    const servers = await Promise.all([1, 2, 3, 4].map(() => legacyServer(lab)));
    const { perform, progress, log } = driven(onTestFinished, servers);
    const rollout = { canaries: 1, width: 2, failures: 0 };
    const { verdict } = await perform(upgradeOf(servers, { to: '1.1.0', rollout }));
    expect(verdict, log.join('\n')).toEqual({ state: 'verified' });
    const running = new Set<string>();
    const atOnce: number[] = [];
    for (const [machine, upgrading] of progress) {
      if (upgrading) running.add(machine);
      else running.delete(machine);
      atOnce.push(running.size);
    }
    const canary = progress.findIndex(([machine, upgrading]) => machine === 'web1' && !upgrading);
    expect(Math.max(...atOnce.slice(0, canary + 1))).toBe(1);
    expect(Math.max(...atOnce)).toBe(2);
    for (const server of servers) expect(await versionThere(server)).toBe('1.1.0');
  });

  test('goes on by itself when it is left, is remembered, and is found and followed again', async () => {
    const lab = await openLab(onTestFinished);
    const [server, other] = await Promise.all([legacyServer(lab), legacyServer(lab)]);
    // Its step takes until somebody says so.
    await server.run(`cat > /usr/local/sbin/logrotate <<'end'
#!/bin/sh
until [ -e /root/go ]; do sleep 0.1; done
exec /usr/sbin/logrotate "$@"
end
      chmod 755 /usr/local/sbin/logrotate`);
    const first = driven(onTestFinished, [server, other]);
    server.onFile('/etc/logrotate.d/docker', () => first.leave.abort());
    const { verdict } = await first.perform(upgradeOf([server], { to: '1.1.0' }));
    expect(verdict).toEqual({
      state: 'failed',
      why: 'web1 goes on by itself and is not followed any more (its version is 1.0.0), to be resumed',
    });
    const [left] = unfinished(await readLedger(first.storage));
    expect(left).toMatchObject({ server: { id: 'web1' }, from: '1.0.0', to: '1.1.0', steps: ['1.1.0'] });

    const second = driven(onTestFinished, [server, other], first.storage);
    const request = resumeOf(server, left?.run ?? '');
    expect(await second.plan(request)).toMatchObject({ title: 'Follow the upgrade of web1', risk: 'none' });
    const following = second.perform(request);
    await vi.waitUntil(() => second.log.some(each => each === 'applied 1.1.0'), WAIT);
    await server.run('touch /root/go');
    expect((await following).verdict, second.log.join('\n')).toEqual({ state: 'verified' });
    const ledger = await readLedger(first.storage);
    expect(unfinished(ledger)).toEqual([]);
    expect(rates(ledger).all).toEqual({ succeeded: 1, failed: 0 });
    expect(await versionThere(other)).toBeUndefined();
  });

  test('is found in what a killed editor remembered, and goes on there', async () => {
    const lab = await openLab(onTestFinished);
    const [server, other] = await Promise.all([legacyServer(lab), legacyServer(lab)]);
    const desk = await openDesk(bundleEditor(onTestFinished), [server, other], onTestFinished);
    const { storage } = desk;
    const editor = desk.start(upgradeOf([server], { to: '1.2.0' }));
    // Editor and server at once.
    server.onFile('/usr/local/lib/tako/health', () => {
      editor.kill();
      void server.kill();
    });
    expect(await editor.ended).toBeUndefined();
    const [left] = unfinished(await readLedger(storage));
    expect(left).toMatchObject({ server: { id: 'web1' }, to: '1.2.0', last: 'begin 1.2.0' });
    await server.boot();
    const { plan, perform, log } = driven(onTestFinished, [server, other], storage);
    const request = resumeOf(server, left?.run ?? '');
    expect(await plan(request)).toMatchObject({
      title: 'Resume the upgrade of web1',
      risk: 'confirm',
      steps: ['Goes on at step 1.2.0: Monitoring and metrics', 'Writes down the version'],
    });
    expect((await perform(request)).verdict, log.join('\n')).toEqual({ state: 'verified' });
    expect(await versionThere(server)).toBe('1.2.0');
    expect(unfinished(await readLedger(storage))).toEqual([]);
    expect(await versionThere(other)).toBeUndefined();
  });

  test('is done by an account that becomes root with sudo', async () => {
    const lab = await openLab(onTestFinished);
    const [server, other] = await Promise.all([legacyServer(lab), legacyServer(lab)]);
    await server.run(`useradd -m -s /bin/bash deploy
      cp -r ~root/.ssh /home/deploy/ && chown -R deploy: /home/deploy/.ssh
      command -v sudo || apt-get -qqy install sudo
      echo 'deploy ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/deploy`);
    const { perform, log } = driven(onTestFinished, [
      { ...server, user: 'deploy' },
      { ...other, user: 'nobody' },
    ]);
    const { verdict } = await perform(upgradeOf([server], { to: '1.1.0' }));
    expect(verdict, log.join('\n')).toEqual({ state: 'verified' });
    expect(await versionThere(server)).toBe('1.1.0');
    expect(await versionThere(other)).toBeUndefined();
  });

  test('goes on at the same step after the server was killed and booted again', async () => {
    const lab = await openLab(onTestFinished);
    const [server, other] = await Promise.all([legacyServer(lab), legacyServer(lab)]);
    const { perform, log } = driven(onTestFinished, [server, other]);
    server.onFile('/etc/logrotate.d/docker', () => void server.kill().then(() => server.boot()));
    const { verdict } = await perform(upgradeOf([server], { to: '1.1.0' }));
    expect(verdict, log.join('\n')).toEqual({ state: 'verified' });
    expect(log).toContain('The run was cut off there. It goes on where it was.');
    expect(log.filter(each => each === 'begin 1.1.0')).toHaveLength(1);
    expect(await versionThere(server)).toBe('1.1.0');
    expect(await versionThere(other)).toBeUndefined();
  });

  test('brings the files that the server lacks, anew where one of them was spoiled, and keeps few', async () => {
    const lab = await openLab(onTestFinished);
    const [server, other] = await Promise.all([legacyServer(lab), legacyServer(lab)]);
    const { perform, log, observed } = driven(onTestFinished, [server, other]);
    const upgradeTo = async (to: string): Promise<void> => {
      const { verdict } = await perform(upgradeOf([server], { to }));
      expect(verdict, log.join('\n')).toEqual({ state: 'verified' });
    };
    /** How each start of a run ended there, and how much was sent to start it. */
    const starts = async (): Promise<readonly (readonly number[])[]> => {
      const each = 'echo "$(cat "$each/status") $(wc -c <"$each/script")"';
      const text = await server.run(`cd /var/lib/shipshape/runs; for each in *; do ${each}; done`);
      return text
        .trim()
        .split('\n')
        .map(line => line.split(' ').map(Number));
    };
    // What earlier versions left there.
    await server.run(`mkdir -p /var/lib/shipshape/setup/store && cd /var/lib/shipshape/setup/store
      for each in $(seq 600); do touch -d 2020-01-01 "$(printf %064d "$each")"; done`);
    await upgradeTo('1.1.0');
    const stored = observed.get('web1')?.answer?.stored ?? [];
    expect(stored).toHaveLength(500);
    const used = stored.filter(each => !each.startsWith('000')).length;
    expect(used).toBeGreaterThan(5);
    await server.run(`cd /var/lib/shipshape/setup/store
      echo 'touch /root/SPOILED' >> "$(grep -l 'What the scripts of all steps share' *)"`);
    await upgradeTo('1.2.0');
    const [[first = 0] = [], [code, less = 0] = [], [again, all = 0] = []] = await starts();
    expect([first, code, again]).toEqual([0, 66, 0]);
    expect(less).toBeLessThan(all / 2);
    expect(await server.run('ls /root /var/lib/shipshape/setup/store')).not.toContain('SPOILED');
    expect(await versionThere(other)).toBeUndefined();
  });
});
