import { expect, onTestFinished, test } from 'vitest';
import { clean } from '../../../src/base/clean.ts';
import type { EnvironmentRef } from '../../../src/deploy/requests.ts';
import { openReader } from '../../../src/engine.ts';
import { placeOf } from '../../kit/operate.ts';
import { workspace } from '../../kit/workspace.ts';
import { refTo } from '../check/accounts.ts';
import { makeImage } from '../image.ts';
import { openLab, type Server } from '../lab.ts';
import { labSuite, timed } from '../suite.ts';
import { openDesk } from './desk.ts';
import { answersOn, runningOn } from './look.ts';

labSuite('Promoting what one environment runs to another', { needs: 'full' }, () => {
  test('brings its images to other servers, with the settings of the other environment', async () => {
    const lab = await openLab(onTestFinished);
    const [one, two] = await Promise.all([
      lab.server({ kind: 'docker', name: 'one' }),
      lab.server({ kind: 'docker', name: 'two' }),
    ]);
    await makeImage(one, 'lab/base:1', 'base');
    const { root, write } = workspace(onTestFinished);
    const services = (greeting: string): string =>
      `{ web: { build: ./web, port: 8080, stopGracePeriod: 1s, env: { GREETING: ${greeting} } } }`;
    write({
      'tako.yaml': `project: { name: shop, version: 1.0.0 }
servers: { one: { host: one, user: root }, two: { host: two, user: root } }
environments:
  staging: { servers: [one], services: ${services('staging')} }
  production: { servers: [two], services: ${services('production')} }
`,
      'web/Dockerfile': 'FROM lab/base:1\nCOPY index.html /www/index.html\n',
      'web/index.html': 'v1',
    });
    const environment = (name: string, server: Server): EnvironmentRef => ({
      tool: 'tako',
      root,
      environment: name,
      isProduction: name === 'production',
      project: clean('shop'),
      servers: [refTo(server)],
    });
    const from = environment('staging', one);
    const where = environment('production', two);
    const desk = openDesk(onTestFinished, [one, two]);
    const promote = { operation: 'promote-release', input: { from, where } };
    const early = await desk.plan(promote);
    expect(early.findings.find(({ severity }) => severity === 'error')?.text).toBe(
      'web does not run in staging',
    );

    const commit = { id: 'a1b2c3d4'.repeat(5), dirty: false };
    await desk.perform({ operation: 'deploy', input: { where: from, commit } });
    // What is not deployed to staging does not get any further.
    write({ 'web/index.html': 'v2' });
    const plan = await desk.plan(promote);
    expect(plan.title).toBe('Promote a1b2c3d from staging to production of shop');
    expect(plan.steps).toEqual(['Bring the image of web to two', 'Start web on two']);
    const { verdict } = await timed('promoted', () => desk.perform(promote));
    expect(verdict, desk.log.join('\n')).toMatchObject({ state: 'verified' });
    expect(await answersOn(two, 'web')).toEqual(['v1']);
    expect(await runningOn(two)).toEqual(await runningOn(one));
    expect(await two.run(`docker ps -q | xargs docker inspect -f '{{.Config.Env}}'`)).toMatch(
      /GREETING=production/,
    );
    const reader = openReader({});
    const project = await reader.read(await placeOf(root, 'tako'), {}, new AbortController().signal);
    const production = project.environments.find(({ name }) => name === 'production');
    expect(production?.releases).toMatchObject([
      { kind: 'promote', outcome: 'succeeded', commit: commit.id, notes: 'Promoted from staging' },
    ]);
    // Nobody holds any of them any more.
    expect((await desk.plan(promote)).findings.map(({ code }) => code)).toContain('nothing-to-do');
  });
});
