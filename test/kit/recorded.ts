/** A deployment of the project of {@link seen}, as its files record it. */
import { deploymentText, type DeployedService } from '../../src/state/tako/deployment.ts';
import { AT } from './asked.ts';
import { HOUR } from './times.ts';

export const RELEASE = 'deploy-20261120-100000';
export const HASH = '0'.repeat(64);

/** A service whose containers ran on these servers, one for each time that a server is named. */
export function ran(name: string, nodes: readonly string[], about: Partial<DeployedService> = {}) {
  const service: DeployedService = {
    image: `shop/${name}:v1.4.2`,
    imageId: `sha256:${'1'.repeat(64)}`,
    replicas: nodes.length,
    ports: [3000],
    domains: null,
    health: 'healthy',
    containers: nodes.map((node, index) => ({
      id: `${name}${index}`.padEnd(12, 'c'),
      node,
      status: 'running',
      startedAt: AT - HOUR,
    })),
    ...about,
  };
  return [name, service] as const;
}

/** The files of a release of production. */
export function recordedIn(
  services: readonly (readonly [string, DeployedService])[],
  servers: readonly string[],
): Readonly<Record<string, string>> {
  const text = deploymentText({
    id: RELEASE,
    timestamp: AT - HOUR,
    environment: 'production',
    mode: 'single',
    servers,
    status: 'success',
    durationSeconds: 12,
    services: Object.fromEntries(services),
    network: null,
    volumes: null,
    config: { hash: '', source: 'tako.yaml' },
    rollbackPoint: false,
    notes: '',
  });
  const own = services.map(
    ([name, { image, imageId }]) =>
      [name, { image, imageId, hash: HASH, settings: {}, asIn: RELEASE }] as const,
  );
  return {
    '.tako/deployments/production/current.json': text,
    '.shipshape/releases.jsonl': `${JSON.stringify({
      release: RELEASE,
      environment: 'production',
      services: Object.fromEntries(own),
    })}\n`,
  };
}
