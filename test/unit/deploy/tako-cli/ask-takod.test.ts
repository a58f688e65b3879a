import { describe, expect, test, vi } from 'vitest';
import { DEPLOY_SETTINGS } from '../../../../src/deploy/access.ts';
import { askTakod } from '../../../../src/deploy/tako-cli/ask-takod.ts';
import { document } from '../../../kit/tako-program.ts';
import { stage, never, asking } from './stage.ts';

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
