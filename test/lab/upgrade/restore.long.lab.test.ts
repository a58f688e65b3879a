import { readFileSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { clean } from '../../../src/base/clean.ts';
import type { Request } from '../../../src/operations/operation.ts';
import type { UpgradeParts } from '../../../src/upgrade/program.ts';
import type { RestoreInput } from '../../../src/upgrade/requests.ts';
import { guide } from '../../../src/words/migration-guide.ts';
import { openLab } from '../lab.ts';
import { labSuite } from '../suite.ts';
import { driven, upgraded as named } from './fleet.ts';
import { detect, difference, everyFile, makeBare, makeLegacy, packagesOf, upgraded } from './server.ts';

labSuite('Going back to before 1.0.0', { needs: 'full' }, () => {
  test('is refused while Docker has something, and typed because it removes Docker', async () => {
    const server = await (await openLab(onTestFinished)).server({ kind: 'docker' });
    await makeBare(server);
    const [before, packages] = [await everyFile(server), await packagesOf(server)];
    await upgraded(server, '1.1.0');
    const { plan, perform, log } = driven(onTestFinished, [server]);
    const restore: Request<RestoreInput> = {
      operation: 'restore-server-setup',
      input: { server: named(server) },
    };
    await server.run(documented('firewall', ''));
    expect(await server.run('nft list tables')).not.toContain('tako');
    await server.run('docker volume create data');
    const refused = await plan(restore);
    expect(refused.risk).toBe('typed');
    expect(refused.findings).toContainEqual({
      severity: 'error',
      code: 'undo',
      text: 'The step to 1.0.0 cannot be undone now: Docker would go with this step, and there are containers or volumes: remove them first',
    });
    await server.run('docker volume rm data');
    const { verdict, plan: seen } = await perform(restore);
    expect(verdict, log.join('\n')).toEqual({ state: 'verified' });
    expect(seen.steps).toContain('It leads back to how it was before it was set up');
    expect(difference(before, await everyFile(server))).toEqual([]);
    expect(await packagesOf(server)).toBe(packages);
    expect((await detect(server)).setup).toEqual({ kind: 'not-set-up' });
  });
});

/** The commands below one word in the document for people, with this backup. */
function documented(word: string, backup: string): string {
  const text = readFileSync('docs/server-setup.md', 'utf8');
  const [, commands = ''] = new RegExp(`^\`\`\`sh ${word}\\n([^]*?)^\`\`\``, 'm').exec(text) ?? [];
  expect(commands).not.toBe('');
  return commands.replaceAll('backup-YYYYMMDD-HHMMSS', backup);
}

labSuite('Going back by hand', { needs: 'full' }, () => {
  test('works with the commands that the guide and the document tell', async () => {
    const server = await (await openLab(onTestFinished)).server();
    await makeLegacy(server);
    const before = await everyFile(server);
    const fromGuide = async ({ backup = '', steps }: UpgradeParts): Promise<string> => {
      const way = { steps, restarts: [], harms: [], breaking: [] };
      const text = guide(clean('web01'), way, await detect(server));
      return (/```sh\n([^]*?)```/.exec(text)?.[1] ?? '').replace('backup-YYYYMMDD-HHMMSS', backup);
    };
    for (const commands of [fromGuide, ({ backup = '' }: UpgradeParts) => documented('restore', backup)]) {
      const told = await server.run(await commands(await upgraded(server, '1.1.0')));
      expect(told).toContain('== finished');
      expect(difference(before, await everyFile(server))).toEqual([]);
    }

    // Only the files: those that came with packages stay, and those that were not there are listed.
    const { backup = '' } = await upgraded(server, '1.1.0');
    const after = await everyFile(server);
    const listed = (await server.run(documented('files', backup))).trim().split('\n');
    expect(listed).toEqual(expect.arrayContaining(['/etc/logrotate.d/docker', '/etc/tako/version.json']));
    const limits = '00-journal-size.conf';
    const now = await everyFile(server);
    expect(now.filter(each => each.includes(limits))).toEqual(before.filter(each => each.includes(limits)));
    expect(difference(after, now).every(each => each.includes(limits))).toBe(true);
    await server.run(`printf x >> /var/backups/tako/${backup}/files/etc/traefik/traefik.yml`);
    expect((await server.attempt(documented('files', backup))).stderr).toContain('did NOT match');
    expect(difference(now, await everyFile(server))).toEqual([]);
  });
});
