import { afterAll, beforeAll, expect, test } from 'vitest';
import { openLab, type Server } from '../lab.ts';
import { labSuite } from '../suite.ts';
import { openApp, type App } from './app.ts';
import { openDesk } from './desk.ts';
import { looking, type Look } from './looking.ts';

labSuite('What runs otherwise than recorded', { needs: 'full' }, () => {
  const closing: (() => unknown)[] = [];
  let servers: readonly [Server, Server];
  let app: App;
  let look: () => Promise<Look>;

  beforeAll(async () => {
    const whenDone = (close: () => unknown): void => void closing.push(close);
    const lab = await openLab(whenDone);
    const start = (name: string): Promise<Server> => lab.server({ kind: 'docker', name });
    servers = await Promise.all([start('one'), start('two')]);
    app = await openApp(whenDone, servers, { front: 'proxy' });
    const desk = openDesk(whenDone, servers);
    const { verdict } = await desk.perform(app.release('v1'));
    expect(verdict, desk.log.join('\n')).toMatchObject({ state: 'verified' });

    look = looking(whenDone, servers, app.where.root);
  });
  afterAll(async () => {
    for (const close of closing.reverse()) await close();
  });

  test('nothing does right after a deployment', async () => {
    expect(await look()).toMatchObject({ compared: ['one', 'two'], left: [], drift: [], evidence: [] });
  });

  test('another image, a container that was stopped and one that nobody deployed are each told', async () => {
    const [one, two] = servers;
    const labels = (service: string): string =>
      `--label tako.project=shop --label tako.environment=${app.where.environment} --label tako.service=${service} --label shipshape.release=x --label shipshape.hash=x`;
    await one.run(`docker stop -t 0 $(docker ps -q --filter label=tako.service=worker)`);
    await two.run(`docker rm -f $(docker ps -q --filter label=tako.service=api)
      docker run -d --name by-hand ${labels('api')} lab/base:1 sleep 600
      docker run -d --name stranger ${labels('stranger')} lab/base:1 sleep 600`);
    const { drift, evidence } = await look();
    expect(drift.toSorted()).toEqual([
      'api: other settings than recorded',
      'api: two runs lab/base:1, recorded lab/api:1',
      'stranger runs on two, not recorded',
      'worker 1 of 2',
    ]);
    expect(evidence.join('\n')).toMatch(/by-hand on two has sha256:[0-9a-f]{12}/);
    expect(evidence.join('\n')).toMatch(/worker.* on one exited/);
    await two.run('docker rm -f stranger');
  });

  test('nothing is gone on a server whose Docker does not answer', async () => {
    const [one] = servers;
    await one.run('kill -STOP $(pidof dockerd)');
    try {
      const { drift, compared } = await look();
      expect(compared).toEqual(['two']);
      expect(drift.filter(each => each.includes('gone'))).toEqual([]);
    } finally {
      await one.run('kill -CONT $(pidof dockerd)');
    }
  });
});
