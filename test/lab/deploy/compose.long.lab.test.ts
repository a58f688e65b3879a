/** Both versions of Docker Compose, as Debian has them, on servers of their own. */
import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { clean } from '../../../src/base/clean.ts';
import { UserError } from '../../../src/base/errors.ts';
import type { EnvironmentRef } from '../../../src/deploy/requests.ts';
import type { Request } from '../../../src/operations/operation.ts';
import type { Report } from '../../../src/operations/runner.ts';
import type { Release } from '../../../src/state/model.ts';
import { repository, type Repository } from '../../kit/git.ts';
import { refTo } from '../check/accounts.ts';
import { makeImage } from '../image.ts';
import { openLab, type Server } from '../lab.ts';
import { labSuite, timed } from '../suite.ts';
import { startEdge } from './edge.ts';
import { probed } from './stage.ts';
import { releasesIn } from './app.ts';
import { openDesk, verified, type Desk } from './desk.ts';
import { installCompose, type ComposeVersion } from './install-compose.ts';
import { BACKEND, NEVER_HEALTHY, SHOP, TELLS, TOLD, versionOf } from './stagecraft-shop.ts';
import { answersOf, containersOf, imageId } from './there.ts';

/** Two slow servers. */
const LONG = { timeout: 300_000 };

const suite = (version: ComposeVersion): void => {
  let closeLab = (): Promise<void> => Promise.resolve();
  const closing: (() => void)[] = [];
  let servers: readonly Server[];
  let project: Repository;
  let desk: Desk;
  let where: EnvironmentRef;

  beforeAll(async () => {
    const lab = await openLab(close => (closeLab = close));
    servers = await Promise.all([lab.server({ kind: 'docker' }), lab.server({ kind: 'docker' })]);
    await Promise.all(
      servers.map(async server => {
        await installCompose(server, version);
        await makeImage(server, 'lab/base:1', 'base');
      }),
    );
    const [first] = servers;
    if (!first) throw new Error('no server');
    await makeImage(first, 'lab/store:1', 'store');
    project = repository(close => closing.push(close));
    desk = openDesk(close => closing.push(close), servers);
    where = {
      tool: 'stagecraft',
      root: project.root,
      environment: 'prod',
      isProduction: true,
      project: clean('Shop'),
      servers: servers.map(each => refTo(each)),
    };
    project.write(SHOP);
  });
  afterAll(async () => {
    closing.forEach(close => close());
    await closeLab();
  });

  /** Writes a version of what is built, and commits it. */
  const commit = (text: string, start = ''): string => project.commit(versionOf(text, start), text);
  const deployOf = (id: string): Request => ({
    operation: 'deploy',
    input: { where, commit: { id, branch: clean('main'), dirty: false } },
  });
  const perform = (request: Request): Promise<Report> => verified(desk, request);
  const releases = (): Promise<readonly Release[]> => releasesIn(project.root, 'stagecraft');
  const answers = async (): Promise<readonly string[]> =>
    (await Promise.all(servers.map(server => answersOf(server, 'backend')))).flat();
  const containers = (): Promise<readonly (readonly string[])[]> => Promise.all(servers.map(containersOf));
  const ids = (name: string): Promise<readonly string[]> =>
    Promise.all(servers.map(server => imageId(server, name)));

  test(
    'v1, v2, one that never gets healthy and is put back, and v1 again by its recorded image',
    LONG,
    async () => {
      const v1 = commit('v1');
      const { findings } = await desk.plan(deployOf(v1));
      expect(findings.map(({ text }) => text)).toEqual(
        expect.arrayContaining([
          'The migrations of main are run by hand: stagecraft migrate --database main.',
          expect.stringMatching(new RegExp(`^Docker Compose ${version}`)) as string,
        ]),
      );
      await timed('v1, the first deployment', () => perform(deployOf(v1)));
      expect(await answers()).toEqual(['v1', 'v1']);
      const [first] = servers;
      expect(await first?.run(`${TELLS}; docker exec $(${BACKEND}) sh -c 'echo once >/kept/file'`)).toBe(
        TOLD,
      );
      const stores = (await containers()).map(each => each.filter(line => line.includes('store')));
      const [firstId] = await ids('shop/backend:' + v1.slice(0, 7));
      expect((await releases())[0]).toMatchObject({ outcome: 'succeeded', commit: v1 });

      const v2 = commit('v2');
      const second = await desk.plan(deployOf(v2));
      expect(second.findings.map(({ text }) => text)).toEqual(
        expect.arrayContaining(['store unchanged', 'Short interruption of backend']),
      );
      await timed('v2', () => perform(deployOf(v2)));
      expect(await answers()).toEqual(['v2', 'v2']);
      const before = await answers();

      const bad = commit('bad', NEVER_HEALTHY);
      const failure = await timed('one that does not get healthy', () =>
        desk.perform(deployOf(bad)).catch((error: unknown) => error),
      );
      if (!(failure instanceof UserError)) throw failure;
      expect(failure.code).toBe('rollout-failed');
      expect(failure.next).toMatch(/^What ran before was put back: prod runs [0-9a-f]{7} on 2 of 2 servers/);
      expect(await answers()).toEqual(before);
      expect((await releases())[0]).toMatchObject({ outcome: 'failed', commit: bad });

      // What was told of then is no more what is told now, and the image must not be built again.
      writeFileSync(project.file('.env'), 'TOLD=else\n');
      const all = await releases();
      const to = all.find(({ commit: id }) => id === v1)?.id ?? '';
      await timed('back to v1', () => perform({ operation: 'roll-back', input: { where, to } }));
      expect(await answers()).toEqual(['v1', 'v1']);
      const running = (await containers()).flat().filter(each => each.includes('backend'));
      expect(running.map(each => each.split(' ')[1])).toEqual([firstId, firstId]);
      expect(await first?.run(`${TELLS}; docker exec $(${BACKEND}) cat /kept/file`)).toBe(`${TOLD}once\n`);
      const [last] = await releases();
      expect(last).toMatchObject({ outcome: 'succeeded', commit: v1 });
      // What did not change was never touched.
      expect((await containers()).map(each => each.filter(line => line.includes('store')))).toEqual(stores);
      expect(await first?.run('ls /var/lib/shipshape/deploy/Shop/prod; docker ps -aq | wc -l')).toBe(
        'lock\nreleases\n2\n',
      );
      expect((await desk.plan({ operation: 'roll-back', input: { where, to } })).findings).toContainEqual(
        expect.objectContaining({ code: 'nothing-to-do' }),
      );
    },
  );

  test('scales and restarts a service', async () => {
    await perform({ operation: 'scale-service', input: { where, service: 'store', replicas: 2 } });
    expect((await containers()).flat().filter(each => each.includes('store')).length).toBe(4);
    await perform({ operation: 'restart-service', input: { where, service: 'store' } });
  });

  test('what is new stands beside the old one, behind a proxy, until it is healthy', async () => {
    const [first] = servers;
    if (!first) throw new Error('no server');
    await startEdge(first);
    await makeImage(first, 'lab/store:2', 'store 2');
    project.write({ '.env': 'STORE=2\n' });
    const door = { doors: [first], desk };
    const next = commit('v6');
    const request = deployOf(next);
    const { findings } = await desk.plan(request);
    expect(findings.map(({ text }) => text)).toContain('Short interruption of backend');
    const { probed: up } = await probed(door, 'store 1 to 2', request, ['store', 'store 2']);
    expect(up).toMatchObject([{ failed: 0 }]);
    const to = (await releases())[1]?.id ?? '';
    const back = { operation: 'roll-back', input: { where, to } };
    const { probed: down } = await probed(door, 'store 2 back to 1', back, ['store', 'store 2']);
    expect(down).toMatchObject([{ failed: 0 }]);
    expect(new Set((await Promise.all(servers.map(each => answersOf(each, 'store')))).flat())).toEqual(
      new Set(['store']),
    );
  });

  test('a release without image ids cannot be gone back to, and says so', async () => {
    const { plan } = desk;
    const file = project.file('.stagecraft', 'releases.json');
    writeFileSync(file, readFileSync(file, 'utf8').replace(/\]\s*\}\s*$/, `,${CLI_RELEASE}]}`));
    const { findings } = await plan({
      operation: 'roll-back',
      input: { where, to: 'rel-20200101-000000123' },
    });
    expect(findings.map(({ text }) => text)).toContain(
      'It cannot be gone back to v0: image ids not recorded here',
    );
  });
};

for (const version of ['1.29.2', '2.26.1'] as const)
  labSuite(`Deploying a project of Stagecraft through Docker Compose ${version}`, { needs: 'full' }, () =>
    suite(version),
  );

/** As the Stagecraft CLI leaves it. */
const CLI_RELEASE = JSON.stringify({
  id: 'rel-20200101-000000123',
  environment: 'prod',
  version: 'v0',
  commit_sha: 'abc',
  timestamp: '2020-01-01T00:00:00.123Z',
  phases: Object.fromEntries(
    ['build', 'push', 'migrate_pre', 'rollout', 'migrate_post', 'finalize'].map(each => [each, 'completed']),
  ),
});
