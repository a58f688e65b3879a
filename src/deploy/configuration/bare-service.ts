import type { AppService } from './application.ts';

/** A service of which only the record, or what runs, tells: its settings are those that lie on the servers. */
export function bareService(name: string, about: Partial<AppService>): AppService {
  return {
    name,
    kind: 'service',
    replicas: 1,
    everywhere: false,
    ports: [],
    environment: new Map(),
    volumes: [],
    domains: [],
    labels: new Map(),
    dependsOn: [],
    strategy: 'rolling',
    hooks: {},
    restart: 'unless-stopped',
    stopSeconds: 10,
    limits: {},
    hash: '',
    ...about,
  };
}
