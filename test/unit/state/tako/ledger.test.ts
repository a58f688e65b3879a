import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { takoLock } from '../../../../src/state/tako/hold.ts';
import { beginDeployment, logError, type Beginning, type Ending } from '../../../../src/state/tako/ledger.ts';
import { contents } from '../../../kit/operate.ts';
import { workspace } from '../../../kit/workspace.ts';
import { briefs, CURRENT, environment, HISTORY, ids, readProject } from './reading.ts';
import { ABOUT, AT, deployment, MINUTE, never, save, SECOND } from './writing.ts';

const LOG = '.tako/logs/deployments/2024-11-13T10-30-00Z.log';
const BEGINNING: Beginning = { environment: 'production', kind: 'deploy', commit: 'a1b2c3d4e5', secrets: [] };
const ENDING: Ending = deployment();

async function begin(root: string, about: Partial<Beginning> = {}, now = AT) {
  const held = await takoLock(root).acquire('deploy', never);
  onTestFinished(() => held.release());
  let time = now;
  const ledger = await beginDeployment(root, held, { ...BEGINNING, ...about }, () => time);
  const at = (later: number): typeof ledger => {
    time = now + later;
    return ledger;
  };
  return { held, at, id: ledger.id };
}

test('a deployment is seen while it runs, and recorded at its end', async () => {
  const { root, file } = workspace(onTestFinished);
  const { at, id } = await begin(root, { by: 'maria' });
  expect(id).toBe('deploy-20241113-103000');
  await at(SECOND).phase('build', 'started');
  await at(20 * SECOND).phase('build', 'completed');
  await at(20 * SECOND).phase('migrate', 'skipped');
  await at(21 * SECOND).phase('rollout', 'started');

  const now = () => AT + MINUTE;
  const running = environment(await readProject(root, { now }), 'production');
  expect(running.current).toBeUndefined();
  expect(running.releases).toMatchObject([
    {
      id,
      outcome: 'running',
      at: AT,
      phases: [
        { name: 'build', status: 'completed', at: AT + 20 * SECOND },
        { name: 'migrate', status: 'skipped' },
        { name: 'rollout', status: 'running', at: AT + 21 * SECOND },
      ],
      log: file(LOG),
    },
  ]);
  expect(Object.keys(contents(root))).toEqual(['.tako/.gitignore', LOG]);

  await at(45 * SECOND).phase('rollout', 'completed');
  await at(45 * SECOND).end(ENDING, ABOUT);
  const project = await readProject(root, { now });
  const { releases, current } = environment(project, 'production');
  expect(current).toBe(id);
  expect(releases).toMatchObject([{ id, outcome: 'succeeded', at: AT + 45 * SECOND, durationSeconds: 45 }]);
  expect(releases[0]).toMatchObject({ commit: 'a1b2c3d4e5', by: 'maria', log: file(LOG) });
  expect(releases[0]?.phases.map(({ status }) => status)).toEqual(['completed', 'skipped', 'completed']);
  expect(briefs(project)).toEqual([]);
  expect(readFileSync(file(LOG), 'utf8')).toBe(`[2024-11-13T10:30:00Z] Starting deployment to production
[2024-11-13T10:30:00Z] Deployment id: deploy-20241113-103000
[2024-11-13T10:30:00Z] Git commit: a1b2c3d
[2024-11-13T10:30:01Z] phase build started
[2024-11-13T10:30:20Z] phase build completed
[2024-11-13T10:30:20Z] phase migrate skipped
[2024-11-13T10:30:21Z] phase rollout started
[2024-11-13T10:30:45Z] phase rollout completed
[2024-11-13T10:30:45Z] Deployment ended: success
`);
});

test('the one before stays current while another one runs', async () => {
  const { root } = workspace(onTestFinished);
  await save(root, { timestamp: AT - MINUTE });
  const before = contents(root);
  const { at, id } = await begin(root);
  await at(SECOND).phase('build', 'started');
  expect(contents(root)).toMatchObject(before);
  const { current, releases } = environment(
    await readProject(root, { now: () => AT + MINUTE }),
    'production',
  );
  expect([current, releases.map(each => [each.id, each.outcome])]).toEqual([
    'deploy-abc123',
    [
      [id, 'running'],
      ['deploy-abc123', 'succeeded'],
    ],
  ]);
});

test('two that begin in one second have two logs and two ids, each with its own phases', async () => {
  const { root, file } = workspace(onTestFinished);
  const held = await takoLock(root).acquire('deploy', never);
  onTestFinished(() => held.release());
  const ledgers = [];
  for (const phase of ['first', 'second', 'third']) {
    const ledger = await beginDeployment(root, held, BEGINNING, () => AT);
    await ledger.phase(phase, 'started');
    await ledger.phase(phase, 'completed');
    ledgers.push(ledger);
  }
  for (const ledger of ledgers.toReversed()) await ledger.end(ENDING, ABOUT);
  expect(readdirSync(file('.tako/logs/deployments')).sort()).toEqual([
    '2024-11-13T10-30-00Z.log',
    '2024-11-13T10-30-00Z_2.log',
    '2024-11-13T10-30-00Z_3.log',
  ]);
  expect(readdirSync(file(HISTORY))).toHaveLength(3);
  const { releases } = environment(await readProject(root), 'production');
  expect(releases.map(({ id, phases }) => [id, phases.map(({ name }) => name)]).sort()).toEqual([
    ['deploy-20241113-103000', ['first']],
    ['deploy-20241113-103000_2', ['second']],
    ['deploy-20241113-103000_3', ['third']],
  ]);
});

test('logs are single clean lines without secrets', async () => {
  const { root, file } = workspace(onTestFinished);
  const { at } = await begin(root, { secrets: ['correct horse'] });
  await at(0).log('two\nlines \u001b[31mred\u001b[0m correct horse');
  await at(0).build(`npm notice token=abcdefgh ${'x'.repeat(10_000)}`);
  await logError(root, 'correct\thorse', [], AT);
  expect(readFileSync(file(LOG), 'utf8')).toContain('\n[2024-11-13T10:30:00Z] two lines red ••••••\n');
  const [build, rest] = readFileSync(file('.tako/logs/builds/2024-11-13T10-30-00Z.log'), 'utf8').split('\n');
  expect(build).toMatch(/^\[2024-11-13T10:30:00Z\] npm notice token=•••••• x+…$/);
  expect(rest).toBe('');
  expect(readFileSync(file('.tako/logs/errors/2024-11-13.log'), 'utf8')).toBe(
    '[2024-11-13T10:30:00Z] correct horse\n',
  );
});

test.each([
  ['.tako/state.json', '{'],
  ['.tako/state.json', '{"version":"7.0.0"}'],
  [CURRENT, '{'],
])('nothing begins that could not be recorded: %s is %s', async (name, text) => {
  const { root, write, file } = workspace(onTestFinished);
  write({ '.tako/.gitignore': '*\n', [name]: text });
  await expect(begin(root)).rejects.toMatchObject({
    code: expect.stringMatching(/^(damaged|newer-version)$/) as string,
  });
  expect(existsSync(file('.tako/logs'))).toBe(false);
});

test('a log names an environment, not a folder', async () => {
  const { root, write } = workspace(onTestFinished);
  await save(root);
  write({
    [LOG]: `[2024-11-13T10:30:00Z] Starting deployment to ../deployments/production
[2024-11-13T10:30:00Z] Deployment id: deploy-other
[2024-11-13T10:30:00Z] phase build started
`,
  });
  expect(ids(await readProject(root))).toEqual(['deploy-abc123']);
  const { environments } = await readProject(root);
  expect(environments.map(({ name }) => name)).toEqual(['production']);
});

test('a deployment that runs is called by its commit, and says which of its phases it is in', async () => {
  const { root } = workspace(onTestFinished);
  const { at } = await begin(root, {});
  await at(SECOND).phase('build', 'started');
  await at(2 * SECOND).phase('build', 'completed');
  await at(2 * SECOND).phase('push', 'started');
  const { releases } = environment(await readProject(root, { now: () => AT + MINUTE }), 'production');
  expect(releases[0]).toMatchObject({ commit: 'a1b2c3d', outcome: 'running' });
  expect(releases[0]?.phases.map(({ name, status }) => `${name} ${status}`)).toEqual([
    'build completed',
    'push running',
    ...['migrate_pre', 'rollout', 'migrate_post', 'finalize'].map(name => `${name} pending`),
  ]);
});
