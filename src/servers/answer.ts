/** What a server answered to `check.sh`. Everything in it is somebody else's: clean, bounded, and never a reason to throw. */
import { clean, join, say, type Clean } from '../base/clean.ts';
import { Fields } from '../base/fields.ts';
import { parseJson } from '../base/json.ts';
import { parseTime, type Instant } from '../base/time.ts';
import type { DeployedThere, Disk, ServerAnswer } from '../state/observed.ts';
import { runningThere, type RunningThere } from './docker.ts';
import { deployedIn } from './holds.ts';
import { Lines } from './lines.ts';
import { runOf, setupOf, versionFileOf } from './setup.ts';

/** How the script ended, and when it was asked for and had ended by the clock here. */
export interface Said {
  readonly code: number | undefined;
  readonly output: string;
  readonly errors: string;
  readonly asked: Instant;
  readonly answered: Instant;
}

export function answerOf({ code, output, errors, asked, answered }: Said): ServerAnswer {
  const lines = new Lines(output);
  const there = runningThere(lines);
  const deployed = deployedIn(lines, answered);
  const [total = 0, available] = lines.numbers('memory').map(each => each * 1024);
  const [processors] = lines.numbers('processors');
  const [uptime] = lines.numbers('uptime');
  const skew = skewOf(lines, asked, answered);
  const versionFile = versionFileOf(lines);
  const system = clean((lines.first('system') ?? '').replaceAll('"', ''));
  const heldBy = lines.first('packages');
  const run = runOf(lines);
  return {
    setup: lines.isWhole
      ? setupOf(lines)
      : {
          kind: 'unknown',
          why: join([say('The server did not answer in full ({0})', clean(code)), clean(errors)], ': '),
        },
    ...(versionFile && { versionFile }),
    components: componentsOf(lines, there),
    features: featuresOf(lines, there),
    ...(system !== '' && { system }),
    systemd: lines.first('systemd') === 'yes',
    user: clean(lines.first('user')),
    root: lines.first('account') === '0',
    disks: disksOf(lines),
    ...(available !== undefined && { memory: { total, available } }),
    load: lines.numbers('load').slice(0, 3),
    ...(processors !== undefined && { processors }),
    ...(skew !== undefined && { clockSkew: skew }),
    ...(uptime !== undefined && { upSince: answered - Math.round(uptime) * 1000 }),
    rebootRequired: lines.first('reboot-required') === 'yes',
    ...(heldBy !== undefined && { packagesHeldBy: clean(heldBy) }),
    deploying: [...there.changing, ...holdersOf(deployed), ...leasesOf(lines, answered + (skew ?? 0) * 1000)],
    docker: there.docker,
    containers: there.containers,
    services: there.services,
    ...(there.networks.length > 0 && { networks: there.networks }),
    ...(there.nodes.length > 0 && { nodes: there.nodes }),
    ...(run && { run }),
    backups: lines
      .all('backup')
      .filter(each => /^backup-\d{8}-\d{6}$/.test(each))
      .toSorted()
      .reverse(),
    stored: lines.all('stored').filter(each => /^[0-9a-f]{64}$/.test(each)),
    ...(there.images && { images: there.images }),
    ...((lines.first('account') === '0' || lines.first('own-deployments') === 'yes') && { deployed }),
  };
}

/** Of the way there and the way back neither is known, so they are taken to be equal. */
function skewOf(lines: Lines, asked: Instant, answered: Instant): number | undefined {
  const [begin, end] = lines.all('time').map(each => parseFloat(each) * 1000);
  if (begin === undefined || end === undefined || !Number.isFinite(begin + end)) return undefined;
  return Math.round((begin - asked + (end - answered)) / 2) / 1000;
}

function componentsOf(lines: Lines, { version, containers }: RunningThere): ServerAnswer['components'] {
  const traefik = containers
    .filter(({ state }) => state === 'running')
    .map(({ image }) => /^(?:.*\/)?traefik:v?([^@]+)/.exec(image)?.[1])
    .find(each => each !== undefined);
  return Object.fromEntries([
    ...(version === undefined ? [] : [['docker', version]]),
    ...(traefik === undefined ? [] : [['traefik', clean(traefik)]]),
    ...lines.all('component').map(line => line.split(' ', 2).map(each => clean(each))),
  ]) as ServerAnswer['components']; // names and versions
}

function featuresOf(lines: Lines, { docker, containers }: RunningThere): readonly Clean[] {
  const proxied = containers.some(({ name, image }) => `${name} ${image}`.includes('traefik'));
  return [
    ...new Set([
      ...(docker.swarm ? [clean('docker-swarm')] : []),
      ...(proxied ? [clean('traefik-proxy')] : []),
      ...lines.all('feature').map(each => clean(each)),
    ]),
  ];
}

const DF = /^.*? +(\d+) +\d+ +(\d+) +(?:\d+%|-) +(\/.*)$/;

/** As `df -P` prints them, one for each file system. */
function disksOf(lines: Lines): readonly Disk[] {
  const inodes = new Map(lines.all('inodes').map(line => [DF.exec(line)?.[3], DF.exec(line)]));
  const disks = lines.all('disk').flatMap(line => {
    const [, total, free, path] = DF.exec(line) ?? [];
    if (path === undefined) return [];
    const [, all = 0, left = 0] = inodes.get(path) ?? [];
    const size = { total: Number(total) * 1024, free: Number(free) * 1024 };
    return [[path, { path: clean(path), ...size, inodes: Number(all), inodesFree: Number(left) }] as const];
  });
  return [...new Map(disks).values()];
}

/** Who is deploying from an editor. What was left over is at nothing. */
function holdersOf(deployed: readonly DeployedThere[]): readonly Clean[] {
  return deployed.flatMap(({ project, environment, hold }) =>
    hold && !hold.isOver
      ? [join([say('{0} of {1}', environment, project), hold.by, hold.operation], ' · ')]
      : [],
  );
}

/** Leases of takod that are not over, by the clock there. */
function leasesOf(lines: Lines, now: Instant): readonly Clean[] {
  return lines.all('lease').flatMap(content => {
    const parsed = parseJson(Buffer.from(content, 'base64').toString());
    const lease = parsed.ok ? Fields.of(parsed.value) : undefined;
    const until = parseTime(lease?.raw('expiresAt'));
    if (!lease || until === undefined || until <= now) return [];
    const about = join([lease.text('projectName'), lease.text('environment')], '/');
    return [join([say('takod holds a lease'), about, lease.text('operation'), lease.text('who')], ' · ')];
  });
}
