/** A project of Stagecraft: two services in Docker Compose, with all that a Compose file takes from around it. */
import { composeName } from '../../../src/deploy/compose/override.ts';
import type { Files } from '../../kit/files.ts';

const CONFIG = `project: { name: Shop }
backend:
  provider: generic
  providers: { generic: { build: { context: ./backend, dockerfile: ./backend/Dockerfile } } }
databases: { main: { connection_env: DSN, migrations: { engine: raw, path: ./sql, strategy: manual } } }
environments: { prod: { driver: compose, env_file: .env.prod } }
`;

const COMPOSE = `version: "3.8"
services:
  backend:
    build: ./backend
    env_file: backend.env
    environment: [ "TOLD=\${TOLD}" ]
    stop_grace_period: 1s
    volumes: [ "./greeting:/greeting:ro", "kept:/kept" ]
    healthcheck:
      test: [ CMD, wget, -q, -O, /dev/null, "http://127.0.0.1:8080/" ]
      interval: 1s
      retries: 3
    depends_on: [ store ]
  store:
    image: lab/store:\${STORE:-1}
    stop_grace_period: 1s
    labels:
      traefik.enable: "true"
      traefik.docker.network: ${composeName('Shop', 'prod')}_default
      traefik.http.routers.store.rule: "Host(\`shop.test\`)"
      traefik.http.routers.store.service: store
      traefik.http.routers.store.entrypoints: web
      traefik.http.routers.store.middlewares: again
      traefik.http.middlewares.again.retry.attempts: "2"
      traefik.http.services.store.loadbalancer.server.port: "8080"
volumes: { kept: {} }
`;

export const SHOP = {
  'stagecraft.yml': CONFIG,
  'docker-compose.yml': COMPOSE,
  '.env': 'TOLD="it\'s $5"\n',
  '.env.prod': 'GIVEN=gi$ven "quoted"\n',
  'backend.env': 'FILE=file\n',
  'greeting/hello': 'hello',
} satisfies Files;

/** The container of what is built. */
export const BACKEND = 'docker ps -q --filter label=tako.service=backend';

/** It tells what it was given, by `TELLS`. */
export const TOLD = `it's $5|gi$ven "quoted"|file\nhello`;
export const TELLS = `docker exec $(${BACKEND}) sh -c 'echo "$TOLD|$GIVEN|$FILE"; cat /greeting/hello'`;

/** A version of what is built; `start` ends its Dockerfile. */
export function versionOf(text: string, start = ''): Files {
  return {
    'backend/Dockerfile': `FROM lab/base:1\nCOPY index.html /www/index.html\n${start}`,
    'backend/index.html': text,
  };
}

/** One that runs and answers nobody. */
export const NEVER_HEALTHY = 'CMD ["sleep", "1000"]\n';
