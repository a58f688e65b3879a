import { describe, expect, test } from 'vitest';
import { clean } from '../../../src/base/clean.ts';
import { engineFor } from '../../../src/deploy/plan/engine-for.ts';
import type { EnvironmentRef } from '../../../src/deploy/requests.ts';
import { history, services } from '../../../src/deploy/tako-cli/documents.ts';
import { takoDocument } from '../../../src/deploy/tako-cli/document.ts';
import type { State } from '../../../src/state/model.ts';
import type { NoAnswer } from '../../../src/state/observed.ts';
import { takodKey, type TakodAnswer, type TakodService } from '../../../src/state/takod.ts';
import { attention } from '../../../src/words/attention.ts';
import { productionBy } from '../../../src/words/production.ts';
import type { Row } from '../../../src/words/row.ts';
import { rowsOf } from '../../../src/words/rows.ts';
import { takodDocument, takodLine } from '../../../src/words/takod-document.ts';
import { takodWords } from '../../../src/words/takod.ts';
import { AT, NOW, seen } from '../../kit/asked.ts';
import { answerOf } from '../../kit/observed.ts';
import { document } from '../../kit/tako-program.ts';

function fieldsOf(name: string): Parameters<typeof services>[0] {
  const found = takoDocument(document(name));
  if (!found) throw new Error(`${name} is no document`);
  return found.fields;
}

describe('what takod answered', () => {
  const running = services(fieldsOf('StatusResult.json'));
  const answer: TakodAnswer = {
    services: running,
    history: history(fieldsOf('HistoryResult.constructed.json')),
    missing: [{ part: clean('drift'), why: clean('unknown command') }],
  };
  const observation = { at: new Date(2026, 6, 18, 14, 8).getTime(), answer };

  test('of each service', () => {
    expect(running.map(takodWords)).toEqual(['takod: 2 of 2 running · healthy', 'takod: scheduled']);
  });

  test('in one line, which never passes for more than was answered', () => {
    expect(takodLine(clean('production'), observation)).toMatch(
      /^production: 2 of 2 services well, drift not told, asked .*08/,
    );
    const [web] = running;
    const short = web ? [{ ...web, running: 1 }] : [];
    expect(takodLine(clean('production'), { at: 0, answer: { services: short, missing: [] } })).toMatch(
      /^production: 0 of 1 services well, web 1 of 2 running · healthy, asked /,
    );
  });

  test('as a document with the nodes and the ids that can be gone back to', () => {
    const text = takodDocument(clean('production'), observation);
    expect(text).toContain(
      '- web · 2 of 2 running · healthy · demo/web:abcdef123456 · abcdef123456 · node-a 1 · node-b 1',
    );
    expect(text).toContain('· 1784381412345678901_4242');
    expect(text).toContain('Not told\n- drift: unknown command');
  });
});

describe('an environment that takod runs', () => {
  const run = answerOf('', { setup: { kind: 'takod', evidence: clean('/run/tako/takod.sock') } });
  const web: TakodService = {
    name: clean('web'),
    desired: 2,
    running: 2,
    status: clean('running'),
    nodes: [],
    isJob: false,
  };

  /** As it is shown when takod answered this. */
  async function shown(told: Partial<TakodAnswer> | NoAnswer): Promise<State> {
    const state = await seen({ a: run, b: run });
    const [project] = state.projects;
    if (!project) throw new Error('there is a project');
    const key = takodKey({ root: project.root, environment: 'production' });
    const observation = 'code' in told ? { failure: told } : { answer: { missing: [], ...told } };
    return { ...state, takod: { [key]: { at: AT, ...observation } } };
  }
  const environmentIn = (state: State): Row => {
    const [row] = rowsOf('releases', state, NOW);
    if (!row) throw new Error('there is an environment');
    return row;
  };

  test('says that it runs as deployed, by takod', async () => {
    const state = await shown({ services: [web], drift: { drifted: false, drifts: [], well: [] } });
    expect(environmentIn(state).description).toBe(
      'nothing recorded yet · takod: runs as deployed on 2 of 2, asked 11:58',
    );
    expect(attention(state, productionBy([]))).toEqual([]);
  });

  test('says what differs and what is short, everywhere where that of other servers is said', async () => {
    const state = await shown({
      services: [
        { ...web, running: 1 },
        { ...web, name: clean('api'), running: 0 },
      ],
      drift: {
        drifted: true,
        well: [],
        drifts: [
          {
            service: clean('web'),
            type: clean('image_changed'),
            severity: clean('high'),
            expected: clean('shop/web:v2'),
            actual: clean('shop/web:v1'),
          },
        ],
      },
    });
    expect(environmentIn(state).description).toBe(
      'nothing recorded yet · web, api differ from the record · asked 11:58',
    );
    expect(attention(state, productionBy([])).map(({ text }) => text)).toEqual([
      'production: web: servers run v1, recorded v2',
      'production: api 0 of 2',
    ]);
    const [group] = rowsOf('services', state, NOW);
    const rows = (group?.children ?? []).flatMap(each => [each, ...(each.children ?? [])]);
    expect(rows.map(({ label, description }) => `${label}: ${description}`)).toEqual([
      expect.stringMatching(/^web: .*takod: 1 of 2 running/),
      'web: servers run v1, recorded v2: asked 11:58',
      'api 0 of 2: asked 11:58',
    ]);
    // What takod runs is recorded by takod alone.
    const abilities = rows.flatMap(row => row.abilities ?? []);
    expect(abilities).toContain('redeploy');
    expect(abilities).not.toContain('adoptDrift');
  });

  test('what takod does not tell and what it finds wrong are rows of their own', async () => {
    const state = await shown({
      missing: [{ part: clean('drift'), why: clean('no answer in time') }],
      checks: [
        {
          name: clean('dns'),
          status: clean('fail'),
          detail: clean('no record'),
          remediation: clean('Add it.'),
        },
        { name: clean('ssh'), status: clean('pass'), detail: clean('well') },
      ],
      state: {
        nodes: [{ name: clean('a'), reachable: true, lease: clean('maria@ci') }],
        recommendations: [],
      },
    });
    const row = environmentIn(state);
    expect(row.description).toBe('nothing recorded yet · asked 11:58');
    expect(row.children?.map(({ label, description }) => `${label} · ${description}`)).toEqual([
      'takod does not tell: drift · no answer in time · asked 11:58',
      'dns: no record · Add it. · asked 11:58',
      'held by maria@ci · on a · asked 11:58',
    ]);
  });

  test('without the program it says what is needed, where it can be chosen', async () => {
    const missing: NoAnswer = {
      code: 'tako-missing',
      what: clean('No tako.'),
      where: clean('tako'),
      next: clean('Install it, or choose it.'),
    };
    const row = environmentIn(await shown(missing));
    expect(row.description).toBe('nothing recorded yet · run by takod, and no tako program here to ask it');
    expect(row.abilities).toContain('chooseTako');
    expect(row.children).toMatchObject([
      {
        label: 'No tako.',
        description: 'Install it, or choose it. · asked 11:58',
        abilities: ['chooseTako'],
      },
    ]);
    const late = environmentIn(await shown({ ...missing, code: 'tako-late' }));
    expect(late.description).toBe('nothing recorded yet · takod was not heard · asked 11:58');
    expect(late.abilities).not.toContain('chooseTako');
  });
});

describe('who deploys', () => {
  const where: EnvironmentRef = {
    tool: 'tako',
    root: '/p',
    environment: 'production',
    project: clean('shop'),
    isProduction: true,
    servers: [{ id: 'a', name: clean('a'), target: { host: 'a' } }],
  };
  const answered = (kind: string): State['observed'] =>
    ({ a: { at: 0, answer: { setup: { kind } } } }) as unknown as State['observed']; // nothing else counts

  test.each([
    ['auto', 'takod', 'tako-cli'],
    ['auto', 'not-set-up', 'builtin'],
    ['builtin', 'takod', 'builtin'],
    ['cli', 'not-set-up', 'tako-cli'],
  ] as const)('%s, servers are %s: %s', (engine, kind, wanted) => {
    expect(engineFor(where, answered(kind), { engine })).toBe(wanted);
  });

  test('of servers that were not asked nothing is known, and Stagecraft has no such program', () => {
    expect(engineFor(where, {}, { engine: 'auto' })).toBe('builtin');
    expect(engineFor({ ...where, tool: 'stagecraft' }, answered('takod'), { engine: 'cli' })).toBe('builtin');
  });
});
