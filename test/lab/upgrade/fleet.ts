/** Servers of the lab as the editor works with them: over SSH, through the runner. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { clean, say, type Clean } from '../../../src/base/clean.ts';
import { DEPLOY_SETTINGS } from '../../../src/deploy/access.ts';
import { openFleet } from '../../../src/fleet.ts';
import type { Plan, Request } from '../../../src/operations/operation.ts';
import type { Report, Runner } from '../../../src/operations/runner.ts';
import { askNobody } from '../../../src/ssh/prompts.ts';
import type { Observation, Upgrading } from '../../../src/state/observed.ts';
import type { Fleet } from '../../../src/servers/fleet.ts';
import {
  CAREFULLY,
  type ResumeInput,
  type UpgradedServer,
  type UpgradeInput,
} from '../../../src/upgrade/requests.ts';
import { workspace } from '../../kit/workspace.ts';
import type { SshServer } from '../lab.ts';

/** How a server of the lab is reached: by itself, or through a port of this machine that leads there. */
export interface Reached extends Pick<
  SshServer,
  'name' | 'address' | 'port' | 'user' | 'keyFile' | 'hostKey'
> {
  readonly proxyPort?: number;
}

export interface Driven {
  readonly fleet: Fleet;
  readonly runner: Runner;
  /** Where it remembers upgrades. */
  readonly storage: string;
  readonly log: readonly Clean[];
  readonly observed: ReadonlyMap<string, Observation>;
  /** What was told of upgrades, in its order. */
  readonly progress: readonly (readonly [machine: string, upgrading: Upgrading | undefined])[];
  /** Plans and runs a request, as somebody does who agrees to everything. */
  readonly perform: (request: Request, signal?: AbortSignal) => Promise<Report>;
  readonly plan: (request: Request) => Promise<Plan>;
  /** Ends the following. */
  readonly leave: AbortController;
}

/** The servers as operations name them. */
export const upgraded = (server: Pick<SshServer, 'name'>): UpgradedServer => ({
  id: server.name,
  name: clean(server.name),
  target: { host: server.name },
  production: [],
  deploying: [],
});

export function upgradeOf(
  servers: readonly Pick<SshServer, 'name'>[],
  input: Partial<UpgradeInput> = {},
): Request<UpgradeInput> {
  return {
    operation: 'upgrade-servers',
    input: { servers: servers.map(upgraded), rollout: CAREFULLY, options: [], ...input },
  };
}

export function resumeOf(
  server: Pick<SshServer, 'name'>,
  run: string,
  also: Partial<ResumeInput> = {},
): Request<ResumeInput> {
  return { operation: 'resume-upgrade', input: { server: upgraded(server), run, ...also } };
}

/** The SSH configuration that knows these servers by their names. */
export function sshConfig(folder: string, servers: readonly Reached[]): string {
  const entries = servers.map(({ name, address, port, user, keyFile, hostKey, proxyPort }) => {
    const known = path.join(folder, `known-${name}`);
    writeFileSync(known, `${name} ${hostKey}\n`);
    return `Host ${name}
  HostName ${proxyPort === undefined ? address : '127.0.0.1'}
  Port ${proxyPort ?? port}
  User ${user}
  IdentityFile ${keyFile}
  HostKeyAlias ${name}
  UserKnownHostsFile ${known}
`;
  });
  const file = path.join(folder, 'ssh_config');
  const always = [
    'IdentityAgent none',
    'IdentitiesOnly yes',
    'GlobalKnownHostsFile /dev/null',
    'ConnectTimeout 3',
  ];
  const alive = ['ServerAliveInterval 1', 'ServerAliveCountMax 2'];
  writeFileSync(
    file,
    `${entries.join('')}Host *\n${[...always, ...alive].map(each => `  ${each}\n`).join('')}`,
  );
  return file;
}

/** `whenDone` takes what closes it. `storage`: of an earlier one, which this one goes on for. */
export function driven(
  whenDone: (close: () => void) => void,
  servers: readonly Reached[],
  storage?: string,
): Driven {
  const { root, file } = workspace(whenDone);
  const configFile = sshConfig(root, servers);
  const [log, progress] = [[] as Clean[], [] as [string, Upgrading | undefined][]];
  const observed = new Map<string, Observation>();
  const leave = new AbortController();
  const own = storage ?? file('storage');
  const fleet = openFleet({
    settings: () => ({ configFile, trusted: true }),
    here: say('in this test'),
    storage: own,
    now: Date.now,
    observed: (machine, observation) => observed.set(machine, observation),
    upgrading: (machine, upgrading) => progress.push([machine, upgrading]),
    deploying: () => ({ ...DEPLOY_SETTINGS, healthSeconds: 2 }),
  });
  whenDone(() => fleet.close());
  const runner = fleet.runner(askNobody(), leave.signal);
  const plan = (request: Request): Promise<Plan> => runner.plan(request, new AbortController().signal);
  return {
    fleet,
    runner,
    storage: own,
    log,
    observed,
    progress,
    plan,
    leave,
    perform: async (request, signal = new AbortController().signal) =>
      runner.run(request, await plan(request), signal, { log: line => log.push(line) }),
  };
}
