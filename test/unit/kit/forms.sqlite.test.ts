import { expect, onTestFinished, test } from 'vitest';
import { openReader, readOnce } from '../../../src/engine.ts';
import type { Project } from '../../../src/state/model.ts';
import type { Files } from '../../kit/files.ts';
import { goState, pythonState, runState, type Inventory } from '../../kit/ftl2.ts';
import { insertResource, insertStack, takeLock, takeSnapshot } from '../../kit/sloth.ts';
import { writeOpenDatabase } from '../../kit/sloth-database.ts';
import { COMPLETED, failedIn, releasesFile } from '../../kit/stagecraft.ts';
import { programLog, takoFolder, type Deploy, type TakoForm } from '../../kit/tako.ts';
import { lockFile, secretFiles } from '../../kit/tako-parts.ts';
import { HOUR, MINUTE } from '../../kit/times.ts';
import { workspace } from '../../kit/workspace.ts';

// The readers against the writers: both were made from the same descriptions, but by different people.

const NOW = Date.now();
const SECRET = 'canary-Zx81kQ';
const COMMIT = '4f2c9ab7d0e1c2b3a4958677f6e5d4c3b2a19080';
const ZONE = -300;

function takoFiles(form: TakoForm): Files {
  const deploy = { environment: 'production', commit: COMMIT, by: 'maria' };
  const deploys: Deploy[] = [
    { ...deploy, at: NOW - 3 * HOUR },
    { ...deploy, at: NOW - 2 * HOUR, status: 'failed', notes: 'web did not start' },
    { ...deploy, at: NOW - HOUR, kind: 'rollback' },
  ];
  const servers = { production: ['web01'] };
  const project = { form, name: form, createdAt: NOW - HOUR, zone: ZONE, servers, deploys } as const;
  const withLogs = {
    ...project,
    deploys: deploys.map(each => ({ ...each, log: programLog(project, each) })),
  };
  return {
    ...takoFolder(withLogs),
    ...secretFiles(form, 'production', SECRET),
    ...lockFile({ operation: 'deploy', who: 'maria@mbp', at: NOW - 2 * HOUR, pid: 1, zone: ZONE }),
  };
}

const INVENTORY: Inventory = {
  createdAt: NOW,
  updatedAt: NOW,
  hosts: [
    {
      name: 'db01',
      address: '10.0.0.9',
      user: 'admin',
      groups: ['databases'],
      variables: { ansible_password: SECRET, rack: 4 },
      at: NOW,
    },
  ],
  resources: [{ name: 'db01', provider: 'linode', id: 7, data: { root_pass: SECRET }, at: NOW }],
};

async function read(
  files: Files,
  more: (root: string) => void = () => undefined,
): Promise<readonly Project[]> {
  const folder = workspace(onTestFinished);
  folder.write(files);
  more(folder.root);
  const reader = openReader({});
  const state = await readOnce(reader, [folder.root]);
  await reader.close();
  const findings = [...state.findings, ...state.projects.flatMap(project => project.findings)];
  expect(findings.filter(({ severity }) => severity === 'error')).toEqual([]);
  expect(JSON.stringify(state)).not.toContain(SECRET);
  return state.projects;
}

test.each<TakoForm>(['seed', 'swarm', 'takod'])('Tako, %s form', async form => {
  const [project] = await read(takoFiles(form));
  const [production] = project?.environments ?? [];

  expect(project).toMatchObject({ tool: 'tako', lock: { by: 'maria@mbp', verdict: 'stale' } });
  expect(
    production?.releases.map(({ outcome, kind, at }) => ({ outcome, kind, at: at && Math.floor(at / 1000) })),
  ).toEqual(
    [
      { kind: 'rollback', hours: 1, outcome: 'rolled-back' },
      { kind: 'deploy', hours: 2, outcome: 'failed' },
      { kind: 'deploy', hours: 3, outcome: 'succeeded' },
    ].map(({ outcome, kind, hours }) => ({ outcome, kind, at: Math.floor((NOW - hours * HOUR) / 1000) })),
  );
  expect(production?.current).toBe(production?.releases[0]?.id);
  expect(production?.releases.every(({ log }) => log !== undefined)).toBe(true);
});

test.each(['seed', 'program'] as const)('Stagecraft, %s form', async form => {
  const releases = [
    { environment: 'prod', at: NOW - 2 * HOUR, version: 'v1', commit: COMMIT, phases: COMPLETED },
    { environment: 'prod', at: NOW - HOUR, version: 'v2', commit: COMMIT, phases: failedIn('rollout') },
  ];
  const [project] = await read(releasesFile(form, releases, ZONE));
  const [newest, older] = project?.environments[0]?.releases ?? [];

  expect(newest).toMatchObject({ version: 'v2', outcome: 'failed', previous: older?.id });
  expect(newest?.phases.map(({ name }) => name)).toEqual([
    'build',
    'push',
    'migrate_pre',
    'rollout',
    'migrate_post',
    'finalize',
  ]);
  expect(older).toMatchObject({ version: 'v1', outcome: 'succeeded', commit: COMMIT });
});

test.each([
  ['A', goState(INVENTORY, ZONE)],
  ['B', pythonState(INVENTORY)],
])('FTL2, form %s', async (_, files) => {
  const [project] = await read(files);
  expect(project).toMatchObject({
    tool: 'ftl2',
    servers: [{ name: 'db01', address: '10.0.0.9', user: 'admin', groups: ['databases'] }],
    resources: [{ id: '7', name: 'db01' }],
  });
  expect(project?.servers[0]?.resources).toEqual([project?.resources[0]?.key]);
});

test('FTL2, form C beside form B: what failed is told, nothing else', async () => {
  const run = { module: 'apt', inventoryFile: 'i.yml', at: NOW, hosts: { db01: { error: 'unreachable' } } };
  const projects = await read({ ...pythonState(INVENTORY), ...runState(run, '.ftl2-run-state.json') });
  expect(JSON.stringify(projects)).toContain('unreachable');
});

test('sloth-runner, with everything in the log', async () => {
  const [project] = await read({}, root => {
    writeOpenDatabase(
      `${root}/infra/stacks.db`,
      database => {
        insertStack(database, { id: 'id-1', name: 'prod-web', at: NOW - HOUR, status: 'completed' });
        const properties = { size: 'cx22', password: SECRET };
        insertResource(database, 'id-1', { module: 'vm', type: 'server', name: 'a', properties, at: NOW });
        takeSnapshot(database, 'id-1', 'ana', 'first', NOW);
        takeLock(database, 'id-1', { operation: 'deploy', by: 'ana', at: NOW - MINUTE });
      },
      { zone: ZONE },
    );
  });
  expect(project?.stacks).toMatchObject([
    {
      name: 'prod-web',
      outcome: 'succeeded',
      createdAt: NOW - HOUR,
      resources: [{ name: 'a', type: 'server' }],
      snapshots: [{ version: 1, by: 'ana', description: 'first' }],
      lock: { by: 'ana', operation: 'deploy', verdict: 'held' },
    },
  ]);
});
