import { describe, expect, test } from 'vitest';
import { FIRST_LINE, read, readOne, tako, toldOf } from '../configured.ts';

const SAMPLE_ENV = {
  '.env': [
    'SERVER_HOST=10.0.0.1',
    'SERVER1_HOST=10.0.0.1',
    'SERVER2_HOST=10.0.0.2',
    'SERVER3_HOST=10.0.0.3',
  ].join('\n'),
};

describe('examples that people begin from', () => {
  test('an application of four services starts with what others speak of', async () => {
    const { application, told } = await read(SAMPLE_ENV, {
      sample: 'tako-yaml/03-fullstack.yaml',
      variables: { POSTGRES_PASSWORD: 'sup3r-s3cret' },
    });
    expect(told).toEqual([]);
    expect(application).toMatchObject({ project: 'fullstack', version: '1.0.0', source: 'tako.yaml' });
    expect(application?.configHash).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(application?.services.map(({ name, dependsOn }) => [name, dependsOn])).toEqual([
      ['postgres', []],
      ['redis', []],
      ['api', ['postgres', 'redis']],
      ['web', ['api']],
    ]);
    const [postgres, , api, web] = application?.services ?? [];
    // It keeps data, so that two of it never run at once.
    expect(postgres).toMatchObject({
      image: 'postgres:15',
      strategy: 'recreate',
      volumes: [
        { source: 'fullstack_production__var_lib_postgresql_data', target: '/var/lib/postgresql/data' },
      ],
    });
    expect(api?.environment.get('DATABASE_URL')).toBe(
      'postgresql://postgres:sup3r-s3cret@postgres:5432/appdb',
    );
    expect(api).toMatchObject({ replicas: 2, strategy: 'rolling', build: { context: './api' } });
    expect(web).toMatchObject({ domains: ['fullstack.10.0.0.1.sslip.io'], ports: [{ container: 3000 }] });
    expect(application?.secrets).toContain('sup3r-s3cret');
  });

  test('a variable that only servers and another environment use may be missing; one of a service may not', async () => {
    const { told } = await read({}, { sample: 'tako-yaml/03-fullstack.yaml' });
    expect(told).toEqual([
      'error 36: ${SERVER_HOST} has no value: it is neither in the environment nor in .env.',
      'error 52: ${POSTGRES_PASSWORD} has no value: it is neither in the environment nor in .env.',
      'error 69: ${POSTGRES_PASSWORD} has no value: it is neither in the environment nor in .env.',
    ]);
  });

  test('a private registry is logged in to with what stands in .env', async () => {
    const { application, told } = await read(
      { '.env': 'REGISTRY_USER=ana\nREGISTRY_TOKEN=tok3n-abcdef' },
      { sample: 'tako-yaml/22-private-registry.yaml' },
    );
    expect(told).toEqual([]);
    expect(application?.registry).toEqual({
      host: 'registry.example.com',
      username: 'ana',
      password: 'tok3n-abcdef',
    });
    expect(application?.services[0]?.image).toBe('registry.example.com/ana/my-private-app:latest');
  });

  test('jobs with a schedule are left out, which is said', async () => {
    const { application, told } = await read({}, { sample: 'tako-yaml/21-scheduled-jobs.yaml' });
    expect(application?.services.map(({ name }) => name)).toEqual(['web']);
    expect(told.filter(each => each.includes('has a schedule'))).toEqual([
      'warning 27: nightly-cleanup has a schedule, and nothing on servers with Docker alone starts it at its times: it is left out.',
      'warning 35: hourly-report has a schedule, and nothing on servers with Docker alone starts it at its times: it is left out.',
    ]);
  });

  test('of three servers: pinned services, and what cannot be done there', async () => {
    const { application, told } = await read(SAMPLE_ENV, {
      sample: 'tako-yaml/v0.0.1-11-multi-server-swarm.yml',
      variables: { DATABASE_URL: 'postgres://db/x' },
    });
    const services = new Map(application?.services.map(each => [each.name, each]));
    expect(services.get('cache')).toMatchObject({
      servers: ['server1'],
      restart: 'always',
      volumes: [{ source: '/data/redis', target: '/data', readOnly: false }],
    });
    expect(services.get('web')).toMatchObject({
      domains: ['app.example.com', 'www.example.com'],
      health: { path: '/health', intervalSeconds: 30, timeoutSeconds: 10, retries: 3 },
    });
    expect(told).toEqual([
      'warning 163: hooks is not known and does nothing.',
      'error 105: web.placement.constraints is not supported here, and the service would not be what it has to be without it.',
    ]);
  });
});

describe('a project that cannot be deployed says why', () => {
  const said = async (
    files: Parameters<typeof read>[0],
    environment?: string,
  ): Promise<readonly string[]> => {
    const { application, told } = await read(files, environment === undefined ? {} : { environment });
    expect(application).toBeUndefined();
    return told;
  };

  test.each([
    ['no file', {}, 'error -: There is no tako.yaml or tako.yml or tako.json to deploy from.'],
    ['no YAML', { 'tako.yaml': 'a: [' }, expect.stringMatching(/^error 1: Not valid YAML/)],
    ['no object', { 'tako.yaml': '[]' }, 'warning 1: The top level is not an object; it is left out.'],
    [
      'no name',
      { 'tako.yaml': 'environments: { production: {} }' },
      expect.stringContaining('project.name is missing'),
    ],
    [
      'a name that leads elsewhere',
      { 'tako.yaml': 'project: { name: ../x }\nenvironments: { production: {} }' },
      'error 1: project.name is not a name of letters, digits, dots and dashes.',
    ],
  ])('%s', async (_, files, expected) => {
    expect(await said(files)).toContainEqual(expected);
  });

  test('an environment that is not there', async () => {
    expect(await said(tako({ web: '{ image: nginx }' }), 'staging')).toEqual([
      'error 3: tako.yaml has no environment staging.',
    ]);
  });

  test('JSON is read as well', async () => {
    const json = {
      project: { name: 'shop' },
      environments: { production: { services: { web: { image: 'nginx' } } } },
    };
    const { application } = await read({ 'tako.json': JSON.stringify(json) });
    expect(application?.services).toMatchObject([{ name: 'web', image: 'nginx' }]);
  });
});

describe('what services take from each other', () => {
  test('a circle is told at its beginning, and nothing is lost', async () => {
    const { application, told } = await read(
      tako({
        a: '{ image: x, dependsOn: [b] }',
        b: '{ image: x, dependsOn: [a] }',
        c: '{ image: x, dependsOn: [gone] }',
      }),
    );
    expect(told).toEqual([
      'error 9: c depends on gone, which is not deployed.',
      'error 7: a, b depend on each other in a circle: none of them can start first.',
    ]);
    expect(application?.services).toHaveLength(3);
  });

  test('two that only speak of each other are no circle', async () => {
    const { application, told } = await read(
      tako({
        a: '{ image: x, env: { OTHER: "http://b:80" } }',
        b: '{ image: x, env: { OTHER: "http://a:80" }, dependsOn: [c] }',
        c: '{ image: x }',
      }),
    );
    expect(told).toEqual([]);
    expect(application?.services.map(({ name }) => name)).toEqual(['a', 'c', 'b']);
  });

  test('what neither of two that speak of each other is starts in the order that others speak of', async () => {
    const { application, told } = await read(
      tako({
        web: '{ image: x, env: { API: "http://api:80" } }',
        api: '{ image: x, env: { WEB: "http://web:80", DB: "postgres://db:5432/x" } }',
        db: '{ image: x }',
      }),
    );
    expect(told).toEqual([]);
    expect(application?.services.map(({ name, dependsOn }) => [name, dependsOn])).toEqual([
      ['web', []],
      ['db', []],
      ['api', ['db']],
    ]);
  });

  test.each([
    [
      '{ image: x, ports: ["80"] }',
      '{ image: x, ports: ["80:8080"] }',
      'error 8: web and api publish the same port 80.',
    ],
    ['{ image: x, ports: ["80/udp"] }', '{ image: x, ports: ["80:8080"] }', undefined],
    ['{ image: x, ports: ["127.0.0.1:80:80"] }', '{ image: x, ports: ["10.0.0.1:80:80"] }', undefined],
    [
      '{ image: x, volumes: [/data] }',
      '{ image: x, volumes: [/data] }',
      expect.stringContaining('error 8: The volume of api at /data has no name'),
    ],
    ['{ image: x, volumes: ["d:/data"] }', '{ image: x, volumes: ["d:/data"] }', undefined],
    [
      '{ image: x, port: 1, proxy: { domain: A.test } }',
      '{ image: x, port: 1, proxy: { domain: a.test } }',
      'error 8: web and api have the same domain.',
    ],
  ])('%s beside %s', async (web, api, expected) => {
    const { told } = await read(tako({ web, api }));
    expect(told).toEqual(expected === undefined ? [] : [expected]);
  });

  test('an image that several share is built once, from a shared build or of a neighbour', async () => {
    const { application, told } = await read(
      tako(
        {
          web: '{ imageFrom: app }',
          worker: '{ imageFrom: app, command: [work] }',
          api: '{ build: ./api }',
          migrate: '{ kind: run, imageFrom: api, command: [migrate] }',
          lost: '{ imageFrom: nowhere }',
        },
        'builds: { app: { context: ./app, target: prod, args: { KEY: "${KEY}", N: 1.10 } } }',
      ),
      { variables: { KEY: 'a-secret-key' } },
    );
    const shared = {
      imageFrom: 'app',
      build: {
        context: './app',
        target: 'prod',
        args: { KEY: '${KEY}', N: '1.1' },
        values: new Map([
          ['KEY', 'a-secret-key'],
          ['N', '1.10'],
        ]),
      },
    };
    const services = new Map(application?.services.map(each => [each.name, each]));
    expect(services.get('web')).toMatchObject(shared);
    expect(services.get('worker')).toMatchObject({ ...shared, command: ['work'] });
    expect(services.get('migrate')).toMatchObject({
      kind: 'run',
      imageFrom: 'api',
      build: { context: './api' },
      dependsOn: ['api'],
    });
    expect(told).toEqual([
      `error ${FIRST_LINE + 4}: lost.imageFrom is not the name of a build or of a service.`,
    ]);
  });
});

describe('a service', () => {
  test('that says nothing is one container that comes back', async () => {
    expect(await readOne('{ image: nginx }')).toMatchObject({
      kind: 'service',
      replicas: 1,
      everywhere: false,
      ports: [],
      volumes: [],
      domains: [],
      dependsOn: [],
      strategy: 'rolling',
      restart: 'unless-stopped',
      stopSeconds: 10,
      hooks: {},
      limits: {},
      labels: new Map(),
      environment: new Map(),
    });
  });

  test('that says everything', async () => {
    const service = await readOne(
      `{ image: nginx, command: "run it", entrypoint: /bin/x, replicas: 3, restart: on-failure:3, user: "1000:1000", workingDir: /app,
          stopGracePeriod: 1m30s, resources: { memory: 512m, cpus: 0.50 }, labels: { a.b/c: d }, dependsOn: [],
          healthCheck: { command: "curl -f localhost" }, deploy: { strategy: blue-green, release: { command: [migrate, --now] } } }`,
    );
    expect(service).toMatchObject({
      command: ['sh', '-c', 'run it'],
      entrypoint: ['/bin/x'],
      replicas: 3,
      restart: 'on-failure:3',
      user: '1000:1000',
      workingFolder: '/app',
      stopSeconds: 90,
      limits: { memory: '512m', cpus: '0.50' },
      labels: new Map([['a.b/c', 'd']]),
      strategy: 'blue_green',
      hooks: { before: ['migrate', '--now'] },
      health: {
        command: ['sh', '-c', 'curl -f localhost'],
        intervalSeconds: 10,
        timeoutSeconds: 5,
        retries: 3,
        startSeconds: 10,
      },
    });
  });

  test('commands of hooks that are for containers are run in order, others are named', async () => {
    const { application, told } = await read(
      tako({
        web: `{ build: ., hooks: { preDeploy: ["exec: a 'b'", "exec: c"], postStart: ["exec: d", "curl x"], preBuild: [make] } }`,
      }),
    );
    expect(application?.services[0]?.hooks).toEqual({
      before: ['sh', '-c', `('sh' '-c' 'a '\\''b'\\''') && ('sh' '-c' 'c')`],
      after: ['sh', '-c', 'd'],
    });
    expect(told).toEqual([
      'warning 7: web.hooks.postStart[1] is not run here: only what has exec: in front of it is, in a container of the image.',
      'error 7: web.hooks.preBuild is not run here; the image would be built without it.',
    ]);
  });

  test.each([
    ['{}', 'error 7: web has neither an image nor a build.'],
    ['{ image: x, build: . }', 'error 7: web has an image and a build; it can have one of them.'],
    ['{ image: "-x" }', 'error 7: web.image is not the name of an image.'],
    ['{ image: x, replicas: 0 }', 'error 7: web.replicas is not a number from 1 to 1000.'],
    ['{ image: x, replicas: many }', 'error 7: web.replicas is not a number from 1 to 1000.'],
    ['{ image: x, kind: cron }', 'error 7: web.kind is not service, job or run.'],
    [
      '{ image: x, restart: sometimes }',
      'error 7: web.restart is not no, always, unless-stopped or on-failure.',
    ],
    [
      '{ image: x, files: [{ source: a, target: /a }] }',
      'error 7: web.files is not supported here, and the service would not be what it has to be without it.',
    ],
    [
      '{ image: x, extraHosts: ["a:10.0.0.1"] }',
      'error 7: web.extraHosts is not supported here, and the service would not be what it has to be without it.',
    ],
    ['{ image: x, extraHosts: [] }', undefined],
    ['{ image: x, init: true }', 'warning 7: web.init is not supported here; the service runs without it.'],
    ['{ image: x, init: false }', undefined],
    [
      '{ image: x, ulimits: { nofile: 1 } }',
      'warning 7: web.ulimits is not supported here; the service runs without it.',
    ],
    [
      '{ image: x, imagePullPolicy: always }',
      'warning 7: web.imagePullPolicy is not known and does nothing.',
    ],
    ['{ image: x, healthCheck: { path: / } }', 'error 7: web.healthCheck.path is not of use without a port.'],
    [
      '{ image: x, port: 1, healthCheck: { path: /, tcpPort: 1 } }',
      'error 7: web.healthCheck is not one of command, path and tcpPort.',
    ],
    [
      '{ image: x, port: 1, healthCheck: { path: / , interval: soon } }',
      'error 7: web.healthCheck.interval is not a time span like 30s.',
    ],
    [
      '{ image: x, placement: { strategy: pinned, servers: [web01, web09] } }',
      'error 7: web.placement.servers is not a list of servers of this environment.',
    ],
    [
      '{ image: x, deploy: { promotion: manual } }',
      expect.stringMatching(/^error 7: web.deploy.promotion is not possible here/),
    ],
    [
      '{ image: x, volumes: ["d:/d"], deploy: { strategy: rolling } }',
      expect.stringMatching(/^warning 7: web keeps data in a volume/),
    ],
    [
      '{ image: x, persistent: true, volumes: ["d:/d"], replicas: 2 }',
      'error 7: web is persistent: it cannot run more than once, as all of it would write to the same data.',
    ],
    [
      '{ image: x, persistent: true, volumes: ["d:/d"], replicas: 2, placement: { strategy: global } }',
      undefined,
    ],
    [
      '{ image: x, persistent: true, volumes: ["d:/d"], deploy: { strategy: blue_green } }',
      'error 7: web.deploy.strategy is not possible with persistent: two would write to the same data.',
    ],
    ['{ image: x, persistent: true }', 'error 7: web.persistent is not possible without a volume.'],
    [
      '{ image: x, labels: { tako.service: other } }',
      'error 7: web.labels.tako.service is not the name of a label that may be set.',
    ],
    ['{ image: x, user: "--privileged" }', 'error 7: web.user is not the name or number of a user.'],
    [
      '{ image: x, port: 1, proxy: { visibility: internal } }',
      expect.stringMatching(/^error 7: web is internal, which is not supported/),
    ],
    ['{ image: x, proxy: { domain: a.test } }', 'error 7: web.proxy is not of use without a port.'],
    [
      '{ image: x, port: 1, proxy: { domain: "*.a.test" } }',
      expect.stringMatching(/^error 7: web.proxy.domain is not one host name/),
    ],
    [
      '{ image: x, port: 1, proxy: { domain: "a.test`) || Host(`b.test" } }',
      'error 7: web.proxy.domain is not a host name.',
    ],
    [
      '{ image: x, port: 1, proxy: { domain: a.test, allowIps: [10.0.0.0/8] } }',
      expect.stringMatching(/^error 7: web.proxy.allowIps is not supported/),
    ],
  ])('%s', async (service, expected) => {
    expect(await toldOf(service)).toEqual(expected === undefined ? [] : [expected]);
  });

  test('what keeps data has to be told where, on several servers', async () => {
    const { 'tako.yaml': text } = tako({ db: '{ image: x, persistent: true, volumes: ["d:/d"] }' });
    const several = text.replace('[web01]', '[web01, web02]');
    expect((await read({ 'tako.yaml': several })).told).toEqual([
      'error 7: db keeps data, and there are 2 servers: name its server with placement.strategy pinned.',
    ]);
    expect((await read({ 'tako.yaml': several.replace('persistent: true, ', '') })).told).toEqual([
      'warning 7: db keeps data in a volume, and each of 2 servers has its own.',
    ]);
    const pinned = several.replace('image: x', 'image: x, placement: { strategy: pinned, servers: [web02] }');
    const { application, told } = await read({ 'tako.yaml': pinned });
    expect(told).toEqual([]);
    expect(application?.services[0]?.servers).toEqual(['web02']);
  });
});
