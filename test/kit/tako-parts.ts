/** The other files of a `.tako/` folder. Only the design document writes them, so they have the seed's form. */
import type { Instant } from '../../src/base/time.ts';
import type { Files } from './files.ts';
import { goJson, goMap } from './go-json.ts';
import { goTime, seedTime } from './times.ts';

export interface ServiceState {
  readonly name: string;
  readonly version: string;
  readonly image: string;
  readonly deployedAt: Instant;
  readonly replicas: number;
  readonly status: string;
  readonly past: readonly {
    readonly version: string;
    readonly deployedAt: Instant;
    readonly retiredAt: Instant;
    readonly reason: string;
  }[];
  readonly healthEndpoint: string;
  /** Newest last. */
  readonly checks: readonly HealthCheck[];
  readonly limits: { readonly cpu: string; readonly memory: string };
  /** Newest last. */
  readonly samples: readonly Sample[];
}

export interface HealthCheck {
  readonly at: Instant;
  readonly status: string;
  readonly responseMs: number;
  readonly node?: string;
  readonly error?: string;
}

export interface Sample {
  readonly at: Instant;
  readonly cpu: string;
  readonly memory: string;
  readonly replicas: number;
  readonly node?: string;
}

/** `services/<name>/`: state, health and metrics. */
export function serviceFiles(service: ServiceState): Files {
  const lastCheck = service.checks.at(-1);
  const lastSample = service.samples.at(-1);
  const folder = `.tako/services/${service.name}`;
  const state = {
    name: service.name,
    current: {
      version: service.version,
      image: service.image,
      deployed_at: seedTime(service.deployedAt),
      replicas: service.replicas,
      status: service.status,
    },
    history: service.past.map(each => ({
      version: each.version,
      deployed_at: seedTime(each.deployedAt),
      retired_at: seedTime(each.retiredAt),
      reason: each.reason,
    })),
    health_checks: {
      endpoint: service.healthEndpoint,
      last_check: lastCheck ? seedTime(lastCheck.at) : '0001-01-01T00:00:00Z',
      status: lastCheck?.status ?? 'unknown',
      response_time_ms: lastCheck?.responseMs ?? 0,
    },
    resources: {
      cpu_limit: service.limits.cpu,
      memory_limit: service.limits.memory,
      current_cpu: lastSample?.cpu ?? '',
      current_memory: lastSample?.memory ?? '',
    },
  };
  const checks = service.checks.map(({ at, status, responseMs, node, error }) => ({
    timestamp: seedTime(at),
    status,
    response_time_ms: responseMs,
    node,
    error,
  }));
  const samples = service.samples.map(({ at, ...sample }) => ({ timestamp: seedTime(at), ...sample }));
  return {
    [`${folder}/state.json`]: goJson(state, 2),
    [`${folder}/health.json`]: goJson({ checks }, 2),
    [`${folder}/metrics.json`]: goJson({ samples }, 2),
  };
}

export interface Build {
  readonly service: string;
  readonly version: string;
  readonly image: string;
  readonly imageId: string;
  readonly builtAt: Instant;
  readonly bytes: number;
  readonly arguments: Readonly<Record<string, string>>;
  /** Checksums by path. */
  readonly files: Readonly<Record<string, string>>;
}

/** `builds/`: the checksums of a service's last build and the image's archive (a short stand-in for it). */
export function buildFiles(build: Build): Files {
  const checksums = {
    last_build: seedTime(build.builtAt),
    files: goMap(build.files),
    image: { tag: build.image, id: build.imageId, size_bytes: build.bytes },
    build_args: goMap(build.arguments),
  };
  const shortId = build.imageId.replace('sha256:', '').slice(0, 6);
  return {
    [`.tako/builds/cache/${build.service}/checksums.json`]: goJson(checksums, 2),
    [`.tako/builds/artifacts/${build.service}-${build.version}-${shortId}.tar`]: `${build.image}\n`,
  };
}

export interface Swarm {
  readonly createdAt: Instant;
  readonly updatedAt: Instant;
  readonly managerToken: string;
  readonly workerToken: string;
  readonly nodes: readonly SwarmNode[];
  readonly services: readonly SwarmService[];
  readonly networks: readonly OverlayNetwork[];
}

export interface SwarmNode {
  readonly id: string;
  readonly hostname: string;
  readonly role: 'manager' | 'worker';
  readonly status: string;
  readonly ip: string;
  readonly availability?: string;
}

export interface SwarmService {
  readonly name: string;
  readonly image: string;
  readonly replicas: number;
  readonly running?: number;
}

export interface OverlayNetwork {
  readonly name: string;
  readonly driver: string;
  readonly id: string;
  readonly subnet?: string;
}

/** `swarm/` and `config/networks/`. */
export function swarmFiles(swarm: Swarm): Files {
  const updated_at = seedTime(swarm.updatedAt);
  const cluster = {
    initialized: true,
    manager_token: swarm.managerToken,
    worker_token: swarm.workerToken,
    created_at: seedTime(swarm.createdAt),
    nodes: swarm.nodes.map(({ id, hostname, role, status, ip }) => ({ id, hostname, role, status, ip })),
    services: ['traefik', 'registry', ...swarm.services.map(each => each.name)],
    networks: swarm.networks.map(each => each.name),
    registry: { url: `${swarm.nodes[0]?.ip ?? '127.0.0.1'}:5000`, insecure: true },
  };
  return {
    '.tako/swarm/cluster.json': goJson(cluster, 2),
    '.tako/swarm/nodes.json': goJson({ nodes: swarm.nodes, updated_at }, 2),
    '.tako/swarm/services.json': goJson({ services: swarm.services, updated_at }, 2),
    '.tako/config/networks/overlay.json': goJson({ networks: swarm.networks, updated_at }, 2),
  };
}

export interface Route {
  readonly service: string;
  readonly domains: readonly string[];
  readonly port: number;
}

export interface Certificate {
  readonly domain: string;
  readonly issuer: string;
  readonly from: Instant;
  readonly until: Instant;
  readonly lastError?: string;
}

/** `config/traefik/`: cached routes and certificates. */
export function proxyFiles(
  updatedAt: Instant,
  routes: readonly Route[],
  certificates: readonly Certificate[],
): Files {
  const updated_at = seedTime(updatedAt);
  const routeRecords = routes.map(({ service, domains, port }) => ({
    service,
    rule: domains.map(domain => `Host(\`${domain}\`)`).join(' || '),
    domains,
    port,
    tls: true,
  }));
  const certificateRecords = certificates.map(each => ({
    domain: each.domain,
    issuer: each.issuer,
    not_before: seedTime(each.from),
    not_after: seedTime(each.until),
    last_error: each.lastError,
  }));
  return {
    '.tako/config/traefik/routes.json': goJson({ routes: routeRecords, updated_at }, 2),
    '.tako/config/traefik/certificates.json': goJson({ certificates: certificateRecords, updated_at }, 2),
  };
}

export interface WorkspaceLock {
  readonly operation: string;
  readonly who: string;
  readonly at: Instant;
  readonly pid: number;
  readonly zone?: number;
}

/** `.lock`: the text of the lock. Whether somebody holds it is decided by flock, which a file alone cannot say. */
export function lockFile({ operation, who, at, pid, zone = 0 }: WorkspaceLock): Files {
  const id = `${pid}-${BigInt(Math.floor(at)) * 1_000_000n}`;
  const record = { id, operation, who, created: goTime(at, zone), pid };
  return { '.tako/.lock': { text: goJson(record, 2), mode: 0o600 } };
}

/** Files that hold secrets and must never be read: the first generation's join tokens, the secrets manager's files. */
export function secretFiles(project: string, environment: string, secret: string): Files {
  const swarm = { initialized: true, worker_token: secret, manager_token: secret, nodes: {} };
  return {
    [`.tako/swarm_${project}_${environment}.json`]: { text: goJson(swarm, 2), mode: 0o600 },
    '.tako/secrets': { text: `DATABASE_PASSWORD=${secret}\n`, mode: 0o600 },
    [`.tako/secrets.${environment}`]: { text: `DATABASE_PASSWORD=${secret}\n`, mode: 0o600 },
    '.tako/encryption.key': { text: `${secret}\n`, mode: 0o600 },
  };
}
