import { expect, onTestFinished, test } from 'vitest';
import { clean } from '../../../src/base/clean.ts';
import { unwellIn, type Changed } from '../../../src/deploy/endpoints.ts';
import { askNobody } from '../../../src/ssh/prompts.ts';
import { idOf, service } from '../../kit/deployed.ts';
import { connectionsTo, refTo } from '../check/accounts.ts';
import { makeImage } from '../image.ts';
import { openLab } from '../lab.ts';
import { labSuite } from '../suite.ts';

labSuite('Services that are asked by their own health checks', { needs: 'full' }, () => {
  test('one that does not answer as it should is found, whatever Docker says of it', async () => {
    const lab = await openLab(onTestFinished);
    const server = await lab.server({ kind: 'docker' });
    await makeImage(server, 'shop:1', 'well');
    for (const name of ['web', 'api'])
      await server.run(`docker run -d --name ${name} --restart always --label tako.project=shop \
        --label tako.environment=production --label tako.service=${name} --label shipshape.release=deploy-1 shop:1`);
    const connections = connectionsTo(onTestFinished, [server]);
    const health = { path: '/', intervalSeconds: 1, timeoutSeconds: 1, retries: 1, startSeconds: 1 };
    const changed = (hash: string): Changed => ({
      where: {
        tool: 'tako',
        root: '/',
        environment: 'production',
        isProduction: true,
        project: clean('shop'),
        servers: [refTo(server)],
      },
      engine: { kind: 'containers', servers: [refTo(server)] },
      application: { project: 'shop', secrets: [] },
      services: ['web', 'api'].map(name => ({
        service: service(name, { health, hash, ports: [{ container: 8080, protocol: 'tcp' }] }),
        kind: 'changed',
        why: [],
        onlyImage: false,
        interrupts: false,
        asIn: {
          release: 'deploy-1',
          kept: { image: '', imageId: idOf('1'), hash: 'today', settings: {}, asIn: 'deploy-1' },
        },
      })),
    });
    const image = { reference: 'shop:1', id: idOf('1'), on: [] };
    const images = new Map([
      ['web', image],
      ['api', image],
    ]);
    const unwell = (hash = 'today'): Promise<unknown> =>
      unwellIn(
        { connections, prompts: askNobody() },
        changed(hash),
        { images },
        new AbortController().signal,
      );
    await expect.poll(() => unwell()).toEqual([]);
    await server.run('docker exec web rm /www/index.html');
    expect(await unwell()).toEqual([
      { server: server.name, what: expect.stringMatching(/^web is not healthy: /) as string },
    ]);
    // How a service of then was checked is not known here.
    expect(await unwell('then')).toEqual([]);
  });
});
