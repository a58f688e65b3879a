import { describe, expect, it } from 'vitest';
import { COMPLETED, failedIn, runningIn } from '../../../kit/stagecraft.ts';
import { codes } from '../read-project.ts';
import { entry, environment, projectOf, projectWith, sampleProject } from './project.ts';

it('keeps releases of one id apart, and goes by the first as the CLI does', async () => {
  const project = await projectOf([
    entry({ id: 'rel-1', version: 'first', phases: failedIn('push') }),
    entry({ id: 'rel-1', version: 'second', previous_id: 'rel-1' }),
    entry({ id: 'rel-2', timestamp: '2026-11-20T11:30:00Z', previous_id: 'rel-1' }),
  ]);
  const { releases, rollbackPoints } = environment(project, 'prod');
  expect(releases.map(({ version }) => version)).toEqual(['v1', 'first', 'second']);
  expect(new Set(releases.map(({ key }) => key)).size).toBe(3);
  expect(rollbackPoints).toEqual([]);
  expect(codes(project)).toEqual(['duplicate-id', 'own-predecessor']);
});

it('says where the release before is not what it should be', async () => {
  const project = await projectOf([
    entry({ id: 'a', previous_id: 'b' }),
    entry({ id: 'b', previous_id: 'c' }),
    entry({ id: 'c', previous_id: 'a' }),
    entry({ id: 'd', previous_id: 'a' }),
    entry({ id: 'e', previous_id: 'gone' }),
    entry({ id: 'f', previous_id: 'gone too' }),
    entry({ id: 'g', previous_id: 'g' }),
    entry({ id: 'h', previous_id: 'a', environment: 'dev' }),
  ]);
  const said = Object.fromEntries(
    project.findings.map(({ code, text, severity }) => [code, `${severity} ${text}`]),
  );
  expect(Object.keys(said).sort()).toEqual([
    'foreign-predecessor',
    'missing-predecessor',
    'own-predecessor',
    'predecessor-circle',
  ]);
  expect(said['missing-predecessor']).toMatch(/^info e and 1 more:/);
  expect(said['foreign-predecessor']).toMatch(/^info h:/);
  expect(said['own-predecessor']).toMatch(/^info g:/);
  expect(said['predecessor-circle']).toMatch(/^info a:/);
});

describe('what the CLI cannot read is shown all the same', () => {
  const good = entry({ id: 'good', timestamp: '2026-11-20T11:30:00Z' });
  const cases: readonly [string, unknown, string, number][] = [
    ['null', null, 'null-entry', 1],
    ['a text', 'rel-1', 'not-a-release', 1],
    ['a list', [], 'not-a-release', 1],
    ['a number as version', entry({ version: 2 }), 'wrong-type', 2],
    ['an object as id', entry({ id: {} }), 'wrong-type', 2],
    ['a list of phases', entry({ phases: ['build'] }), 'wrong-type', 2],
    ['a number as status', entry({ phases: { ...COMPLETED, push: 1 } }), 'wrong-type', 2],
    ['a time without zone', entry({ timestamp: '2026-11-20T11:00:00' }), 'bad-timestamp', 2],
    ['a time without seconds', entry({ timestamp: '2026-11-20 11:00' }), 'bad-timestamp', 2],
    ['no time', entry({ timestamp: '' }), 'bad-timestamp', 2],
    ['a day that does not exist', entry({ timestamp: '2026-02-30T11:00:00Z' }), 'bad-timestamp', 2],
    ['a number as time', entry({ timestamp: 1_763_000_000 }), 'wrong-type', 2],
  ];
  it.each(cases)('%s', async (_name, odd, code, rows) => {
    const project = await projectOf([odd, good]);
    const releases = project.environments.flatMap(each => each.releases);
    expect(releases).toHaveLength(rows);
    expect(releases[0]?.id).toBe('good');
    expect(project.findings).toContainEqual(
      expect.objectContaining({
        code,
        severity: 'warning',
        at: expect.objectContaining({ line: 3 }) as unknown,
      }),
    );
    expect(project.findings.find(finding => finding.code === code)?.text).toContain('Stagecraft CLI');
  });

  it('a number as version is its text', async () => {
    const project = await projectOf([entry({ version: 2 })]);
    expect(environment(project, 'prod').releases[0]?.version).toBe('2');
  });
});

it('accepts what the CLI accepts', async () => {
  const project = await projectWith({
    '.stagecraft/releases.json': JSON.stringify({
      Releases: [
        { ID: 'x', Environment: 'prod', Timestamp: '1969-12-31T23:59:59Z', phases: null, note: 'kept' },
      ],
    }),
  });
  expect(environment(project, 'prod').releases).toMatchObject([{ id: 'x', status: 'pending' }]);
  expect(codes(project)).toEqual(['missing-phases']);
  for (const empty of ['null', '{}', '{"releases":null}']) {
    expect(await projectWith({ '.stagecraft/releases.json': empty })).toMatchObject({
      environments: [],
      findings: [],
    });
  }
});

it('takes a missing id for no predecessor of others', async () => {
  const project = await projectOf([entry({ id: '', previous_id: 'a' }), entry({ id: 'a' })]);
  expect(project.findings).toEqual([]);
});

it('finds nothing odd in two releases of one moment', async () => {
  const ids = ['rel-20261120-110000001', 'rel-20261120-110000002'];
  expect((await projectOf(ids.map(id => entry({ id })))).findings).toEqual([]);
});

it('notes that several releases are running', async () => {
  const project = await projectOf([
    entry({ id: 'a', phases: runningIn('build') }),
    entry({ id: 'b', phases: runningIn('push') }),
    entry({ id: 'c', phases: runningIn('push'), environment: 'dev' }),
  ]);
  expect(project.findings).toContainEqual(
    expect.objectContaining({
      code: 'several-running',
      severity: 'info',
      text: expect.stringMatching(/^a and 1 more:/) as unknown,
    }),
  );
});

describe('broken samples', () => {
  const cases: readonly [string, readonly string[], number][] = [
    ['allskipped', [], 1],
    ['badts', ['bad-timestamp', 'missing-phases'], 1],
    ['bom', ['byte-order-mark'], 0],
    ['dup', ['duplicate-id', 'missing-phases'], 2],
    ['empty', ['json-empty'], 0],
    ['null', [], 0],
  ];
  it.each(cases)('%s', async (name, found, rows) => {
    const project = await sampleProject(`bad/releases.${name}.json`);
    expect(codes(project)).toEqual(found);
    expect(project.environments.flatMap(({ releases }) => releases)).toHaveLength(rows);
  });
});
