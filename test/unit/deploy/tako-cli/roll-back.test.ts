import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { takoOperations } from '../../../../src/deploy/tako-cli/operations.ts';
import type { TakoRollBackInput } from '../../../../src/deploy/tako-cli/requests.ts';
import type { Request } from '../../../../src/operations/operation.ts';
import { createRunner } from '../../../../src/operations/runner.ts';
import { document, events } from '../../../kit/tako-program.ts';
import { ids, type Stage, stage, stageOf, never, perform } from './stage.ts';

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
        'rollback',
        theirs,
        '--service',
        each,
        '-e',
        'production',
        '--events',
        'ndjson',
      ]),
    );
  });

  test('of a whole environment leaves out what runs once, which tako cannot take back', async () => {
    const there = stage(past, back);
    const config = readFileSync(`${there.root}/tako.yaml`, 'utf8').replace(/ {6}web:[^]+(?= {6}db:)/, '');
    const once = '      migrate:\n        image: shop/migrate:1\n        kind: run\n';
    writeFileSync(`${there.root}/tako.yaml`, `${config}${once}`);
    const request = { operation: 'tako.roll-back', input: { where: there.where, to: theirs } };
    const plan = await createRunner(takoOperations(there.access)).plan(request, never);
    expect(plan.changes.map(({ path }) => path)).toEqual([['db']]);
    expect(plan.findings.filter(({ severity }) => severity === 'error')).toEqual([]);
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
