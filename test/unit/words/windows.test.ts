import { describe, expect, onTestFinished, test } from 'vitest';
import { clean } from '../../../src/base/clean.ts';
import { openReader, readOnce } from '../../../src/engine.ts';
import { machinesOf } from '../../../src/state/machines.ts';
import type { State } from '../../../src/state/model.ts';
import { loadMigrations } from '../../../src/upgrade/migrations.ts';
import type { Allowed } from '../../../src/upgrade/strategy.ts';
import { windowFrom, type Window } from '../../../src/upgrade/window.ts';
import { missedWords, scheduledWords } from '../../../src/words/scheduled.ts';
import {
  decisionWords,
  judge,
  planNotes,
  proposals,
  proposalWords,
  windowWords,
} from '../../../src/words/windows.ts';
import { answerOf } from '../../kit/observed.ts';
import { workspace } from '../../kit/workspace.ts';

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
const nights: Window = { days: ['saturday', 'sunday'], start: '02:00', end: '06:00', zone };
const local = (text: string): number => new Date(text).getTime(); // by the clock here
const NOW = local('2026-11-21T03:00');
const allowed: Allowed = { strategy: 'balanced', window: windowFrom({ ...nights }) };
const migrations = loadMigrations();

/** Servers of a project, all of which answered with this version an hour ago. */
async function stateOf(setup: string, version = '1.1.0'): Promise<State> {
  const { root, write } = workspace(onTestFinished);
  write({
    'tako.yaml': `project: { name: shop, version: 1 }
${setup}
servers:
  web01: { host: 10.0.0.1 }
  web02: { host: 10.0.0.2 }
  hidden: { host: "\${HOST}" }
environments:
  production: { servers: [web01], services: {} }
  staging: { servers: [web02], services: {} }
`,
  });
  const state = await readOnce(
    openReader({}, undefined, () => NOW),
    [root],
  );
  const observation = { at: NOW - 3_600_000, answer: answerOf(version) };
  return { ...state, observed: Object.fromEntries(machinesOf(state).map(({ id }) => [id, observation])) };
}

const judged = (state: State, now = NOW, by = allowed) =>
  judge(state, { servers: {}, isProduction: name => name === 'production', allowed: by, migrations, now });

describe('servers are judged', () => {
  test('each that can be reached, with what is production there', async () => {
    const found = judged(await stateOf(''), NOW, { ...allowed, strategy: 'aggressive' });
    expect(found.map(({ server, decision }) => [server.name, decision.kind])).toEqual([
      ['web01', 'propose'],
      ['web02', 'start'],
    ]);
    expect(found.map(({ decision }) => decisionWords(decision))).toEqual([
      'proposed now: 1.2.0. Nothing starts by itself in production: production.',
      'starts now: 1.2.0',
    ]);
  });

  test('by what their repository says, too', async () => {
    const found = judged(await stateOf('setup: { upgrade_strategy: conservative }'));
    expect(found.map(({ decision }) => decisionWords(decision))).toEqual([
      'Upgrades are started by hand.',
      'Upgrades are started by hand.',
    ]);
    expect(judged(await stateOf('', '2.0.0')).map(({ decision }) => decisionWords(decision))).toEqual([
      undefined,
      undefined,
    ]);
  });

  test('but for those that are being upgraded', async () => {
    const state = await stateOf('');
    const [{ id } = { id: '' }] = machinesOf(state);
    const upgrading = { run: '1', to: '1.2.0', step: 0, steps: 1, doing: clean('backing up'), since: NOW };
    const found = judged({ ...state, upgrading: { [id]: upgrading } });
    expect(found.map(({ server }) => server.name)).toEqual(['web02']);
  });
});

test('servers are proposed together, by version', async () => {
  const [all, ...more] = proposals(judged(await stateOf('')));
  expect(more).toEqual([]);
  if (!all) throw new Error('both are proposed');
  expect(proposalWords(all, nights)).toBe(
    'Window open until 06:00. Upgrade 2 servers to 1.2.0: web01, web02?',
  );
  expect(proposalWords({ ...all, judged: all.judged.slice(1) }, nights)).toBe(
    'Window open until 06:00. Upgrade web02 from 1.1.0 to 1.2.0?',
  );
});

test('a window is open until it closes, else it says when it opens', () => {
  expect(windowWords(nights, NOW)).toBe('window open until 06:00');
  expect(windowWords(nights, local('2026-11-18T01:00'))).toBe('opens Sat 02:00 (in 3 d)');
  const always: Window = {
    ...nights,
    days: ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'],
    end: '02:00',
  };
  expect(windowWords(always, NOW)).toBe('window always open');
});

test('what is set, scheduled and proposed is told', async () => {
  const state = await stateOf('setup: { auto_upgrade: true }');
  const scheduled = { at: NOW, machine: 'm', name: clean('web02'), to: '1.2.0', outsideWindow: false };
  expect(planNotes(state, allowed, scheduled, NOW)).toEqual([
    scheduledWords(scheduled),
    `Maintenance window: Sat, Sun 02:00–06:00 ${zone}, window open until 06:00.`,
    'Strategy: balanced. Patches start by themselves in the window, minor versions are proposed.',
    'shop proposes that upgrades start by themselves; only your own settings can allow that.',
  ]);
  expect(scheduledWords(scheduled)).toMatch(/^The upgrade of web02 to 1\.2\.0 is scheduled for .*2026.*3:00/);
  expect(missedWords(scheduled)).toMatch(/was not started: nothing is started late/);
  const odd: Allowed = { strategy: 'conservative', window: windowFrom('nightly') };
  expect(planNotes(await stateOf(''), odd, undefined, NOW)).toEqual([
    'The maintenance window is not understood: it is no object with days, start and end.',
    'Strategy: conservative. Upgrades are started by hand.',
  ]);
});
