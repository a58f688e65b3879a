import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { UserError } from '../../../../src/base/errors.ts';
import { decodeInspected } from '../../../../src/state/tako/docker-inspect.ts';
import { importDeployment } from '../../../../src/state/tako/import.ts';
import { serviceDocument, taskLabels, volumeMount, type Container } from '../../../kit/docker.ts';
import { inferred, NOW, NODE, STARTED, web, SWARM } from './running.ts';

const TAKOD = {
  'tako.project': 'shop',
  'tako.environment': 'production',
  'tako.service': 'web',
  'tako.runtime': 'takod',
};

describe('a deployment is inferred', () => {
  test('from the services and containers of a swarm', () => {
    expect(inferred(SWARM)).toEqual({
      id: 'imported-20261121-123045',
      timestamp: NOW,
      environment: 'production',
      mode: 'swarm',
      status: 'success',
      durationSeconds: 0,
      services: {
        web: {
          image: 'shop/web:v2',
          imageId: `sha256:${'1'.repeat(64)}`,
          replicas: 3,
          ports: [3000, 8080, 9000],
          domains: ['shop.test', 'www.shop.test', 'shop.example'],
          health: 'healthy',
          containers: [{ id: 'bbbbbbbbbbbb', node: NODE, status: 'running', startedAt: STARTED }],
        },
      },
      network: { name: 'tako_shop_production', driver: 'overlay', id: 'yx1hkofxp9os0n05gsx7wpyde' },
      volumes: [{ name: 'shop_production_data', driver: 'local', mountPoint: '/data' }],
      config: { hash: '', source: '' },
      rollbackPoint: false,
      notes:
        'Imported from all.json. Inferred: environment: names of swarm services; services: names of swarm services; mode: labels; ' +
        'image: Config.Image, Spec.TaskTemplate.ContainerSpec.Image; image_id: Image; ' +
        'replicas: containers that run, Spec.Mode; ports: NetworkSettings.Ports, Spec.EndpointSpec.Ports; ' +
        'domains: rules of Traefik in labels; health: State.Health.Status; containers: Id, State; ' +
        'network: NetworkSettings.Networks, its driver from the mode; ' +
        'volumes: Mounts, Spec.TaskTemplate.ContainerSpec.Mounts. Not known: commit, configuration.',
    });
  });

  test('from a service of every node, without its containers', () => {
    const document = serviceDocument({ id: 'x', name: 'shop_production_agent', image: 'agent:1' });
    const { services, mode, network } = inferred([document]);
    expect([mode, network]).toEqual(['swarm', null]);
    expect(services).toEqual({
      agent: {
        image: 'agent:1',
        imageId: '',
        replicas: 0,
        ports: [],
        domains: null,
        health: 'unknown',
        containers: [],
      },
    });
  });

  test.each<
    [how: string, about: Partial<Container>, project: string, expected: readonly [string, string, string]]
  >([
    ['by labels of Tako', { name: 'x', labels: TAKOD }, 'shop', ['production', 'web', 'takod']],
    [
      'by Compose',
      { name: 'x', labels: { 'com.docker.compose.project': 'shop', 'com.docker.compose.service': 'web' } },
      'shop',
      ['production', 'web', 'single'],
    ],
    [
      'by a Compose project with its environment',
      {
        name: 'x',
        labels: { 'com.docker.compose.project': 'shop-stage', 'com.docker.compose.service': 'web' },
      },
      'shop',
      ['stage', 'web', 'single'],
    ],
    [
      'by a stack',
      {
        name: 'x',
        labels: { ...taskLabels('shop_stage_web', NODE), 'com.docker.stack.namespace': 'shop_stage' },
      },
      'shop',
      ['stage', 'web', 'swarm'],
    ],
    [
      'by the name of a swarm service',
      { name: 'x', labels: taskLabels('shop_stage_my_web', NODE) },
      'shop',
      ['stage', 'my_web', 'swarm'],
    ],
    ['by its name', {}, 'shop', ['production', 'web', 'single']],
    [
      'by its name, of a project with an underscore',
      { name: 'my_shop_live_web_2' },
      'my_shop',
      ['live', 'web', 'single'],
    ],
    [
      'by its name, of a project not known',
      { name: 'acme_live_web_api_2' },
      'other',
      ['live', 'web_api', 'single'],
    ],
    ['by its name alone', { name: 'postgres' }, 'shop', ['production', 'postgres', 'single']],
    ['by its name without an environment', { name: 'shop_web_1' }, 'shop', ['production', 'web', 'single']],
  ])('%s', (_, about, name, [of, service, mode]) => {
    const found = inferred([web(about)], { name });
    expect([found.environment, Object.keys(found.services ?? {}), found.mode]).toEqual([of, [service], mode]);
  });

  test('with an environment whose name has an underscore, where it is configured', () => {
    const found = inferred([web({ name: 'shop_eu_west_web_1' })], { environments: ['eu_west'] });
    expect([found.environment, Object.keys(found.services ?? {})]).toEqual(['eu_west', ['web']]);
  });

  test('for the only environment that is configured, where nothing names one', () => {
    expect(inferred([web({ name: 'web' })], { environments: ['live'] }).environment).toBe('live');
    expect(inferred([web({ name: 'web' })], { environments: ['live', 'test'] }).environment).toBe(
      'production',
    );
    expect(inferred([web({ name: 'web' })], { chosen: 'test' }).environment).toBe('test');
  });

  test('of the newest container, with what all of them say', () => {
    const found = inferred([
      web({ id: 'cccccccccccc1', ports: ['80/tcp'], health: 'healthy' }),
      web({
        id: 'cccccccccccc2',
        name: 'shop_production_web_2',
        image: 'shop/web:v2',
        startedAt: '2026-11-20T12:00:00Z',
        ports: ['80/tcp', '81/tcp'],
        health: 'starting',
      }),
    ]);
    expect(found.services?.web).toMatchObject({
      image: 'shop/web:v2',
      replicas: 2,
      ports: [80, 81],
      health: 'starting',
    });
  });

  test.each<[health: readonly (string | undefined)[], expected: string]>([
    [['healthy', 'healthy'], 'healthy'],
    [['healthy', 'unhealthy', 'starting'], 'unhealthy'],
    [['healthy', undefined], 'unknown'],
    [[undefined], 'unknown'],
    [['none'], 'unknown'],
  ])('health of %j', (healths, expected) => {
    const documents = healths.map((health, index) => web({ name: `shop_production_web_${index}`, health }));
    expect(inferred(documents).services?.web?.health).toBe(expected);
  });

  test('of what runs, and nothing of what does not', () => {
    const documents = [
      web({ ports: ['80/tcp'] }),
      web({ name: 'shop_production_web_2', status: 'exited' }),
      web({ name: 'shop_production_db_1', status: 'created' }),
      web({
        name: 'x',
        labels: {
          'com.docker.compose.oneoff': 'True',
          'com.docker.compose.project': 'shop',
          'com.docker.compose.service': 'web',
        },
      }),
    ];
    expect(inferred(documents).services).toMatchObject({ web: { replicas: 1 } });
    expect(Object.keys(inferred(documents).services ?? {})).toEqual(['web']);
  });

  test('of this project and environment among others', () => {
    const documents = [
      web(),
      web({ name: 'blog_production_web_1' }),
      web({ name: 'shop_staging_api_1' }),
      web({ name: 'traefik' }),
    ];
    expect(Object.keys(inferred(documents, { chosen: 'production' }).services ?? {})).toEqual(['web']);
    expect(Object.keys(inferred(documents, { chosen: 'staging' }).services ?? {})).toEqual(['api']);
  });

  test.each<[what: string, documents: unknown, known: Parameters<typeof inferred>[1], says: string]>([
    [
      'several environments',
      [web(), web({ name: 'shop_staging_web_1' })],
      {},
      'It shows several environments: production, staging.',
    ],
    [
      'several projects',
      [web(), web({ name: 'blog_production_web_1' })],
      { name: 'other' },
      'It shows several projects: shop, blog.',
    ],
    [
      'another environment than the chosen one',
      [web()],
      { chosen: 'staging' },
      'None of it belongs to staging, but to production.',
    ],
    ['nothing that runs', [web({ status: 'exited' })], {}, 'No service that runs was found in it.'],
    ['an image', [{ Id: 'sha256:1', RepoTags: [] }], {}, 'No service that runs was found in it.'],
    ['nothing', [], {}, 'No service that runs was found in it.'],
    [
      'an environment that is no name',
      [web({ name: 'x' })],
      { chosen: '../x' },
      '../x cannot name an environment.',
    ],
    [
      'too many services',
      Array.from({ length: 501 }, (_, index) => web({ name: `shop_production_s${index}x_1` })),
      {},
      'It has more than 500 services.',
    ],
  ])('not from %s', (_, documents, known, says) => {
    expect(() => inferred(documents, known)).toThrow(
      expect.objectContaining({ code: 'cannot-import', what: says }),
    );
  });

  test('never with what is secret', () => {
    expect(JSON.stringify(inferred(SWARM))).not.toMatch(/hunter22|apr1|PASSWORD/);
  });

  test('from anything without a failure that is not told', () => {
    const text = fc.oneof(
      fc.string(),
      fc.constantFrom('shop_production_web_1', '../../x', 'a'.repeat(300), '.git', 'shop__', '__proto__'),
    );
    const documents = fc.array(
      fc.oneof(
        fc.anything(),
        fc
          .record({
            name: text,
            image: text,
            service: text,
            env: text,
            rule: text,
            port: text,
            health: text,
            started: text,
          })
          .map(({ name, image, service: of, env, rule, port, health, started }) =>
            web({
              name,
              image,
              health,
              startedAt: started,
              ports: [port],
              networks: { [name]: of },
              mounts: [volumeMount(name, of)],
              labels: {
                'tako.service': of,
                'tako.environment': env,
                'traefik.http.routers.x.rule': `Host(\`${rule}\`)`,
              },
            }),
          ),
      ),
      { maxLength: 4 },
    );
    fc.assert(
      fc.property(documents, text, (value, chosen) => {
        try {
          const { items } = decodeInspected(value);
          const { deployment } = importDeployment(
            items,
            'x',
            { name: 'shop', environments: [] },
            chosen,
            NOW,
          );
          for (const name of [deployment.environment, ...Object.keys(deployment.services ?? {})]) {
            expect(name).toMatch(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/);
          }
        } catch (error) {
          if (!(error instanceof UserError)) throw error;
        }
      }),
      { numRuns: 500 },
    );
  });

  test('from very much', () => {
    const labels = Object.fromEntries(
      Array.from({ length: 5_000 }, (_, index) => [
        `traefik.http.routers.r${index}.rule`,
        `${'Host('.repeat(300)}\`d${index}.test\`)`,
      ]),
    );
    const many = Array.from({ length: 5_100 }, (_, index) => web({ name: `shop_production_web_${index}` }));
    const { items, ignored } = decodeInspected([
      web({ labels, ports: Array.from({ length: 500 }, (_, index) => `${index}/tcp`) }),
      ...many,
    ]);
    expect([items.length, ignored]).toEqual([5_000, 101]);
    expect(items[0]?.ports).toHaveLength(100);
    expect(items[0]?.domains).toHaveLength(100);
  });
});
