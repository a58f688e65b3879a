import { describe, expect, test } from 'vitest';
import type { UserError } from '../../../../src/base/errors.ts';
import { takoOperations } from '../../../../src/deploy/tako-cli/operations.ts';
import type { ScaleInput } from '../../../../src/deploy/requests.ts';
import type { Request } from '../../../../src/operations/operation.ts';
import { createRunner } from '../../../../src/operations/runner.ts';
import { document, events, type Replay } from '../../../kit/tako-program.ts';
import { type Stage, stage, never, perform } from './stage.ts';

describe('scaling', () => {
  const done = { when: ['scale'], out: events([{ type: 'deploy.started' }], document('ScaleResult.json')) };
  const web = (running: number, desired = running): Replay => ({
    when: ['ps'],
    out: document('StatusResult.json', { services: [{ name: 'web', desired, running, status: 'running' }] }),
  });
  const to = ({ where }: Stage, replicas: number): Request<ScaleInput> => ({
    operation: 'tako.scale',
    input: { where, service: 'web', replicas },
  });

  test('is asked about here, because tako does not, and is judged by what takod says runs', async () => {
    const there = stage(done, web(2));
    const { plan, report } = await perform(there, to(there, 3));
    expect(plan).toMatchObject({
      title: 'Scale web of production to 3',
      risk: 'production',
      changes: [{ path: ['web'], from: 2, to: 3 }],
    });
    expect(there.tako.calls().map(({ args }) => args.join(' '))).toContain(
      'scale web=3 -e production --events ndjson',
    );
    expect(report).toMatchObject({
      verdict: { state: 'failed', why: expect.stringMatching(/^web: 2 are wanted there; /) as string },
      undo: { operation: 'tako.scale', input: { service: 'web', replicas: 2 } },
    });
    const stopped = stage(done, { ...web(0) });
    expect(
      (await perform(stopped, to(stopped, 1)).catch((each: unknown) => each)) as UserError,
    ).toMatchObject({
      code: 'refused',
      what: expect.stringContaining('tako would not take the image that was deployed') as string,
    });
  });

  test('a plan says what cannot be done', async () => {
    const plan = async (there: Stage, input: Partial<ScaleInput>): Promise<readonly string[]> => {
      const request = { operation: 'tako.scale', input: { ...to(there, 2).input, ...input } };
      const { findings } = await createRunner(takoOperations(there.access)).plan(request, never);
      return findings.filter(({ severity }) => severity === 'error').map(({ code }) => code);
    };
    const there = stage(done, web(2));
    expect(await plan(there, {})).toEqual(['nothing-to-do']);
    expect(await plan(there, { replicas: 0 })).toEqual([]);
    expect(await plan(there, { service: 'api' })).toEqual(['not-there']);
    expect(await plan(there, { service: '--all' })).toEqual(['tako-name']);
  });

  test.each([
    [3, 'Error: lease is held by ann@ci\n', 'tako-held'],
    [4, 'Error: node-b: connection refused\n', 'tako-unreachable'],
  ])('exit code %i is told', async (exit, err, code) => {
    const there = stage({ when: ['scale'], err, exit }, web(2));
    await expect(perform(there, to(there, 3))).rejects.toMatchObject({ code, where: 'production' });
  });
});
