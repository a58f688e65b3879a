import { expect, onTestFinished, test, vi } from 'vitest';
import { clean } from '../../../src/base/clean.ts';
import { followLogs } from '../../../src/deploy/follow-logs.ts';
import { askNobody } from '../../../src/ssh/prompts.ts';
import { workspace } from '../../kit/workspace.ts';
import { connectionsTo, refTo } from '../check/accounts.ts';
import { makeImage } from '../image.ts';
import { openLab } from '../lab.ts';
import { labSuite } from '../suite.ts';

const WAIT = { timeout: 60_000, interval: 200 };

/** Says which start it is, ten times at once and once more when it is ended. */
const PROGRAM = `echo >>/starts; n=$(wc -l </starts); trap 'echo "$n is ended"; exit' TERM
for i in 0 1 2 3 4 5 6 7 8 9; do echo "$n $i"; done; while :; do sleep 0.1; done`;

labSuite('Following logs', { needs: 'full' }, () => {
  test('goes on when a container is started again, with no line twice and none left out', async () => {
    const lab = await openLab(onTestFinished);
    const server = await lab.server({ kind: 'docker' });
    await makeImage(server, 'shop:1', 'well');
    await server.run(`docker run -d --name web --label tako.project=shop --label tako.environment=production \
      --label tako.service=web --label shipshape.slot=1 shop:1 sh -c '${PROGRAM.replaceAll("'", `'\\''`)}'`);
    const { root } = workspace(onTestFinished);
    const where = {
      tool: 'tako' as const,
      root,
      environment: 'production',
      isProduction: true,
      project: clean('shop'),
      servers: [refTo(server)],
    };
    const access = { connections: connectionsTo(onTestFinished, [server]), prompts: askNobody() };
    const told: string[] = [];
    const ending = new AbortController();
    const following = followLogs(
      access,
      { where, service: 'web' },
      line => void told.push(line),
      ending.signal,
    );
    const lines = (): readonly string[] => told.map(each => each.replace(/^\S+( \S+)? web1 /, ''));
    for (const start of [1, 2, 3]) {
      await vi.waitUntil(() => told.some(each => each.endsWith(` ${start} 9`)), WAIT);
      await server.run(start === 2 ? 'docker stop web; sleep 3; docker start web' : 'docker restart web');
    }
    await vi.waitUntil(() => told.some(each => each.endsWith(' 4 9')), WAIT);
    const printed = (await server.run('docker logs web')).trim().split('\n');
    expect(printed).toHaveLength(43);
    expect(lines()).toEqual(printed);
    ending.abort();
    await following;
  });
});
