/** An application of three services as a project folder, in versions that can be told apart and broken. */
import path from 'node:path';
import { clean } from '../../../src/base/clean.ts';
import type { Commit, DeployInput, EnvironmentRef } from '../../../src/deploy/requests.ts';
import { openReader } from '../../../src/engine.ts';
import type { Request } from '../../../src/operations/operation.ts';
import type { Environment, Project, Release, Tool } from '../../../src/state/model.ts';
import { repository } from '../../kit/git.ts';
import { placeOf } from '../../kit/operate.ts';
import { refTo } from '../check/accounts.ts';
import { makeImage } from '../image.ts';
import type { Server } from '../lab.ts';

export type Version = 'v1' | 'v2' | 'v3';

export interface Variant {
  /** How it is reached: through a proxy that follows labels, or at a port of the server. */
  readonly front: 'proxy' | 'port';
  /** It runs in a swarm, of a kernel that cannot share an address between tasks (IPVS). */
  readonly isSwarm?: boolean;
  /** Its build ends with an error; or it is built, and never healthy. */
  readonly broken?: 'build' | 'health';
  /** It has commands that are run before and after the rollout. */
  readonly migrates?: boolean;
  /** The version of the service that is not built; by itself it is another in v3 only. */
  readonly api?: 1 | 2;
  /** How many megabytes its image has for itself. */
  readonly ballast?: number;
}

export interface App {
  readonly root: string;
  readonly where: EnvironmentRef;
  /** Writes and commits a version, and says how it is deployed. */
  readonly release: (version: Version, variant?: Partial<Variant>) => Request<DeployInput>;
  /** What the state files say, read anew. */
  readonly recorded: () => Promise<{ readonly project: Project; readonly environment: Environment }>;
}

// Ends as a web server should: takes nobody any more, and is done with those it has.
const SERVE = `#!/bin/sh
httpd -f -p 8080 -h /www &
trap 'kill $!; sleep 1; exit 0' TERM
wait
`;

// Shows what it got from the service that it depends on. Whoever is asked at the moment when it ends may never answer.
const WORK = `httpd -p 8080 -h /www
trap 'exit 0' TERM
while :; do
  timeout 3 wget -q -O /next http://api:8080/ && mv /next /www/index.html
  sleep 1 & wait $!
done`;

const HEALTH = 'interval: 1s, timeout: 1s, retries: 5, startPeriod: 1s';

function configOf(
  version: Version,
  { front, isSwarm = false, migrates = false, api = version === 'v3' ? 2 : 1 }: Variant,
  servers: readonly Server[],
): string {
  const reached =
    front === 'proxy'
      ? `replicas: ${isSwarm ? 3 : 2}\n        proxy: { domain: shop.test, https: false }`
      : 'ports: ["80:8080"]';
  const labels = isSwarm ? 'labels: { swarm.endpoint-mode: dnsrr }' : '';
  const hooks = `hooks: { preDeploy: "exec: sleep 2", postDeploy: "exec: sleep 2" }`;
  return `project: { name: shop, version: 1.0.0 }
servers:
${servers.map(({ name }) => `  ${name}: { host: ${name}, user: root }\n`).join('')}environments:
  production:
    servers: [${servers.map(({ name }) => name).join(', ')}]
    services:
      web:
        build: ./web
        port: 8080
        ${reached}
        ${labels}
        healthCheck: { path: /health, ${HEALTH} }
        ${migrates ? hooks : ''}
      api:
        image: lab/api:${api}
        port: 8080
        stopGracePeriod: 1s
        ${labels}
        healthCheck: { path: /, ${HEALTH} }
      worker:
        image: lab/base:1
        command: [sh, -c, ${JSON.stringify(WORK)}]
        port: 8080
        ${labels}
        healthCheck: { path: /, ${HEALTH} }
        dependsOn: [api]
`;
}

/** Gives the first of the servers the images that it begins with, and makes the folder. */
export async function openApp(
  whenDone: (remove: () => void) => void,
  servers: readonly Server[],
  usual: Variant,
): Promise<App> {
  const [first] = servers;
  if (!first) throw new Error('It runs on no server');
  await makeImage(first, 'lab/base:1', 'base');
  await makeImage(first, 'lab/api:1', 'api 1');
  await makeImage(first, 'lab/api:2', 'api 2');
  return folderOf(whenDone, servers, usual);
}

/** Another folder with the same application, as another person has it. */
export function folderOf(
  whenDone: (remove: () => void) => void,
  servers: readonly Server[],
  usual: Variant,
): App {
  const { root, commit } = repository(whenDone);
  const where: EnvironmentRef = {
    tool: 'tako',
    root,
    environment: 'production',
    isProduction: true,
    project: clean('shop'),
    servers: servers.map(each => refTo(each)),
  };
  return {
    root,
    where,
    release: (version, changes = {}) => {
      const variant = { ...usual, ...changes };
      const { broken, ballast = 0 } = variant;
      const files = {
        'tako.yaml': configOf(version, variant, servers),
        'web/Dockerfile': [
          'FROM lab/base:1',
          'COPY . /',
          // Nothing makes random bytes smaller.
          ...(ballast > 0 ? [`RUN dd if=/dev/urandom of=/ballast bs=1M count=${ballast} 2>/dev/null`] : []),
          ...(broken === 'build' ? ['RUN echo it cannot be built >&2; exit 3'] : []),
          'CMD ["/serve"]\n',
        ].join('\n'),
        'web/serve': { text: SERVE, mode: 0o755 },
        'web/www/index.html': version,
        'web/www/health': 'well',
        'web/.dockerignore': broken === 'health' ? 'www/health\n' : '',
      };
      const subject = clean(`Version ${version}`);
      const made: Commit = { id: commit(files, subject), branch: clean('main'), dirty: false, subject };
      return { operation: 'deploy', input: { where, commit: made, by: clean('ana@mac') } };
    },
    recorded: async () => {
      const project = await projectIn(root, 'tako');
      const [environment] = project.environments;
      if (!environment) throw new Error(`Nothing is recorded in ${path.basename(root)}`);
      return { project, environment };
    },
  };
}

/** What the state files of a folder say, read anew. */
async function projectIn(root: string, tool: Tool): Promise<Project> {
  return openReader({}).read(await placeOf(root, tool), {}, new AbortController().signal);
}

/** The releases of its only environment, the newest first. */
export async function releasesIn(root: string, tool: Tool): Promise<readonly Release[]> {
  return (await projectIn(root, tool)).environments[0]?.releases ?? [];
}
