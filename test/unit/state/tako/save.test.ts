import { existsSync, readFileSync, statSync } from 'node:fs';
import { describe, expect, onTestFinished, test } from 'vitest';
import { deploymentText } from '../../../../src/state/tako/deployment.ts';
import { takoLock } from '../../../../src/state/tako/hold.ts';
import { saveDeployment } from '../../../../src/state/tako/save.ts';
import { contents } from '../../../kit/operate.ts';
import { workspace } from '../../../kit/workspace.ts';
import { briefs, CURRENT, environment, facts, HISTORY, ids, readProject, service } from './reading.ts';
import { AT, deployment, MINUTE, never, save, SECOND, WEB } from './writing.ts';

const STATE = '.tako/state.json';
const STABLE = '.tako/deployments/production/rollback/last-stable.json';

/** The example documents of the design, to the byte. */
const RECORD = `{
  "deployment_id": "deploy-abc123",
  "timestamp": "2024-11-13T10:30:00Z",
  "environment": "production",
  "mode": "swarm",
  "status": "success",
  "duration_seconds": 45,
  "services": {
    "web": {
      "image": "myapp/web:v1.0.0",
      "image_id": "sha256:abc123...",
      "replicas": 3,
      "ports": [
        3000
      ],
      "domains": [
        "myapp.com"
      ],
      "health": "healthy",
      "containers": [
        {
          "id": "container123",
          "node": "server1",
          "status": "running",
          "started_at": "2024-11-13T10:30:00Z"
        }
      ]
    }
  },
  "network": {
    "name": "tako_myapp_production",
    "driver": "overlay",
    "id": "network123"
  },
  "volumes": [
    {
      "name": "myapp_data",
      "driver": "local",
      "mount_point": "/data"
    }
  ],
  "config": {
    "hash": "sha256:def456...",
    "source": "tako.yaml"
  },
  "rollback_point": true,
  "notes": "Added caching layer"
}`;
const GLOBAL = `{
  "version": "1.0.0",
  "project": {
    "name": "myapp",
    "created_at": "2024-11-13T10:30:00Z",
    "last_deployed": "2024-11-13T10:30:00Z"
  },
  "mode": "swarm",
  "environments": {
    "production": {
      "active": true,
      "servers": [
        "server1",
        "server2"
      ],
      "last_deployment": "2024-11-13T10:30:00Z",
      "deployment_id": "deploy-abc123"
    }
  },
  "metadata": {
    "tako_version": "1.0.0",
    "config_hash": "sha256:def456..."
  }
}`;
const SERVICE = `{
  "name": "web",
  "current": {
    "version": "v1.0.0",
    "image": "myapp/web:v1.0.0",
    "deployed_at": "2024-11-13T10:30:00Z",
    "replicas": 3,
    "status": "running"
  },
  "history": [],
  "health_checks": {
    "endpoint": "",
    "last_check": "2024-11-13T10:30:00Z",
    "status": "healthy",
    "response_time_ms": 0
  },
  "resources": {
    "cpu_limit": "",
    "memory_limit": "",
    "current_cpu": "",
    "current_memory": ""
  }
}`;

describe('the first deployment of a project', () => {
  test('makes the documents of the design to the byte', async () => {
    const { root, file } = workspace(onTestFinished);
    await save(root, { rollbackPoint: true, notes: 'Added caching layer' });
    expect(contents(root)).toEqual({
      '.tako/.gitignore': '*\n!.gitignore\n',
      [CURRENT]: RECORD,
      [`${HISTORY}/2024-11-13T10-30-00Z.json`]: RECORD,
      [STABLE]: RECORD,
      '.tako/services/web/state.json': SERVICE,
      [STATE]: GLOBAL.replace(/\[\n[^\]]*\]/, '[]'),
    });
    for (const name of [CURRENT, STATE, '.tako/.gitignore'])
      expect(statSync(file(name)).mode & 0o777).toBe(0o644);
    expect(statSync(file('.tako')).mode & 0o777).toBe(0o755);
  });

  test('is read back in full', async () => {
    const { root } = workspace(onTestFinished);
    await save(root, {
      servers: ['server1', 'server2'],
      commit: 'a1b2c3d4',
      by: 'maria',
      services: { web: { ...WEB, buildTimeSeconds: 12.4 } },
      rollbackPoint: true,
    });
    const project = await readProject(root);
    expect(briefs(project)).toEqual([]);
    const { releases, current, rollbackPoints, servers } = environment(project, 'production');
    expect([current, rollbackPoints, servers]).toEqual([
      'deploy-abc123',
      ['deploy-abc123'],
      ['server1', 'server2'],
    ]);
    expect(releases).toHaveLength(1);
    expect(releases[0]).toMatchObject({ at: AT, outcome: 'succeeded', commit: 'a1b2c3d4', by: 'maria' });
    expect(facts(releases[0] ?? { facts: [] })).toContain('Build of web: 12 s');
    expect(facts(project)).toContain('Tako version: 1.0.0');
    expect(service(project, 'web')).toMatchObject({
      version: 'v1.0.0',
      status: 'running',
      health: 'healthy',
    });
  });

  test('lists the servers that the design lists', async () => {
    const { root, file } = workspace(onTestFinished);
    await save(root, { servers: ['server1', 'server2'] });
    expect(readFileSync(file(STATE), 'utf8')).toBe(GLOBAL);
  });
});

describe('a record', () => {
  test('has its services in the order in which Go sorts them', () => {
    const names = ['b', '10', '9', 'a', '\u{1f600}', '\uff5e', '__proto__'];
    const services = Object.fromEntries(names.map(name => [name, WEB]));
    const text = deploymentText(deployment({ services }));
    const order = names.map(name => text.indexOf(`"${name}": {`));
    expect(order.every(each => each > 0)).toBe(true);
    const sorted = [...names].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    expect([...names].sort((a, b) => text.indexOf(`"${a}": {`) - text.indexOf(`"${b}": {`))).toEqual(sorted);
  });

  test('says null where nothing is known, and escapes as Go does', () => {
    const text = deploymentText(
      deployment({ services: null, network: null, volumes: null, notes: 'a <b> & c' }),
    );
    expect(text).toContain('"services": null,\n  "network": null,\n  "volumes": null,');
    expect(text).toContain('"notes": "a \\u003cb\\u003e \\u0026 c"');
    expect(deploymentText(deployment({ services: {}, volumes: [] }))).toContain('"services": {},');
  });

  test('has whole seconds', () => {
    const text = deploymentText(deployment({ timestamp: AT + 999, durationSeconds: 44.6 }));
    expect(text).toContain('"timestamp": "2024-11-13T10:30:00Z"');
    expect(text).toContain('"duration_seconds": 45,');
  });
});

describe('the history', () => {
  test('keeps all deployments of one second', async () => {
    const { root, file } = workspace(onTestFinished);
    for (const id of ['deploy-1', 'deploy-2', 'deploy-3']) await save(root, { id });
    const names = ['Z', 'Z_2', 'Z_3'].map(end => file(HISTORY, `2024-11-13T10-30-00${end}.json`));
    const recorded = names.map(
      name => (JSON.parse(readFileSync(name, 'utf8')) as { deployment_id: string }).deployment_id,
    );
    expect(recorded).toEqual(['deploy-1', 'deploy-2', 'deploy-3']);
    const project = await readProject(root);
    expect([...ids(project)].sort()).toEqual(['deploy-1', 'deploy-2', 'deploy-3']);
    expect(environment(project, 'production').current).toBe('deploy-3');
    expect(briefs(project)).toEqual([]);
  });

  test('gets the record that Tako was killed before writing there', async () => {
    const { root, file, write } = workspace(onTestFinished);
    const lost = deploymentText(deployment({ id: 'lost', timestamp: AT - MINUTE })).replace('}', '}\n');
    write({ [CURRENT]: lost });
    await save(root);
    await save(root, { id: 'deploy-next', timestamp: AT + MINUTE });
    expect(readFileSync(file(HISTORY, '2024-11-13T10-29-00Z.json'), 'utf8')).toBe(lost);
    expect(ids(await readProject(root))).toEqual(['deploy-next', 'deploy-abc123', 'lost']);
    expect(existsSync(file(HISTORY, '2024-11-13T10-29-00Z_2.json'))).toBe(false);
  });
});

describe('state that is there', () => {
  test.each(['master-newyork', 'master-mixed-tz', 'v0.0.1-newyork'])(
    'written by the real program stays as it is: %s',
    async name => {
      const { root, sample } = workspace(onTestFinished);
      sample(`tako/${name}`);
      const before = contents(root);
      const known = await readProject(root);
      await save(root, {
        environment: 'new',
        mode: 'single',
        timestamp: Date.UTC(2026, 10, 21),
        id: 'deploy-new',
        servers: ['a'],
      });
      const after = contents(root);
      const added = Object.keys(after).filter(each => !(each in before));
      expect(added.sort()).toEqual([
        '.tako/deployments/new/current.json',
        '.tako/deployments/new/history/2026-11-21T00-00-00Z.json',
        '.tako/services/web/state.json',
      ]);
      const { [STATE]: stateBefore = '', ...restBefore } = before;
      const { [STATE]: stateAfter = '' } = after;
      expect(after).toMatchObject(restBefore);
      // Of state.json, five lines are others and one entry is new.
      const lines = stateBefore.split('\n');
      const changed = lines.filter(line => !stateAfter.split('\n').includes(line));
      expect(changed.map(line => line.trim().split('"')[1]).sort()).toEqual([
        'config_hash',
        'last_deployed',
        'mode',
        'tako_version',
      ]);
      const project = await readProject(root);
      expect(ids(project, 'new')).toEqual(['deploy-new']);
      for (const { name: environmentName } of known.environments) {
        expect(ids(project, environmentName)).toEqual(ids(known, environmentName));
      }
    },
  );

  test.each(['master-newyork', 'master-mixed-tz', 'v0.0.1-newyork'])(
    'written by the real program gets a deployment after its own: %s',
    async name => {
      const { root, sample } = workspace(onTestFinished);
      sample(`tako/${name}`);
      const before = contents(root);
      const known = ids(await readProject(root));
      await save(root, { timestamp: Date.UTC(2026, 10, 21), id: 'deploy-new' });
      const after = contents(root);
      // Nothing in the history is another one, and nothing was there twice.
      expect(
        Object.keys(after)
          .filter(each => !(each in before))
          .sort(),
      ).toEqual([`${HISTORY}/2026-11-21T00-00-00Z.json`, '.tako/services/web/state.json']);
      for (const file of Object.keys(before)) {
        if (file !== CURRENT && file !== STATE) expect(after[file]).toBe(before[file]);
      }
      expect(ids(await readProject(root))).toEqual(['deploy-new', ...known]);
    },
  );

  test('keeps unknown fields, big numbers, spellings and other environments', async () => {
    const { root, file, write } = workspace(onTestFinished);
    const state = `{ "version" : "1.0.0", "x": 12345678901234567890, "project":{"name":"old","created_at":"2020-01-01T00:00:00.123456789+02:00","extra":1e2},
  "mode": "\\u0073warm",
  "environments": {"production":{"active":false,"servers":null,"deployment_id":"a","more":[1.0]},"zeta":{"last_deployment":"0001-01-01T00:00:00Z"}},
  "metadata": null }
`;
    write({ '.tako/.gitignore': 'mine\n', [STATE]: state });
    await save(root);
    expect(readFileSync(file(STATE), 'utf8')).toBe(
      state
        .replace('"extra":1e2', '"extra":1e2,"last_deployed":"2024-11-13T10:30:00Z"')
        .replace('"active":false', '"active":true')
        .replace(
          '"deployment_id":"a","more":[1.0]',
          '"deployment_id":"deploy-abc123","more":[1.0],"last_deployment":"2024-11-13T10:30:00Z"',
        )
        .replace('null }', '{\n    "tako_version": "1.0.0",\n    "config_hash": "sha256:def456..."\n  } }'),
    );
    expect(readFileSync(file('.tako/.gitignore'), 'utf8')).toBe('mine\n');
  });

  test('gets a new environment where Go would have it', async () => {
    const { root, file } = workspace(onTestFinished);
    for (const name of ['staging', 'production', 'test']) await save(root, { environment: name, id: name });
    const { environments } = JSON.parse(readFileSync(file(STATE), 'utf8')) as { environments: object };
    expect(Object.keys(environments)).toEqual(['production', 'staging', 'test']);
    const { environments: read } = await readProject(root);
    expect(read.map(({ name, current }) => [name, current])).toEqual([
      ['production', 'production'],
      ['staging', 'staging'],
      ['test', 'test'],
    ]);
  });
});

describe('what is refused', () => {
  const damaged = [
    [STATE, '{"version": "1.0.0"', 'damaged'],
    [STATE, '[]', 'not-an-object'],
    [STATE, '{"version": "2.0.0", "other": 1}', 'newer-version'],
    [STATE, '{"project": "text"}', 'no-such-path'],
    [STATE, '{"mode": "a", "mode": "b"}', 'double-key'],
    [CURRENT, '{"deployment_id": "a",', 'damaged'],
    [STABLE, '', 'damaged'],
  ] as const;

  test.each(damaged)('%s with %s: %s', async (name, text, code) => {
    const { root, write } = workspace(onTestFinished);
    write({ '.tako/.gitignore': '*\n', [name]: text });
    const before = contents(root);
    await expect(save(root, { rollbackPoint: true })).rejects.toMatchObject({ code });
    expect(contents(root)).toEqual(before);
  });

  test('a newer format of the same kind is written', async () => {
    const { root, write, file } = workspace(onTestFinished);
    write({ [STATE]: '{"version": "1.9.0"}' });
    await save(root);
    expect(readFileSync(file(STATE), 'utf8')).toContain('"version": "1.9.0"');
  });

  test.each(['..', '../staging', 'a/b', '', '.', 'a\0b', '.git'])('the environment %j', async name => {
    const { root } = workspace(onTestFinished);
    await expect(save(root, { environment: name })).rejects.toMatchObject({
      code: expect.stringMatching(/^(outside|bad-name)$/) as string,
    });
    expect(contents(root)).toEqual({});
  });
});

describe('the state of a service', () => {
  const OWN = '.tako/services/web/state.json';

  interface State {
    readonly current: object;
    readonly history: readonly Record<string, string>[];
  }

  async function after(steps: readonly Parameters<typeof deployment>[0][]): Promise<State> {
    const { root, file } = workspace(onTestFinished);
    for (const [index, about] of steps.entries()) {
      await save(root, { id: `deploy-${index}`, timestamp: AT + index * MINUTE, ...about });
    }
    return JSON.parse(readFileSync(file(OWN), 'utf8')) as State;
  }
  const v2 = { ...WEB, image: 'registry:5000/web@sha256:0123' };

  test('keeps what ran before, with the reason why it went', async () => {
    const { current, history } = await after([
      {},
      { services: { web: v2 } },
      { services: { web: { ...v2, replicas: 0 } } },
      { id: 'rollback-1' },
      { config: { hash: 'other', source: 'tako.yaml' } },
      { config: { hash: 'other', source: 'tako.yaml' } },
    ]);
    expect(history.map(({ version, reason }) => `${version} ${reason}`)).toEqual([
      'v1.0.0 upgrade',
      'sha256:0123 scale',
      'sha256:0123 rollback',
      'v1.0.0 config',
      'v1.0.0 redeploy',
    ]);
    expect(history[1]).toEqual({
      version: 'sha256:0123',
      deployed_at: '2024-11-13T10:31:00Z',
      retired_at: '2024-11-13T10:32:00Z',
      reason: 'scale',
    });
    expect(current).toMatchObject({
      version: 'v1.0.0',
      deployed_at: '2024-11-13T10:35:00Z',
      status: 'running',
    });
  });

  test('is not touched by a deployment that failed or knows nothing of it', async () => {
    const { current, history } = await after([
      {},
      { status: 'failed', services: { web: v2 } },
      { services: null },
    ]);
    expect([current, history]).toMatchObject([{ image: WEB.image, deployed_at: '2024-11-13T10:30:00Z' }, []]);
  });

  test('retires what ran in its own environment', async () => {
    const { history } = await after([
      {},
      { environment: 'staging', services: { web: v2 } },
      { services: { web: { ...WEB, image: 'myapp/web:v1.1.0' } } },
    ]);
    expect(history.at(-1)).toEqual({
      version: 'v1.0.0',
      deployed_at: '2024-11-13T10:30:00Z',
      retired_at: '2024-11-13T10:32:00Z',
      reason: 'upgrade',
    });
  });

  test('keeps what it says otherwise', async () => {
    const { root, file, write } = workspace(onTestFinished);
    const own = `{"name":"web","x":1.50,"current":{"version":"v0","image":"myapp/web:v0","deployed_at":"2024-11-12T15:45:00.5+01:00","replicas":3,"status":"running"},"history":null,"health_checks":{"endpoint":"/health"}}`;
    write({ [OWN]: own });
    await save(root);
    const text = readFileSync(file(OWN), 'utf8');
    expect(text.startsWith('{"name":"web","x":1.50,"current":{"version":"v1.0.0"')).toBe(true);
    expect(text.endsWith('}],"health_checks":{"endpoint":"/health"}}')).toBe(true);
    expect(text).toContain(
      '"deployed_at":"2024-11-12T15:45:00.5+01:00","retired_at":"2024-11-13T10:30:00Z","reason":"upgrade"',
    );
  });

  test('stays as it is when it is damaged; the deployment is recorded', async () => {
    const { root, file, write } = workspace(onTestFinished);
    write({ [OWN]: '{"name":' });
    await save(root);
    expect(readFileSync(file(OWN), 'utf8')).toBe('{"name":');
    expect(ids(await readProject(root))).toEqual(['deploy-abc123']);
  });
});

test('what changed between the draft and the commit is not overwritten', async () => {
  const { root, write } = workspace(onTestFinished);
  await save(root);
  const held = await takoLock(root).acquire('test', never);
  const files = await saveDeployment(root, deployment({ timestamp: AT + SECOND }), { name: 'myapp' });
  write({ [STATE]: '{}' });
  const before = contents(root);
  await expect(held.commit(files)).rejects.toMatchObject({ code: 'changed-meanwhile' });
  expect(contents(root)).toEqual(before);
  await held.release();
});
