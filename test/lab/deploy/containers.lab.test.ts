import { expect, test } from 'vitest';
import { labSuite, timed } from '../suite.ts';
import { probe } from '../upgrade/probe.ts';
import { plainDocker } from './plain-docker.ts';
import { answersOf, containersOf, running, type service, type Version } from './there.ts';

const HOSTILE = new Map([
  ['PLAIN', 'one'],
  ['LINES', 'first\n  second "quoted" \'single\' $HOME `id` \\n\n\nlast'],
  ['RETURNS', 'a\r\nb\r'],
  ['QUOTES', `'; touch /tmp/EXECUTED; ' "$(touch /tmp/EXECUTED)" \`touch /tmp/EXECUTED\` \\`],
  ['UNICODE', 'Grüße 🚢 ‮ \u0001'],
  ['SPACES', '  # no comment \t '],
  ['EMPTY', ''],
  ['with.dots-and', 'dashes\nand lines'],
  ['PATH', '/bin:/a\nb'],
  ['image', 'a name of the\nscript itself'],
  ['DOCKER_HOST', 'tcp://nowhere:1\n'],
  ['LONG', 'x'.repeat(100_000)],
]);

labSuite('Services in plain Docker', { needs: 'full' }, () => {
  const shop = plainDocker();
  const { runtime } = shop;
  const deploy = async (
    release: string,
    version: Version,
    changes: Parameters<typeof service>[1] = {},
    asIn?: string,
  ): Promise<readonly string[]> => {
    const run = running();
    await runtime(release).replace(
      { ...shop.replacement('web', version, changes), ...(asIn !== undefined && { asIn }) },
      run,
    );
    return run.lines;
  };
  const [R1, R2, R3] = ['deploy-20261121-100001', 'deploy-20261121-100002', 'rollback-20261121-100003'];

  test('new ones are healthy before old ones stop, and going back is as it was then, values included', async () => {
    const lines = await timed('v1 to two servers', () =>
      deploy(R1, 'v1', { replicas: 2, environment: HOSTILE, hash: 'first' }),
    );
    expect(lines.filter(each => each.includes('healthy'))).toHaveLength(4);
    await timed('v2 to two servers', () => deploy(R2, 'v2', { replicas: 1, hash: 'second' }));
    for (const each of shop.servers) expect(await answersOf(each, 'web')).toEqual(['v2']);
    await timed('back to v1', () => deploy(R3, 'v1', { hash: 'not asked for' }, R1));
    for (const each of shop.servers) {
      expect(await answersOf(each, 'web')).toEqual(['v1', 'v1']);
      expect(await containersOf(each)).toEqual([
        `shop_production_web-20261121-100001_1 ${shop.ids.v1} exited no`,
        `shop_production_web-20261121-100001_2 ${shop.ids.v1} exited no`,
        `shop_production_web-20261121-100002_1 ${shop.ids.v2} exited no`,
        `shop_production_web-20261121-100003_1 ${shop.ids.v1} running unless-stopped`,
        `shop_production_web-20261121-100003_2 ${shop.ids.v1} running unless-stopped`,
      ]);
      const name = 'shop_production_web-20261121-100003_2';
      const environ = await each.run(
        `cat /proc/$(docker inspect -f '{{.State.Pid}}' ${name})/environ | base64 -w 0`,
      );
      const variables = new Map(
        Buffer.from(environ, 'base64')
          .toString()
          .split('\0')
          .map(pair => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)] as const),
      );
      for (const [variable, value] of HOSTILE)
        expect([variable, variables.get(variable)]).toEqual([variable, value]);
      expect(await each.run(`docker inspect -f '{{json .Config.Labels}}' ${name}`)).toBe(
        `${JSON.stringify({
          'shipshape.hash': 'first',
          'shipshape.release': R3,
          'shipshape.slot': '2',
          'tako.environment': 'production',
          'tako.project': 'shop',
          'tako.service': 'web',
        })}\n`,
      );
      expect(await each.run('ls /tmp/EXECUTED 2>&1; true')).toContain('No such file');
      const modes = await each.run(
        `cd /var/lib/shipshape/deploy/shop/production && stat -c '%a %n' . releases/*/web`,
      );
      expect(modes.split('\n').slice(0, 2)).toEqual(['700 .', `600 releases/${R1}/web`]);
    }
  });

  test('what does not get healthy is put back by whoever comes, with nothing but what lies there', async () => {
    await deploy(R1, 'v1');
    const before = await Promise.all(shop.servers.map(containersOf));
    const broken = {
      health: { path: '/missing', intervalSeconds: 1, timeoutSeconds: 1, retries: 1, startSeconds: 1 },
    };
    await expect(deploy(R2, 'v2', broken)).rejects.toMatchObject({
      code: 'not-healthy',
      what: expect.stringMatching(/web-20261121-100002_1 did not get healthy: HTTP\/1.1 404/) as string,
    });
    for (const each of shop.servers) expect(await answersOf(each, 'web')).toEqual(['v1', 'v2']);
    expect(await runtime(R2).putBack(running())).toEqual([]);
    expect(await Promise.all(shop.servers.map(containersOf))).toEqual(before);
    for (const each of shop.servers)
      expect(await each.run('ls /var/lib/shipshape/deploy/shop/production/releases')).toBe(`${R1}\n`);

    // Also after all of it had been done.
    await deploy(R2, 'v2');
    expect(await timed('putting back', () => runtime(R2).putBack(running()))).toEqual([]);
    expect(await Promise.all(shop.servers.map(containersOf))).toEqual(before);
  });

  test('all new ones are healthy before the first old one stops', async () => {
    await deploy(R1, 'v1', { replicas: 2, strategy: 'blue_green' });
    const lines = await deploy(R2, 'v2', { replicas: 2, strategy: 'blue_green' });
    const words = lines.map(each => /(started|is healthy|stopped)$/.exec(each)?.[0]);
    expect(words.lastIndexOf('is healthy')).toBeLessThan(words.indexOf('stopped'));
    expect(words.filter(each => each === 'stopped')).toHaveLength(4);
    for (const each of shop.servers) expect(await answersOf(each, 'web')).toEqual(['v2', 'v2']);
  });

  test('with a port of the server the old one stops first, one server after the other, and comes back at once', async () => {
    const ports = [{ container: 8080, host: 80, protocol: 'tcp' as const }];
    await deploy(R1, 'v1', { ports });
    const [one, two] = shop.servers;
    const probed = probe(`http://${two.address}/`, 'v1');
    const health = { path: '/missing', intervalSeconds: 1, timeoutSeconds: 1, retries: 1, startSeconds: 1 };
    await expect(deploy(R2, 'v2', { ports, health })).rejects.toMatchObject({ code: 'not-healthy' });
    expect(await answersOf(one, 'web')).toEqual(['v1']);
    expect(await probed.stop()).toMatchObject({ failed: 0 });
    expect(await runtime(R2).putBack(running())).toEqual([]);
    const lines = await deploy(R2, 'v2', { ports });
    const at = lines.map(each => each.split(':')[0]);
    expect(at).toEqual(at.toSorted());
    for (const each of shop.servers) expect(await answersOf(each, 'web')).toEqual(['v2']);
    const interrupted = probe(`http://${one.address}/`, 'v2');
    await deploy(R3, 'v2', { ports });
    const { asked, failed, pause } = await interrupted.stop();
    process.stdout.write(
      `    a port of the server: ${failed} of ${asked} failed, a pause of ${pause.toFixed(2)} s\n`,
    );
    expect(failed).toBeLessThan(asked);
  });
});
