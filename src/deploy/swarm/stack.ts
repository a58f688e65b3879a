/** A service of a swarm as a stack of its own, in the parts of which the scripts put it together, now and when going back. */
import { sha256 } from '../../base/digest.ts';
import { clean, say } from '../../base/clean.ts';
import { UserError } from '../../base/errors.ts';
import { quote } from '../../ssh/quote.ts';
import type { AppService } from '../configuration/application.ts';
import { patienceOf } from '../containers/settings.ts';

/** What runs once, beside a service: no service has this name. */
export const ONCE = '.once';

/**
 * A label of a service by which its name leads to its containers themselves (`dnsrr`), and not to an address of the swarm that
 * shares between them (`vip`), which not every kernel can have.
 */
const ENDPOINT_MODE = 'swarm.endpoint-mode';

export interface Around {
  readonly project: string;
  readonly environment: string;
  /** The program in its image that its health can be asked with. */
  readonly tool?: string;
  /** Ids of the nodes that it is configured for; else all. */
  readonly nodes?: readonly string[];
  /** Runs this once instead. */
  readonly command?: readonly string[];
}

/** The name of the stack of an environment. */
export const stackOf = (project: string, environment: string): string =>
  swarmName(`${project}_${environment}`, 40);

/** Names in a swarm are those of hosts: what is no such name has a digest of what it stands for. */
function swarmName(name: string, limit: number): string {
  if (name.length <= limit && /^[A-Za-z0-9]([-_]*[A-Za-z0-9])*$/.test(name)) return name;
  const digest = sha256(name).slice(0, 8);
  const plain = name.replace(/[^A-Za-z0-9]+/g, '-').slice(0, limit - digest.length - 1);
  return `${plain.replace(/^-|-$/g, '')}-${digest}`;
}

/**
 * From its fifth line on the file that `scripts/swarm` keep: a line for the shell, then the volumes, what follows the labels
 * "shipshape.release" of the service, and of its containers. The image, the release, the number and the nodes are not in it.
 */
export function stackText(service: AppService, around: Around): string {
  const { project, environment, command, nodes = [] } = around;
  const health = command ? undefined : checkOf(service, around.tool);
  const isOnce = command !== undefined || service.kind !== 'service';
  const key = swarmName(
    command ? `once-${service.name}` : service.name,
    62 - stackOf(project, environment).length,
  );
  const isHostPort = !command && service.ports.some(({ host }) => host !== undefined);
  const order = service.strategy === 'recreate' || isHostPort ? 'stop-first' : 'start-first';
  const parallel = service.strategy === 'rolling' || isHostPort ? 1 : 0;
  const named = [...service.volumes].filter(({ source }) => !source.startsWith('/'));
  const variables = {
    key,
    kind: isOnce ? 'once' : 'service',
    mode: service.everywhere && !isOnce ? 'global' : 'replicated',
    patience: patienceOf(service.health),
    parallel,
    calm: health ? 0 : 3,
    pins: nodes.join(' '),
  };
  const ours = {
    'tako.project': project,
    'tako.environment': environment,
    ...(command ? {} : { 'tako.service': service.name, 'shipshape.hash': service.hash }),
  };
  const all = command ? [] : [...service.labels];
  const given = command ? {} : { 'shipshape.given': givenTo(service) };
  return [
    Object.entries(variables)
      .map(([name, value]) => `${name}=${quote(String(value))}`)
      .join(' '),
    `"volumes":${json(Object.fromEntries(named.map(({ source }) => [source, { external: true, name: source }])))},`,
    `${rest({ ...Object.fromEntries(all), ...ours, ...given, ...(command && { 'tako.service': ONCE }) })},${rest(
      {
        update_config: { parallelism: parallel, order, monitor: '3s', failure_action: 'rollback' },
        rollback_config: { parallelism: parallel, order, monitor: '1s', failure_action: 'pause' },
        restart_policy: isOnce ? { condition: 'none' } : restartOf(service.restart),
        ...(!isOnce && { endpoint_mode: service.labels.get(ENDPOINT_MODE) ?? 'vip' }),
        resources: { limits: service.limits },
      },
    )}`,
    `${rest({ ...Object.fromEntries(all.filter(([label]) => !label.startsWith('traefik.'))), ...ours })},${rest(
      {
        networks: { default: { aliases: key === service.name || command ? [] : [service.name] } },
        environment: Object.fromEntries(service.environment),
        volumes: service.volumes.map(({ source, target, readOnly }) => ({
          type: source.startsWith('/') ? 'bind' : 'volume',
          source,
          target,
          read_only: readOnly,
        })),
        ...(command ? { entrypoint: command } : ownOf(service)),
        ...(service.user !== undefined && { user: service.user }),
        ...(service.workingFolder !== undefined && { working_dir: service.workingFolder }),
        stop_grace_period: `${service.stopSeconds}s`,
        ...(health && { healthcheck: health }),
      },
    )}`,
    '# whole',
    '',
  ].join('\n');
}

/**
 * A digest of the variables and the command of a service, by which `check.sh` tells whether somebody changed them since. Docker
 * keeps neither their order nor where they came from.
 */
function givenTo({ environment, entrypoint = [], command = [] }: AppService): string {
  const hex = (text: string): string => Buffer.from(text).toString('hex');
  const parts = [
    ...[...environment].map(([name, value]) => `v${hex(`${name}=${value}`)}`),
    ...entrypoint.map((each, at) => `e${at}.${hex(each)}`),
    ...command.map((each, at) => `c${at}.${hex(each)}`),
  ];
  return sha256(`${parts.sort().join('\n')}\n`);
}

function ownOf({ name, entrypoint, command, ports }: AppService): object {
  const published = ports.filter(({ host }) => host !== undefined);
  const bound = published.find(
    ({ address }) => address !== undefined && !['0.0.0.0', '::'].includes(address),
  );
  // It would be open to everybody instead.
  if (bound) throw boundPort(name, bound.address ?? '');
  return {
    ...(entrypoint && { entrypoint }),
    ...(command && { command }),
    ports: published.map(({ container, host, protocol }) => ({
      target: container,
      published: host,
      protocol,
      mode: 'host',
    })),
  };
}

function restartOf(restart: string): object {
  const [name, attempts] = restart.split(':', 2);
  if (name === 'no') return { condition: 'none' };
  if (name !== 'on-failure') return { condition: 'any' };
  return { condition: 'on-failure', ...(attempts !== undefined && { max_attempts: Number(attempts) }) };
}

/** Programs that can ask for the health of a service inside its container, the best first; none where there is nothing to ask. */
export function toolsFor({ health, ports }: AppService): readonly string[] {
  if (!health || health.command) return [];
  if (health.path !== undefined) return ports.length > 0 ? ['curl', 'nc', 'bash', 'wget'] : [];
  return health.tcpPort === undefined ? [] : ['nc', 'bash'];
}

/** A swarm judges its tasks by what their own containers say, so that it has to be asked inside. */
function checkOf({ health, ports }: AppService, tool: string | undefined): object | undefined {
  if (!health) return undefined;
  const { intervalSeconds, timeoutSeconds, retries, startSeconds } = health;
  const test = health.command ?? askedWith(tool, health, ports);
  return (
    test && {
      test: ['CMD', ...test],
      interval: `${intervalSeconds}s`,
      timeout: `${timeoutSeconds}s`,
      retries,
      start_period: `${startSeconds}s`,
    }
  );
}

function askedWith(
  tool: string | undefined,
  { path, tcpPort, timeoutSeconds }: NonNullable<AppService['health']>,
  ports: AppService['ports'],
): readonly string[] | undefined {
  const port = tcpPort ?? ports.find(({ protocol }) => protocol === 'tcp')?.container;
  if (tool === undefined || port === undefined) return undefined;
  const seconds = Math.max(1, Math.ceil(timeoutSeconds));
  if (path === undefined) {
    return tool === 'nc'
      ? ['sh', '-c', `nc -z 127.0.0.1 ${port} || nc -w 1 127.0.0.1 ${port} </dev/null`]
      : ['bash', '-c', `exec 3<>/dev/tcp/127.0.0.1/${port}`];
  }
  const { pathname, search } = new URL(path.replace(/^\/*/, '/'), 'http://localhost');
  const at = pathname + search;
  const url = quote(`http://127.0.0.1:${port}${at}`);
  const request = `printf 'GET %s HTTP/1.1\\r\\nHost: localhost\\r\\nConnection: close\\r\\n\\r\\n' ${quote(at)}`;
  const judged = 'read -r _ code _; case $code in [23]*) exit 0 ;; esac; exit 1';
  const asked = {
    curl: `curl -s -o /dev/null -m ${seconds} -w 'HTTP %{http_code} \\n' ${url} | { ${judged}; }`,
    nc: `${request} | nc -w ${seconds} 127.0.0.1 ${port} | { ${judged}; }`,
    bash: `exec 3<>/dev/tcp/127.0.0.1/${port} && ${request} >&3 && { ${judged}; } <&3`,
    // Some crash when they are told a time, or to show the first answer: this one follows where it is sent.
    wget: `wget -q -O /dev/null ${url}`,
  }[tool];
  return asked === undefined ? undefined : [tool === 'bash' ? 'bash' : 'sh', '-c', asked];
}

/** The rest of an object, behind something that was put into it. */
const rest = (value: object): string => json(value).slice(1);

/** As YAML, for a program that puts variables into what it reads. */
function json(value: object): string {
  const text = JSON.stringify(value, (_, each: unknown) =>
    typeof each === 'string' ? each.replaceAll('$', '$$$$') : each,
  );
  // Characters that YAML has in no text as they are.
  return text.replaceAll(
    /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g,
    each => `\\u${each.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function boundPort(service: string, address: string): UserError {
  return new UserError('bound-port', {
    what: say(
      'A swarm cannot publish a port at one address only: {0} would be open to everybody.',
      clean(address),
    ),
    where: service,
    next: say('Nothing was done. Publish the port at all addresses, or leave it out.'),
  });
}
