import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { Plan, Request } from '../../../src/operations/operation.ts';
import type { Report } from '../../../src/operations/runner.ts';
import type { Release } from '../../../src/state/model.ts';
import { openLab, type Server } from '../lab.ts';
import { labSuite, timed } from '../suite.ts';
import { openApp, type App, type Version } from './app.ts';
import { bundleEditor, openDesk, startEditor, type Desk } from './desk.ts';
import { answersOn } from './look.ts';

labSuite('Going back, whatever has happened meanwhile', { needs: 'full' }, () => {
  const closing: (() => unknown)[] = [];
  const whenDone = (close: () => unknown): void => void closing.push(close);
  let servers: readonly [Server, Server];
  let app: App;
  let desk: Desk;

  beforeAll(async () => {
    const lab = await openLab(whenDone);
    servers = await Promise.all([
      lab.server({ kind: 'docker', name: 'one' }),
      lab.server({ kind: 'docker', name: 'two' }),
    ]);
    app = await openApp(whenDone, servers, { front: 'port' });
    desk = openDesk(whenDone, servers);
    await perform(app.release('v1'));
    await perform(app.release('v2'));
  });
  afterAll(async () => {
    for (const close of closing.reverse()) await close();
  });

  const perform = async (request: Request): Promise<Report> => {
    const from = desk.log.length;
    try {
      return await desk.perform(request);
    } catch (error) {
      process.stdout.write(`${desk.log.slice(from).join('\n')}\n`);
      throw error;
    }
  };
  const newest = async (wanted: (release: Release) => boolean = () => true): Promise<Release> => {
    const found = (await app.recorded()).environment.releases.find(wanted);
    if (!found) throw new Error('It is not recorded');
    return found;
  };
  const ofVersion = (version: Version): Promise<Release> =>
    newest(
      ({ notes, kind, outcome }) =>
        kind === 'deploy' && outcome === 'succeeded' && notes === `Version ${version}`,
    );
  const backTo = async (version: Version, also: object = {}): Promise<Request> => ({
    operation: 'roll-back',
    input: { where: app.where, to: (await ofVersion(version)).id, ...also },
  });
  const answers = async (): Promise<readonly string[]> =>
    (await Promise.all(servers.map(each => answersOn(each, 'web')))).flat();
  const codes = ({ findings }: Plan): readonly string[] =>
    findings.filter(({ severity }) => severity !== 'info').map(({ severity, code }) => `${severity} ${code}`);
  const forget = async (server: Server, release: Release): Promise<void> => {
    const id = release.services.find(({ name }) => name === 'web')?.imageId ?? '';
    await server.run(`docker ps -aq --filter ancestor=${id} | xargs -r docker rm -f; docker rmi -f ${id}`);
  };

  test('an image that one server has lost is brought from the other one', async () => {
    await forget(servers[1], await ofVersion('v1'));
    const plan = await desk.plan(await backTo('v1'));
    expect(plan.steps).toContain('Bring the image of web to two');
    expect(codes(plan)).toEqual(['warning interruption']);
    const { verdict, undo } = await timed('back to v1', async () => perform(await backTo('v1')));
    expect(verdict).toMatchObject({ state: 'verified' });
    expect(await answers()).toEqual(['v1', 'v1']);
    if (!undo) throw new Error('no way back');
    expect((await perform(undo)).verdict).toMatchObject({ state: 'verified' });
    expect(await answers()).toEqual(['v2', 'v2']);
  });

  test('one that all have lost is told before anybody is asked', async () => {
    for (const server of servers) await forget(server, await ofVersion('v1'));
    const { findings } = await desk.plan(await backTo('v1'));
    expect(findings.find(({ severity }) => severity === 'error')?.text).toMatch(
      /^It cannot be gone back to \w+: image of web gone on one, two$/,
    );
  });

  test('a dead server stops nobody who decides so, and what was left out is recorded', async () => {
    await perform(app.release('v3'));
    await servers[1].kill();
    expect(codes(await desk.plan(await backTo('v2')))).toContain('error no-answer');
    const { verdict } = await perform(await backTo('v2', { without: ['two'] }));
    expect(verdict).toMatchObject({
      state: 'verified',
      text: expect.stringMatching(/^production runs \w+ on 1 of 1 servers/) as string,
    });
    expect(await answersOn(servers[0], 'web')).toEqual(['v2']);
    expect(await newest()).toMatchObject({ kind: 'rollback', outcome: 'partial', servers: ['one'] });
    await servers[1].boot();
    expect((await perform(app.release('v3'))).verdict).toMatchObject({ state: 'verified' });
    expect(await answers()).toEqual(['v3', 'v3']);
  });

  test('cancelled in the middle, what ran before runs again, and nobody holds anything', async () => {
    const stop = new AbortController();
    const failure = await desk
      .perform(app.release('v1'), {
        signal: stop.signal,
        step: ({ step, state }) => {
          if (step === 'rollout' && state === 'started') setTimeout(() => stop.abort(), 1_500);
        },
      })
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({
      code: 'cancelled',
      what: 'Cancelled in rollout.',
      next: expect.stringMatching(
        /^What ran before was put back: production runs \w+ on 2 of 2 servers/,
      ) as string,
    });
    expect(await answers()).toEqual(['v3', 'v3']);
    expect(await newest()).toMatchObject({ outcome: 'failed', notes: 'Cancelled in rollout.' });
    expect(codes(await desk.plan(await backTo('v2')))).toEqual(['warning interruption']);
  });

  test('what an editor left that was killed is taken over when its time is over', async () => {
    const bundle = bundleEditor(whenDone);
    const request = app.release('v2');
    const { ended } = startEditor(
      bundle,
      servers,
      { request, death: { step: 'rollout', after: 700 } },
      whenDone,
    );
    expect(await ended).toBeUndefined();
    expect(codes(await desk.plan(await backTo('v3')))).toContain('error held');
    for (const server of servers)
      await server.run(`touch -d '10 minutes ago' /var/lib/shipshape/deploy/shop/production/holder`);
    // What it had begun on the servers goes on there for a moment.
    const { findings } = await vi.waitUntil(
      async () => {
        const plan = await desk.plan(app.release('v2'));
        return codes(plan).includes('error held') ? undefined : plan;
      },
      { timeout: 60_000 },
    );
    const told = findings.filter(({ severity }) => severity !== 'info').map(({ code }) => code);
    expect(told).toEqual(expect.arrayContaining(['left-over', 'unfinished']) as readonly string[]);
    const interrupted = await newest();
    expect((await perform(app.release('v2'))).verdict).toMatchObject({ state: 'verified' });
    expect(await answers()).toEqual(['v2', 'v2']);
    expect(await newest(({ id }) => id === interrupted.id)).toMatchObject({ outcome: 'failed' });
    expect(await newest()).toMatchObject({ outcome: 'succeeded' });
  });
});
