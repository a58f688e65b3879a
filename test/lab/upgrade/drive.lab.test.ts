import { expect, onTestFinished, test } from 'vitest';
import { openLab } from '../lab.ts';
import { labSuite } from '../suite.ts';
import { driven, upgradeOf } from './fleet.ts';
import { legacyServer, versionThere } from './server.ts';

labSuite('Upgrading servers over SSH', { needs: 'full' }, () => {
  test('takes one to the next version, verified, with its files brought once, and tells everything', async () => {
    const lab = await openLab(onTestFinished);
    const [server, other] = await Promise.all([legacyServer(lab), legacyServer(lab)]);
    const { perform, plan, log, progress, observed } = driven(onTestFinished, [server, other]);
    const request = upgradeOf([server], { to: '1.1.0' });
    const { title, risk, findings, steps, undoable } = await plan(request);
    expect({ title, risk, steps, undoable }).toEqual({
      title: 'Upgrade web1 from 1.0.0 to 1.1.0',
      risk: 'confirm',
      steps: ['Back up what it may change', '1.1.0: Log rotation'],
      undoable: true,
    });
    expect(findings.filter(each => each.severity === 'ok').map(each => each.code)).toEqual([
      'reachable',
      'root',
      'systemd',
      'lock',
      'deploying',
      'disk',
      'inodes',
      'services',
      'packages',
      'clock',
      'backup',
    ]);
    const { verdict, undo } = await perform(request);
    expect(verdict, log.join('\n')).toEqual({ state: 'verified' });
    expect(await versionThere(server)).toBe('1.1.0');
    expect(undo).toMatchObject({
      operation: 'restore-server-setup',
      input: { server: { id: 'web1' }, backup: expect.stringMatching(/^backup-\d{8}-\d{6}$/) as string },
    });
    expect(progress.map(([machine, each]) => [machine, each?.step, each?.doing])).toEqual([
      ['web1', 0, 'starting'],
      ['web1', 0, 'backing up'],
      ['web1', 0, 'backed up'],
      ['web1', 1, 'Log rotation: applying'],
      ['web1', 1, 'Log rotation: verifying'],
      ['web1', 1, 'Log rotation: verified'],
      ['web1', 1, 'writing down the version'],
      ['web1', 1, 'finished'],
      ['web1', undefined, undefined],
    ]);
    expect(observed.get('web1')?.answer?.run).toMatchObject({ state: 'finished', active: false });
    const again = await plan(request);
    expect(again.findings.filter(each => each.severity === 'error').map(each => each.code)).toEqual([
      'nothing-to-do',
    ]);
    expect(await versionThere(other)).toBeUndefined();
  });

  test('sweeps what runs left there long ago, and nothing that runs or that somebody may resume', async () => {
    const lab = await openLab(onTestFinished);
    const [server, other] = await Promise.all([legacyServer(lab), legacyServer(lab)]);
    const { perform, log } = driven(onTestFinished, [server, other]);
    // Ended, killed, run by somebody else; one that was resumed lately; one that runs, and has said nothing since.
    const there = ['ended-1', 'ended-2', 'ended-10', 'killed-1', 'resumed-1', 'resumed-2', 'asleep-1'];
    const leave = `
      mkdir -p /var/lib/shipshape/runs && cd /var/lib/shipshape/runs
      for each in ${[1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map(each => `ended-${each}`).join(' ')} killed-1 resumed-1 resumed-2 asleep-1; do
        mkdir $each; echo x >$each/script; echo x >$each/log; echo '1 1 none' >$each/process; echo 0 >$each/status
      done
      rm killed-1/status asleep-1/status
      systemd-run --quiet sleep 600
      pid=$(pgrep -x sleep)
      echo "$pid $(cut -d ' ' -f 22 /proc/$pid/stat) $(cat /proc/sys/kernel/random/boot_id)" >asleep-1/process
      mkdir mine; echo x >mine/script
      find . -mindepth 1 -exec touch -d '40 days ago' {} +
      touch -d '20 days ago' resumed-2/status`;
    await Promise.all([server.run(leave), other.run(leave)]);
    const runs = async (on: typeof server): Promise<string[]> =>
      (await on.run('ls /var/lib/shipshape/runs')).trim().split('\n');
    expect(await runs(server)).toEqual(expect.arrayContaining(there));

    expect((await perform(upgradeOf([server], { to: '1.1.0' }))).verdict, log.join('\n')).toEqual({
      state: 'verified',
    });
    expect(await runs(server)).toEqual([
      expect.stringMatching(/^20\d{6}-.*-1$/),
      'asleep-1',
      'mine',
      'resumed-1',
      'resumed-2',
    ]);
    expect(await runs(other)).toEqual(expect.arrayContaining(there)); // nothing ran there
  });

  test('stops at the first that fails, takes that one back, and begins no more', async () => {
    const lab = await openLab(onTestFinished);
    const [one, two, three] = await Promise.all([legacyServer(lab), legacyServer(lab), legacyServer(lab)]);
    // A configuration of logrotate that is no such: the step is applied, and not verified.
    await two.run(
      'printf "/var/log/x {\\n  rotate many\\n" > /etc/logrotate.d/broken; systemctl mask --now logrotate.timer',
    );
    const { perform, log } = driven(onTestFinished, [one, two, three]);
    const { verdict, undo } = await perform(upgradeOf([one, two, three], { to: '1.1.0' }));
    expect(verdict).toMatchObject({ state: 'failed' });
    expect(verdict, log.join('\n')).toMatchObject({
      why: expect.stringMatching(
        /^web1 is on 1\.1\.0; web2 stopped at step 1\.1\.0 and was taken back \(its version is 1\.0\.0\): verification failed: log-rotation \(.*\); web3 was not begun \(its version is 1\.0\.0\)$/,
      ) as string,
    });
    expect(undo).toBeUndefined();
    expect([await versionThere(one), await versionThere(two), await versionThere(three)]).toEqual([
      '1.1.0',
      undefined,
      undefined,
    ]);
  });
});
