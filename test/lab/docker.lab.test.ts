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

async function pair(): Promise<readonly [Server, Server]> {
  const lab = await openLab(onTestFinished);
  const start = (): Promise<Server> => lab.server({ kind: 'docker' });
  return timed('two with Docker, until sshd answers', () => Promise.all([start(), start()]));
}

labSuite('A Docker Engine', { needs: 'full' }, () => {
  test('runs a container that answers HTTP, also after its server was killed', async () => {
    const [one, two] = await pair();
    for (const [server, text] of [
      [one, 'first'],
      [two, 'second'],
    ] as const) {
      await timed('an image', () => makeImage(server, 'shop:1.0', text));
      await timed('a container', () =>
        server.run('docker run -d --restart always --name shop -p 80:8080 shop:1.0'),
      );
      await vi.waitUntil(async () => (await answer(server, 80)) === text, WAIT);
    }
    await one.kill();
    expect([await answer(one, 80), await answer(two, 80)]).toEqual([undefined, 'second']);
    await timed('answering again after a reboot', async () => {
      await one.boot();
      await vi.waitUntil(async () => (await answer(one, 80)) === 'first', WAIT);
    });
    expect(await two.run('docker inspect -f "{{.RestartCount}}" shop')).toBe('0\n');
  });
});
