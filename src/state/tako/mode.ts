import path from 'node:path';
import { clean, join, say, type Clean } from '../../base/clean.ts';
import type { Finding, Key } from '../../base/finding.ts';
import type { ConfiguredEnvironment, TakoConfig } from './configured.ts';
import type { FoundEnvironment } from './environments.ts';
import type { TakoFolder } from './folder.ts';
import type { DeploymentRecord, Runtime } from './record.ts';
import type { GlobalState } from './state.ts';
import type { Swarm, SwarmNode } from './swarm.ts';

/** How an environment was deployed last, as far as it is recorded. */
export interface RecordedMode {
  readonly key: Key;
  readonly project: Clean;
  readonly environment: Clean;
  readonly runtime: Runtime;
  /** The names of its servers; empty where they are not recorded. */
  readonly servers: readonly Clean[];
  readonly current?: DeploymentRecord;
  readonly swarm: Swarm;
}

type Told = readonly [code: string, text: Clean];

/**
 * What the next deployment of an environment would leave behind where it goes from a swarm to one server, and what it needs
 * where it goes from one server to a swarm. Nothing where neither is the case.
 */
export function modeFindings(recorded: RecordedMode, config: TakoConfig): readonly Finding[] {
  const environment = config.environments.find(({ name }) => name === recorded.environment);
  const [server, ...others] = environment?.servers ?? [];
  if (!environment || server === undefined) return [];
  const isDown = recorded.runtime.mode === 'swarm' && others.length === 0 && wasSpread(recorded);
  // On several servers without a swarm each of them runs the whole for itself, and stays so.
  const isUp = recorded.runtime.mode === 'single' && others.length > 0 && recorded.servers.length < 2;
  const told = isDown
    ? leaving(recorded, config, server)
    : isUp
      ? entering(recorded, config, environment)
      : [];
  return told.map(([code, text]) => ({
    severity: code === 'swarm-to-single' ? 'warning' : 'info',
    code,
    text,
    at: { file: config.file, line: environment.line },
    key: recorded.key,
  }));
}

/** Reports them for all environments. */
export function compareModes(
  folder: TakoFolder,
  environments: readonly FoundEnvironment[],
  known: {
    readonly project: Clean;
    readonly config: TakoConfig | undefined;
    readonly state: GlobalState | undefined;
    readonly swarm: Swarm;
  },
): void {
  const { project, config, state, swarm } = known;
  if (!config) return;
  for (const { key, name: environment, history } of environments) {
    const recorded = state?.environments.find(({ name }) => name === environment);
    const { current } = history;
    const mode = history.runtime?.mode ?? (recorded && state?.mode);
    const runtime = { network: {}, volumes: [], ...history.runtime, mode };
    const servers = [current?.servers, recorded?.servers].find(each => each && each.length > 0) ?? [];
    const findings = modeFindings({ key, project, environment, servers, current, runtime, swarm }, config);
    for (const finding of findings) folder.report(finding);
  }
}

/** The released program made a swarm of one server, too; that one stays what it is. */
function wasSpread({ servers, current, swarm }: RecordedMode): boolean {
  const nodes = new Set(current?.services.flatMap(({ containers }) => containers.map(({ node }) => node)));
  nodes.delete(undefined);
  if (servers.length + nodes.size > 0) return servers.length > 1 || nodes.size > 1;
  return swarm.nodes.length > 1;
}

function leaving(
  { project, environment, current, runtime, swarm }: RecordedMode,
  config: TakoConfig,
  server: Clean,
): readonly Told[] {
  const own = `${project}_${environment}`;
  const named = swarm.serviceNames.filter(name => name.startsWith(`${own}_`));
  const services = named.length > 0 ? named : (current?.services.map(({ name }) => name) ?? []);
  const isLast = config.environments.every(({ servers }) => servers.length < 2);
  const shared = isLast ? swarm.serviceNames.filter(name => !name.startsWith(`${project}_`)) : [];
  const { network } = runtime;
  const networks = new Set([
    ...(network.driver === 'overlay' && network.name ? [network.name] : []),
    ...swarm.networkNames.filter(name => name.endsWith(own)),
  ]);
  const home = nodeOf(server, config, swarm);
  const used = new Set(
    config.environments.flatMap(({ servers }) => servers.map(each => nodeOf(each, config, swarm))),
  );
  const moving = (current?.services ?? []).flatMap(service => replicasElsewhere(service, server, home));
  return [
    [
      'swarm-to-single',
      say(
        '{0} was deployed to a swarm; {1} names one server for it, {2}.',
        environment,
        fileName(config),
        server,
      ),
    ],
    ...about('orphaned-services', [...services, ...shared], list =>
      say('These services would be left running in the swarm: {0}.', list),
    ),
    ...about('orphaned-networks', [...networks], list =>
      say('Networks of the swarm would be left: {0}.', list),
    ),
    ...about('orphaned-volumes', namesOf(runtime), list =>
      say('What these volumes hold on other servers than {0} would stay there: {1}.', server, list),
    ),
    ...about(
      'orphaned-nodes',
      swarm.nodes.filter(node => !used.has(node)).map(({ hostname }) => hostname),
      list => say('These nodes would stay in the swarm: {0}.', list),
    ),
    ...about('replicas-elsewhere', moving, list =>
      say('All of these would have to fit on {0}: {1}.', server, list),
    ),
  ];
}

function entering(
  { environment, runtime }: RecordedMode,
  config: TakoConfig,
  { servers }: ConfiguredEnvironment,
): readonly Told[] {
  const managers = config.servers.filter(({ name, role }) => servers.includes(name) && role === 'manager');
  const { network } = runtime;
  return [
    [
      'single-to-swarm',
      say(
        '{0} was deployed to one server; {1} names {2} for it, which have to be a swarm.',
        environment,
        fileName(config),
        servers.length,
      ),
    ],
    ...about('swarm-manager', managers.length === 0 ? servers.slice(0, 1) : [], first =>
      say('No server of it has the role manager; the first one would be it: {0}.', first),
    ),
    [
      'swarm-ports',
      say(
        'Between its servers these ports have to be open: {0}.',
        clean('2377/tcp, 7946/tcp, 7946/udp, 4789/udp'),
      ),
    ],
    ...about('swarm-network', network.name && network.driver !== 'overlay' ? [network.name] : [], name =>
      say('Services on several servers need an overlay network; this one is local to its server: {0}.', name),
    ),
    ...about('local-volumes', namesOf(runtime), list =>
      say('These volumes are on one server, and what uses them has to stay there: {0}.', list),
    ),
  ];
}

function namesOf({ volumes }: Runtime): readonly Clean[] {
  return volumes.flatMap(({ name }) => name ?? []);
}

function about(code: string, names: readonly Clean[], tell: (list: Clean) => Clean): readonly Told[] {
  return names.length === 0 ? [] : [[code, tell(join(names, ', '))]];
}

function nodeOf(server: Clean, config: TakoConfig, { nodes }: Swarm): SwarmNode | undefined {
  const identity = config.servers.find(({ name }) => name === server)?.identity;
  return nodes.find(
    ({ hostname, identities }) =>
      hostname === server || (identity !== undefined && identities.includes(identity)),
  );
}

/** "web 3" where it is not known which of several run on other servers, else "web 2 of 3". */
function replicasElsewhere(
  { name, replicas = 0, containers }: DeploymentRecord['services'][number],
  server: Clean,
  home: SwarmNode | undefined,
): readonly Clean[] {
  const nodes = containers.flatMap(({ node }) => node ?? []);
  const elsewhere = nodes.filter(node => ![server, home?.hostname, home?.id].includes(node)).length;
  if (nodes.length > 0) {
    return elsewhere > 0 ? [say('{0} ({1} of {2} elsewhere)', name, elsewhere, nodes.length)] : [];
  }
  return replicas > 1 ? [say('{0} ({1} replicas)', name, replicas)] : [];
}

function fileName({ file }: TakoConfig): Clean {
  return clean(path.basename(file));
}
