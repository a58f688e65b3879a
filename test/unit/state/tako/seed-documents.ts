/** The example documents of the design of Tako's local state. */
export const DEPLOYMENT = {
  id: 'deploy-abc123',
  timestamp: '2024-11-13T10:30:00Z',
  mode: 'swarm',
  duration_seconds: 45,
  services: {
    web: {
      image: 'myapp/web:v1.0.0',
      image_id: 'sha256:abc123',
      replicas: 3,
      ports: [3000],
      domains: ['myapp.com'],
      health: 'healthy',
      build_time_seconds: 12,
      containers: [
        { id: 'container123', node: 'server1', status: 'running', started_at: '2024-11-13T10:30:00Z' },
      ],
    },
  },
  network: { name: 'tako_myapp_production', driver: 'overlay', id: 'network123' },
  volumes: [{ name: 'myapp_data', driver: 'local', mount_point: '/data' }],
  config: { hash: 'sha256:def456', source: 'tako.yaml' },
  rollback_point: true,
  notes: 'Added caching layer',
};
export const STATE = `{
  "version": "1.0.0",
  "project": {
    "name": "myapp",
    "created_at": "2024-11-13T10:00:00Z",
    "last_deployed": "2024-11-13T10:30:00Z"
  },
  "mode": "swarm",
  "environments": {
    "production": {
      "active": true,
      "servers": ["server1", "server2"],
      "last_deployment": "2024-11-13T10:30:00Z",
      "deployment_id": "deploy-abc123"
    }
  },
  "metadata": { "tako_version": "1.0.0", "config_hash": "sha256:abc" }
}`;
export const SERVICE_STATE = `{
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
      "version": "v0.8.0",
      "deployed_at": "2024-11-11T15:45:00Z",
      "retired_at": "2024-11-12T15:45:00Z",
      "reason": "upgrade"
    },
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
}`;
export const CHECKSUMS = `{
  "last_build": "2024-11-13T10:25:00Z",
  "files": { "package.json": "sha256:a", "src/index.js": "sha256:b", "Dockerfile": "sha256:c" },
  "image": { "tag": "myapp/web:v1.0.0", "id": "sha256:jkl012", "size_bytes": 125829120 },
  "build_args": { "NODE_ENV": "production" }
}`;
export const CLUSTER = `{
  "initialized": true,
  "manager_token": "SWMTKN-1-manager",
  "worker_token": "SWMTKN-1-worker",
  "created_at": "2024-11-10T08:00:00Z",
  "nodes": [
    { "id": "node123", "hostname": "server1", "role": "manager", "status": "ready", "ip": "10.0.0.1" },
    { "id": "node456", "hostname": "server2", "role": "worker", "status": "ready", "ip": "10.0.0.2" }
  ],
  "services": ["traefik", "registry", "myapp_production_web"],
  "networks": ["tako_myapp_production"],
  "registry": { "url": "10.0.0.1:5000", "insecure": true }
}`;
