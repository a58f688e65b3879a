import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Clean } from '../../../../src/base/clean.ts';
import type { UserError } from '../../../../src/base/errors.ts';
import { takoOperations } from '../../../../src/deploy/tako-cli/operations.ts';
import { createRunner } from '../../../../src/operations/runner.ts';
import { takoLock } from '../../../../src/state/tako/hold.ts';
import { document, events } from '../../../kit/tako-program.ts';
import { PLAN, RESULT, stage, never, perform, deployRequest, planning, asking } from './stage.ts';

describe('deploying', () => {
  test('hands the plan that was shown back byte for byte, and tells what goes on', async () => {
    const there = stage(planning, asking, {
      when: ['deploy', '--plan'],
      out: events(
        [
          { type: 'phase.started', phase: 'build' },
          { type: 'log.line', level: 'debug', message: 'not shown' },
          { type: 'phase.completed', phase: 'build' },
          { type: 'something.new', phase: 'build', fresh: { a: 1 } },
          { type: 'phase.started', phase: 'deploy' },
          { type: 'deploy.service.reconciled', service: 'web', message: 'with sup3r-s3cret' },
        ],
        RESULT,
      ),
      err: 'building with sup3r-s3cret\n',
    });
    const { plan, report, lines, steps } = await perform(there, await deployRequest(there));
    expect(plan).toMatchObject({
      title: 'Deploy abc123 to production of demo',
      risk: 'production',
      changes: [{ path: ['web'], kind: 'changed', to: 'Image changed' }],
    });
    expect(report.verdict).toMatchObject({
      state: 'verified',
      text: expect.stringContaining('web abc123 2 of 2') as string,
    });
    const [planned, applied, looked] = there.tako.calls();
    expect(planned?.args).toEqual(['deploy', '--plan-only', '-e', 'production', '--output', 'json']);
    expect(applied?.args.filter(each => !each.startsWith('/'))).toEqual([
      'deploy',
      '--yes',
      '--plan',
      '-e',
      'production',
      '--events',
      'ndjson',
    ]);
    expect(applied).toMatchObject({
      plan: PLAN,
      cwd: there.root,
      environment: { TAKO_NONINTERACTIVE: '1', TAKO_SKIP_UPDATE_CHECK: '1' },
    });
    expect(looked?.args).toEqual(['ps', '-e', 'production', '--output', 'json']);
    expect(steps.map(({ step, state }) => `${step} ${state}`)).toEqual([
      'lock started',
      'lock completed',
      'plan started',
      'plan completed',
      'apply started',
      'build started',
      'build completed',
      'deploy started',
      'deploy completed',
      'apply completed',
      'verify started',
      'verify completed',
    ]);
    expect(lines).toContain('web: with ••••••');
    expect(lines.join('\n')).not.toMatch(/sup3r|not shown/);
    expect(readdirSync(`${there.root}/.shipshape/tako`)).toEqual([]);
    expect(report.undo).toMatchObject({ operation: 'tako.roll-back', input: { services: ['web'] } });
  });

  test('leaves the lock of .tako to the program while it keeps ours', async () => {
    const there = stage(planning, asking, { when: ['deploy', '--plan'], out: events([], RESULT) });
    const request = await deployRequest(there);
    const held = await takoLock(there.root).acquire('a note', never);
    await expect(deployRequest(there)).rejects.toMatchObject({ code: 'tako-held' });
    // It waits for the other writer of ours; the program, which does not wait, is begun only then.
    const waiting = perform(there, request);
    await held.release();
    expect((await waiting).report.verdict.state).toBe('verified');
  });

  test('a plan that does not hold any more is planned again', async () => {
    const there = stage(planning, asking, {
      when: ['deploy', '--plan'],
      out: events([{ type: 'deploy.started', phase: 'plan', message: '=== Starting deployment ===' }]),
      err: 'Error: plan changed since it was saved\n',
      exit: 2,
    });
    await expect(perform(there, await deployRequest(there))).rejects.toMatchObject({
      code: 'plan-changed',
      what: 'Tako does not carry this plan out any more: plan changed since it was saved',
    });
  });

  test.each([
    { type: 'deploy.started', phase: 'deploy' },
    { type: 'deploy.service.started', phase: 'deploy', service: 'web' },
    { type: 'deploy.release.started', phase: 'deploy', service: 'web' },
  ])('what has begun ($type) is no plan that does not hold', async event => {
    const there = stage(planning, asking, { when: ['deploy', '--plan'], out: events([event]), exit: 2 });
    await expect(perform(there, await deployRequest(there))).rejects.toMatchObject({ code: 'tako-refused' });
  });

  test('nothing to do is no plan to be carried out', async () => {
    const empty = document('DeployPlan.json', { changes: [], destructive: false, empty: true });
    const there = stage({ ...planning, out: empty });
    await expect(perform(there, await deployRequest(there))).rejects.toMatchObject({ code: 'refused' });
  });

  test('a deployment that fails says which service, and what runs', async () => {
    const failed = document('DeployResult.json', {
      status: 'failed',
      services: [{ name: 'web', action: 'failed', error: 'not healthy: HTTP 502' }],
      error: '1 service failed',
    });
    const there = stage(planning, asking, {
      when: ['deploy', '--plan'],
      out: events([{ type: 'phase.started', phase: 'deploy' }, { type: 'deploy.started' }], failed),
      exit: 1,
    });
    const error = await perform(there, await deployRequest(there)).catch(
      (each: unknown) => each as UserError,
    );
    expect(error).toMatchObject({
      code: 'tako-failed',
      what: 'Tako failed with exit code 1: web: not healthy: HTTP 502',
      where: 'production',
      next: 'What runs now: web abc123 2 of 2. Its output says more.',
    });
  });

  test.each([
    [
      3,
      'Error: state is locked by ann@ci (operation: deploy)',
      'tako-held',
      'Somebody else is at it: state is locked by ann@ci (operation: deploy)',
    ],
    [
      4,
      'Error: node-b: connection refused',
      'tako-unreachable',
      'A server cannot be reached: node-b: connection refused',
    ],
    [2, 'Error: working tree is not clean', 'tako-refused', 'Tako refuses: working tree is not clean'],
    [1, 'panic', 'tako-failed', 'Tako failed with exit code 1: it does not say why'],
    [77, 'Error: new', 'tako-failed', 'Tako failed with exit code 77: new'],
  ])('exit code %i of planning is told', async (exit, err, code, what) => {
    const there = stage({ when: ['deploy', '--plan-only'], err: `${err}\n`, exit });
    await expect(deployRequest(there)).rejects.toMatchObject({ code, what, where: 'production' });
  });

  test('joining a cluster is for a person to agree to', async () => {
    const out = JSON.stringify({
      kind: 'ClusterAttachmentRequired',
      clusterId: 'c-1',
      acknowledgement: 'attach',
    });
    await expect(deployRequest(stage({ when: ['deploy'], out, exit: 2 }))).rejects.toMatchObject({
      code: 'tako-attachment',
      next: 'Agree to it in a terminal: tako deploy --accept-cluster c-1',
    });
  });

  test('a confirmation that is wanted nevertheless means that the plan is another one', async () => {
    const out = document('ConfirmationRequired.constructed.json');
    await expect(deployRequest(stage({ when: ['deploy'], out, exit: 2 }))).rejects.toMatchObject({
      code: 'plan-changed',
      what: 'Tako did nothing: deployment plan includes destructive changes',
    });
  });

  test('a first deployment, which tako would not ask about, is asked about here', async () => {
    const first = document('DeployPlan.json', {
      changes: [{ type: 'add', service: 'web' }],
      destructive: false,
    });
    const there = stage({ ...planning, out: first });
    const plan = await createRunner(takoOperations(there.access)).plan(await deployRequest(there), never);
    expect(plan).toMatchObject({ risk: 'production', changes: [{ path: ['web'], kind: 'added' }] });
    expect(there.tako.calls()).toHaveLength(1);
  });

  test('cancelling interrupts it, and lets it put in order what it has begun', async () => {
    const there = stage(planning, asking, {
      when: ['deploy', '--plan'],
      out: events([{ type: 'deploy.started', message: 'begun' }]),
      interrupted: events([{ type: 'deploy.cancelled', message: 'put back' }]),
    });
    const stop = new AbortController();
    const lines: Clean[] = [];
    const onLine = (line: Clean): void => {
      lines.push(line);
      if (line === 'begun') stop.abort();
    };
    await expect(
      perform(there, await deployRequest(there), { signal: stop.signal, onLine }),
    ).rejects.toMatchObject({
      code: 'cancelled',
      next: expect.stringContaining('What runs now: web') as string,
    });
    expect(lines).toEqual(['begun', 'put back']);
  });

  test('what takod says runs decides, not what the program said it did', async () => {
    const short = document('StatusResult.json', {
      services: [{ name: 'web', desired: 2, running: 1, status: 'degraded', health: 'unhealthy' }],
    });
    const done = { when: ['deploy', '--plan'], out: events([], RESULT) };
    const there = stage(planning, { when: ['ps'], out: short }, done);
    const { report } = await perform(there, await deployRequest(there));
    expect(report.verdict).toMatchObject({
      state: 'failed',
      why: expect.stringMatching(/^web: 1 of 2 running; web is not healthy; production: /) as string,
    });
  });
});
