import { describe, expect, onTestFinished, test } from 'vitest';
import { clean, say } from '../../../src/base/clean.ts';
import { openReader, readOnce } from '../../../src/engine.ts';
import { machinesOf } from '../../../src/state/machines.ts';
import type { State } from '../../../src/state/model.ts';
import type { Observation, Setup, SetupRun } from '../../../src/state/observed.ts';
import { loadMigrations } from '../../../src/upgrade/migrations.ts';
import { CAREFULLY } from '../../../src/upgrade/requests.ts';
import { productionBy } from '../../../src/words/production.ts';
import {
  backupProspect,
  endSummary,
  isWaiting,
  listed,
  optionalFeatures,
  prospect,
  restoreEnd,
  rolloutWords,
  setUpProspect,
  upgradedServer,
  upgradeEnd,
  versionChoices,
} from '../../../src/words/upgrade.ts';
import { takoFolder } from '../../kit/tako.ts';
import { MINUTE, seedTime } from '../../kit/times.ts';
import { workspace } from '../../kit/workspace.ts';

const NOW = Date.UTC(2026, 10, 20, 12);
const migrations = loadMigrations();

function answered(setup: Setup, about: Partial<NonNullable<Observation['answer']>> = {}): Observation {
  return {
    at: NOW,
    answer: {
      setup,
      components: {},
      features: [],
      systemd: true,
      user: clean('root'),
      root: true,
      disks: [],
      load: [],
      rebootRequired: false,
      deploying: [],
      docker: { state: 'none' },
      containers: [],
      services: [],
      backups: [],
      stored: [],
      ...about,
    },
  };
}

const versioned = (version: string): Setup => ({
  kind: 'versioned',
  version,
  record: { components: {}, features: [] },
});
const run = { id: 'r', active: false, state: 'paused', last: clean('paused after 1.1.0') } as const;
const silent: Observation = {
  at: NOW,
  failure: { code: 'unreachable', what: say('Nobody answers.'), next: say('Look.') },
};

describe('what can be done to a server', () => {
  test.each<[string, Observation | undefined, string, boolean]>([
    ['1.0.0', answered({ kind: 'legacy', version: '1.0.0' }), '1.0.0 → 2.0.0', true],
    ['1.2.0', answered(versioned('1.2.0')), '1.2.0 → 2.0.0', true],
    ['newest', answered(versioned('2.0.0')), 'This server has version 2.0.0.', false],
    ['newer', answered(versioned('3.0.0')), 'a server goes back only by restoring a backup', false],
    ['bare', answered({ kind: 'not-set-up' }), 'not set up', false],
    ['damaged', answered({ kind: 'damaged', why: say('line 3') }), 'line 3', false],
    ['unknown', answered({ kind: 'unknown', why: say('may not be read') }), 'may not be read', false],
    ['stopped', answered(versioned('1.0.0'), { run }), 'resume it first', false],
    ['active', answered(versioned('1.0.0'), { run: { ...run, active: true } }), 'being changed now', false],
    ['not asked', undefined, 'not asked yet', true],
    ['silent', silent, 'Nobody answers.', true],
  ])('%s', (_, observation, words, isPossible) => {
    const judged = prospect(observation, '2.0.0', migrations);
    expect(judged.words).toContain(words);
    expect(judged.isPossible).toBe(isPossible);
  });

  test('a run that is paused or goes on is waiting, one that stopped otherwise is not', () => {
    const having = (about: Partial<SetupRun>): Observation =>
      answered(versioned('1.0.0'), { run: { ...run, ...about } });
    expect([having({}), having({ active: true, state: 'underway' })].map(isWaiting)).toEqual([true, true]);
    expect([having({ state: 'stuck' }), having({ state: 'finished' }), undefined].map(isWaiting)).toEqual([
      false,
      false,
      false,
    ]);
  });

  test('what takod runs is left to the tako CLI, with the command for it', () => {
    const takod = answered({ kind: 'takod', version: '1.2.1', evidence: say('takod.service') });
    for (const judged of [prospect(takod, '2.0.0', migrations), setUpProspect(takod), backupProspect(takod)])
      expect(judged).toMatchObject({ isPossible: false, command: 'tako upgrade servers' });
  });

  test('only what is not set up is set up, only what has backups is restored', () => {
    expect(setUpProspect(answered({ kind: 'not-set-up' })).isPossible).toBe(true);
    expect(setUpProspect(answered(versioned('1.0.0')))).toMatchObject({ isPossible: false });
    expect(backupProspect(answered(versioned('1.0.0')))).toMatchObject({ isPossible: false });
    const kept = answered(versioned('1.0.0'), { backups: ['backup-20261120-100000'], run });
    expect(backupProspect(kept)).toEqual({ words: '1 backup', isPossible: true });
  });
});

async function state(production: string): Promise<State> {
  const { root, write } = workspace(onTestFinished);
  write({
    ...takoFolder({
      form: 'seed',
      name: 'acme-shop',
      createdAt: NOW,
      servers: { [production]: ['web01'] },
      deploys: [],
    }),
    '.tako/.lock': JSON.stringify({
      id: 'l',
      operation: 'deploy',
      who: 'ana@mbp',
      created: seedTime(Date.now() - MINUTE),
    }),
    'tako.yaml': `project: {name: acme-shop, version: "1"}
servers: {web01: {host: 10.0.0.1, user: deploy}, web02: {host: 10.0.0.2, user: deploy}}
environments: {${production}: {servers: [web01], services: {}}}
`,
  });
  const reader = openReader({ storage: root });
  onTestFinished(() => reader.close());
  return readOnce(reader, [root]);
}

test('a server knows that it is production, and what is recorded as being deployed there', async () => {
  const now = await state('prod-eu');
  const of = (name: string) => {
    const machine = machinesOf(now).find(({ server }) => server.name === name);
    if (!machine) throw new Error(`No ${name}`);
    const ref = { id: machine.id, name: machine.server.name, target: { host: name } };
    return upgradedServer(now, machine, ref, productionBy(['prod*']));
  };
  expect(of('web01').production).toEqual(['prod-eu']);
  expect(of('web01').deploying.join()).toMatch(/prod-eu is locked: .*ana/);
  expect(of('web02')).toMatchObject({ production: [], deploying: [] });
});

test('the end is told as it is', () => {
  const server = (name: string) => ({
    id: name,
    name: clean(name),
    target: { host: name },
    production: [],
    deploying: [],
  });
  const input = { servers: [server('web01')], rollout: CAREFULLY, options: [] };
  const many = { ...input, servers: ['web01', 'web02', 'web03'].map(server) };
  expect(upgradeEnd(input, '1.2.0', { state: 'verified' })).toBe('web01 is on 1.2.0, verified');
  expect(upgradeEnd(many, '1.2.0', { state: 'verified' })).toBe(
    'web01, web02 and web03 are on 1.2.0, verified',
  );
  const why = say('web01 stopped at step 1.2.0 and was taken back');
  expect(upgradeEnd(many, '1.2.0', { state: 'failed', why })).toBe(why);
  expect(restoreEnd(clean('web01'), clean('1.1.0'), { state: 'verified' })).toBe(
    'web01 is back on 1.1.0, verified',
  );
  expect(restoreEnd(clean('web01'), undefined, { state: 'unverified', why })).toBe(`web01: ${why}`);
  expect(listed([clean('web01')])).toBe('web01');
  expect(endSummary(say('Upgrade web01 to 1.2.0'), say('web01 is on 1.2.0, verified'), NOW)).toMatch(
    /^\*\*`Upgrade web01 to 1\.2\.0`\*\*\n- Result: `web01 is on 1\.2\.0, verified`\n- As of: 2026-11-20/,
  );
});

test('options: versions newest first, features on the way, orders in words', () => {
  expect(versionChoices(migrations).map(each => [each.version, each.breaks])).toEqual([
    ['2.0.0', true],
    ['1.2.0', false],
    ['1.1.0', false],
    ['1.0.0', false],
  ]);
  expect(optionalFeatures(migrations, '1.2.0').map(({ name }) => name)).toEqual(['grafana-agent']);
  expect(optionalFeatures(migrations, '1.1.0')).toEqual([]);
  expect(rolloutWords(CAREFULLY)).toBe('one at a time, stop at the first failure');
  expect(rolloutWords({ canaries: 1, width: 4, failures: 1 })).toBe(
    '1 first, then 4 at once, stop after 2 failures',
  );
});
