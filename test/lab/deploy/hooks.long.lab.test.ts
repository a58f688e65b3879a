/** Commands of a service that migrate its data, with the whole pipeline of Tako's projects. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { clean } from '../../../src/base/clean.ts';
import type { EnvironmentRef } from '../../../src/deploy/requests.ts';
import type { Request } from '../../../src/operations/operation.ts';
import { workspace, type Workspace } from '../../kit/workspace.ts';
import { refTo } from '../check/accounts.ts';
import { makeImage } from '../image.ts';
import { openLab, type Server } from '../lab.ts';
import { labSuite, timed } from '../suite.ts';
import { openDesk, type Desk } from './desk.ts';
import { answersOf, load } from './there.ts';

labSuite('Commands that are run with a deployment', { needs: 'full' }, () => {
  const closing: (() => unknown)[] = [];
  let servers: readonly [Server, Server];
  let project: Workspace;
  let desk: Desk;
  let where: EnvironmentRef;

  beforeAll(async () => {
    const lab = await openLab(close => closing.push(close));
    const start = (name: string): Promise<Server> => lab.server({ kind: 'docker', name });
    servers = await Promise.all([start('one'), start('two')]);
    for (const version of ['v1', 'v2', 'v3']) await makeImage(servers[0], `shop/web:${version}`, version);
    await load(...servers);
    project = workspace(close => closing.push(close));
    desk = openDesk(close => closing.push(close), servers);
    where = {
      tool: 'tako',
      root: project.root,
      environment: 'production',
      isProduction: true,
      project: clean('shop'),
      servers: servers.map(each => refTo(each)),
    };
  });
  afterAll(async () => {
    for (const close of closing.reverse()) await close();
  });

  const deploy = (version: string, release: string): Request => {
    project.write({
      'tako.yaml': `project: { name: shop, version: 1.0.0 }
servers: { one: { host: one, user: root }, two: { host: two, user: root } }
environments:
  production:
    servers: [one, two]
    services:
      web:
        image: shop/web:${version}
        port: 8080
        stopGracePeriod: 1s
        env: { WORD: told }
        volumes: [ "/kept:/kept" ]
        deploy: { strategy: rolling, release: { command: [ sh, -c, ${JSON.stringify(release)} ] } }
        hooks: { postStart: [ "exec: echo after $(cat /www/index.html) >>/kept/ran" ] }
`,
    });
    return { operation: 'deploy', input: { where } };
  };
  const ran = (): Promise<readonly string[]> =>
    Promise.all(servers.map(each => each.run('cat /kept/ran 2>/dev/null || :')));
  const answers = async (): Promise<readonly string[]> =>
    (await Promise.all(servers.map(each => answersOf(each, 'web')))).flat();
  const BEFORE = 'echo "before $WORD $(cat /www/index.html)" >>/kept/ran';

  test('they run once for all servers, of the new image and with its environment, before it and after it', async () => {
    const { verdict, plan } = await timed('v1', () => desk.perform(deploy('v1', BEFORE)));
    expect(verdict, desk.log.join('\n')).toMatchObject({ state: 'verified' });
    expect(plan.steps.map(each => /^(Run|Start)/.exec(each)?.[0])).toEqual(['Run', 'Start', 'Run']);
    expect(await ran()).toEqual(['before told v1\nafter v1\n', '']);
  });

  test('one that fails ends the deployment before anything is replaced, and says that it may have done something', async () => {
    const failed = timed('one that fails', () => desk.perform(deploy('v2', `${BEFORE}; exit 3`)));
    await expect(failed).rejects.toMatchObject({
      code: 'migrate_pre-failed',
      next: 'No service was changed. Whatever was run on databases stays.',
    });
    expect(await answers()).toEqual(['v1', 'v1']);
    expect(await ran()).toEqual(['before told v1\nafter v1\nbefore told v2\n', '']);
  });

  test('going back runs none of them', async () => {
    const { verdict, undo } = await timed('v3', () => desk.perform(deploy('v3', BEFORE)));
    expect(verdict).toMatchObject({ state: 'verified' });
    const before = await ran();
    if (!undo) throw new Error('It cannot be undone');
    const { plan } = await timed('back to v1', () => desk.perform(undo));
    expect(plan.steps.filter(each => each.startsWith('Run'))).toEqual([]);
    expect(await answers()).toEqual(['v1', 'v1']);
    expect(await ran()).toEqual(before);
  });
});
