import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest';
import type { HeldServers } from '../../../src/deploy/hold/held-server.ts';
import type { Runtime } from '../../../src/deploy/runtime.ts';
import { createSwarmRuntime } from '../../../src/deploy/swarm/runtime.ts';
import { checkServer } from '../../../src/servers/check.ts';
import { askNobody } from '../../../src/ssh/prompts.ts';
import { connectionsTo, refTo } from '../check/accounts.ts';
import { openLab } from '../lab.ts';
import { labSuite, timed } from '../suite.ts';
import { answersIn, clearSwarm, DNSRR, imagesOf, openSwarm, type SwarmShop } from './swarm-there.ts';
import { held, running, service, type Version } from './there.ts';

const [R1, R2, R3, R4] = [1, 2, 3, 4].map(each => `deploy-20261121-10000${each}`) as [
  string,
  string,
  string,
  string,
]; // of four
const HOSTILE = new Map([
  ['PLAIN', 'one'],
  ['LINES', 'first\n  second "quoted" \'single\' $HOME ${PATH} `id` \\n\n\nlast'],
  ['RETURNS', 'a\r\nb\r'],
  ['QUOTES', `'; touch /tmp/EXECUTED; ' "$(touch /tmp/EXECUTED)" \`touch /tmp/EXECUTED\` \\`],
  ['UNICODE', 'Grüße 🚢 ‮ \u0001 \u007f \u0085 \u2028 \ufeff'],
  ['SPACES', '  # no comment \t '],
  ['EMPTY', ''],
  ['NUMBER', '0o17'],
  ['with.dots-and', 'dashes\nand lines'],
  ['LONG', 'x'.repeat(100_000)],
]);

labSuite('Services of a swarm', { needs: 'full' }, () => {
  let closeLab = (): Promise<void> => Promise.resolve();
  let shop: SwarmShop;
  let there: HeldServers;

  beforeAll(async () => {
    shop = await openSwarm(await openLab(close => (closeLab = close)), 1);
  });
  afterAll(() => closeLab());
  beforeEach(async () => {
    await clearSwarm(shop.servers);
    there = await held(shop.servers);
  });

  const runtime = (release: string): Runtime => {
    const [manager] = there.servers;
    if (!manager) throw new Error('There is no manager');
    return createSwarmRuntime({
      servers: there.servers,
      manager,
      project: 'shop',
      environment: 'production',
      release,
      secrets: ['hunter22'],
    });
  };
  const deploy = async (
    release: string,
    version: Version,
    changes: Parameters<typeof service>[1] = {},
    asIn?: string,
  ): Promise<readonly string[]> => {
    const run = running();
    await runtime(release).replace(
      {
        service: service('web', { labels: DNSRR, ...changes }),
        imageId: shop.ids[version],
        image: `shop/web:${version}`,
        ...(asIn !== undefined && { asIn }),
      },
      run,
    );
    return run.lines;
  };

  test(
    'the new is healthy before the old stops, a bad one is put back, and going back is as it was then',
    { timeout: 300_000 },
    async () => {
      const {
        servers: [manager],
        ids,
      } = shop;
      const lines = await timed('v1', () =>
        deploy(R1, 'v1', { replicas: 2, environment: HOSTILE, hash: 'first' }),
      );
      expect(lines.at(-1)).toBe('web: 2 running');
      expect(await imagesOf(manager, 'web')).toEqual([ids.v1, ids.v1]);
      await timed('v2', () => deploy(R2, 'v2', { hash: 'second' }));
      expect(await answersIn(manager, 'web')).toEqual(['v2']);

      const health = { path: '/missing', intervalSeconds: 1, timeoutSeconds: 1, retries: 1, startSeconds: 1 };
      const bad = timed('v3, which is bad', () => deploy(R3, 'v3', { health, replicas: 2 }));
      await expect(bad).rejects.toMatchObject({
        code: 'not-healthy',
        what: expect.stringContaining('unhealthy container') as string,
      });
      // By somebody else, with nothing but what lies there; and again.
      expect(await timed('put back', () => runtime(R3).putBack(running()))).toEqual([]);
      expect(await imagesOf(manager, 'web')).toEqual([ids.v2]);
      expect(await runtime(R3).putBack(running())).toEqual([]);

      await timed('back to v1', () => deploy(R4, 'v1', { hash: 'not asked for' }, R1));
      expect(await imagesOf(manager, 'web')).toEqual([ids.v1, ids.v1]);
      const [labels, environ] = await Promise.all([
        manager.run(`docker inspect -f '{{json .Config.Labels}}' $(docker ps -q | head -n 1)`),
        manager.run(
          `cat /proc/$(docker inspect -f '{{.State.Pid}}' $(docker ps -q | head -n 1))/environ | base64 -w 0`,
        ),
      ]);
      expect(JSON.parse(labels)).toMatchObject({
        'shipshape.hash': 'first',
        'shipshape.release': R4,
        'tako.service': 'web',
      });
      const variables = new Map(
        Buffer.from(environ, 'base64')
          .toString()
          .split('\0')
          .map(pair => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)] as const),
      );
      for (const [name, value] of HOSTILE) expect([name, variables.get(name)]).toEqual([name, value]);
      const { answer } = await checkServer(connectionsTo(onTestFinished, [manager]), refTo(manager), {
        signal: new AbortController().signal,
        prompts: askNobody(),
      });
      expect(answer?.services).toMatchObject([{ name: 'shop_production_web', running: 2 }]);
      expect(answer?.services[0]).not.toHaveProperty('byHand');
      expect((await manager.attempt('ls /tmp/EXECUTED')).code).not.toBe(0);
      const modes = await manager.run(
        `cd /var/lib/shipshape/deploy/shop/production && stat -c '%a %n' . releases/${R4}/web@swarm`,
      );
      expect(modes).toBe(`700 .\n600 releases/${R4}/web@swarm\n`);
    },
  );

  test(
    'it is scaled, restarted, ended and put back, and what no release needs goes',
    { timeout: 300_000 },
    async () => {
      const {
        servers: [manager],
        ids,
      } = shop;
      await deploy(R1, 'v1');
      await runtime(R1).settle([], running());
      await timed('scaled to 3', () => runtime(R2).scale('web', 3, running()));
      expect(await imagesOf(manager, 'web')).toEqual([ids.v1, ids.v1, ids.v1]);
      expect(await runtime(R2).putBack(running())).toEqual([]);
      expect(await imagesOf(manager, 'web')).toEqual([ids.v1]);

      const before = await manager.run('docker ps -q');
      await timed('restarted', () => runtime(R2).restart('web', running()));
      expect(await manager.run('docker ps -q')).not.toBe(before);

      await runtime(R3).remove('web', running());
      expect(await imagesOf(manager, 'web')).toEqual([]);
      expect(await timed('put back', () => runtime(R3).putBack(running()))).toEqual([]);
      expect(await imagesOf(manager, 'web')).toEqual([ids.v1]);
      await expect(runtime(R3).scale('gone', 2, running())).rejects.toMatchObject({
        code: 'settings-missing',
      });

      await deploy(R3, 'v2');
      await timed('settled', () => runtime(R3).settle([], running()));
      expect(await manager.run(`ls /var/lib/shipshape/deploy/shop/production/releases`)).toBe(`${R3}\n`);
      expect(await manager.run(`docker image ls -q --no-trunc`)).not.toContain(ids.v1);
      expect(await manager.run(`docker image ls -q --no-trunc`)).toContain(ids.v3);
      await runtime(R4).remove('web', running());
      await runtime(R4).settle([R3], running());
      expect(await manager.run('docker service ls -q')).toBe('');
    },
  );

  test('what goes away between a list and a look at what is on it fails nothing', async () => {
    const {
      servers: [manager],
      ids,
    } = shop;
    const program = '/usr/local/sbin/docker';
    // The second time, each list names what has gone since.
    await manager.run(`cat >${program} <<'END'
#!/bin/sh
case "$*" in
  "service ps -q "*) list=tasks ;;
  "ps -aq "*) list=containers ;;
  *) exec /usr/bin/docker "$@" ;;
esac
/usr/bin/docker "$@" || exit
[ "$(echo >>/run/$list; wc -l </run/$list)" != 2 ] || echo gone-by-now
END
chmod +x ${program}`);
    try {
      await deploy(R1, 'v2');
      await deploy(R2, 'v3');
      await runtime(R2).settle([R1], running());
      await runtime(R2).settle([R1], running());
    } finally {
      await manager.run(`rm ${program}`);
    }
    expect(await imagesOf(manager, 'web')).toEqual([ids.v3]);
    expect(await manager.run('cat /run/tasks | wc -l; cat /run/containers | wc -l')).toMatch(
      /^([3-9]|\d\d+)\n([3-9]|\d\d+)\n$/,
    );
  });

  test('hooks and jobs run once, with what they print, and leave nothing', { timeout: 300_000 }, async () => {
    const {
      servers: [manager],
      ids,
    } = shop;
    const web = {
      service: service('web', { labels: DNSRR, environment: new Map([['WORD', 'hunter22']]) }),
      imageId: ids.v2,
      image: 'shop/web:v2',
    };
    const run = running();
    await timed('a hook', () =>
      runtime(R1).runOnce(web, ['sh', '-c', 'echo migrating $WORD; cat /www/index.html'], run),
    );
    expect(run.lines.join('\n')).toMatch(/migrating (?!hunter22)/);
    expect(run.lines.join('\n')).toContain('v2');
    await expect(runtime(R1).runOnce(web, ['sh', '-c', 'exit 3'], running())).rejects.toMatchObject({
      code: 'ended',
    });
    expect(await manager.run('docker service ls -q')).toBe('');
    const job = { ...web, service: service('tidy', { kind: 'job', command: ['sh', '-c', 'echo tidied'] }) };
    const ran = running();
    await runtime(R1).replace(job, ran);
    expect(ran.lines.join('\n')).toContain('tidied');
    expect(await manager.run('docker service ls -q')).toBe('');
  });
});
