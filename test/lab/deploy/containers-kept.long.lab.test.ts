import { expect, test } from 'vitest';
import type { Replacement } from '../../../src/deploy/runtime.ts';
import type { Server } from '../lab.ts';
import { labSuite, timed } from '../suite.ts';
import { plainDocker } from './plain-docker.ts';
import { answersOf, containersOf, load, running } from './there.ts';

const [R1, R2, R3, R4] = [1, 2, 3, 4].map(each => `deploy-20261121-10000${each}`) as [
  string,
  string,
  string,
  string,
];
const RELEASES = '/var/lib/shipshape/deploy/shop/production/releases';

labSuite('What plain Docker keeps of services', { needs: 'full' }, () => {
  const shop = plainDocker();
  const { runtime, replacement } = shop;
  const names = async (server: Server): Promise<readonly string[]> =>
    (await containersOf(server)).map(each =>
      each.replace(/^shop_production_(\S+) sha256:\S+ (\S+) .*/, '$1 $2'),
    );

  test('more, fewer, none and some again: each healthy, and put back where it fails', async () => {
    const [one] = shop.servers;
    await runtime(R1).replace(replacement('web', 'v1', { environment: new Map([['A', 'kept']]) }), running());
    await timed('to three on each of two servers', () => runtime(R2).scale('web', 3, running()));
    for (const each of shop.servers) expect(await answersOf(each, 'web')).toEqual(['v1', 'v1', 'v1']);
    expect(await one.run(`docker exec shop_production_web-20261121-100002_3 sh -c 'echo $A'`)).toBe('kept\n');
    expect(await runtime(R2).putBack(running())).toEqual([]);
    for (const each of shop.servers) expect(await names(each)).toEqual(['web-20261121-100001_1 running']);

    await runtime(R2).scale('web', 3, running());
    await runtime(R3).scale('web', 1, running());
    for (const each of shop.servers)
      expect(await names(each)).toEqual([
        'web-20261121-100001_1 running',
        'web-20261121-100002_2 exited',
        'web-20261121-100002_3 exited',
      ]);
    expect(await runtime(R3).putBack(running())).toEqual([]);
    for (const each of shop.servers) expect(await answersOf(each, 'web')).toEqual(['v1', 'v1', 'v1']);
    await runtime(R3).scale('web', 0, running());
    for (const each of shop.servers) expect(await answersOf(each, 'web')).toEqual([]);
    await runtime(R4).scale('web', 2, running());
    for (const each of shop.servers) expect(await answersOf(each, 'web')).toEqual(['v1', 'v1']);
    await expect(runtime(R4).scale('api', 2, running())).rejects.toMatchObject({ code: 'settings-missing' });
  });

  test('a restart goes from one to the next', async () => {
    await runtime(R1).replace(replacement('web', 'v1', { replicas: 2 }), running());
    const run = running();
    await runtime(R2).restart('web', run);
    expect(run.lines.map(each => /^(\w+): \S+(_\d) (.*)/.exec(each)?.slice(1).join(' '))).toEqual(
      ['one', 'two'].flatMap(each => [
        `${each} _1 restarted`,
        `${each} _1 is healthy`,
        `${each} _2 restarted`,
        `${each} _2 is healthy`,
      ]),
    );
  });

  test('on its servers only; what is configured no more stops, and comes back when that is put back', async () => {
    const [one, two] = shop.servers;
    await runtime(R1).replace(replacement('web', 'v1'), running());
    await runtime(R1).replace(replacement('api', 'v1'), running());
    await runtime(R2).replace(replacement('web', 'v2', { servers: ['one'] }), running());
    await runtime(R2).remove('api', running());
    expect([await answersOf(one, 'web'), await answersOf(two, 'web')]).toEqual([['v2'], []]);
    for (const each of shop.servers) expect(await answersOf(each, 'api')).toEqual([]);
    expect(await runtime(R2).putBack(running())).toEqual([]);
    for (const each of shop.servers)
      expect([await answersOf(each, 'web'), await answersOf(each, 'api')]).toEqual([['v1'], ['v1']]);
    await expect(
      runtime(R2).replace(replacement('web', 'v2', { servers: ['three'] }), running()),
    ).rejects.toMatchObject({
      code: 'no-server',
    });
  });

  test('what a release needs stays, of unchanged services, too; nothing that others have goes', async () => {
    const [one, two] = shop.servers;
    await runtime(R1).replace(replacement('db', 'v3'), running());
    await runtime(R1).replace(replacement('web', 'v1', { replicas: 2 }), running());
    await runtime(R1).settle([], running());
    await runtime(R2).replace(replacement('web', 'v2'), running());
    await runtime(R2).settle([R1], running());
    for (const each of shop.servers) {
      expect(await each.run(`cd ${RELEASES} && ls -d */*`)).toBe(
        `${R1}/db\n${R1}/web\n${R2}/db\n${R2}/web\n`,
      );
      expect(await names(each)).toHaveLength(4);
    }
    // A stranger has the image on one server; on the other nobody has.
    await one.run(`docker create --name stranger ${shop.ids.v1}`);
    await two.run(`docker tag ${shop.ids.v3} stranger/thing:1`);
    await runtime(R3).replace(replacement('web', 'v3'), running());
    const run = running();
    await runtime(R3).settle([R2], run);
    // Of the release that goes only what lives since then stays: whoever settles may not have known of it.
    for (const each of shop.servers)
      expect(await each.run(`cd ${RELEASES} && ls -d */*`)).toBe(
        `${R1}/db\n${R2}/db\n${R2}/web\n${R3}/db\n${R3}/web\n`,
      );
    await runtime(R4).scale('db', 2, running());
    for (const each of shop.servers) expect(await answersOf(each, 'db')).toEqual(['v3', 'v3']);
    expect(await runtime(R4).putBack(running())).toEqual([]);
    expect(await names(two)).toEqual([
      'db-20261121-100001_1 running',
      'web-20261121-100002_1 exited',
      'web-20261121-100003_1 running',
    ]);
    const images = (server: Server): Promise<string> =>
      server.run(`docker images --format '{{.Repository}}:{{.Tag}}' | sort`);
    expect(await images(one)).toBe('shop/web:v1\nshop/web:v2\nshop/web:v3\n');
    expect(await images(two)).toBe('shop/web:v2\nshop/web:v3\nstranger/thing:1\n');
    expect(run.lines.filter(each => each.includes('image'))).toEqual(['two: image shop/web:v1 removed']);
    // As it was two releases ago, of which the containers have gone.
    await runtime(R4).replace({ ...replacement('db', 'v3'), asIn: R2 }, running());
    await runtime(R4).replace({ ...replacement('web', 'v2'), asIn: R2 }, running());
    for (const each of shop.servers)
      expect([await answersOf(each, 'db'), await answersOf(each, 'web')]).toEqual([['v3'], ['v2']]);
    await one.run('docker rm stranger');
    await two.run('docker rmi stranger/thing:1');
    await load(one, two); // the other tests need it
  });

  test('a command runs once, on one server, with the environment and none of the names and ports', async () => {
    const environment = new Map([
      ['LINES', 'a\nb'],
      ['PASSWORD', 'hunter22'],
    ]);
    const labels = new Map([['traefik.enable', 'true']]);
    const web = replacement('web', 'v1', { environment, labels, entrypoint: ['/bin/sh', '-c', 'exit 9'] });
    const run = running();
    const script = 'echo "$LINES $PASSWORD $(hostname)"; printf unfinished';
    await timed('a command once', () => runtime(R1).runOnce(web, ['sh', '-c', script, '; rm -rf /'], run));
    const name = 'one: shop_production_web-20261121-100001_once';
    expect(run.lines.filter(each => each.startsWith(`${name}:`))).toEqual([
      `${name}: a`,
      expect.stringMatching(/: b •••••• \w+$/),
      `${name}: unfinished`,
    ]);
    for (const each of shop.servers) expect(await names(each)).toEqual([]);
    await expect(runtime(R1).runOnce(web, ['sh', '-c', 'exit 3'], running())).rejects.toMatchObject({
      code: 'ended',
      what: 'shop_production_web-20261121-100001_once ended with 3.',
    });
    const cancelled = AbortSignal.timeout(2_000);
    await expect(runtime(R1).runOnce(web, ['sleep', '60'], running(cancelled))).rejects.toMatchObject({
      name: 'TimeoutError',
    });
    for (const each of shop.servers) expect(await names(each)).toEqual([]);
  });

  test('a job runs to its end on every server', async () => {
    const job = (code: number): Replacement =>
      replacement('mail', 'v1', { kind: 'job', command: ['sh', '-c', `echo sent; sleep 1; exit ${code}`] });
    const run = running();
    await runtime(R1).replace(job(0), run);
    expect(run.lines.filter(each => each.endsWith('sent'))).toHaveLength(2);
    await runtime(R1).settle([], running());
    await expect(runtime(R2).replace(job(4), running())).rejects.toMatchObject({ code: 'ended' });
    expect(await runtime(R2).putBack(running())).toEqual([]);
    for (const each of shop.servers) expect(await names(each)).toEqual(['mail-20261121-100001_1 exited']);
    await runtime(R3).settle([R1], running());
    for (const each of shop.servers) expect(await each.run(`ls ${RELEASES}/${R3}`)).toBe('mail\n');
  });

  test('what Tako itself had deployed is replaced, kept and put back like any other', async () => {
    const [one] = shop.servers;
    const labels = ['project=shop', 'environment=production', 'service=web'].map(
      each => `--label tako.${each}`,
    );
    await one.run(
      `docker run -d --name shop_production_web_1 --restart on-failure:3 ${labels.join(' ')} shop/web:v1`,
    );
    await one.run(
      `docker run -d --name other ${labels.join(' ').replace('production', 'staging')} shop/web:v1`,
    );
    const before = await containersOf(one);
    await runtime(R1).replace(replacement('web', 'v2'), running());
    expect(await names(one)).toEqual([
      expect.stringMatching(/^other .* running/),
      'web-20261121-100001_1 running',
      'web_1 exited',
    ]);
    expect(await runtime(R1).putBack(running())).toEqual([]);
    expect(await containersOf(one)).toEqual(before);
    expect(
      await one.run(
        `docker inspect -f '{{.HostConfig.RestartPolicy.MaximumRetryCount}}' shop_production_web_1`,
      ),
    ).toBe('3\n');

    await runtime(R1).replace(replacement('web', 'v2'), running());
    await runtime(R1).settle([], running());
    await runtime(R2).replace(replacement('web', 'v3'), running());
    await runtime(R2).settle([R1], running());
    expect(await names(one)).toContain('web_1 exited');
    await runtime(R3).replace(replacement('web', 'v2'), running());
    await runtime(R3).settle([R2], running());
    expect(await names(one)).not.toContain('web_1 exited');
    expect(await one.run('docker inspect -f "{{.State.Status}}" other')).toBe('running\n');
  });
});
