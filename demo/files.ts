/** The files that acme keeps in Git from the start, and those it ignores. */
import type { Files } from '../test/kit/files.ts';

/** The name of the file that tells that we made the folder. */
export const MARKER = '.shipshape-demo';

const README = `# acme

A small invented company, made by Shipshape's \`demo/make.ts\`. Everything here may be changed or deleted.

- \`acme-shop/\`: the shop, deployed by Tako to production (web01, web02) and staging (web03)
- \`billing/\`: invoices, deployed by Stagecraft
- \`infra/\`: the machines (FTL2) and the infrastructure stacks (sloth-runner)
`;

export const TAKO_YAML = `project:
  name: acme-shop
  version: 1.4.2

servers:
  web01:
    host: 10.0.0.1
    user: deploy
    role: manager
  web02:
    host: 10.0.0.2
    user: deploy
  web03:
    host: 10.0.0.3
    user: deploy

environments:
  production:
    servers: [web01, web02]
    services:
      web:
        build: ./web
        port: 3000
        replicas: 3
        dependsOn: [db]
        env:
          DATABASE_URL: \${DATABASE_URL}
        healthCheck:
          path: /health
        proxy:
          domains: [shop.acme.test, www.shop.acme.test]
          email: ops@acme.test
      worker:
        build: ./worker
        replicas: 2
        dependsOn: [db]
        env:
          DATABASE_URL: \${DATABASE_URL}
      db:
        image: postgres:16
        persistent: true
        port: 5432
        volumes: [shop_db:/var/lib/postgresql/data]
  staging:
    servers: [web03]
    services:
      web:
        build: ./web
        port: 3000
        env:
          DATABASE_URL: \${DATABASE_URL}
        proxy:
          domains: [staging.shop.acme.test]
      worker:
        build: ./worker
        env:
          DATABASE_URL: \${DATABASE_URL}
      db:
        image: postgres:16
        persistent: true
        port: 5432
`;

const STAGECRAFT_YML = `project:
  name: billing
backend:
  provider: generic
  providers:
    generic:
      dev:
        command: ["npm", "run", "dev"]
        workdir: ./backend
      build:
        dockerfile: ./backend/Dockerfile
        context: ./backend
databases:
  main:
    connection_env: DATABASE_URL
    migrations:
      engine: raw
      path: ./migrations
      strategy: pre_deploy
environments:
  staging:
    driver: digitalocean
  prod:
    driver: digitalocean
`;

const DEPLOY_WEB = `-- Installs and starts nginx on the web servers.
task("deploy-web")
  :command(function(this, params)
    pkg.install({ packages = { "nginx" } })
    systemd.enable({ service = "nginx" })
    return true
  end)
  :build()
`;

const GITIGNORE = `.tako/
.stagecraft/
.env
.ftl2-state.json
stacks.db*
${MARKER}
`;

export const FIRST_FILES: Files = {
  '.gitignore': GITIGNORE,
  'README.md': README,
  'acme-shop/tako.yaml': TAKO_YAML,
  'acme-shop/web/Dockerfile': 'FROM node:24-alpine\nCOPY . /app\nCMD ["node", "/app/shop.js"]\n',
  'acme-shop/worker/Dockerfile': 'FROM node:24-alpine\nCOPY . /app\nCMD ["node", "/app/jobs.js"]\n',
  'billing/stagecraft.yml': STAGECRAFT_YML,
  'billing/backend/Dockerfile': 'FROM node:24-alpine\nCOPY . /app\nCMD ["node", "/app/invoices.js"]\n',
  'billing/migrations/001_invoices.sql':
    'CREATE TABLE invoices (id bigint PRIMARY KEY, total bigint NOT NULL);\n',
  'infra/deploy-web.sloth': DEPLOY_WEB,
};

export const IGNORED_FILES: Files = {
  'acme-shop/.env': 'DATABASE_URL=postgres://shop:not-a-real-password@db:5432/shop\n',
};
