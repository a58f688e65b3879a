import { expect, test, vi } from 'vitest';
import type { Replacement } from '../../../src/deploy/runtime.ts';
import { labSuite, timed } from '../suite.ts';
import { plainDocker } from './plain-docker.ts';
import { answersOf, containersOf, running, type service, type Version } from './there.ts';

const [R1, R2] = ['deploy-20261121-100001', 'deploy-20261121-100002'];
const WAIT = { timeout: 30_000, interval: 200 };

labSuite('Services in plain Docker, when something goes wrong', { needs: 'full' }, () => {
  const shop = plainDocker();
  const { runtime } = shop;
  const web = (version: Version, changes: Parameters<typeof service>[1] = {}): Replacement =>
    shop.replacement('web', version, changes);
  const states = (): Promise<readonly (readonly string[])[]> => Promise.all(shop.servers.map(containersOf));
  const fault = async (replacement: Replacement): Promise<string> => {
    const error: unknown = await runtime(R2)
      .replace(replacement, running())
      .catch((caught: unknown) => caught);
    expect(error).toMatchObject({ name: 'UserError' });
    return String(error);
  };

  test('it is told what is in the way, and everything can be put back', async () => {
    const [one, two] = shop.servers;
    await runtime(R1).replace(web('v1'), running());
    const before = await states();
    const backAsBefore = async (): Promise<void> => {
      expect(await runtime(R2).putBack(running())).toEqual([]);
      expect(await states()).toEqual(before);
    };

    await two.run('docker rmi shop/web:v3');
    expect(await fault(web('v3'))).toBe(
      'UserError: The image of web is not there. · two · Deploy again: it is brought there then.',
    );
    expect(await states()).toEqual(before); // nothing was touched on the other server either
    await backAsBefore();

    const ports = [{ container: 8080, host: 8088, protocol: 'tcp' as const }];
    await two.run('cd /tmp && (busybox httpd -f -p 8088 >/dev/null 2>&1 & echo $! >/root/pid)');
    expect(await fault(web('v2', { ports }))).toMatch(
      /web-20261121-100002_1 cannot have the port 8088: busybox \(\d+\) has it\. · two/,
    );
    await two.run('kill $(cat /root/pid)');
    await backAsBefore();

    await one.run(`docker run -d --name stranger -p 8088:8080 ${shop.ids.v1}`);
    expect(await fault(web('v2', { ports }))).toMatch(/cannot have the port 8088: stranger has it\. · one/);
    await one.run('docker rm -f stranger');
    await backAsBefore();

    await one.run(`docker create --name shop_production_web-20261121-100002_1 ${shop.ids.v1}`);
    expect(await fault(web('v2'))).toMatch(
      /There is another container called shop_production_web-20261121-100002_1, of sha256:\w+\. · one/,
    );
    expect(await runtime(R2).putBack(running())).toEqual([]);
    expect(await containersOf(one)).toContain(
      `shop_production_web-20261121-100002_1 ${shop.ids.v1} created no`, // a stranger's
    );
    await one.run('docker rm shop_production_web-20261121-100002_1');
    expect(await states()).toEqual(before);

    const printing = { command: ['sh', '-c', 'echo password is hunter22; exit 3'], restart: 'no' };
    const run = running();
    await expect(runtime(R2).replace(web('v2', printing), run)).rejects.toThrow(
      /did not get healthy: ended with 3/,
    );
    expect(run.lines.join('\n')).toContain('password is ••••••');
    await backAsBefore();

    await two.run('systemctl stop docker.socket docker');
    expect(await fault(web('v2'))).toMatch(/^UserError: Docker does not answer\. · two/);
    expect(await runtime(R2).putBack(running())).toMatchObject([
      { server: 'two', why: 'Docker does not answer.' },
    ]);
    await two.run('systemctl start docker');
    await backAsBefore();
  });

  test('a full disk is told, and nothing is lost', async () => {
    const [one] = shop.servers;
    await runtime(R1).replace(web('v1'), running());
    const before = await states();
    await one.fillDisk();
    expect(await fault(web('v2'))).toMatch(/^UserError: The disk is full: .* · one/);
    expect(await answersOf(one, 'web')).toEqual(['v1']);
    one.emptyDisk();
    expect(await runtime(R2).putBack(running())).toEqual([]);
    expect(await states()).toEqual(before);
  });

  test('whenever it is cancelled, it is put back', async () => {
    await runtime(R1).replace(web('v1', { replicas: 2 }), running());
    const before = await states();
    for (const strategy of ['rolling', 'blue_green', 'recreate'] as const) {
      for (const milliseconds of [300, 900, 1_500, 2_100, 2_700]) {
        const cancelled = AbortSignal.timeout(milliseconds);
        await runtime(R2)
          .replace(web('v2', { replicas: 2, strategy }), running(cancelled))
          .catch((error: unknown) =>
            expect([strategy, milliseconds, error]).toEqual([strategy, milliseconds, cancelled.reason]),
          );
        expect(await runtime(R2).putBack(running())).toEqual([]);
        expect([strategy, milliseconds, await states()]).toEqual([strategy, milliseconds, before]);
      }
    }
  }, 300_000);

  test('after a server died in a rollout it runs what it ran before, when it is put back', async () => {
    const [one, two] = shop.servers;
    await runtime(R1).replace(web('v1', { replicas: 2 }), running());
    const before = await states();
    const replacing = runtime(R2).replace(web('v2', { replicas: 2 }), running(AbortSignal.timeout(20_000)));
    replacing.catch(() => undefined);
    await vi.waitUntil(async () => (await containersOf(two)).some(each => /_1 .* exited/.test(each)), WAIT);
    await two.kill();
    await expect(replacing).rejects.toThrow();
    await two.boot();
    await vi.waitUntil(async () => (await two.attempt('docker version')).code === 0, WAIT);
    expect(await timed('put back after the server came again', () => runtime(R2).putBack(running()))).toEqual(
      [],
    );
    expect(await states()).toEqual(before);
    expect(await answersOf(one, 'web')).toEqual(['v1', 'v1']);
  });

  test('Docker’s own check decides where there is one; so does a port; and what has neither has to stay up', async () => {
    const times = { intervalSeconds: 1, timeoutSeconds: 1, retries: 2, startSeconds: 0 };
    const command = (text: string): Parameters<typeof service>[1] => ({
      health: { command: ['sh', '-c', text], ...times },
    });
    await runtime(R1).replace(web('v1', command('test -e /www/index.html')), running());
    const status = `docker ps --filter label=tako.service=web --format '{{.Status}}'`;
    for (const each of shop.servers) expect(await each.run(status)).toMatch(/^Up .*\(healthy\)\n$/);
    expect(await fault(web('v2', command('echo "not \\"yet\\""; false')))).toMatch(
      /unhealthy: "not \\"yet\\"\\n"/,
    );
    expect(await runtime(R2).putBack(running())).toEqual([]);

    await runtime(R2).replace(web('v2', { health: { tcpPort: 8080, ...times } }), running());
    expect(await runtime(R2).putBack(running())).toEqual([]);
    expect(await fault(web('v2', { health: { tcpPort: 81, ...times } }))).toMatch(/did not get healthy/);
    expect(await runtime(R2).putBack(running())).toEqual([]);

    const bare = { health: undefined, command: ['sh', '-c', 'sleep 1; exit 5'], restart: 'always' };
    expect(await fault(web('v2', bare))).toMatch(/did not get healthy: \w+, ended with 5/);
    expect(await runtime(R2).putBack(running())).toEqual([]);
    await runtime(R2).replace(web('v2', { health: undefined }), running());
    for (const each of shop.servers) expect(await answersOf(each, 'web')).toEqual(['v2']);
  });

  test('after the editor was killed, whoever takes over puts it back', async () => {
    const [one] = shop.servers;
    // It takes seconds to stop: Docker goes on with that when nobody waits for it any more.
    const slow = {
      command: ['sh', '-c', 'trap "sleep 3; exit" TERM; httpd -p 8080 -h /www; while :; do sleep 0.1; done'],
      stopSeconds: 8,
    };
    await runtime(R1).replace(web('v1', slow), running());
    const before = await states();
    for (const [strategy, moment] of [
      ['rolling', /002_1 .* running/],
      ['recreate', /001_1 .* running no/], // it is being stopped
    ] as const) {
      runtime(R2)
        .replace(web('v2', { strategy }), running())
        .catch(() => undefined);
      await vi.waitUntil(async () => (await containersOf(one)).some(each => moment.test(each)), {
        ...WAIT,
        interval: 30,
      });
      shop.cut();
      const holder = await one.run('head -n 1 /var/lib/shipshape/deploy/shop/production/holder');
      await shop.hold([holder.trim()]);
      expect(await timed(`put back, ${strategy}`, () => runtime(R2).putBack(running()))).toEqual([]);
      expect([strategy, await states()]).toEqual([strategy, before]);
      for (const each of shop.servers) expect(await answersOf(each, 'web')).toEqual(['v1']);
    }
  });

  test('a Docker that hangs is given up on', async () => {
    const [, two] = shop.servers;
    await runtime(R1).replace(web('v1'), running());
    const before = await states();
    await two.run('systemctl kill -s STOP docker');
    expect(await fault(web('v2'))).toMatch(/^UserError: Docker does not answer\. · two/);
    await two.run('systemctl kill -s CONT docker');
    expect(await runtime(R2).putBack(running())).toEqual([]);
    expect(await states()).toEqual(before);
  });
});
