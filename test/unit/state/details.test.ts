import { describe, expect, it, onTestFinished } from 'vitest';
import { openReader, readOnce } from '../../../src/engine.ts';
import type { Project } from '../../../src/state/model.ts';
import { detailsKey } from '../../../src/state/details.ts';
import type { Files } from '../../kit/files.ts';
import { takoFolder } from '../../kit/tako.ts';
import { workspace } from '../../kit/workspace.ts';

const NOW = Date.UTC(2026, 10, 20, 12);
const SIGNAL = new AbortController().signal;

const CONFIG = `project: { name: shop, version: 1.0.0 }
servers:
  web01: { host: 10.0.0.1, user: deploy, port: 2222 }
environments:
  production:
    servers: [web01]
    services:
      web: { image: 'shop/web:1', replicas: 2, dependsOn: [db] }
      db: { image: postgres:16, env: { POSTGRES_PASSWORD: c4nary-c4nary } }
`;

async function open(files: Files) {
  const { write, root } = workspace(onTestFinished);
  write(files);
  const reader = openReader({}, undefined, () => NOW);
  const { projects } = await readOnce(reader, [root]);
  const { places } = await reader.find(root, SIGNAL);
  const text = async (key: Project['key'] | undefined): Promise<string> => {
    const [place] = places;
    if (!place || key === undefined) throw new Error('nothing to read');
    return reader.text(place, key, SIGNAL);
  };
  const [project] = projects;
  if (!project) throw new Error('no project');
  return { project, text };
}

describe('as a document', () => {
  it('a server of Tako tells how it is reached, what runs there and where that is written', async () => {
    const { project, text } = await open({ 'tako.yaml': CONFIG });
    expect(JSON.parse(await text(project.servers[0]?.key))).toEqual({
      name: 'web01',
      kind: 'tako',
      address: '10.0.0.1',
      port: 2222,
      user: 'deploy',
      environments: ['production'],
      file: 'tako.yaml:3',
    });
  });

  it('a node of a swarm that no configuration names tells what the swarm knows of it', async () => {
    const nodes = [{ id: 'n1', hostname: 'node7', role: 'worker', status: 'ready', ip: '10.0.0.7' }];
    const { project, text } = await open({
      ...takoFolder({ form: 'seed', name: 'shop', createdAt: NOW, servers: {}, deploys: [] }),
      '.tako/swarm/nodes.json': JSON.stringify({ nodes, updated_at: '2026-11-20T10:00:00Z' }),
    });
    const server = project.servers.find(({ name }) => name === 'node7');
    expect(JSON.parse(await text(server?.key))).toEqual({
      name: 'node7',
      kind: 'swarm',
      address: '10.0.0.7',
      role: 'worker',
      status: 'ready',
      recorded: '2026-11-20T10:00:00.000Z',
      also: ['Node id: n1'],
      file: '.tako/swarm/nodes.json',
    });
  });

  it('a service tells what it needs, and no secret', async () => {
    const { project, text } = await open({ 'tako.yaml': CONFIG });
    const [web, db] = project.services;
    expect(JSON.parse(await text(web?.key))).toMatchObject({
      name: 'web',
      environment: 'production',
      replicas: 2,
      needs: ['db'],
      file: 'tako.yaml:8',
    });
    expect(await text(db?.key)).not.toContain('c4nary');
  });

  it('a service of Stagecraft is there too', async () => {
    const { project, text } = await open({
      'stagecraft.yml': [
        'project: { name: billing }',
        'backend:',
        '  provider: node',
        '  providers: { node: { build: { image_name: billing/api } } }',
      ].join('\n'),
    });
    const [api] = project.services;
    expect(JSON.parse(await text(api?.key))).toMatchObject({ name: 'backend', file: 'stagecraft.yml:2' });
    expect(await text(project.key)).toBe('This is no longer recorded.');
  });

  it('a release with a log has its record beside it', async () => {
    const deploy = {
      environment: 'production',
      at: NOW - 3_600_000,
      log: [{ afterSeconds: 0, text: 'phase build started' }],
    };
    const { project, text } = await open(
      takoFolder({
        form: 'seed',
        name: 'shop',
        createdAt: NOW,
        servers: { production: ['web01'] },
        deploys: [deploy],
      }),
    );
    const [release] = project.environments[0]?.releases ?? [];
    expect(await text(release?.key)).toContain('phase build started');
    expect(JSON.parse(await text(release && detailsKey(release.key)))).toMatchObject({
      deployment_id: release?.id,
    });
  });
});
