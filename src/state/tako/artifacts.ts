import { readdir, realpath } from 'node:fs/promises';
import path from 'node:path';
import { say } from '../../base/clean.ts';
import { isUnreadable, readStamp, type Stamp } from '../../base/files.ts';
import type { Finding } from '../../base/finding.ts';
import { ignoreMissing, placeInside } from '../../base/inside.ts';
import { inParallel } from '../../base/parallel.ts';
import { newestFirst, type Instant } from '../../base/time.ts';
import type { FileWrite } from '../../base/write.ts';
import type { DeploymentRecord } from './record.ts';
import { namesIn, readRecord, takoPath } from './recorded.ts';
import { versionOf } from './service-state.ts';

/** An image kept as an archive, `<service>-<version>-<shortid>.tar`. Size and time are the file's. */
export interface Artifact {
  /** Of the file, as it stands. */
  readonly name: string;
  readonly bytes: number;
  readonly at: Instant;
  readonly stamp: Stamp;
  /** What the name tells. */
  readonly service?: string;
  readonly version?: string;
  readonly shortId?: string;
}

/** What a pruning would take away, and what speaks about it. */
export interface ArtifactPruning {
  readonly removed: readonly Artifact[];
  readonly kept: number;
  readonly findings: readonly Finding[];
  readonly files: readonly FileWrite[];
}

const FOLDER = takoPath('builds', 'artifacts');
const WIDTH = 8;
const SHORT = 12;

/** Where the archive of an image goes, below the project. */
export function artifactPath(service: string, version: string, id: string): string {
  const shortId = id.slice('sha256:'.length, 'sha256:'.length + SHORT);
  return `${FOLDER}/${service}-${version}-${shortId}.tar`;
}

/**
 * Keeps so many archives of each service, the newest, and whatever a recorded release refers to: the current one, rollback
 * points and the rest of the history. An archive whose name does not tell what it is stays.
 */
export async function pruneArtifacts(root: string, keep: number): Promise<ArtifactPruning> {
  const { records, findings } = await allRecords(root);
  const services = new Set([
    ...records.flatMap(record => record.services.map(({ name }): string => name)),
    ...(await namesIn(root, 'services')),
    ...(await namesIn(root, 'builds', 'cache')),
  ]);
  const artifacts = await listArtifacts(root, services);
  const needed = new Set(records.flatMap(record => neededBy(record, artifacts)));
  const counts = new Map<string, number>();
  const removed = artifacts.filter(artifact => {
    const { service, version } = artifact;
    if (service === undefined || version === undefined) return false;
    const count = (counts.get(service) ?? 0) + 1;
    counts.set(service, count);
    return count > keep && !needed.has(artifact);
  });
  const files = removed.map(({ name, stamp }) => ({
    path: `${FOLDER}/${name}`,
    content: null,
    expected: stamp,
  }));
  return { removed, kept: artifacts.length - removed.length, findings, files };
}

/** The archives, newest first. A name like `web-admin-v1-abc123.tar` is understood by the services that are known. */
export async function listArtifacts(
  root: string,
  services: ReadonlySet<string>,
): Promise<readonly Artifact[]> {
  // What a link leads to is not ours to list, and still less to remove.
  const folder = await placeInside(root, FOLDER);
  if (folder !== path.join(await realpath(root), FOLDER)) return [];
  const entries = (await readdir(folder, { withFileTypes: true }).catch(ignoreMissing)) ?? [];
  const archives = entries.filter(entry => entry.isFile() && entry.name.endsWith('.tar'));
  const found = await inParallel(archives, WIDTH, async ({ name }): Promise<readonly Artifact[]> => {
    const stamp = await readStamp(path.join(folder, name));
    if (isUnreadable(stamp)) return [];
    return [{ name, bytes: stamp.size, at: stamp.modified, stamp, ...told(name, services) }];
  });
  return found.flat().sort((a, b) => newestFirst(a.at, b.at) || (a.name < b.name ? -1 : 1));
}

const OF_KNOWN = /^(?<version>.+)-(?<shortId>[0-9a-f]{6,64})$/i;
// The version is what begins like one.
const OF_UNKNOWN = /^(?<service>.+?)-(?<version>v?\d.*)-(?<shortId>[0-9a-f]{6,64})$/i;

function told(
  name: string,
  services: ReadonlySet<string>,
): Pick<Artifact, 'service' | 'version' | 'shortId'> {
  const stem = name.slice(0, -'.tar'.length);
  const [service] = [...services]
    .filter(each => stem.startsWith(`${each}-`))
    .sort((a, b) => b.length - a.length);
  if (service === undefined) return { ...OF_UNKNOWN.exec(stem)?.groups };
  return { service, ...OF_KNOWN.exec(stem.slice(service.length + 1))?.groups };
}

/** Every record of every environment. One that cannot be read may refer to anything. */
async function allRecords(
  root: string,
): Promise<{ readonly records: readonly DeploymentRecord[]; readonly findings: readonly Finding[] }> {
  const records: DeploymentRecord[] = [];
  const findings: Finding[] = [];
  for (const environment of await namesIn(root, 'deployments')) {
    for (const folder of [[], ['history'], ['rollback']]) {
      const parts = ['deployments', environment, ...folder];
      const names = (await namesIn(root, ...parts)).filter(
        name => name.endsWith('.json') && !name.startsWith('.'),
      );
      const found = await inParallel(names, WIDTH, name => readRecord(root, takoPath(...parts, name)));
      for (const [index, each] of found.entries()) {
        if (each) records.push(each.record);
        else findings.push(unreadable(path.join(root, takoPath(...parts, names[index] ?? ''))));
      }
    }
  }
  return { records, findings };
}

function unreadable(file: string): Finding {
  const text = say('Which archives this release refers to cannot be read.');
  return { severity: 'error', code: 'unreadable-record', text, at: { file } };
}

function neededBy({ services, at }: DeploymentRecord, artifacts: readonly Artifact[]): readonly Artifact[] {
  if (services.length > 0) {
    return artifacts.filter(artifact =>
      services.some(
        ({ name, image, imageId = '' }) =>
          name === artifact.service &&
          ((image !== undefined && plain(versionOf(image)) === plain(artifact.version)) ||
            imageId.replace('sha256:', '').startsWith(artifact.shortId?.toLowerCase() ?? '-')),
      ),
    );
  }
  // The released program does not record what it deployed: then it is taken to be what was built last before it.
  const newest = new Map<string | undefined, Artifact>();
  for (const artifact of artifacts) {
    const isOlder = at === undefined || artifact.at <= at;
    if (isOlder && !newest.has(artifact.service)) newest.set(artifact.service, artifact);
  }
  return [...newest.values()];
}

/** A version with and without its `v` is one. */
function plain(version = ''): string {
  return version.replace(/^v(?=\d)/i, '');
}
