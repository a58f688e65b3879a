import { expect, test } from 'vitest';
import type { FileBody } from '../../kit/files.ts';
import { buildFiles, lockFile, proxyFiles, serviceFiles, swarmFiles } from '../../kit/tako-parts.ts';

const AT = Date.UTC(2024, 10, 13, 10, 30);

function text(body: FileBody | undefined): string {
  return typeof body === 'string' ? body : typeof body === 'object' && 'text' in body ? body.text : '';
}

// The expected texts are the examples of the design document, re-indented as the program writes JSON.

test('a service state is the example of the design document', () => {
  const files = serviceFiles({
    name: 'web',
    version: 'v1.0.0',
    image: 'myapp/web:v1.0.0',
    deployedAt: AT,
    replicas: 3,
    status: 'running',
    past: [
      { version: 'v0.9.0', deployedAt: Date.UTC(2024, 10, 12, 15, 45), retiredAt: AT, reason: 'upgrade' },
    ],
    healthEndpoint: '/health',
    checks: [{ at: Date.UTC(2024, 10, 13, 10, 35), status: 'healthy', responseMs: 25 }],
    limits: { cpu: '500m', memory: '512Mi' },
    samples: [{ at: AT, cpu: '120m', memory: '256Mi', replicas: 3 }],
  });
  expect(text(files['.tako/services/web/state.json'])).toBe(`{
  "name": "web",
  "current": {
    "version": "v1.0.0",
    "image": "myapp/web:v1.0.0",
    "deployed_at": "2024-11-13T10:30:00Z",
    "replicas": 3,
    "status": "running"
  },
  "history": [
    {
      "version": "v0.9.0",
      "deployed_at": "2024-11-12T15:45:00Z",
      "retired_at": "2024-11-13T10:30:00Z",
      "reason": "upgrade"
    }
  ],
  "health_checks": {
    "endpoint": "/health",
    "last_check": "2024-11-13T10:35:00Z",
    "status": "healthy",
    "response_time_ms": 25
  },
  "resources": {
    "cpu_limit": "500m",
    "memory_limit": "512Mi",
    "current_cpu": "120m",
    "current_memory": "256Mi"
  }
}`);
  expect(JSON.parse(text(files['.tako/services/web/health.json']))).toEqual({
    checks: [{ timestamp: '2024-11-13T10:35:00Z', status: 'healthy', response_time_ms: 25 }],
  });
  expect(JSON.parse(text(files['.tako/services/web/metrics.json']))).toEqual({
    samples: [{ timestamp: '2024-11-13T10:30:00Z', cpu: '120m', memory: '256Mi', replicas: 3 }],
  });
});

test('a build cache is the example of the design document', () => {
  const files = buildFiles({
    service: 'web',
    version: 'v1.0.0',
    image: 'myapp/web:v1.0.0',
    imageId: 'sha256:abc123012',
    builtAt: Date.UTC(2024, 10, 13, 10, 25),
    bytes: 125829120,
    arguments: { NODE_ENV: 'production' },
    files: { 'package.json': 'sha256:abc', 'src/index.js': 'sha256:def', Dockerfile: 'sha256:0123' },
  });
  expect(text(files['.tako/builds/cache/web/checksums.json'])).toBe(`{
  "last_build": "2024-11-13T10:25:00Z",
  "files": {
    "Dockerfile": "sha256:0123",
    "package.json": "sha256:abc",
    "src/index.js": "sha256:def"
  },
  "image": {
    "tag": "myapp/web:v1.0.0",
    "id": "sha256:abc123012",
    "size_bytes": 125829120
  },
  "build_args": {
    "NODE_ENV": "production"
  }
}`);
  expect(Object.keys(files)).toContain('.tako/builds/artifacts/web-v1.0.0-abc123.tar');
});

test('a swarm is the example of the design document', () => {
  const createdAt = Date.UTC(2024, 10, 10, 8);
  const files = swarmFiles({
    createdAt,
    updatedAt: createdAt,
    managerToken: 'SWMTKN-1-...',
    workerToken: 'SWMTKN-1-...',
    nodes: [
      { id: 'node123', hostname: 'server1', role: 'manager', status: 'ready', ip: '10.0.0.1' },
      {
        id: 'node456',
        hostname: 'server2',
        role: 'worker',
        status: 'ready',
        ip: '10.0.0.2',
        availability: 'active',
      },
    ],
    services: [{ name: 'myapp_production_web', image: 'myapp/web:v1.0.0', replicas: 3, running: 3 }],
    networks: [{ name: 'tako_myapp_production', driver: 'overlay', id: 'network123' }],
  });
  expect(text(files['.tako/swarm/cluster.json'])).toBe(`{
  "initialized": true,
  "manager_token": "SWMTKN-1-...",
  "worker_token": "SWMTKN-1-...",
  "created_at": "2024-11-10T08:00:00Z",
  "nodes": [
    {
      "id": "node123",
      "hostname": "server1",
      "role": "manager",
      "status": "ready",
      "ip": "10.0.0.1"
    },
    {
      "id": "node456",
      "hostname": "server2",
      "role": "worker",
      "status": "ready",
      "ip": "10.0.0.2"
    }
  ],
  "services": [
    "traefik",
    "registry",
    "myapp_production_web"
  ],
  "networks": [
    "tako_myapp_production"
  ],
  "registry": {
    "url": "10.0.0.1:5000",
    "insecure": true
  }
}`);
});

test('routes and certificates name their domains and times', () => {
  const certificate = {
    domain: 'myapp.com',
    issuer: 'R11',
    from: AT,
    until: AT + 1000,
    lastError: 'timeout',
  };
  const files = proxyFiles(AT, [{ service: 'web', domains: ['a.com', 'b.com'], port: 80 }], [certificate]);

  expect(JSON.parse(text(files['.tako/config/traefik/routes.json']))).toMatchObject({
    routes: [
      {
        service: 'web',
        rule: 'Host(`a.com`) || Host(`b.com`)',
        domains: ['a.com', 'b.com'],
        port: 80,
        tls: true,
      },
    ],
  });
  expect(JSON.parse(text(files['.tako/config/traefik/certificates.json']))).toMatchObject({
    certificates: [{ domain: 'myapp.com', not_after: '2024-11-13T10:30:01Z', last_error: 'timeout' }],
  });
});

test('a lock has the fields, the id and the mode that the released program gives it', () => {
  const at = Date.UTC(2026, 10, 20, 23, 56, 51, 452);
  const lock = lockFile({ operation: 'deploy', who: 'dev@workstation', at, pid: 21375, zone: -300 })[
    '.tako/.lock'
  ];
  expect(lock).toEqual({
    mode: 0o600,
    text: `{
  "id": "21375-1795219011452000000",
  "operation": "deploy",
  "who": "dev@workstation",
  "created": "2026-11-20T18:56:51.452-05:00",
  "pid": 21375
}`,
  });
});
