import type { FileWrite } from '../../../../src/base/write.ts';
import type { DeployedService, NewDeployment } from '../../../../src/state/tako/deployment.ts';
import { takoLock } from '../../../../src/state/tako/hold.ts';
import { saveDeployment } from '../../../../src/state/tako/save.ts';

export const never = new AbortController().signal;

export const AT = Date.UTC(2024, 10, 13, 10, 30);
export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const ABOUT = { name: 'myapp', takoVersion: '1.0.0' };

export const WEB: DeployedService = {
  image: 'myapp/web:v1.0.0',
  imageId: 'sha256:abc123...',
  replicas: 3,
  ports: [3000],
  domains: ['myapp.com'],
  health: 'healthy',
  containers: [{ id: 'container123', node: 'server1', status: 'running', startedAt: AT }],
};

/** The example of the design, with what the test is about. */
export function deployment(about: Partial<NewDeployment> = {}): NewDeployment {
  return {
    id: 'deploy-abc123',
    timestamp: AT,
    environment: 'production',
    mode: 'swarm',
    status: 'success',
    durationSeconds: 45,
    services: { web: WEB },
    network: { name: 'tako_myapp_production', driver: 'overlay', id: 'network123' },
    volumes: [{ name: 'myapp_data', driver: 'local', mountPoint: '/data' }],
    config: { hash: 'sha256:def456...', source: 'tako.yaml' },
    rollbackPoint: false,
    notes: '',
    ...about,
  };
}

/** Writes under the lock, as an operation does. */
export async function commit(root: string, draft: () => Promise<readonly FileWrite[]>): Promise<void> {
  const held = await takoLock(root).acquire('test', never);
  try {
    await held.commit(await draft());
  } finally {
    await held.release();
  }
}

export function save(root: string, about: Partial<NewDeployment> = {}): Promise<void> {
  return commit(root, () => saveDeployment(root, deployment(about), ABOUT));
}
