/** Large state, made once and kept: a project of each tool as it may look after years. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { writeFiles } from '../kit/files.ts';
import { pythonState, type CloudResource, type Host } from '../kit/ftl2.ts';
import { random } from '../kit/random.ts';
import { COMPLETED, failedIn, releasesFile } from '../kit/stagecraft.ts';
import { takoFolder, type Deploy, type ServiceRecord, type TakoProject } from '../kit/tako.ts';
import { DAY, HOUR, MINUTE, seedTime } from '../kit/times.ts';

const ENVIRONMENTS = ['production', 'staging', 'test', 'demo', 'preview'] as const;
const RELEASES = 10_000;
const HOSTS = 2_000;
export const SNAPSHOTS = 1_000;
export const ACTIVITIES = 1_000_000;
/** Not the present: data that is kept has to stay as it is. */
export const NOW = Date.UTC(2026, 0, 1);

/** Raised when what is made changes. */
const VERSION = 2;
const FOLDER = path.join(os.tmpdir(), 'shipshape-bench');

/** The folders of the projects, and one that holds them all. */
export interface Data {
  readonly all: string;
  readonly tako: string;
  readonly stagecraft: string;
  readonly ftl2: string;
  readonly sloth: string;
  readonly empty: string;
}

/** Makes the data unless it is there. `tell` is told what takes long. */
export function largeData(tell: (doing: string) => void): Data {
  const all = path.join(FOLDER, 'workspace');
  const data: Data = {
    all,
    tako: path.join(all, 'shop'),
    stagecraft: path.join(all, 'billing'),
    ftl2: path.join(all, 'hosts'),
    sloth: path.join(all, 'stacks'),
    empty: path.join(FOLDER, 'empty'),
  };
  const marker = path.join(FOLDER, 'made');
  const made = JSON.stringify({ VERSION, RELEASES, HOSTS, SNAPSHOTS, ACTIVITIES });
  if (existsSync(marker) && readFileSync(marker, 'utf8') === made) return data;

  rmSync(FOLDER, { recursive: true, force: true });
  for (const folder of [data.tako, data.stagecraft, data.ftl2, data.sloth, data.empty])
    mkdirSync(folder, { recursive: true });
  tell(`${ENVIRONMENTS.length * RELEASES} deployments of Tako`);
  writeTako(data.tako);
  tell(`${RELEASES} releases of Stagecraft, ${HOSTS} hosts of FTL2`);
  writeFiles(data.stagecraft, stagecraftFiles());
  writeFiles(data.ftl2, hostFiles());
  tell(`${SNAPSHOTS} snapshots and ${ACTIVITIES} activities of sloth-runner`);
  writeDatabase(path.join(data.sloth, 'stacks.db'));
  writeFileSync(marker, made);
  return data;
}

function writeTako(folder: string): void {
  const project: TakoProject = {
    form: 'seed',
    name: 'shop',
    createdAt: NOW - RELEASES * 3 * HOUR,
    servers: Object.fromEntries(ENVIRONMENTS.map(name => [name, ['web01', 'web02', 'web03']])),
    deploys: ENVIRONMENTS.flatMap(environment =>
      Array.from({ length: RELEASES }, (_, index) => takoDeploy(environment, index)),
    ),
  };
  writeFiles(folder, { ...takoFolder(project), 'tako.yaml': takoYaml() });
}

/** One deployment every three hours, index 0 the newest. */
function takoDeploy(environment: string, index: number): Deploy {
  const digits = random(index);
  const at = NOW - index * 3 * HOUR - digits.between(0, 100) * 1000;
  const commit = digits.hex(40);
  return {
    environment,
    at,
    id: `deploy-${commit.slice(0, 8)}`,
    status: index % 17 === 5 ? 'failed' : 'success',
    commit,
    by: digits.pick(['maria', 'ana', 'tom']),
    notes: `Release ${RELEASES - index}`,
    rollbackPoint: index === 30,
    services: {
      web: takoService(`shop/web:${commit.slice(0, 7)}`, 3, 3000, at),
      worker: takoService(`shop/worker:${commit.slice(0, 7)}`, 2, 4000, at),
      db: takoService('postgres:16', 1, 5432, at),
    },
  };
}

function takoService(image: string, replicas: number, port: number, at: number): ServiceRecord {
  const digits = random(at + port);
  const containers = Array.from({ length: replicas }, (_, index) => ({
    id: digits.hex(12),
    node: `web0${index + 1}`,
    status: 'running',
    started_at: seedTime(at + MINUTE),
  }));
  return {
    image,
    image_id: `sha256:${digits.hex(64)}`,
    replicas,
    ports: [port],
    domains: [],
    health: 'healthy',
    containers,
  };
}

function takoYaml(): string {
  const services = ['web', 'worker', 'db']
    .map(name => `      ${name}:\n        image: shop/${name}\n`)
    .join('');
  const environments = ENVIRONMENTS.map(
    name => `  ${name}:\n    servers: [web01, web02, web03]\n    services:\n${services}`,
  );
  const servers = [1, 2, 3].map(index => `  web0${index}:\n    host: 10.0.0.${index}\n    user: deploy\n`);
  return [
    'project:\n  name: shop\n  version: 1.0.0\nservers:\n',
    ...servers,
    'environments:\n',
    ...environments,
  ].join('');
}

function stagecraftFiles() {
  const digits = random(1);
  const releases = Array.from({ length: RELEASES }, (_, index) => ({
    environment: digits.pick(['prod', 'staging', 'dev']),
    at: NOW - (RELEASES - index) * 2 * HOUR,
    version: `v1.${index}.0`,
    commit: digits.hex(40),
    phases: index % 23 === 7 ? failedIn('rollout') : COMPLETED,
  }));
  return {
    ...releasesFile('program', releases, 60),
    'stagecraft.yml':
      'project:\n  name: billing\nenvironments:\n  prod: {driver: local}\n  staging: {driver: local}\n',
  };
}

function hostFiles() {
  const digits = random(2);
  const hosts = Array.from({ length: HOSTS }, (_, index): Host => ({
    name: `host${index}`,
    address: `10.${index >> 8}.${index & 255}.1`,
    user: 'deploy',
    groups: [`group${index % 40}`, digits.pick(['production', 'staging'])],
    variables: { http_port: 80, rack: digits.between(1, 40), ansible_password: 'not-a-real-password' },
    at: NOW - index * MINUTE,
  }));
  const resources = hosts.map(({ name, address }, index): CloudResource => ({
    name,
    provider: 'hetzner',
    id: 1000 + index,
    data: { label: name, type: 'cx22', location: 'nbg1', ipv4: [address], status: 'running' },
    at: NOW - DAY,
  }));
  return pythonState({ createdAt: NOW - DAY, updatedAt: NOW, hosts, resources });
}

/** In a process that kills itself when it is done, so that the end of the database stays in `-wal`. */
function writeDatabase(file: string): void {
  const script = path.join(import.meta.dirname, 'write-database.ts');
  const { signal, stderr } = spawnSync(process.execPath, [script, file], { encoding: 'utf8' });
  if (signal !== 'SIGKILL') throw new Error(`writing ${file} failed: ${stderr}`);
}
