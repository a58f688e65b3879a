import { once } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';
import { clean } from '../../../../src/base/clean.ts';
import { runTako, type TakoEnded, type TakoRun } from '../../../../src/deploy/tako-cli/run.ts';
import { document, events, takoProgram, type Replay } from '../../../kit/tako-program.ts';
import { workspace } from '../../../kit/workspace.ts';

const never = new AbortController().signal;

function run(replay: Replay, more: Partial<TakoRun> = {}): Promise<TakoEnded> {
  const { file, replay: set } = takoProgram(onTestFinished);
  set(replay);
  return runTako(
    { file, version: '0.11.0' },
    {
      root: workspace(onTestFinished).root,
      environment: 'production',
      args: ['deploy'],
      log: () => undefined,
      secrets: [],
      signal: never,
      ...more,
    },
  );
}

test('one that does not let itself be interrupted is ended by force only after long patience', async () => {
  const stop = new AbortController();
  const begun = new EventTarget();
  const lines: string[] = [];
  const ending = run(
    { when: ['deploy'], out: events([{ type: 'deploy.started' }]), interrupted: false },
    {
      signal: stop.signal,
      patience: 200,
      log: line => void lines.push(line),
      onEvent: () => begun.dispatchEvent(new Event('begun')),
    },
  );
  await once(begun, 'begun');
  stop.abort();
  expect(await ending).toMatchObject({ code: null });
  expect(lines).toEqual(['The program does not stop, and is ended by force.']);
});

test('a result that is far longer than a line is whole', async () => {
  const services = Array.from({ length: 2_000 }, (_, index) => ({
    name: `service-${index}`,
    action: 'deployed',
  }));
  const seen: string[] = [];
  const { document: found } = await run(
    { when: ['deploy'], out: events([], document('DeployResult.json', { services })) },
    { onEvent: ({ type }) => seen.push(type) },
  );
  expect(found?.fields.list('services')).toHaveLength(2_000);
  expect(seen).toEqual(['result']);
});

test('a document keeps every byte; what is no document is none', async () => {
  const out = document('DeployPlan.json', { humanText: 'größer ✓' });
  expect(await run({ when: ['deploy'], out })).toMatchObject({ code: 0, text: out });
  expect(await run({ when: ['deploy'], out: `${out}${out}` })).not.toHaveProperty('document');
  expect(await run({ when: ['deploy'], out: '{"kind":' })).not.toHaveProperty('document');
});

test('the error is what the program says, not how it is used', async () => {
  const err = 'Error: unknown environment "x"\nUsage:\n  tako deploy [flags]\n';
  expect(await run({ when: ['deploy'], err, exit: 1 })).toMatchObject({
    code: 1,
    error: clean('unknown environment "x"'),
  });
});
