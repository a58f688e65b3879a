import { expect, onTestFinished, test, vi } from 'vitest';
import { makeImage } from './image.ts';
import { openLab, type Server } from './lab.ts';
import { labSuite, timed } from './suite.ts';

const WAIT = { timeout: 60_000, interval: 100 };

/** What answers at a port of a server; nothing where nobody does. */
const answer = ({ address }: Server, port: number): Promise<string | undefined> =>
  fetch(`http://${address}:${port}/`, { signal: AbortSignal.timeout(1_000) }).then(
    response => response.text(),
    () => undefined,
  );

labSuite('Many servers', { needs: 'full' }, () => {
  test('are up, install and boot again side by side', async () => {
    const lab = await openLab(onTestFinished);
    const all = Array.from({ length: 20 }, (_, index) => index);
    const servers = await timed('20 servers, until sshd answers', () =>
      Promise.all(all.map(() => lab.server())),
    );
    const hostNames = async (): Promise<readonly string[]> =>
      Promise.all(servers.map(async server => (await server.ssh('hostname')).stdout.trim()));
    const names = await timed('ssh to all', hostNames);
    expect(names).toEqual(servers.map(({ name }) => name));
    await timed('apt-get install on all', () =>
      Promise.all(servers.map(server => server.run('apt-get -qq install logrotate'))),
    );
    await timed('killed', () => Promise.all(servers.map(server => server.kill())));
    await timed('booted again', () => Promise.all(servers.map(server => server.boot())));
    expect(await hostNames()).toEqual(names);
  });

  test('joins a swarm, and runs a service of it', async () => {
    const lab = await openLab(onTestFinished);
    const start = (): Promise<Server> => lab.server({ kind: 'docker' });
    const [one, two] = await Promise.all([start(), start()]);
    await Promise.all([one, two].map(server => makeImage(server, 'shop:1.0', server.name)));
    await one.run(`docker swarm init --advertise-addr ${one.address}`);
    const token = (await one.run('docker swarm join-token -q worker')).trim();
    await two.run(`docker swarm join --token ${token} ${one.address}:2377`);
    // Published by each node for itself: the kernel may have no load balancer (IPVS).
    const published = '--publish mode=host,target=8080,published=8081';
    const service = `docker service create -q -d --no-resolve-image --name shop --mode global ${published} shop:1.0`;
    await timed('a service on both', async () => {
      await one.run(service);
      for (const server of [one, two]) {
        await vi.waitUntil(async () => (await answer(server, 8081)) === server.name, WAIT);
      }
    });
    expect((await one.run('docker node ls -q')).trim().split('\n')).toHaveLength(2);
  });
});
