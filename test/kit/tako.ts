/** Tako's `.tako/` folder: deployments with their history and logs, in the forms of three writers. */
import { createHash } from 'node:crypto';
import type { Instant } from '../../src/base/time.ts';
import type { FileBody, Files } from './files.ts';
import { goJson, goMap } from './go-json.ts';
import { fileNameTime, goTime, idTime, seedTime } from './times.ts';

/**
 * Who wrote the folder. `seed`: as the design document specifies it, times in UTC, everything filled in. `swarm` and
 * `takod`: the two generations of the released program, local times under names with a false `Z`, most parts `null`.
 */
export type TakoForm = 'seed' | 'swarm' | 'takod';

export interface TakoProject {
  readonly form: TakoForm;
  readonly name: string;
  readonly createdAt: Instant;
  /** The writer's zone, minutes east of UTC. The seed's form is always in UTC. */
  readonly zone?: number;
  /** As the seed has it, `swarm` or `single`; the second generation writes `takod`. */
  readonly mode?: 'swarm' | 'single';
  /** Server names by environment. */
  readonly servers: Readonly<Record<string, readonly string[]>>;
  readonly deploys: readonly Deploy[];
}

export interface Deploy {
  readonly environment: string;
  readonly at: Instant;
  readonly kind?: 'deploy' | 'rollback' | 'scale' | 'promote';
  /** Derived from kind and time when not given, as the program does. */
  readonly id?: string;
  readonly status?: string;
  readonly seconds?: number;
  readonly commit?: string;
  readonly by?: string;
  readonly notes?: string;
  readonly services?: Readonly<Record<string, ServiceRecord>>;
  readonly volumes?: readonly VolumeRecord[];
  readonly rollbackPoint?: boolean;
  /** The record came from a server by `state pull`; this process wrote it there. */
  readonly pulledFromProcess?: number;
  readonly log?: readonly LogLine[];
}

export interface LogLine {
  readonly afterSeconds: number;
  readonly text: string;
}

/** One `current.json` or `history/*.json`, fields in the order of the file. */
export interface DeploymentRecord {
  readonly deployment_id: string;
  readonly timestamp: string;
  readonly environment: string;
  readonly mode: string;
  readonly servers?: readonly string[];
  readonly status: string;
  readonly duration_seconds: number;
  readonly services: Readonly<Record<string, ServiceRecord>> | null;
  readonly network: { readonly name: string; readonly driver: string; readonly id: string } | null;
  readonly volumes: readonly VolumeRecord[] | null;
  readonly config: { readonly hash: string; readonly source: string };
  readonly rollback_point: boolean;
  readonly notes: string;
  readonly git_commit?: string;
  readonly triggered_by?: string;
}

export interface ServiceRecord {
  readonly image: string;
  readonly image_id: string;
  readonly replicas: number;
  readonly ports: readonly number[];
  readonly domains: readonly string[] | null;
  readonly health: string;
  readonly containers: readonly ContainerRecord[] | null;
  readonly build_time_seconds?: number;
}

export interface ContainerRecord {
  readonly id: string;
  readonly node?: string;
  readonly status: string;
  readonly started_at: string;
}

export interface VolumeRecord {
  readonly name: string;
  readonly driver: string;
  readonly mount_point: string;
}

const GITIGNORE = '*\n!.gitignore\n';
const CLI_GITIGNORE = `# Tako local state - DO NOT COMMIT\n${GITIGNORE}`;

const FOLDERS = [
  'services',
  'builds/cache',
  'builds/artifacts',
  'logs/deployments',
  'logs/builds',
  'logs/errors',
];
const FOLDERS_OF = {
  seed: ['swarm', 'config/traefik', 'config/networks'],
  swarm: ['swarm', 'config/traefik', 'config/networks'],
  takod: ['takod', 'config/proxy', 'config/networks'],
} as const;

/** The whole `.tako/` folder of a project as it is after these deploys. */
export function takoFolder(project: TakoProject): Files {
  const files: Record<string, FileBody> = {
    '.tako/.gitignore': project.form === 'seed' ? GITIGNORE : CLI_GITIGNORE,
  };
  for (const folder of [...FOLDERS, ...FOLDERS_OF[project.form]]) files[`.tako/${folder}/`] = '';
  for (const environment of Object.keys(project.servers)) {
    Object.assign(files, environmentFiles(project, environment));
  }
  files['.tako/state.json'] = goJson(globalState(project), 2);
  return files;
}

/** A deployment's record as the project's writer writes it. */
export function deploymentRecord(project: TakoProject, deploy: Deploy): DeploymentRecord {
  const { kind = 'deploy', pulledFromProcess } = deploy;
  const seed = project.form === 'seed';
  const pulled = pulledFromProcess !== undefined;
  const servers = project.form === 'takod' && !pulled ? project.servers[deploy.environment] : undefined;
  const known = seed || pulled;
  return {
    deployment_id: deploy.id ?? deploymentId(project, deploy),
    timestamp: timeText(project, deploy.at, pulled),
    environment: deploy.environment,
    mode: modeOf(project),
    ...(servers && { servers }),
    status: deploy.status ?? (kind === 'rollback' ? 'rolled_back' : 'success'),
    duration_seconds: deploy.seconds ?? 41,
    services: known && deploy.services ? goMap(deploy.services) : null,
    network: seed ? networkOf(project, deploy.environment) : null,
    volumes: seed ? (deploy.volumes ?? []) : null,
    config: seed ? { hash: configHash(deploy), source: 'tako.yaml' } : { hash: '', source: '' },
    rollback_point: deploy.rollbackPoint ?? false,
    notes: deploy.notes ?? '',
    ...(deploy.commit !== undefined && { git_commit: deploy.commit }),
    ...(deploy.by !== undefined && { triggered_by: deploy.by }),
  };
}

/** The two lines that the released program logs of a deployment. */
export function programLog(project: TakoProject, deploy: Deploy): readonly LogLine[] {
  const runtime = project.form === 'takod' ? 'takod' : 'Swarm';
  return [
    { afterSeconds: 0, text: `Starting ${runtime} deployment to ${deploy.environment}` },
    { afterSeconds: 0, text: `Git commit: ${deploy.commit?.slice(0, 7) ?? ''}` },
  ];
}

/** A log's text. */
export function logText(project: TakoProject, startedAt: Instant, lines: readonly LogLine[]): string {
  return lines
    .map(({ afterSeconds, text }) => {
      const second = Math.floor((startedAt + afterSeconds * 1000) / 1000) * 1000;
      return `[${timeText(project, second, false)}] ${text}\n`;
    })
    .join('');
}

function environmentFiles(project: TakoProject, environment: string): Files {
  const folder = `.tako/deployments/${environment}`;
  const files: Record<string, FileBody> = { [`${folder}/history/`]: '', [`${folder}/rollback/`]: '' };
  const deploys = project.deploys.filter(each => each.environment === environment);
  deploys.sort((a, b) => a.at - b.at);
  for (const deploy of deploys) {
    // A pulled record is in UTC, and so is its file name.
    const name = fileNameTime(deploy.at, zoneOf(project, deploy.pulledFromProcess !== undefined));
    const text = goJson(deploymentRecord(project, deploy), 2);
    files[`${folder}/history/${name}.json`] = text;
    files[`${folder}/current.json`] = text;
    if (deploy.log) files[`.tako/logs/deployments/${name}.log`] = logText(project, deploy.at, deploy.log);
    // No released program writes this file.
    if (deploy.rollbackPoint && project.form === 'seed') files[`${folder}/rollback/last-stable.json`] = text;
  }
  return files;
}

function globalState(project: TakoProject): object {
  const newest = new Map<string, Deploy>();
  for (const deploy of project.deploys) {
    const known = newest.get(deploy.environment);
    if (!known || known.at <= deploy.at) newest.set(deploy.environment, deploy);
  }
  const last = [...newest.values()].sort((a, b) => b.at - a.at)[0];
  const environments = [...newest].map(([environment, deploy]) => {
    const pulled = deploy.pulledFromProcess !== undefined;
    const servers = project.form === 'swarm' ? [] : pulled ? null : project.servers[environment];
    const last_deployment = timeText(project, deploy.at, pulled);
    const deployment_id = deploy.id ?? deploymentId(project, deploy);
    return [environment, { active: true, servers, last_deployment, deployment_id }] as const;
  });
  const lastDeployed = last && timeText(project, last.at, last.pulledFromProcess !== undefined);
  return {
    version: '1.0.0',
    project: {
      name: project.name,
      created_at: timeText(project, project.createdAt, false),
      last_deployed: lastDeployed ?? '0001-01-01T00:00:00Z',
    },
    mode: modeOf(project),
    environments: goMap(Object.fromEntries(environments)),
    metadata:
      project.form === 'seed'
        ? { tako_version: '1.0.0', config_hash: last ? configHash(last) : '' }
        : { tako_version: '', config_hash: '' },
  };
}

/** `deploy-20260718-093053`: the local end of a success, the local start of everything else. */
function deploymentId(project: TakoProject, deploy: Deploy): string {
  const { at, kind = 'deploy', status = 'success', seconds = 41, pulledFromProcess } = deploy;
  if (pulledFromProcess !== undefined) {
    const belowMillisecond = Math.round((at - Math.floor(at)) * 1e6);
    return `${BigInt(Math.floor(at)) * 1_000_000n + BigInt(belowMillisecond)}_${pulledFromProcess}`;
  }
  const ended = kind === 'deploy' && status === 'success' ? at + seconds * 1000 : at;
  return `${kind}-${idTime(ended, zoneOf(project, false))}`;
}

function modeOf(project: TakoProject): string {
  return project.form === 'takod' ? 'takod' : (project.mode ?? 'swarm');
}

function configHash(deploy: Deploy): string {
  return `sha256:${createHash('sha256')
    .update(deploy.commit ?? '')
    .digest('hex')}`;
}

function networkOf(project: TakoProject, environment: string): DeploymentRecord['network'] {
  return { name: `tako_${project.name}_${environment}`, driver: 'overlay', id: 'n3t0v3rlay' };
}

function timeText(project: TakoProject, at: Instant, pulled: boolean): string {
  return project.form === 'seed' ? seedTime(at) : goTime(at, zoneOf(project, pulled));
}

function zoneOf(project: TakoProject, pulled: boolean): number {
  return project.form === 'seed' || pulled ? 0 : (project.zone ?? 0);
}
