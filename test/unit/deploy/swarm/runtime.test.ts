import { spawn, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { AppService } from '../../../../src/deploy/configuration/application.ts';
import { bareService } from '../../../../src/deploy/configuration/bare-service.ts';
import { stackOf, stackText, toolsFor } from '../../../../src/deploy/swarm/stack.ts';
import { moveFindings, swarmThere } from '../../../../src/deploy/swarm/there.ts';
import { clean } from '../../../../src/base/clean.ts';
import { answerOf, container, deployedBy, swarmService } from '../../../kit/observed.ts';
import { workspace } from '../../../kit/workspace.ts';

const SCRIPTS = path.join(import.meta.dirname, '../../../../src/deploy/scripts');
const script = (name: string): string => readFileSync(path.join(SCRIPTS, name), 'utf8');
const SHELLS = [['dash'], ['bash', '--posix'], ['busybox', 'sh']] as const;
const has = (program: string): boolean => spawnSync(program, ['--help']).error === undefined;
const WHERE = { project: 'shop', environment: 'production' };

const web = bareService('web', {
  ports: [{ container: 8080, protocol: 'tcp' }],
  restart: 'always',
  hash: 'abc',
});

interface Stack {
  readonly networks: unknown;
  readonly services: Readonly<
    Record<
      string,
      {
        readonly image: string;
        readonly environment: Readonly<Record<string, string>>;
        readonly labels: Readonly<Record<string, string>>;
        readonly command?: readonly string[];
        readonly healthcheck?: { readonly test: readonly string[] };
        readonly ports?: unknown;
        readonly deploy: {
          readonly replicas?: number;
          readonly mode?: string;
          readonly labels: Readonly<Record<string, string>>;
          readonly placement: { readonly constraints: readonly string[] };
          readonly update_config: {
            readonly order: string;
            readonly parallelism: number;
            readonly failure_action: string;
          };
        };
      }
    >
  >;
}

/** What Docker would get from a shell, with the variables that it puts in: `$$` is a dollar. */
function stack(service: AppService, shell: readonly string[] = ['sh'], around = {}): Stack {
  const { root } = workspace(onTestFinished);
  const head = "# Secret\nimage='sha256:1'\nreference='shop/web:v1'\nreplicas=2\n";
  writeFileSync(path.join(root, 'kept'), `${head}${stackText(service, { ...WHERE, ...around })}`);
  const [program = '', ...args] = shell;
  const { stdout, stderr, status } = spawnSync(
    program,
    [
      ...args,
      '-c',
      `${script('containers/base.sh')}\n${script('swarm/base.sh')}
        eval "$(sed -n 2,5p "$1")"; network=tako_shop_production-encrypted constraints='"node.id!=x"'
        stack_text "$1" deploy-2`,
      'sh',
      'shop',
      'production',
      'deploy-1',
      path.join(root, 'kept'),
    ],
    { encoding: 'utf8', maxBuffer: 10_000_000 },
  );
  expect([status, stderr]).toEqual([0, '']);
  const made: unknown = JSON.parse(stdout, (_, each: unknown) =>
    typeof each === 'string' ? each.replaceAll('$$', '$') : each,
  );
  return made as Stack; // what is not there fails the test
}

const text = fc.string({ unit: 'binary' }).map(each => each.toWellFormed());
const hostile = fc.oneof(
  text,
  fc.constantFrom(`'; exit 1; '`, '$(exit 1)', '${HOME}', '$$', 'a\nb', '\\', '"', '# whole\n'),
);
const name = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_.-]{0,10}$/);
const pairs = fc.uniqueArray(fc.tuple(name, hostile), { selector: ([each]) => each });

describe('The stack of a service', () => {
  for (const shell of SHELLS)
    test.skipIf(!has(shell[0]))(`has everything byte for byte through ${shell[0]}`, () => {
      fc.assert(
        fc.property(pairs, pairs, fc.array(hostile, { minLength: 1 }), (variables, labels, command) => {
          const service = { ...web, environment: new Map(variables), labels: new Map(labels), command };
          const made = stack(service, shell).services.web;
          expect(made?.environment).toEqual(Object.fromEntries(variables));
          expect(made?.command).toEqual(command);
          expect(made?.deploy.labels).toMatchObject(Object.fromEntries(labels));
        }),
        { numRuns: 30 },
      );
    });

  test('says the image, the release, the number and the nodes of now', () => {
    const labels = new Map([
      ['traefik.docker.network', 'tako_shop_production'],
      ['of.mine', '"traefik.docker.network":"tako_shop_production"'],
    ]);
    const { services, networks } = stack({ ...web, labels });
    expect(networks).toEqual({ default: { external: true, name: 'tako_shop_production-encrypted' } });
    expect(services.web).toMatchObject({
      image: 'sha256:1',
      deploy: {
        replicas: 2,
        placement: { constraints: ['node.id!=x'] },
        labels: {
          'shipshape.release': 'deploy-2',
          'tako.service': 'web',
          'shipshape.hash': 'abc',
          // It is where the service is; and what only looks like it is left alone.
          'traefik.docker.network': 'tako_shop_production-encrypted',
          'of.mine': '"traefik.docker.network":"tako_shop_production"',
        },
      },
      labels: { 'shipshape.release': 'deploy-2', 'tako.service': 'web', 'shipshape.hash': 'abc' },
    });
    expect(services.web?.labels).not.toHaveProperty('traefik.docker.network');
    expect(stack({ ...web, everywhere: true }).services.web?.deploy).toMatchObject({ mode: 'global' });
    expect(stack({ ...web, everywhere: true }).services.web?.deploy).not.toHaveProperty('replicas');
  });

  test('starts the new beside the old where both can be, and a bad one never spreads', () => {
    const of = (changes: Partial<AppService>): unknown =>
      stack({ ...web, ...changes }).services.web?.deploy.update_config;
    const ports = [{ container: 8080, host: 80, protocol: 'tcp' as const }];
    expect(of({})).toMatchObject({ order: 'start-first', parallelism: 1, failure_action: 'rollback' });
    expect(of({ strategy: 'blue_green' })).toMatchObject({ order: 'start-first', parallelism: 0 });
    expect(of({ strategy: 'recreate' })).toMatchObject({ order: 'stop-first', parallelism: 0 });
    expect(of({ strategy: 'blue_green', ports })).toMatchObject({ order: 'stop-first', parallelism: 1 });
    expect(stack({ ...web, ports }).services.web?.ports).toEqual([
      { target: 8080, published: 80, protocol: 'tcp', mode: 'host' },
    ]);
    // A swarm would open it to everybody.
    const bound = [{ container: 8080, host: 80, address: '127.0.0.1', protocol: 'tcp' as const }];
    expect(() => stackText({ ...web, ports: bound }, WHERE)).toThrow(
      expect.objectContaining({ code: 'bound-port' }) as Error,
    );
  });

  test('has a digest of its variables and its command, in whatever order they were given', () => {
    const given = (changes: Partial<AppService>): string | undefined =>
      stack({ ...web, ...changes }).services.web?.deploy.labels['shipshape.given'];
    const environment = new Map([
      ['B', 'two\nlines'],
      ['A', ''],
    ]);
    // As od, sort and sha256sum made it.
    const digest = '66aa19150ce7a91e0ae36f5c70d9096dd2349af108b3e72a22e5240ff224dcdb';
    expect(given({ environment, entrypoint: ['sh'], command: ['-c', 'x y'] })).toBe(digest);
    const reversed = new Map([...environment].reverse());
    expect(given({ environment: reversed, entrypoint: ['sh'], command: ['-c', 'x y'] })).toBe(digest);
    for (const command of [['x y', '-c'], ['-c'], ['-c', 'x', 'y']])
      expect(given({ environment, entrypoint: ['sh'], command })).not.toBe(digest);
    expect(given({})).toBe('01ba4719c80b6fe911b091a7c05124b64eeece964e09c058ef8f9805daca546b');
  });

  test('runs something else once, without what makes it the service', () => {
    const service = {
      ...web,
      labels: new Map([['traefik.enable', 'true']]),
      environment: new Map([['A', 'b']]),
    };
    const [[key, made] = []] = Object.entries(stack(service, ['sh'], { command: ['migrate'] }).services);
    expect(key).toBe('once-web');
    expect(made).toMatchObject({
      environment: { A: 'b' },
      entrypoint: ['migrate'],
      deploy: { restart_policy: { condition: 'none' } },
    });
    expect(JSON.stringify(made)).not.toMatch(/traefik|"tako.service":"web"|ports/);
  });

  test.for([
    ['shop', 'production', 'shop_production'],
    ['my.shop', 'production', /^my-shop-production-[0-9a-f]{8}$/],
    ['x'.repeat(63), 'y'.repeat(63), /^x{31}-[0-9a-f]{8}$/],
  ] as const)('is called by what a swarm allows: %s, %s', ([project, environment, expected]) => {
    const called = stackOf(project, environment);
    expect(called).toMatch(expected);
    const service = { ...web, name: `a.${'b'.repeat(61)}` };
    const key = /key='([^']*)'/.exec(stackText(service, { project, environment }))?.[1] ?? '';
    expect(`${called}_${key}`).toMatch(/^(?=.{1,63}$)[a-zA-Z0-9](?:[-_]*[A-Za-z0-9]+)*$/);
  });
});

describe('The health of a service, asked inside', () => {
  const health = {
    path: "/up?a=$b&c='d",
    intervalSeconds: 1,
    timeoutSeconds: 1,
    retries: 1,
    startSeconds: 0,
  };
  const tools = toolsFor({ ...web, health });

  test.for(
    tools
      .filter(each => has(each))
      .flatMap(tool => [200, 302, 404, 503].map(status => [tool, status] as const)),
  )('%s hears %i', { timeout: 20_000 }, async ([tool, status]) => {
    const asked: (string | undefined)[] = [];
    const server = http.createServer((request, response) => {
      asked.push(request.url);
      response.writeHead(status, status === 302 ? { Location: 'http://127.0.0.1:1/' } : {}).end();
    });
    await new Promise<void>(resolve => void server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const address = server.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    const service = { ...web, health, ports: [{ container: port, protocol: 'tcp' as const }] };
    const [, ...command] = stack(service, ['sh'], { tool }).services.web?.healthcheck?.test ?? [];
    const [program = '', ...args] = command;
    const code = await new Promise(resolve => spawn(program, args).on('exit', resolve));
    expect(asked[0]).toBe('/up?a=$b&c=%27d');
    // This one goes where it is sent.
    expect(code === 0).toBe(status === 200 || (status === 302 && tool !== 'wget'));
  });

  test('needs no program where the configuration says the command, or nothing', () => {
    expect(toolsFor(web)).toEqual([]);
    expect(toolsFor({ ...web, health: { ...health, command: ['sh', '-c', 'true'] } })).toEqual([]);
    expect(stack({ ...web, health }).services.web).not.toHaveProperty('healthcheck');
  });
});

describe('What a swarm runs of an environment', () => {
  const asked = (containers: readonly string[]): Parameters<typeof swarmThere>[1] => {
    const task = { state: clean('running'), image: clean('shop/web:v1') };
    const services = [
      {
        ...swarmService('shop_production_web', 3, 3),
        deployed: deployedBy('web', 'deploy-1'),
        tasks: ['web01', 'web02', 'web02'].map(node => ({ ...task, node: clean(node) })),
      },
      swarmService('shop_production_db', 1, 1),
      swarmService('shop_staging_db', 1, 1),
      {
        ...swarmService('shop_production_odd', 1, 1),
        deployed: deployedBy('odd', 'deploy-1', { environment: clean('staging') }),
      },
    ];
    const answer = answerOf('2.0.0', { services, containers: containers.map(each => container(each)) });
    const server = { id: 'web01', name: clean('web01'), target: { host: 'web01' } };
    return [{ server, observation: { at: 0, answer } }];
  };

  test('moves where it is not on its servers, those of older versions by their names too', () => {
    const found = asked([
      'shop_production_web.1.abc',
      'shop_production_web-2.1.abc',
      'shop_production_db.1.abc',
    ]);
    expect(swarmThere(WHERE, found)).toEqual([
      { service: 'web', running: 3, elsewhere: 2, nodes: ['web01', 'web02'] },
      { service: 'db', running: 1, elsewhere: 0, nodes: [] },
    ]);
    expect(moveFindings(WHERE, found)).toMatchObject([
      { code: 'swarm-moves', text: 'web: 2 of 3 move to the servers of this environment' },
    ]);
  });
});

describe('The scripts for swarms', () => {
  const behind = ['containers/base.sh', 'containers/images.sh', 'swarm/base.sh', 'swarm/once.sh'];
  const whole = readdirSync(path.join(SCRIPTS, 'swarm'))
    .map(each => `swarm/${each}`)
    .filter(each => !behind.includes(each))
    .map(each => [each, [...behind, each].map(script).join('\n')] as const);

  test.skipIf(!has('shellcheck')).for(whole)('%s has nothing that shellcheck objects to', ([, input]) => {
    // What only other scripts use is not reachable in this one.
    const { stdout } = spawnSync('shellcheck', ['-s', 'sh', '-e', 'SC2317', '-'], {
      input,
      encoding: 'utf8',
    });
    expect(stdout).toBe('');
  });

  for (const [program, ...args] of SHELLS)
    test.skipIf(!has(program))(`are understood by ${program}`, () => {
      for (const [, input] of whole)
        expect(spawnSync(program, [...args, '-n'], { input, encoding: 'utf8' })).toMatchObject({
          stderr: '',
          status: 0,
        });
    });
});
