import { expect, onTestFinished, test } from 'vitest';
import type { Plan, Request, Run } from '../../../src/operations/operation.ts';
import { upgradeProgram } from '../../../src/upgrade/program.ts';
import type { PruneInput, RestoreInput } from '../../../src/upgrade/requests.ts';
import { askNobody } from '../../../src/ssh/prompts.ts';
import type { Access } from '../../../src/upgrade/access.ts';
import { restoreServerSetup } from '../../../src/upgrade/restore.ts';
import { workspace } from '../../kit/workspace.ts';
import { connectionsTo } from '../check/accounts.ts';
import { openLab, type Server } from '../lab.ts';
import { labSuite } from '../suite.ts';
import { driven, upgraded as named } from './fleet.ts';
import {
  detect,
  difference,
  everyFile,
  legacyServer,
  makeLegacy,
  packagesOf,
  run,
  upgraded,
} from './server.ts';

const errors = ({ findings }: Plan): readonly string[] =>
  findings.flatMap(({ severity, text }) => (severity === 'error' ? [text] : []));

const accessTo = (server: Server): Access => ({
  connections: connectionsTo(onTestFinished, [server]),
  prompts: askNobody(),
  storage: workspace(onTestFinished).root,
  now: Date.now,
  observed: () => undefined,
  upgrading: () => undefined,
});

labSuite('Restoring the setup of a server over SSH', { needs: 'full' }, () => {
  test('brings back every file and removes what was added, or refuses; backups are pruned by name', async () => {
    const server = await (await openLab(onTestFinished)).server();
    await makeLegacy(server);
    const [before, packages] = [await everyFile(server), await packagesOf(server)];
    const { plan, perform, log } = driven(onTestFinished, [server]);
    const ref = named(server);
    const restore = (input: Partial<RestoreInput> = {}): Request<RestoreInput> => ({
      operation: 'restore-server-setup',
      input: { server: ref, ...input },
    });
    const prune = (...backups: readonly string[]): Request<PruneInput> => ({
      operation: 'prune-server-backups',
      input: { server: ref, backups },
    });
    expect(errors(await plan(restore()))).toEqual(['There is no backup on it that can be restored']);
    const parts = await upgraded(server, '1.1.0');
    const { backup = '', id } = parts;

    const seen = await plan(restore());
    expect(seen).toMatchObject({
      title: `Restore the setup of ${server.name} from ${backup}`,
      target: server.name,
      risk: 'confirm',
      undoable: false,
      steps: [
        'It leads back to setup 1.0.0',
        'What stands now is kept on the server before; forward again leads an upgrade',
        expect.stringMatching(
          /^Undoes 1\.1\.0: Log rotation\. Removes the packages cron, cron-daemon-common, .*logrotate/,
        ),
        'Restarts: systemd-journald',
        'Every file is put back and compared',
      ],
    });
    expect(seen.changes.map(({ path, kind }) => `${kind} ${path.join('/')}`)).toEqual([
      'removed /etc/cron.daily/tako-log-cleanup',
      'removed /etc/logrotate.d/docker',
      'changed /etc/systemd/journald.conf.d/00-journal-size.conf',
      'removed /etc/tako/version.json',
    ]);
    expect((await plan(restore({ server: { ...ref, production: ['production' as never] } }))).risk).toBe(
      'production',
    );
    const deploying = ['by ana since 14:02' as never];
    expect(errors(await plan(restore({ server: { ...ref, deploying } })))).toEqual([
      'A deployment is in progress: by ana since 14:02',
    ]);
    expect(errors(await plan(restore({ backup: '../../etc' })))).toEqual([
      'There is no backup ../../etc on it',
    ]);
    expect(errors(await plan(prune(backup)))).toEqual([
      `${backup} is the newest that can be restored: it stays`,
    ]);

    // Somebody is at it.
    const lock = '/var/lib/shipshape/setup/lock';
    const held = server.run(`flock ${lock} sh -c 'echo $$ >/run/holder; exec sleep 600' || true`);
    await expect.poll(() => server.run('cat /run/holder 2>/dev/null || true')).not.toBe('');
    expect(errors(await plan(restore()))).toEqual(['Its setup is being changed right now']);
    await server.run('kill "$(cat /run/holder)"');
    await held;

    // A file of it is not as it was kept.
    const file = `/var/backups/tako/${backup}/files/etc/traefik/traefik.yml`;
    await server.run(`cp -a ${file} /root/aside; printf x >> ${file}`);
    expect(errors(await plan(restore({ backup })))).toEqual(['Not as it was kept: /etc/traefik/traefik.yml']);
    expect(errors(await plan(restore()))).toEqual(['There is no backup on it that can be restored']);
    await server.run(`mv /root/aside ${file}`);

    // A run that stopped in between is no reason not to go back.
    await server.run(`echo "2026-11-20T10:00:00Z ${id} begin 1.1.0" >> /var/lib/shipshape/setup/journal`);
    expect((await plan(restore())).findings).toContainEqual(
      expect.objectContaining({ severity: 'warning', code: 'unfinished' }),
    );
    expect(errors(await plan(prune(backup)))).not.toEqual([]);

    // As long as nothing is restored, that is found out.
    const operation = restoreServerSetup(accessTo(server));
    const looking: Run = {
      signal: new AbortController().signal,
      log: () => undefined,
      step: (_, work) => work(),
    };
    const whole = await operation.plan({ server: ref }, looking);
    expect(await operation.verify({ server: ref }, whole, looking)).toEqual({
      state: 'failed',
      why: '/etc/cron.daily/tako-log-cleanup is not as it was kept, and 3 others',
    });

    const { verdict } = await perform(restore());
    expect(verdict, log.join('\n')).toEqual({ state: 'verified' });
    expect(difference(before, await everyFile(server))).toEqual([]);
    expect(await packagesOf(server)).toBe(packages);
    expect((await detect(server)).setup).toMatchObject({ kind: 'legacy' });

    expect(await run(server, upgradeProgram(parts))).toMatchObject({ code: 10 });
    expect(difference(before, await everyFile(server))).toEqual([]);

    const kept = (await server.run('ls /var/backups/tako')).trim().split('\n');
    expect(kept).toEqual([backup, expect.stringMatching(/^before-restore-\d{8}-\d{6}$/)]);
    const gone = await perform(prune(kept[1] ?? ''));
    expect(gone.verdict).toEqual({ state: 'verified' });
    expect(gone.plan.risk).toBe('typed');
    expect(await server.run('ls -A /var/backups/tako')).toBe(`${backup}\n`);
    expect(errors(await plan(prune('../x', 'backup-20200101-000000')))).toEqual([
      '"../x" is not the name of a backup',
      'There is no backup-20200101-000000 on it',
    ]);
  });

  test('is refused where nothing could be kept, and where takod runs the server: nothing is changed', async () => {
    const lab = await openLab(onTestFinished);
    const [full, taken] = await Promise.all([legacyServer(lab), legacyServer(lab)]);
    const { plan, perform } = driven(onTestFinished, [full, taken]);
    const restore = (server: Server): Request<RestoreInput> => ({
      operation: 'restore-server-setup',
      input: { server: named(server) },
    });
    const { backup } = await upgraded(full, '1.1.0');
    await upgraded(taken, '1.1.0');
    const look = (server: Server): Promise<readonly string[]> => everyFile(server, { times: true });

    const before = await look(full);
    await full.fillDisk();
    expect(errors(await plan(restore(full)))).toEqual([
      'Too little is free where backups are: what stands now could not be kept',
    ]);
    await expect(perform(restore(full))).rejects.toMatchObject({ code: 'refused' });
    expect(await full.run('ls /var/backups/tako')).toBe(`${backup ?? ''}\n`);
    full.emptyDisk();
    expect(difference(before, await look(full))).toEqual([]);

    await taken.run('touch /usr/local/bin/takod');
    const stood = await look(taken);
    const { findings } = await plan(restore(taken));
    expect(findings).toContainEqual(
      expect.objectContaining({ severity: 'error', code: 'setup', evidence: '/usr/local/bin/takod' }),
    );
    await expect(perform(restore(taken))).rejects.toMatchObject({ code: 'refused' });
    expect(difference(stood, await look(taken))).toEqual([]);
    expect(await taken.run('ls /var/backups/tako')).not.toMatch(/before-restore/);

    // With room again, the other one goes back.
    expect(await perform(restore(full))).toMatchObject({
      plan: { title: `Restore the setup of web1 from ${backup ?? ''}` },
      verdict: { state: 'verified' },
    });
  });
});
