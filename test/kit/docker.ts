/** Documents as `docker inspect` and `docker service inspect` print them, in the shape of the Engine's API. */

export interface Container {
  readonly id: string;
  readonly name: string;
  readonly image: string;
  readonly imageId?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly status?: string;
  readonly startedAt?: string;
  readonly health?: string;
  readonly ports?: readonly string[];
  readonly networks?: Readonly<Record<string, string>>;
  readonly mounts?: readonly object[];
  readonly env?: readonly string[];
}

export function containerDocument(container: Container): object {
  const { status = 'running', startedAt = '2026-11-20T10:00:00.123456789Z', health } = container;
  const ports = container.ports ?? [];
  return {
    Id: container.id.padEnd(64, '0'),
    Created: '2026-11-20T09:59:59.000000001Z',
    Path: 'docker-entrypoint.sh',
    Args: ['node', 'server.js'],
    State: {
      Status: status,
      Running: status === 'running',
      Paused: false,
      Restarting: false,
      OOMKilled: false,
      Dead: false,
      Pid: status === 'running' ? 4711 : 0,
      ExitCode: 0,
      Error: '',
      StartedAt: startedAt,
      FinishedAt: '0001-01-01T00:00:00Z',
      ...(health !== undefined && { Health: { Status: health, FailingStreak: 0, Log: [] } }),
    },
    Image: container.imageId ?? `sha256:${'1'.repeat(64)}`,
    Name: `/${container.name}`,
    RestartCount: 0,
    Driver: 'overlay2',
    Platform: 'linux',
    HostConfig: {
      Binds: null,
      NetworkMode: 'default',
      PortBindings: {},
      RestartPolicy: { Name: 'always', MaximumRetryCount: 0 },
    },
    Mounts: container.mounts ?? [],
    Config: {
      Hostname: container.id.slice(0, 12),
      ExposedPorts: Object.fromEntries(ports.map(port => [port, {}])),
      Env: container.env ?? ['PATH=/usr/local/sbin:/usr/local/bin'],
      Cmd: ['node', 'server.js'],
      Image: container.image,
      Volumes: null,
      Entrypoint: ['docker-entrypoint.sh'],
      Labels: container.labels ?? {},
    },
    NetworkSettings: {
      SandboxID: '',
      Ports: Object.fromEntries(ports.map(port => [port, null])),
      Networks: Object.fromEntries(
        Object.entries(container.networks ?? {}).map(([name, id]) => [
          name,
          {
            IPAMConfig: null,
            Links: null,
            Aliases: [container.name],
            NetworkID: id,
            EndpointID: '',
            IPPrefixLen: 24,
          },
        ]),
      ),
    },
  };
}

export interface SwarmService {
  readonly id: string;
  readonly name: string;
  readonly image: string;
  /** Without it, one runs on every node. */
  readonly replicas?: number;
  readonly labels?: Readonly<Record<string, string>>;
  readonly targetPorts?: readonly number[];
  readonly mounts?: readonly object[];
}

export function serviceDocument(service: SwarmService): object {
  const { replicas } = service;
  return {
    ID: service.id,
    Version: { Index: 42 },
    CreatedAt: '2026-11-20T09:00:00.000000001Z',
    UpdatedAt: '2026-11-20T10:00:00.000000001Z',
    Spec: {
      Name: service.name,
      Labels: service.labels ?? {},
      TaskTemplate: {
        ContainerSpec: {
          Image: service.image,
          Env: ['DATABASE_PASSWORD=hunter22'],
          Init: false,
          ...(service.mounts && { Mounts: service.mounts }),
          StopGracePeriod: 10_000_000_000,
        },
        Resources: { Limits: {}, Reservations: {} },
        RestartPolicy: { Condition: 'any', Delay: 5_000_000_000, MaxAttempts: 0 },
        Placement: { Platforms: [{ Architecture: 'amd64', OS: 'linux' }] },
        Networks: [{ Target: 'wtobehc5m3x2r4q8n6k0j9h7g', Aliases: [service.name] }],
        ForceUpdate: 0,
        Runtime: 'container',
      },
      Mode: replicas === undefined ? { Global: {} } : { Replicated: { Replicas: replicas } },
      EndpointSpec: {
        Mode: 'vip',
        Ports: (service.targetPorts ?? []).map(port => ({
          Protocol: 'tcp',
          TargetPort: port,
          PublishMode: 'ingress',
        })),
      },
    },
    Endpoint: {
      Spec: { Mode: 'vip' },
      VirtualIPs: [{ NetworkID: 'wtobehc5m3x2r4q8n6k0j9h7g', Addr: '10.0.1.2/24' }],
    },
  };
}

/** The labels that a swarm gives to the containers of a service. */
export function taskLabels(service: string, node: string): Readonly<Record<string, string>> {
  return {
    'com.docker.swarm.node.id': node,
    'com.docker.swarm.service.id': 'mfi39f09lwvp96qn3vkxolheo',
    'com.docker.swarm.service.name': service,
    'com.docker.swarm.task': '',
    'com.docker.swarm.task.id': '00thpam0mxrcd5x02tigih0rl',
    'com.docker.swarm.task.name': `${service}.1.00thpam0mxrcd5x02tigih0rl`,
  };
}

/** A volume as a container has it. */
export function volumeMount(name: string, target: string): object {
  return {
    Type: 'volume',
    Name: name,
    Source: `/var/lib/docker/volumes/${name}/_data`,
    Destination: target,
    Driver: 'local',
    Mode: 'z',
    RW: true,
    Propagation: '',
  };
}
