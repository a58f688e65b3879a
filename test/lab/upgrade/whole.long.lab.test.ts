import { expect, onTestFinished, test } from 'vitest';
import { openLab, type Server } from '../lab.ts';
import { labSuite, timed } from '../suite.ts';
import { driven, upgradeOf } from './fleet.ts';
import {
  difference,
  everyFile,
  legacyServer,
  makeBare,
  makeLegacy,
  packagesOf,
  versionThere,
} from './server.ts';

/** Everything that somebody could have changed, with when. */
const whole = async (server: Server): Promise<readonly string[]> => [
  ...(await everyFile(server, { times: true })),
  ...(await packagesOf(server)).split('\n'),
];

labSuite('Setup versions, through the runner and over SSH', { needs: 'full' }, () => {
  test(
    'lead from a bare Debian to 1.0.0 and on to 2.0.0; a second time changes nothing',
    { timeout: 600_000 },
    async () => {
      const lab = await openLab(onTestFinished);
      const [server, other] = [await lab.server({ kind: 'docker' }), await legacyServer(lab)];
      await makeBare(server);
      const beside = await whole(other);
      const { perform, plan, log } = driven(onTestFinished, [server, other]);
      for (const to of ['1.0.0', '2.0.0']) {
        const { verdict } = await timed(`-> ${to}`, () => perform(upgradeOf([server], { to })));
        expect(verdict, log.slice(-20).join('\n')).toEqual({ state: 'verified' });
        expect(await versionThere(server)).toBe(to);
      }
      const record = JSON.parse(await server.run('cat /etc/tako/version.json')) as { features: string[] }; // ours
      expect(record.features).toEqual([
        'docker',
        'nginx',
        'firewall',
        'traefik-proxy',
        'log-rotation',
        'journal-limits',
        'log-cleanup',
        'node-exporter',
        'metrics-collection',
        'health-endpoints',
        'traefik-metrics',
        'overlay-encryption',
        'service-mesh',
        'traefik-labels',
        'auto-scaling-hooks',
        'container-separation',
        'no-new-privileges',
      ]);

      const before = await whole(server);
      const { findings } = await plan(upgradeOf([server]));
      expect(findings.filter(each => each.severity === 'error').map(each => each.code)).toEqual([
        'nothing-to-do',
      ]);
      await expect(perform(upgradeOf([server]))).rejects.toMatchObject({ code: 'refused' });
      // Nor do the steps themselves, run again.
      await server.run(`set -e
        for version in 1.0.0 1.1.0 1.2.0 2.0.0; do
          for step in /var/lib/shipshape/setup/runs/*/steps/$version; do
            STEP=$step sh $step/apply.sh; STEP=$step sh $step/verify.sh
          done
        done`);
      expect(difference(before, await whole(server))).toEqual([]);
      expect(difference(beside, await whole(other))).toEqual([]);
    },
  );

  test('lead on from a legacy server, each step alone', { timeout: 600_000 }, async () => {
    const lab = await openLab(onTestFinished);
    const [server, other] = [await lab.server({ kind: 'docker' }), await legacyServer(lab)];
    await makeLegacy(server);
    const beside = await whole(other);
    const { perform, log } = driven(onTestFinished, [server, other]);
    for (const to of ['1.1.0', '1.2.0', '2.0.0']) {
      const before = await everyFile(server);
      const { verdict, undo } = await timed(`-> ${to}`, () => perform(upgradeOf([server], { to })));
      expect(verdict, log.slice(-20).join('\n')).toEqual({ state: 'verified' });
      // Back by what the runner offers as the undo, byte for byte, and once more.
      if (!undo) throw new Error('no undo');
      expect((await timed('and back', () => perform(undo))).verdict).toEqual({ state: 'verified' });
      expect(difference(before, await everyFile(server))).toEqual([]);
      expect((await perform(upgradeOf([server], { to }))).verdict).toEqual({ state: 'verified' });
      expect(await versionThere(server)).toBe(to);
    }
    expect(difference(beside, await whole(other))).toEqual([]);
  });
});
