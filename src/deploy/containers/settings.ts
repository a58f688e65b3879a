/** The settings of a service as its server keeps them, to make its containers from, now and when going back. */
import { clean, say } from '../../base/clean.ts';
import { UserError } from '../../base/errors.ts';
import { quote } from '../../ssh/quote.ts';
import type { AppService, HealthCheck } from '../configuration/application.ts';

/**
 * Shell that defines what `scripts/containers` use: variables, and functions that put arguments behind those of `docker create`.
 * The image is not in it. Its last line shows that it arrived whole.
 */
export function settingsText(service: AppService, project: string, environment: string): string {
  const [entrypoint, ...rest] = service.entrypoint ?? [];
  const { probe, port, path, timeout } = probeOf(service);
  const variables = environmentOf(service.environment);
  return [
    `kind=${quote(service.kind)}`,
    // Two containers cannot share a port of the server.
    `order=${service.strategy === 'recreate' || service.ports.some(({ host }) => host !== undefined) ? 'first' : 'beside'}`,
    `strategy=${service.strategy}`,
    `probe=${probe} probe_port=${port} probe_path=${quote(path)} probe_timeout=${timeout}`,
    `patience=${patienceOf(service.health)} linger=${service.labels.get('traefik.enable') === 'true' ? LINGER_SECONDS : 0}`,
    `environment() { printf '%s\\n' ${variables.lines.map(quote).join(' ')}; }`,
    appending('with_options', [...variables.options, ...ownOptions(service)]),
    appending('with_service', [
      ...serviceOptions(service, project, environment),
      ...(entrypoint === undefined ? [] : ['--entrypoint', entrypoint]),
    ]),
    appending('with_command', [...rest, ...(service.command ?? [])]),
    `run_docker() { ${variables.exported.join('')}timeout -s KILL 120 docker "$@"; }`,
    '# whole',
    '',
  ].join('\n');
}

/** Traefik hears of a new container at once, but takes up changes every two seconds only: till then the old one has to answer. */
const LINGER_SECONDS = 3;

/** A function that calls what it is given, with some more arguments. */
const appending = (name: string, args: readonly string[]): string =>
  `${name}() { "$@" ${args.map(quote).join(' ')}; }`;

/** Also for what is run once. */
function ownOptions({ volumes, limits, user, workingFolder }: AppService): readonly string[] {
  return [
    ...volumes.flatMap(({ source, target, readOnly }) => [
      '--volume',
      `${source}:${target}${readOnly ? ':ro' : ''}`,
    ]),
    ...(limits.memory === undefined ? [] : ['--memory', limits.memory]),
    ...(limits.cpus === undefined ? [] : ['--cpus', limits.cpus]),
    ...(user === undefined ? [] : ['--user', user]),
    ...(workingFolder === undefined ? [] : ['--workdir', workingFolder]),
  ];
}

function serviceOptions(
  { name, kind, ports, labels, health, restart, stopSeconds, hash }: AppService,
  project: string,
  environment: string,
): readonly string[] {
  const all = new Map([
    ...labels,
    ['tako.project', project],
    ['tako.environment', environment],
    ['tako.service', name],
    ['shipshape.hash', hash],
  ]);
  return [
    ...[...all].flatMap(([label, value]) => ['--label', `${label}=${value}`]),
    ...ports.flatMap(({ container, host, address, protocol }) =>
      host === undefined
        ? ['--expose', `${container}/${protocol}`]
        : [
            '--publish',
            `${address === undefined ? '' : `${bracketed(address)}:`}${host}:${container}/${protocol}`,
          ],
    ),
    '--restart',
    kind === 'service' ? restart : 'no',
    '--stop-timeout',
    String(stopSeconds),
    ...(health?.command ? healthOptions(health, health.command) : []),
  ];
}

const bracketed = (address: string): string => (address.includes(':') ? `[${address}]` : address);

/** Docker's program takes a command for a shell of the container only. */
function healthOptions(
  { intervalSeconds, timeoutSeconds, retries, startSeconds }: HealthCheck,
  command: readonly string[],
): readonly string[] {
  const [shell, flag, text, ...more] = command;
  const isForShell = shell === 'sh' && flag === '-c' && text !== undefined && more.length === 0;
  return [
    '--health-cmd',
    isForShell ? text : command.map(quote).join(' '),
    '--health-interval',
    `${intervalSeconds}s`,
    '--health-timeout',
    `${timeoutSeconds}s`,
    '--health-retries',
    String(retries),
    '--health-start-period',
    `${startSeconds}s`,
  ];
}

/** How the server asks a container of it how it is; `none`: it does not. */
export function probeOf({ health, ports }: AppService): {
  readonly probe: string;
  readonly port: number;
  readonly path: string;
  readonly timeout: number;
} {
  const first = ports.find(({ protocol }) => protocol === 'tcp')?.container;
  const port = health?.tcpPort ?? first;
  const none = { probe: 'none', port: 0, path: '', timeout: 0 };
  if (!health || health.command || port === undefined) return none;
  const timeout = Math.max(1, Math.ceil(health.timeoutSeconds));
  if (health.path === undefined)
    return health.tcpPort === undefined ? none : { probe: 'tcp', port, path: '', timeout };
  // It becomes a line of a request, so nothing in it may end that.
  const { pathname, search } = new URL(health.path.replace(/^\/*/, '/'), 'http://localhost');
  return { probe: 'http', port, path: pathname + search, timeout };
}

/** How long a container may take to get healthy, in seconds. Where only an image says what that is, Docker ends the waiting. */
export function patienceOf(health: HealthCheck | undefined): number {
  if (!health) return 300;
  const { startSeconds, retries, intervalSeconds, timeoutSeconds } = health;
  return Math.ceil(
    Math.min(900, Math.max(10, startSeconds + (retries + 1) * (intervalSeconds + timeoutSeconds))),
  );
}

/** Docker reads lines of at most 64 KB from a file, and takes a carriage return for part of a line's end. */
const LINE_LIMIT = 60_000;
/** What the program of Docker, or what starts it, would take for its own. */
const NOT_OURS =
  /^(_|PWD|OLDPWD|SHLVL|PATH|HOME|IFS|TMPDIR|XDG_\w+|LD_\w+|DOCKER_\w+|GO\w*|\w+_(proxy|PROXY)|POSIXLY_CORRECT|ENV|BASH_\w+)$/;

/**
 * How variables get to Docker byte for byte, and out of sight of other accounts: as lines on its standard input, else exported to
 * it alone. Only a name that cannot be exported, with a value of several lines, is an argument.
 */
function environmentOf(environment: AppService['environment']): {
  readonly lines: readonly string[];
  readonly exported: readonly string[];
  readonly options: readonly string[];
} {
  const [lines, exported, options]: [string[], string[], string[]] = [[], [], []];
  for (const [name, value] of environment) {
    if (!/^[^=\s#][^=\s]*$/.test(name)) throw notAName(name);
    const isLine = !/[\n\r]/.test(value) && Buffer.byteLength(name + value) < LINE_LIMIT;
    const canBeExported = /^[A-Za-z_]\w*$/.test(name) && !NOT_OURS.test(name);
    if (isLine) lines.push(`${name}=${value}`);
    else if (canBeExported) {
      exported.push(`${name}=${quote(value)} `);
      options.push('--env', name);
    } else options.push('--env', `${name}=${value}`);
  }
  return { lines, exported, options };
}

function notAName(name: string): UserError {
  return new UserError('not-a-name', {
    what: say('A variable cannot be called {0}.', clean(JSON.stringify(name))),
    where: name,
    next: say('Nothing was done. Correct the name.'),
  });
}
