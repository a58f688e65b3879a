import { expect, onTestFinished, test } from 'vitest';
import type { Request } from '../../../src/operations/operation.ts';
import { openLab, type Server } from '../lab.ts';
import { labSuite, timed } from '../suite.ts';
import { openApp, type Variant, type Version } from './app.ts';
import { openDesk } from './desk.ts';
import { startEdge } from './edge.ts';
import { joinSwarm } from './swarm-there.ts';
import { agreed, probed, type Agreed, type Seen, type Stage } from './stage.ts';

/** Two servers, each with all of it and a door of its own. */
async function openTwo(front: Variant['front']): Promise<Stage> {
  const lab = await openLab(onTestFinished);
  const start = (name: string): Promise<Server> => lab.server({ kind: 'docker', name });
  const servers = await Promise.all([start('one'), start('two')]);
  if (front === 'proxy') await timed('two proxies', () => Promise.all(servers.map(each => startEdge(each))));
  const app = await openApp(onTestFinished, servers, { front });
  const counts = { web: front === 'proxy' ? 4 : 2, api: 2, worker: 2 };
  return { servers, doors: servers, app, desk: openDesk(onTestFinished, servers), counts };
}

/** A swarm of three, whose manager has the door. */
async function openSwarm(): Promise<Stage> {
  const lab = await openLab(onTestFinished);
  const start = (name: string): Promise<Server> => lab.server({ kind: 'docker', name });
  const servers = await Promise.all([start('one'), start('two'), start('three')]);
  await joinSwarm(servers);
  const app = await openApp(onTestFinished, servers, { front: 'proxy', isSwarm: true });
  const counts = { web: 3, api: 1, worker: 1 };
  return { servers, doors: servers.slice(0, 1), app, desk: openDesk(onTestFinished, servers), counts };
}

/** v1, v2, v3, and back to v1. `ready`: what is there once v1 runs. */
async function thereAndBack(stage: Stage, ready: () => Promise<unknown>): Promise<readonly Seen[]> {
  const { app, desk } = stage;
  const commits: string[] = [];
  const release = (version: Version): Request => {
    const request = app.release(version);
    commits.push(request.input.commit?.id.slice(0, 7) ?? '');
    return request;
  };
  await timed('v1', () => desk.perform(release('v1')));
  await ready();
  const v1 = await agreed(stage, 'v1');
  const seen = [await probed(stage, 'v1 to v2', release('v2'), ['v1', 'v2'])];
  await agreed(stage, 'v2');
  seen.push(await probed(stage, 'v2 to v3', release('v3'), ['v2', 'v3']));
  const v3 = await agreed(stage, 'v3');
  seen.push(await probed(stage, 'v3 back to v1', backTo(stage, v1), ['v3', 'v1']));
  const again = await agreed(stage, 'v1', v1.ids);

  const { environment, project } = await app.recorded();
  expect(environment.releases).toHaveLength(4);
  expect(environment.releases[0]).toMatchObject({
    id: again.release,
    kind: 'rollback',
    notes: `Rolled back to ${v1.release}`,
  });
  const web = project.services.find(({ name }) => name === 'web');
  expect(web?.history.map(({ version }) => version)).toEqual(commits.toReversed());
  expect(seen.at(-1)?.report.undo).toMatchObject({ operation: 'roll-back', input: { to: v3.release } });
  return seen;
}

const backTo = ({ app }: Stage, { release }: Agreed): Request => ({
  operation: 'roll-back',
  input: { where: app.where, to: release },
});

const announced = ({ report }: Seen): readonly string[] =>
  report.plan.findings.filter(({ code }) => code === 'interruption').map(({ text }) => text);

labSuite('Deploying and going back', { needs: 'full' }, () => {
  test('behind a proxy nobody notices it', { timeout: 600_000 }, async () => {
    const seen = await thereAndBack(await openTwo('proxy'), () => Promise.resolve());
    expect(seen.map(each => [announced(each), each.probed.map(({ failed }) => failed)])).toEqual(
      Array(3).fill([[], [0, 0]]),
    );
  });

  test('nor in a swarm of three', { timeout: 900_000 }, async () => {
    const stage = await timed('a swarm of three', openSwarm);
    const ready = (): Promise<unknown> =>
      Promise.all(stage.doors.map(each => startEdge(each, 'tako_shop_production')));
    const seen = await thereAndBack(stage, ready);
    expect(seen.map(each => [announced(each), each.probed.map(({ failed }) => failed)])).toEqual(
      Array(3).fill([[], [0]]),
    );
  });

  test('a port of the server is interrupted as announced', { timeout: 600_000 }, async () => {
    const stage = await openTwo('port');
    const { app, desk } = stage;
    await timed('v1', () => desk.perform(app.release('v1')));
    const v1 = await agreed(stage, 'v1');
    const beside = await probed(stage, 'its neighbour', app.release('v1', { api: 2 }), ['v1']);
    expect([announced(beside), beside.probed.map(({ failed }) => failed)]).toEqual([[], [0, 0]]);
    const seen = [await probed(stage, 'v1 to v3', app.release('v3'), ['v1', 'v3'])];
    await agreed(stage, 'v3');
    seen.push(await probed(stage, 'v3 back to v1', backTo(stage, v1), ['v3', 'v1']));
    await agreed(stage, 'v1', v1.ids);
    for (const each of seen) {
      expect(announced(each)).toEqual(['Short interruption of web']);
      expect(each.report.plan.steps.filter(step => step.includes('short interruption'))).toEqual([
        expect.stringMatching(/^Replace web on one, two · .* · short interruption$/),
      ]);
      // On one server, and when that is over on the other. Who asked meanwhile may have waited for an answer.
      const [one, two] = each.probed;
      expect(one?.gaps.at(-1)?.to).toBeLessThan(two?.gaps[0]?.from ?? 0);
    }
  });
});
