/** One file of every kind that the readers know, real ones where a tool has written them. */
import { readFileSync, writeFileSync } from 'node:fs';
import { CHECKSUMS, CLUSTER, DEPLOYMENT, SERVICE_STATE } from '../unit/state/tako/seed-documents.ts';
import { proxyFiles, serviceFiles, swarmFiles } from '../kit/tako-parts.ts';
import { HOUR } from '../kit/times.ts';
import type { Workspace } from '../kit/workspace.ts';
import { intoJournal, intoWal } from './beside-database.ts';

export interface Kind {
  readonly title: string;
  /** Writes a project with such a file and returns its path in there. */
  readonly make: (space: Workspace) => string;
  /** Large ones are not cut off at every byte. */
  readonly step?: number;
}

const AT = Date.UTC(2026, 10, 20, 12);
const DOMAIN = 'shop.test';

const TAKO_YAML = `project: { name: shop, version: 1.0.0 }
servers:
  web01: { host: "\${SERVER_HOST}", user: deploy }
environments:
  production:
    servers: [web01]
    services:
      web: { build: ., port: 3000, replicas: 3, env: { KEY: "\${KEY}" }, proxy: { domain: ${DOMAIN} } }
`;

function tako({ sample, write }: Workspace): void {
  sample('tako/master-mixed-tz');
  const service = { name: 'worker', version: 'v1', image: 'worker:v1', deployedAt: AT - HOUR, replicas: 1 };
  const node = { id: 'n1', hostname: 'web01', role: 'manager' as const, status: 'ready', ip: '10.0.0.1' };
  const said = ['Deployment started', 'phase build started', 'phase build completed', 'Error: no such image'];
  write({
    '.tako/logs/deployments/2026-07-18T14-30-12Z.log': said
      .map((text, second) => `[2026-07-18T14:30:${12 + second}Z] ${text}\n`)
      .join(''),
    'tako.yaml': TAKO_YAML,
    '.env': 'SERVER_HOST=10.0.0.1\nKEY="a secret"\n',
    '.tako/.lock': JSON.stringify({
      id: '1-2',
      operation: 'deploy',
      who: 'me@far',
      created: '2026-11-20T12:00:00Z',
      pid: 1,
    }),
    '.tako/deployments/production/rollback/last-stable.json': JSON.stringify(DEPLOYMENT, null, 2),
    '.tako/services/web/state.json': SERVICE_STATE,
    '.tako/builds/cache/web/checksums.json': CHECKSUMS,
    '.tako/swarm/cluster.json': CLUSTER,
    ...serviceFiles({
      ...service,
      status: 'running',
      past: [],
      healthEndpoint: '/health',
      checks: [{ at: AT - HOUR, status: 'healthy', responseMs: 20, node: 'web01' }],
      limits: { cpu: '500m', memory: '512Mi' },
      samples: [{ at: AT - HOUR, cpu: '20m', memory: '90Mi', replicas: 1, node: 'web01' }],
    }),
    ...swarmFiles({
      createdAt: AT - HOUR,
      updatedAt: AT,
      managerToken: 'SWMTKN-1-manager',
      workerToken: 'SWMTKN-1-worker',
      nodes: [node],
      services: [{ name: 'shop_production_web', image: 'web:v1', replicas: 3, running: 2 }],
      networks: [{ name: 'tako_shop_production', driver: 'overlay', id: 'n1', subnet: '10.1.0.0/24' }],
    }),
    ...proxyFiles(
      AT,
      [{ service: 'web', domains: [DOMAIN], port: 3000 }],
      [{ domain: DOMAIN, issuer: 'R11', from: AT - HOUR, until: AT + HOUR }],
    ),
    '.shipshape/facts.jsonl':
      `${JSON.stringify({ key: 'k', note: 'A note', at: '2026-11-20T12:00:00Z' })}\n`.repeat(3),
  });
}

const TAKO = [
  'state.json',
  'deployments/production/current.json',
  'deployments/production/history/2026-07-18T09-30-12Z.json',
  'deployments/production/rollback/last-stable.json',
  'logs/deployments/2026-07-18T14-30-12Z.log',
  '.lock',
  ...['state.json', 'health.json', 'metrics.json'].map(name => `services/worker/${name}`),
  'services/web/state.json',
  'builds/cache/web/checksums.json',
  ...['cluster.json', 'nodes.json', 'services.json'].map(name => `swarm/${name}`),
  ...['networks/overlay.json', 'traefik/routes.json', 'traefik/certificates.json'].map(
    name => `config/${name}`,
  ),
].map(name => `.tako/${name}`);

const takoKind = (path: string): Kind => ({ title: path, make: space => (tako(space), path) });

function stagecraftKind(path: string): Kind {
  const make = ({ sample, write }: Workspace): string => {
    sample('stagecraft/releases.real-mixed.json');
    sample('stagecraft/stagecraft.used-for-real-run.yml');
    const fact = { tool: 'stagecraft', of: 'rel-20261120-235557328', fact: 'note', value: 'A note' };
    write({ '.shipshape/facts.jsonl': `${JSON.stringify(fact)}\n`.repeat(3) });
    return path;
  };
  return { title: path, make };
}

function databaseKind(path: string): Kind {
  return { title: path, step: 997, make: ({ sample }) => (sample(`sloth-runner/${path}`), path) };
}

function ftl2Kind(name: string, path: string): Kind {
  const make = ({ write }: Workspace): string => {
    write({ [path]: readFileSync(new URL(`../samples/ftl2/${name}`, import.meta.url)) });
    return path;
  };
  return { title: `FTL2 ${path} (${name})`, make };
}

/** A database whose pages stand in its log. */
function wal({ sample, file }: Workspace): string {
  sample('sloth-runner/stacks.db');
  const { main, log } = intoWal(readFileSync(file('stacks.db')));
  writeFileSync(file('stacks.db'), main);
  writeFileSync(file('stacks.db-wal'), log);
  return 'stacks.db-wal';
}

/** A database in the middle of a transaction that was not finished. */
function journal({ sample, file }: Workspace): string {
  sample('sloth-runner/stacks.db');
  const files = intoJournal(readFileSync(file('stacks.db')));
  writeFileSync(file('stacks.db'), files.main);
  writeFileSync(file('stacks.db-journal'), files.journal);
  return 'stacks.db-journal';
}

export const KINDS: readonly Kind[] = [
  ...[...TAKO, 'tako.yaml', '.env'].map(takoKind),
  ...['.stagecraft/releases.json', 'stagecraft.yml', '.shipshape/facts.jsonl'].map(stagecraftKind),
  ftl2Kind('.ftl2-state.json', '.ftl2-state.json'),
  ftl2Kind('go-ftl2.state.json', 'state.json'),
  ftl2Kind('cli-run.state-file.json', 'run-state.json'),
  ...['inventory.ini', 'inventory.json', 'inventory.yml'].map(name => ftl2Kind(name, name)),
  ...['stacks.db', 'state.db'].map(databaseKind),
  { title: 'stacks.db-wal', make: wal, step: 997 },
  { title: 'stacks.db-journal', make: journal, step: 997 },
];
