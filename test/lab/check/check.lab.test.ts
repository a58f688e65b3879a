import { expect, onTestFinished, test, vi } from 'vitest';
import { checkServer, checkServers } from '../../../src/servers/check.ts';
import { askNobody } from '../../../src/ssh/prompts.ts';
import type { Observation, ServerAnswer } from '../../../src/state/observed.ts';
import { makeImage } from '../image.ts';
import { openLab, type Debian, type Server } from '../lab.ts';
import { labSuite, timed } from '../suite.ts';
import { makeLegacy } from '../upgrade/server.ts';
import { accounts, connectionsTo, refTo, type Account } from './accounts.ts';

const asking = { prompts: askNobody(), signal: new AbortController().signal };
const WAIT = { timeout: 60_000, interval: 200 };

async function observe(server: Debian, account?: Account): Promise<Observation> {
  return checkServer(connectionsTo(onTestFinished, [server]), refTo(server, account), asking);
}

async function ask(server: Debian, account?: Account): Promise<ServerAnswer> {
  const { answer, failure } = await observe(server, account);
  if (!answer) throw new Error(`${failure.code}: ${failure.what}`);
  return answer;
}

labSuite('How a server was set up', { needs: 'full' }, () => {
  test('is asked of Debian as it comes, from before version files, by version, damaged', async () => {
    const server = await (await openLab(onTestFinished)).server();
    const bare = await ask(server);
    expect(bare).toMatchObject({
      setup: { kind: 'not-set-up' },
      system: 'debian 12',
      systemd: true,
      user: 'root',
      root: true,
      docker: { state: 'none' },
      rebootRequired: false,
      deploying: [],
      backups: [],
      stored: [],
    });
    expect(Math.abs(bare.clockSkew ?? 9)).toBeLessThan(1);
    expect(bare.memory?.available).toBeGreaterThan(0);
    expect(bare.processors).toBeGreaterThan(0);
    expect(bare.load).toHaveLength(3);

    await makeLegacy(server);
    await server.run('apt-get -qq install nginx-light logrotate; : > /etc/logrotate.d/docker');
    const { setup, features, components } = await ask(server);
    expect(setup).toEqual({ kind: 'legacy', version: '1.0.0', since: Date.UTC(2025, 10, 16, 9, 30, 12) });
    expect(features).toEqual(['traefik-proxy', 'nginx', 'log-rotation']);
    expect(Object.keys(components)).toEqual(['nginx', 'logrotate']);

    const write = (text: string): Promise<string> =>
      server.run(`printf '%s' '${text}' >/etc/tako/version.json`);
    await write('{"version": "1.1.0", "components": {"nginx": "1.0"}, "features": ["mine"], "own": 1.50}');
    const versioned = await ask(server);
    expect(versioned.setup).toMatchObject({
      kind: 'versioned',
      version: '1.1.0',
      record: { components: { nginx: '1.0' }, features: ['mine'] },
    });
    expect(versioned.versionFile?.text).toBe(await server.run('cat /etc/tako/version.json'));
    expect(await server.run('sha256sum /etc/tako/version.json')).toContain(versioned.versionFile?.digest);

    await write('{"version": "1.1');
    expect((await ask(server)).setup.kind).toBe('damaged');
    await server.run('rm /etc/tako/version.json; mkdir /etc/tako/version.json');
    expect((await ask(server)).setup.kind).toBe('damaged');
    await server.run('touch /usr/local/bin/takod');
    expect((await ask(server)).setup).toMatchObject({ kind: 'takod', evidence: '/usr/local/bin/takod' });
  });
});

labSuite('How a server is, whoever is its root', { needs: 'rootless' }, () => {
  test('is unknown where the account may not look, and asked as root where it may become that', async () => {
    const server = await (await openLab(onTestFinished)).debian();
    await accounts(server);
    await makeLegacy(server);
    await server.run('chmod 700 /etc/tako');
    expect(await ask(server, 'may')).toMatchObject({ setup: { kind: 'legacy' }, user: 'may', root: true });
    const seen = await ask(server, 'maynot');
    expect(seen).toMatchObject({ setup: { kind: 'unknown' }, user: 'maynot', root: false });
    expect(seen.disks.map(({ path }) => path)).toContain('/');
    expect(seen).not.toHaveProperty('deployed');
  });

  test('comes with what is going on there', async () => {
    const server = await (await openLab(onTestFinished)).debian();
    const root = '/var/lib/shipshape/setup';
    await server.run(`
      mkdir -p ${root}/store /var/backups/tako/backup-20260101-000000 /var/backups/tako/backup-20260102-000000 /var/backups/tako/mine
      touch ${root}/store/${'a'.repeat(64)} ${root}/store/other /run/reboot-required
      printf '%s\\n' '2026-01-01T00:00:00Z run-1 finished' '2026-01-02T00:00:00Z run-2 started' \\
        '2026-01-02T00:00:01Z run-2 begin 1.1.0' >${root}/journal
      mkdir -p /var/lib/tako/lease/shop
      printf '{"projectName":"shop","environment":"production","operation":"deploy","who":"ana","expiresAt":"2999-01-01T00:00:00Z"}' >/var/lib/tako/lease/shop/production.json
      printf '{"projectName":"shop","expiresAt":"2001-01-01T00:00:00Z"}' >/var/lib/tako/lease/shop/old.json`);
    await server.run('mkfifo /root/stop /root/release; apt-get -qq update');
    const hold = server.run(`
      deploy=/var/lib/shipshape/deploy/shop/production
      mkdir -p $deploy/releases/r-1 $deploy/releases/r-2 /var/lib/shipshape/deploy/shop/staging
      touch -d '1 minute ago' $deploy/releases/r-1
      printf 'a1b2\n%s 300\n{"by":"ana","operation":"Deploy shop"}\n' "$(date +%s)" >$deploy/holder
      touch -d '10 minutes ago' $deploy/holder
      flock ${root}/lock flock $deploy/lock sh -c 'cat /root/release'`);
    const apt = server.run("apt-get -qq install -o DPkg::Pre-Invoke::='cat /root/stop' logrotate");
    const held = await vi.waitUntil(async () => {
      const answer = await ask(server);
      return answer.packagesHeldBy !== undefined && answer.run?.active === true && answer;
    }, WAIT);
    expect(held.packagesHeldBy).toMatch(/^apt-get \(\d+\)$/);
    expect(held).toMatchObject({
      run: { id: 'run-2', active: true, state: 'underway', step: '1.1.0', at: Date.UTC(2026, 0, 2, 0, 0, 1) },
      backups: ['backup-20260102-000000', 'backup-20260101-000000'],
      stored: ['a'.repeat(64)],
      rebootRequired: true,
      deploying: [
        'production of shop · ana · Deploy shop',
        'takod holds a lease · shop/production · deploy · ana',
      ],
    });
    // Its script is at work, however long nobody touched the lock.
    const [production, ...others] = held.deployed?.toSorted(each => (each.hold ? -1 : 1)) ?? [];
    expect(production).toMatchObject({
      project: 'shop',
      environment: 'production',
      releases: ['r-2', 'r-1'],
      hold: { token: 'a1b2', by: 'ana', operation: 'Deploy shop', isOver: false },
    });
    expect(Math.abs((production?.hold?.since ?? 0) - Date.now())).toBeLessThan(60_000);
    expect(others).toEqual([{ project: 'shop', environment: 'staging', releases: [] }]);
    await server.run('echo >/root/stop; echo >/root/release');
    await Promise.all([hold, apt]);
    const after = await ask(server);
    expect([after.packagesHeldBy, after.run?.active, after.deploying.length]).toEqual([undefined, false, 1]);
    expect(after.deployed?.find(({ hold }) => hold)?.hold?.isOver).toBe(true);

    await server.fillDisk();
    const full = await ask(server);
    expect(full.setup.kind).toBe('not-set-up');
    expect(full.disks.find(({ path }) => path === '/')?.free).toBe(0);
  });
});

labSuite('What runs in Docker', { needs: 'full' }, () => {
  test('is seen: containers with their health, services of a swarm, and an engine that hangs', async () => {
    const lab = await openLab(onTestFinished);
    const server = await lab.server({ kind: 'docker' });
    await accounts(server);
    await makeImage(server, 'shop:1.0', 'shop');
    await server.run(`
      docker run -d --name web --health-cmd true --health-interval 1s --label com.docker.compose.service=web \\
        --label tako.project=shop --label tako.environment=production --label tako.service=web \\
        --label shipshape.release=r-1 --label shipshape.hash=c0ffee \\
        --label 'traefik.http.routers.web.rule=Host(\`shop.test\`) || Host(\`www.shop.test\`)' shop:1.0
      docker tag shop:1.0 localhost:5000/shop:new
      docker run -d --name loops --restart always --entrypoint /bin/false shop:1.0
      docker create --name waits -e SECRET=c4nary shop:1.0`);
    const answer = await vi.waitUntil(async () => {
      const now = await ask(server);
      const [web, loops] = ['web', 'loops'].map(name => now.containers.find(each => each.name === name));
      return web?.health === 'healthy' && (loops?.restarts ?? 0) > 0 && now;
    }, WAIT);
    const imageId = (await server.run('docker image inspect -f "{{.Id}}" shop:1.0')).trim();
    expect(answer.docker).toEqual({ state: 'answers', compose: 'none' });
    expect(answer.components.docker).toMatch(/^\d+\.\d+/);
    const byName = new Map(answer.containers.map(each => [String(each.name), each]));
    expect(byName.get('web')).toMatchObject({
      image: 'shop:1.0',
      imageId,
      state: 'running',
      restarts: 0,
      service: 'web',
      sites: ['shop.test', 'www.shop.test'],
      deployed: {
        project: 'shop',
        environment: 'production',
        service: 'web',
        release: 'r-1',
        hash: 'c0ffee',
      },
    });
    expect(byName.get('waits')).toMatchObject({ state: 'created' });
    expect(byName.get('waits')).not.toHaveProperty('startedAt');
    expect(byName.get('waits')).not.toHaveProperty('deployed');
    const size = Number(await server.run('docker image inspect -f "{{.Size}}" shop:1.0'));
    const shop = answer.images?.find(({ id }) => id === imageId);
    expect(shop?.references.toSorted()).toEqual(['localhost:5000/shop:new', 'shop:1.0']);
    expect(Math.abs((shop?.bytes ?? 0) / size - 1)).toBeLessThan(0.01);
    expect(JSON.stringify(answer)).not.toContain('c4nary');

    await server.run(`docker rm -f web loops waits; docker swarm init --advertise-addr ${server.address}
      docker service create -q -d --no-resolve-image --name shop_web --replicas 2 \\
        --label 'traefik.http.routers.shop.rule=Host(\`shop.test\`)' shop:1.0`);
    const swarm = await vi.waitUntil(async () => {
      const now = await ask(server);
      return now.services[0]?.running === 2 && now;
    }, WAIT);
    expect(swarm.docker).toEqual({ state: 'answers', swarm: 'manager', compose: 'none' });
    expect(swarm.features).toContain('docker-swarm');
    expect(swarm.services).toMatchObject([
      {
        name: 'shop_web',
        image: 'shop:1.0',
        imageId,
        running: 2,
        desired: 2,
        sites: ['shop.test'],
        tasks: Array(2).fill({ node: server.name, state: 'running', image: 'shop:1.0' }) as unknown[],
      },
    ]);
    expect(swarm.nodes).toEqual([{ name: server.name, state: 'ready', availability: 'active' }]);
    expect(swarm.containers.map(({ service }) => service)).toEqual(['shop_web', 'shop_web']);
    await server.run(
      'docker service update -q -d --no-resolve-image --update-delay 30s --env-add A=1 shop_web',
    );
    await vi.waitUntil(async () => (await ask(server)).deploying.length > 0, WAIT);
    expect(await ask(server)).toMatchObject({
      deploying: ['Docker Swarm is updating the service shop_web'],
      services: [{ update: 'updating' }],
    });

    expect(await ask(server, 'maynot')).toMatchObject({ docker: { state: 'silent' }, containers: [] });
    await server.run('pkill -STOP -x dockerd');
    const hung = await timed('an engine that hangs', () => ask(server));
    expect(hung).toMatchObject({ docker: { state: 'silent' }, setup: { kind: 'not-set-up' } });
    expect(hung.memory).toBeDefined();
    await server.run('pkill -CONT -x dockerd');
  });
});

labSuite('Servers that do not answer', { needs: 'full' }, () => {
  test('hold up nobody: frozen, cut off, off', async () => {
    const lab = await openLab(onTestFinished);
    const servers = await Promise.all(Array.from({ length: 4 }, () => lab.server()));
    const [frozen, dropped, off, well] = servers as [Server, Server, Server, Server];
    const connections = connectionsTo(onTestFinished, servers);
    const all = servers.map(server => refTo(server));
    const check = async (): Promise<readonly (readonly [string, string])[]> => {
      const heard: [string, string][] = [];
      await checkServers(connections, all, asking, ({ id }, { answer, failure }) =>
        heard.push([id, failure?.code ?? answer?.setup.kind ?? '']),
      );
      return heard;
    };
    expect((await check()).map(([, each]) => each)).toEqual(Array(4).fill('not-set-up'));
    frozen.freeze();
    await dropped.drop();
    await off.kill();
    const heard = await timed('three that do not answer', check);
    // Nobody answers at the port of the one that is off.
    const order = heard.map(([id]) => id);
    expect(order.indexOf(well.name)).toBeLessThan(
      Math.min(order.indexOf(frozen.name), order.indexOf(dropped.name)),
    );
    const failed = heard.filter(([id]) => id !== well.name).toSorted();
    expect(failed.map(([id]) => id)).toEqual([frozen, dropped, off].map(({ name }) => name));
    for (const [, code] of failed) expect(['unreachable', 'connection-lost']).toContain(code);
    frozen.thaw();
    await dropped.mend();
    await off.boot();
    expect((await check()).map(([, each]) => each)).toEqual(Array(4).fill('not-set-up'));
  });
});
