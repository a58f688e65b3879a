import { describe, expect, it, onTestFinished } from 'vitest';
import type { Key } from '../../../src/base/finding.ts';
import { openReader, readOnce } from '../../../src/engine.ts';
import type { State } from '../../../src/state/model.ts';
import { impactKey, impactText } from '../../../src/words/impact-document.ts';
import type { Row } from '../../../src/words/row.ts';
import { rowsOf } from '../../../src/words/rows.ts';
import { pythonState } from '../../kit/ftl2.ts';
import { takoFolder, type ContainerRecord, type ServiceRecord } from '../../kit/tako.ts';
import { HOUR, seedTime } from '../../kit/times.ts';
import { workspace } from '../../kit/workspace.ts';

const NOW = Date.UTC(2026, 10, 20, 12);

const CONFIG = `project: { name: shop, version: 1.0.0 }
servers:
  web01: { host: 10.0.0.1, user: deploy }
  web02: { host: 10.0.0.2, user: deploy }
environments:
  production:
    servers: [web01, web02]
    services:
      db: { image: postgres:16 }
      api: { build: ., dependsOn: [db] }
      web: { build: ., dependsOn: [api, mail] }
      ping: { build: ., dependsOn: [pong] }
      pong: { build: ., dependsOn: [ping] }
`;

type Containers = readonly (readonly [node: string, status: string])[];

function service(containers: Containers): ServiceRecord {
  const record = ([node, status]: Containers[number], index: number): ContainerRecord => ({
    id: `${index}c0ffee00000`,
    node,
    status,
    started_at: seedTime(NOW - HOUR),
  });
  return {
    image: 'shop/x:1',
    image_id: `sha256:${'0'.repeat(64)}`,
    replicas: containers.length,
    ports: [],
    domains: null,
    health: 'healthy',
    containers: containers.map(record),
  };
}

const PLACED = {
  db: service([['web01', 'running']]),
  api: service([
    ['web01', 'running'],
    ['web02', 'exited'],
  ]),
  web: service([
    ['web01', 'running'],
    ['web02', 'running'],
  ]),
};

async function shop(services?: Readonly<Record<string, ServiceRecord>>): Promise<State> {
  const { write, root } = workspace(onTestFinished);
  write({ 'tako.yaml': CONFIG });
  const servers = { production: ['web01', 'web02'] };
  const deploys = services
    ? [{ environment: 'production', at: NOW - HOUR, commit: 'a1b2c3d', services }]
    : [];
  if (services) write(takoFolder({ form: 'seed', name: 'shop', createdAt: NOW, servers, deploys }));
  const host = { name: 'web01', address: '10.0.0.1', groups: ['web'], user: 'admin', at: NOW };
  const resource = { name: 'web01', provider: 'hetzner', data: { type: 'cx22' }, at: NOW };
  const hosts = pythonState({ createdAt: NOW, updatedAt: NOW, hosts: [host], resources: [resource] });
  for (const [file, body] of Object.entries(hosts)) write({ [`infra/${file}`]: body });
  return readOnce(
    openReader({}, undefined, () => NOW),
    [root],
  );
}

function flat(rows: readonly Row[]): readonly Row[] {
  return rows.flatMap(row => [row, ...flat(row.children ?? [])]);
}

function factsOf(
  state: State,
  view: 'services' | 'servers',
  label: string,
): Readonly<Record<string, string>> {
  const row = flat(rowsOf(view, state, NOW)).find(each => each.label === label);
  return Object.fromEntries((row?.facts ?? []).map(({ name, value }) => [name, value]));
}

function documentOf(
  state: State,
  name: string,
  kind: 'services' | 'servers' | 'resources',
): readonly string[] {
  const things = state.projects.flatMap(
    (project): readonly { readonly name: string; readonly key: Key }[] => project[kind],
  );
  const thing = things.find(each => each.name === name);
  if (!thing) throw new Error(`no ${name}`);
  return (impactText(state, impactKey(thing.key)) ?? '').split('\n').filter(line => line !== '');
}

describe('a service', () => {
  it('says what it needs and what needs it, in its row where that is short', async () => {
    const state = await shop();
    const rows = flat(rowsOf('services', state, NOW));
    const description = (label: string) => rows.find(row => row.label === label)?.description;
    expect(description('db')).toBe('nothing recorded · 16 · needed by api');
    expect(description('api')).toBe('nothing recorded · needs db · needed by web');
    expect(factsOf(state, 'services', 'db')).toMatchObject({
      'Needed by': 'api',
      'If it goes': '2 other services are affected',
    });
    expect(factsOf(state, 'services', 'web')).toMatchObject({ 'Depends on': 'api, mail (not configured)' });
    expect(factsOf(state, 'services', 'ping')).toMatchObject({
      Circle: 'In a circle need each other: ping, pong.',
    });
  });

  it('has a document of that', async () => {
    expect(documentOf(await shop(PLACED), 'api', 'services')).toEqual([
      'Dependencies of api in production',
      'Needs',
      '  db',
      'Needed by (1)',
      '  web',
      'Runs on',
      '  web01, web02',
      'What services need is as configured now.',
      expect.stringMatching(/^Where they run is as recorded with 1 at .*\. No server was asked\.$/),
    ]);
    const all = documentOf(await shop(), 'db', 'services');
    expect(all).toContain('  web, through others');
    expect(all).toContain('  web01, web02 (where of these is not recorded)');
    expect(all.at(-1)).toBe('Where they run is not recorded. No server was asked.');
  });
});

describe('a server', () => {
  it('takes along what runs nowhere else, and what needs that', async () => {
    const state = await shop(PLACED);
    expect(factsOf(state, 'servers', 'web01')['If it goes']).toBe(
      '5 services: 2 run nowhere else, 1 elsewhere too, 2 perhaps elsewhere; 1 needs what runs nowhere else',
    );
    expect(documentOf(state, 'web01', 'servers')).toEqual([
      'If web01 goes',
      'production keeps web02',
      '  Run nowhere else',
      '    db',
      '    api',
      '  Run elsewhere too',
      '    web: web02',
      '  Perhaps run elsewhere, which is not recorded',
      '    ping: web02',
      '    pong: web02',
      '  Need what runs nowhere else',
      '    web needs api',
      '  Circles',
      '    In a circle need each other: ping, pong.',
      '  What services need is as configured now.',
      expect.stringContaining('as recorded with 1 at'),
      'Its resources, told by their names or addresses; no file links them',
      '  cx22 web01',
    ]);
  });

  it('claims nothing where no record says what runs where', async () => {
    const state = await shop();
    expect(factsOf(state, 'servers', 'web02')['If it goes']).toBe('5 services: 5 perhaps elsewhere');
    expect(documentOf(state, 'web02', 'servers')).toContain('    db: web01');
  });

  it('that runs an environment alone takes all of it', async () => {
    const { write, root } = workspace(onTestFinished);
    write({ 'tako.yaml': CONFIG.replace('[web01, web02]', '[web01]') });
    const state = await readOnce(openReader({}), [root]);
    expect(documentOf(state, 'web01', 'servers').slice(1, 4)).toEqual([
      'production has no other server',
      '  Run nowhere else',
      '    db (by its environment, not recorded)',
    ]);
    expect(documentOf(state, 'web02', 'servers')).toEqual([
      'If web02 goes',
      'No service is known to run on it.',
    ]);
    expect(factsOf(state, 'servers', 'web02')['If it goes']).toBeUndefined();
  });
});

it('a resource takes its host along', async () => {
  const state = await shop(PLACED);
  const lines = documentOf(state, 'web01', 'resources');
  expect(lines.slice(0, 4)).toEqual([
    'If cx22 web01 goes',
    'Hosts, told by their names or addresses; no file links them',
    '  web01',
    'If web01 goes',
  ]);
  expect(lines).toContain('    db');
});

it('a resource of a stack tells what needs it, and what is inferred', async () => {
  const { sample, root } = workspace(onTestFinished);
  sample('sloth-runner/stacks.db');
  const state = await readOnce(openReader({}), [root]);
  const resources = state.projects.flatMap(({ stacks }) => stacks).flatMap(stack => stack.resources);
  const text = (name: string) => {
    const found = resources.find(each => each.name === name);
    return found && impactText(state, impactKey(found.key));
  };
  expect(text('db-net')?.split('\n').slice(2)).toEqual([
    'Needed by (3)',
    '  database postgres-staging',
    '  user app, through others',
    '  migration 0042_add_index, through others',
    '',
  ]);
  expect(text('app')).toContain('vault/secret/missing, which is not recorded');
});

it('any other key has no such document', async () => {
  const state = await shop();
  const [project] = state.projects;
  expect(project && impactText(state, project.key)).toBeUndefined();
  expect(project && impactText(state, impactKey(project.key))).toBeUndefined();
});
