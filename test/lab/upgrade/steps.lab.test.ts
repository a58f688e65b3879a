import { expect, onTestFinished, test } from 'vitest';
import { restoreProgram, upgradeProgram } from '../../../src/upgrade/program.ts';
import { openLab } from '../lab.ts';
import { labSuite, timed } from '../suite.ts';
import { detect, difference, everyFile, makeLegacy, packagesOf, planned, run, upgraded } from './server.ts';

labSuite('A step between setup versions', { needs: 'full' }, () => {
  test('takes a legacy server to 1.1.0, changes nothing the second time, and is taken back file by file', async () => {
    const lab = await openLab(onTestFinished);
    const server = await lab.server();
    await makeLegacy(server);
    const before = await everyFile(server);
    const packages = await packagesOf(server);
    const plan = await timed('1.0.0 -> 1.1.0', () => upgraded(server, '1.1.0'));

    const after = await everyFile(server, { times: true });
    const step = `/var/lib/shipshape/setup/runs/${plan.id}/steps/1.1.0`;
    await server.run(`STEP=${step} sh ${step}/apply.sh && STEP=${step} sh ${step}/verify.sh`);
    expect(difference(after, await everyFile(server, { times: true }))).toEqual([]);

    const end = await timed('restored', () => run(server, restoreProgram('back', plan.backup ?? '')));
    expect(end, end.out + end.err).toMatchObject({ code: 0 });
    expect(difference(before, await everyFile(server))).toEqual([]);
    expect(await packagesOf(server)).toBe(packages);
    expect((await detect(server)).setup.kind).toBe('legacy');
  });
});
