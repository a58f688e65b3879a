import { readdirSync } from 'node:fs';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { DEPLOY_SETTINGS, type TakoAccess } from '../../../../src/deploy/access.ts';
import { clean, type Clean } from '../../../../src/base/clean.ts';
import type { UserError } from '../../../../src/base/errors.ts';
import { askTakod } from '../../../../src/deploy/tako-cli/ask-takod.ts';
import { planWithTako } from '../../../../src/deploy/tako-cli/deploy.ts';
import { takoOperations } from '../../../../src/deploy/tako-cli/operations.ts';
import type { TakoDeployInput, TakoRollBackInput } from '../../../../src/deploy/tako-cli/requests.ts';
import type { EnvironmentRef, ScaleInput } from '../../../../src/deploy/requests.ts';
import type { Plan, Request, StepEvent } from '../../../../src/operations/operation.ts';
import { createRunner, type Report } from '../../../../src/operations/runner.ts';
import type { TakodObservation } from '../../../../src/state/takod.ts';
import { takoLock } from '../../../../src/state/tako/hold.ts';
import { repository } from '../../../kit/git.ts';
import { document, events, takoProgram, type Replay, type StandIn } from '../../../kit/tako-program.ts';

const PS = document('StatusResult.json', {
  services: [
    {
      name: 'web',
      desired: 2,
      running: 2,
      status: 'running',
      revision: 'abc123',
      health: 'healthy',
      image: 'demo/web:abc123',
    },
  ],
});
const PLAN = document('DeployPlan.json');
const RESULT = document('DeployResult.json');
const ids = { good: '1784381412345678901_4242', failed: '1784382612345678901_4290' };

interface Stage extends Pick<TakoAccess, 'settings'> {
  readonly root: string;
  readonly tako: StandIn;
  readonly where: EnvironmentRef;
  readonly access: TakoAccess;
  readonly heard: TakodObservation[];
  readonly commit: string;
}

function stage(...replays: readonly Replay[]): Stage {
  return stageOf('tako/master-mixed-tz', ...replays);
}

function stageOf(sample: string, ...replays: readonly Replay[]): Stage {
  const tako = takoProgram(onTestFinished);
  tako.replay(...replays);
  const space = repository(onTestFinished);
  space.sample(sample);
  const commit = space.commit({ 'tako.yaml': CONFIG, '.env': 'DB_PASSWORD=sup3r-s3cret\n' });
  const heard: TakodObservation[] = [];
  const settings = (): typeof DEPLOY_SETTINGS => ({ ...DEPLOY_SETTINGS, takoPath: tako.file });
  const access: TakoAccess = {
    settings,
    now: Date.now,
    askedTakod: (_, observation) => heard.push(observation),
  };
  const where: EnvironmentRef = {
    ...{ tool: 'tako', root: space.root, environment: 'production', project: clean('demo') },
    ...{ isProduction: true, servers: [] },
  };
  return { root: space.root, tako, where, access, heard, settings, commit };
}

const CONFIG = `project:
  name: demo
servers:
  production:
    host: 203.0.113.10
    user: root
environments:
  production:
    servers: [production]
    services:
      web:
        build: .
        port: 3000
        env:
          PASSWORD: \${DB_PASSWORD}
      db:
        image: postgres:16
`;

const never = new AbortController().signal;

interface Told {
  readonly report: Report;
  readonly plan: Plan;
  readonly lines: readonly Clean[];
  readonly steps: readonly StepEvent[];
}

async function perform(
  { access }: Stage,
  request: Request,
  { signal = never, onLine }: { readonly signal?: AbortSignal; readonly onLine?: (line: Clean) => void } = {},
): Promise<Told> {
  const runner = createRunner(takoOperations(access));
  const plan = await runner.plan(request, never);
  const lines: Clean[] = [];
  const steps: StepEvent[] = [];
  const report = await runner.run(request, plan, signal, {
    step: event => void steps.push(event),
    log: line => {
      lines.push(line);
      onLine?.(line);
    },
  });
  return { report, plan, lines, steps };
}

async function deployRequest({ access, where }: Stage): Promise<Request<TakoDeployInput>> {
  const planned = await planWithTako(access, { where }, { log: () => undefined, signal: never });
  return { operation: 'tako.deploy', input: { where, planned } };
}

const planning = { when: ['deploy', '--plan-only'], out: PLAN };
const asking = { when: ['ps'], out: PS };

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
      ...['deploy', '--yes', '--plan', '-e', 'production', '--events', 'ndjson'],
    ]);
    expect(applied).toMatchObject({
      plan: PLAN,
      cwd: there.root,
      environment: { TAKO_NONINTERACTIVE: '1', TAKO_SKIP_UPDATE_CHECK: '1' },
    });
    expect(looked?.args).toEqual(['ps', '-e', 'production', '--output', 'json']);
    expect(steps.map(({ step, state }) => `${step} ${state}`)).toEqual([
      ...['lock started', 'lock completed', 'plan started', 'plan completed', 'apply started'],
      ...['build started', 'build completed', 'deploy started', 'deploy completed', 'apply completed'],
      ...['verify started', 'verify completed'],
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
      err: 'Error: plan changed since it was saved\n',
      exit: 2,
    });
    await expect(perform(there, await deployRequest(there))).rejects.toMatchObject({
      code: 'plan-changed',
      what: 'Tako does not carry this plan out any more: plan changed since it was saved',
    });
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

describe('going back', () => {
  /** Somebody else made it: nothing is recorded of it here. */
  const theirs = '1784381300345678901_7';
  const told = JSON.parse(document('HistoryResult.constructed.json')) as { readonly deployments: object[] };
  const deployments = [
    { ...told.deployments.at(-1), id: theirs, timestamp: '2026-07-18T09:28:00-04:00' },
    ...told.deployments,
  ];
  const past = { when: ['history'], out: document('HistoryResult.constructed.json', { deployments }) };
  const back = { when: ['rollback'], out: events([], document('RollbackResult.json')) };
  const to = (there: Stage, input: Partial<TakoRollBackInput>): Request<TakoRollBackInput> => ({
    operation: 'tako.roll-back',
    input: { where: there.where, to: ids.good, services: ['db'], ...input },
  });

  test('names the deployment by the whole id that the servers have, one service after the other', async () => {
    const there = stage(past, back, {
      when: ['ps'],
      out: document('StatusResult.json', { services: [running('db'), running('cache')] }),
    });
    const { plan, report } = await perform(there, to(there, { to: theirs, services: ['db', 'cache'] }));
    expect(plan.title).toBe('Roll production of demo back to 4f2c9ab');
    expect(report.verdict.state).toBe('verified');
    const done = there.tako.calls().filter(({ args }) => args[0] === 'rollback');
    expect(done.map(({ args }) => args)).toEqual(
      ['db', 'cache'].map(each => [
        ...['rollback', theirs, '--service', each, '-e', 'production', '--events', 'ndjson'],
      ]),
    );
  });

  test('a release that is recorded here under another id is the one of the same moment', async () => {
    const there = stageOf('tako/master-newyork', past, back, {
      when: ['ps'],
      out: document('StatusResult.json', { services: [running('db')] }),
    });
    await perform(there, to(there, { to: 'deploy-20260718-093053' }));
    expect(there.tako.calls().find(({ args }) => args[0] === 'rollback')?.args[1]).toBe(ids.good);
  });

  test('what is built is built anew, from a commit that has to be here', async () => {
    const there = stage(past);
    const runner = createRunner(takoOperations(there.access));
    const missing = await runner.plan(to(there, { services: ['web'] }), never);
    expect(missing.findings).toContainEqual(
      expect.objectContaining({
        code: 'no-commit',
        text: 'web is built from 4f2c9ab, which is not in this repository',
      }),
    );
    const [deployment] = (JSON.parse(past.out) as { deployments: object[] }).deployments.slice(-1);
    const known = { ...deployment, id: '1784389999345678901_1', commit: there.commit.slice(0, 7) };
    there.tako.replay({
      when: ['history'],
      out: document('HistoryResult.constructed.json', { deployments: [known] }),
    });
    const here = await runner.plan(to(there, { to: known.id, services: ['web'] }), never);
    expect(here.findings).toContainEqual(expect.objectContaining({ severity: 'warning', code: 'rebuilt' }));
    expect(here.findings.filter(({ severity }) => severity === 'error')).toEqual([]);
  });

  test.each([
    [{ to: ids.failed, services: ['db'] }, 'not-stable'],
    [{ to: '1784381412', services: ['db'] }, 'not-on-servers'],
    [{ to: 'rollback-20260718-095512' }, 'no-services'],
    [{ to: ids.good, services: ['--all'] }, 'tako-name'],
    [{ to: ids.good, services: ['db', 'cache'] }, 'not-in-it'],
  ])('%o is refused before anything is done: %s', async (input, code) => {
    const there = stage(past, back);
    const asked = { operation: 'tako.roll-back', input: { where: there.where, ...input } };
    const plan = await createRunner(takoOperations(there.access)).plan(asked, never);
    expect(plan.findings).toContainEqual(expect.objectContaining({ severity: 'error', code }));
  });

  test('where a later service fails, it says which are back already', async () => {
    const there = stage(
      past,
      { when: ['rollback', 'cache'], err: 'Error: deployment has no cache\n', exit: 2 },
      back,
      { when: ['ps'], out: document('StatusResult.json', { services: [running('db')] }) },
    );
    await expect(perform(there, to(there, { to: theirs, services: ['db', 'cache'] }))).rejects.toMatchObject({
      code: 'tako-refused',
      what: 'Tako refuses: deployment has no cache',
      next: expect.stringContaining('Rolled back already: db.') as string,
    });
  });

  const running = (name: string): object => ({ name, desired: 1, running: 1, status: 'running' });
});

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
      ...{ title: 'Scale web of production to 3', risk: 'production' },
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

describe('asking takod', () => {
  test('what runs, history, drift, checks and state, each by itself', async () => {
    const there = stage(
      asking,
      { when: ['history'], out: document('HistoryResult.constructed.json') },
      { when: ['drift'], out: document('DriftResult.json'), exit: 6 },
      { when: ['doctor'], out: document('DoctorResult.json'), exit: 6 },
      { when: ['state', 'status'], err: 'Error: no such command\nUsage: tako state\n', exit: 1 },
    );
    const { answer } = await askTakod(there.access, there.where, never);
    expect(answer).toMatchObject({
      services: [{ name: 'web', running: 2 }],
      drift: { drifted: true },
      missing: [{ part: 'state', why: 'Tako failed with exit code 1: no such command · production' }],
    });
    expect(answer?.history).toHaveLength(3);
    expect(answer?.checks).toHaveLength(2);
    expect(there.heard).toHaveLength(1);
  });

  test('what does not come in time is told, and is not waited for', async () => {
    const silent = { when: ['history'], interrupted: false } as const;
    const answered = stage(asking, silent);
    const late = new AbortController();
    const asked = askTakod(answered.access, answered.where, never, late.signal);
    await vi.waitFor(() => expect(answered.tako.calls()).toHaveLength(2), 60_000);
    late.abort(new DOMException('late', 'TimeoutError'));
    const { answer } = await asked;
    expect(answer?.services).toHaveLength(1);
    expect(answer?.missing.map(({ part, why }) => `${part}: ${why}`)).toEqual(
      ['history', 'drift', 'checks', 'state'].map(part => `${part}: no answer in time`),
    );
    expect(answered.tako.calls().map(({ args }) => args[0])).toEqual(['ps', 'history']);
    expect(await askTakod(answered.access, answered.where, never, late.signal)).toMatchObject({
      failure: { code: 'tako-late' },
    });
  });

  test('a program that is not there is an answer, too', async () => {
    const there = stage();
    const access = { ...there.access, settings: () => ({ ...DEPLOY_SETTINGS, takoPath: '/nowhere/tako' }) };
    const { failure } = await askTakod(access, there.where, never);
    expect(failure).toMatchObject({ code: 'tako-missing', where: '/nowhere/tako' });
  });
});
