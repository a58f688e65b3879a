import { expect, onTestFinished, test } from 'vitest';
import { openLab } from './lab.ts';
import { labSuite, timed } from './suite.ts';

labSuite('Packages', { needs: 'rootless' }, () => {
  test('are installed from the archive, and once more from what was kept of it', async () => {
    const install = 'apt-get -qq -o APT::Update::Error-Mode=any update && apt-get -qq install logrotate';
    const online = await (await openLab(onTestFinished)).debian();
    await timed('apt-get update and install', () => online.run(install));
    expect(await online.run('systemctl is-enabled logrotate.timer')).toBe('enabled\n');

    const lab = await openLab(onTestFinished, { offline: true });
    const [one, two] = await Promise.all([lab.debian(), lab.debian()]);
    await timed('twice at once, offline', () => Promise.all([one.run(install), two.run(install)]));
    expect(await one.run('logrotate --version 2>&1 | head -n 1')).toMatch(/^logrotate /);
    expect((await two.attempt('apt-get -qq -o Acquire::Retries=0 install sl')).stderr).toContain('504');
    expect((await one.attempt('apt-get -qq install logrotate')).code).toBe(0);
  });
});
