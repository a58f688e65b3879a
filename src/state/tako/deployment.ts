import { editJson } from '../../base/edit.ts';
import type { Json } from '../../base/json.ts';
import { outermost, print } from '../../base/json-layout.ts';
import { secondText, type Instant } from '../../base/time.ts';

/** A deployment to be recorded. The released program also writes `servers`, `commit`, `by` and build times. */
export interface NewDeployment {
  /** Its beginning tells the kind: `deploy-`, `rollback-`, `scale-`, `promote-`, `imported-`. */
  readonly id: string;
  readonly timestamp: Instant;
  readonly environment: string;
  /** `swarm` or `single` in the design, `takod` by today's program. */
  readonly mode: string;
  readonly servers?: readonly string[];
  readonly status: 'success' | 'failed' | 'partial' | 'rolled_back';
  readonly durationSeconds: number;
  /** By name; `null` when nothing is known of them. */
  readonly services: Readonly<Record<string, DeployedService>> | null;
  readonly network: { readonly name: string; readonly driver: string; readonly id: string } | null;
  readonly volumes:
    readonly { readonly name: string; readonly driver: string; readonly mountPoint: string }[] | null;
  readonly config: { readonly hash: string; readonly source: string };
  readonly rollbackPoint: boolean;
  readonly notes: string;
  readonly commit?: string;
  readonly by?: string;
}

export interface DeployedService {
  readonly image: string;
  readonly imageId: string;
  readonly replicas: number;
  readonly ports: readonly number[];
  readonly domains: readonly string[] | null;
  readonly health: string;
  readonly containers:
    | readonly {
        readonly id: string;
        readonly node?: string;
        readonly status: string;
        readonly startedAt: Instant;
      }[]
    | null;
  readonly buildTimeSeconds?: number;
}

/** What Go writes for a time that was never set. */
export const NEVER = '0001-01-01T00:00:00Z';

/** The text of a new file, as Go's MarshalIndent writes it. */
export function goText(value: Json): string {
  return print(value, outermost(''), 'go');
}

/** The record as `current.json`, `history/*.json` and `rollback/last-stable.json` hold it. */
export function deploymentText(deployment: NewDeployment): string {
  const { servers, services, network, volumes, config, commit, by } = deployment;
  const text = goText({
    deployment_id: deployment.id,
    timestamp: secondText(deployment.timestamp),
    environment: deployment.environment,
    mode: deployment.mode,
    ...(servers && { servers }),
    status: deployment.status,
    duration_seconds: Math.round(deployment.durationSeconds),
    services: services && {},
    network: network && { name: network.name, driver: network.driver, id: network.id },
    volumes:
      volumes?.map(({ name, driver, mountPoint }) => ({ name, driver, mount_point: mountPoint })) ?? null,
    config: { hash: config.hash, source: config.source },
    rollback_point: deployment.rollbackPoint,
    notes: deployment.notes,
    ...(commit !== undefined && { git_commit: commit }),
    ...(by !== undefined && { triggered_by: by }),
  });
  // An object of JavaScript would put the service "10" first; Go sorts it among the others.
  const edits = Object.entries(services ?? {}).map(
    ([name, service]) =>
      ({ kind: 'set', path: ['services', name], value: serviceJson(service), sorted: true }) as const,
  );
  const edited = editJson(text, edits, 'go');
  if (!edited.ok) throw new Error(`Not a deployment: ${edited.why} ${(edited.path ?? []).join('.')}`);
  return edited.text;
}

function serviceJson(service: DeployedService): Json {
  const { image, replicas, ports, domains, health, containers, buildTimeSeconds } = service;
  return {
    image,
    image_id: service.imageId,
    replicas,
    ports,
    domains,
    health,
    containers:
      containers?.map(({ id, node, status, startedAt }) => ({
        id,
        ...(node !== undefined && { node }),
        status,
        started_at: secondText(startedAt),
      })) ?? null,
    ...(buildTimeSeconds !== undefined && { build_time_seconds: Math.round(buildTimeSeconds) }),
  };
}
