/** What has to be right before a server's setup is changed. Each check is told, with what it was judged by. */
import { clean, join, say, type Clean } from '../base/clean.ts';
import type { Finding } from '../base/finding.ts';
import { isIll, isShort } from '../servers/health.ts';
import type { Disk, Observation, ServerAnswer, Setup } from '../state/observed.ts';
import type { UpgradedServer } from './requests.ts';

const GIGABYTE = 1024 ** 3;
const INODES = 20_000;
/** In seconds. Certificates and package lists are judged by the time, so a clock that is far off is in the way. */
const SKEW = 300;
const SKEW_LIMIT = 3_600;

/** All checks of one server, and why it cannot be asked where that is so. */
export function preflight(
  { deploying }: Pick<UpgradedServer, 'deploying'>,
  { answer, failure }: Observation,
): readonly Finding[] {
  if (!answer) return [check('reachable', [failure.what], say('It answers'), failure.next)];
  return [
    check('reachable', [], say('It answers')),
    ...setUp(answer.setup),
    check(
      'root',
      answer.root ? [] : [say('{0} is not root there and cannot become it', answer.user)],
      say('Its setup may be changed'),
      answer.user,
    ),
    check('systemd', answer.systemd ? [] : [say('systemd does not run on it')], say('systemd runs on it')),
    check('lock', busy(answer), say('Nobody else changes its setup')),
    check('deploying', inProgress([...answer.deploying, ...deploying]), say('No deployment is in progress')),
    ...room(answer.disks),
    check('services', ailing(answer), say('Services are healthy'), healthOf(answer)),
    check(
      'packages',
      answer.packagesHeldBy === undefined ? [] : [say('The package manager is in use')],
      say('The package manager is free'),
      answer.packagesHeldBy,
    ),
    clock(answer.clockSkew),
  ];
}

/** A check that passed, or what is in its way. */
function check(code: string, wrong: readonly Clean[], right: Clean, evidence?: Clean): Finding {
  const text = wrong.length === 0 ? right : join(wrong, '; ');
  return { severity: wrong.length === 0 ? 'ok' : 'error', code, text, ...(evidence && { evidence }) };
}

function setUp(setup: Setup): readonly Finding[] {
  if (setup.kind === 'takod') {
    const why = say(
      'It is run by takod and managed by the tako CLI: {0}',
      clean('tako setup, tako upgrade servers'),
    );
    return [check('setup', [why], why, setup.evidence)];
  }
  return setup.kind === 'damaged' || setup.kind === 'unknown' ? [check('setup', [setup.why], setup.why)] : [];
}

function busy({ run }: ServerAnswer): readonly Clean[] {
  if (!run) return [];
  if (run.active)
    return [say('Its setup is being changed right now ({0}): resume that to follow it', clean(run.id))];
  if (run.state === 'finished' || run.state === 'undone') return [];
  return [say('An earlier change stopped in between ({0}): resume it first', clean(run.id))];
}

const inProgress = (deploying: readonly Clean[]): readonly Clean[] =>
  deploying.map(each => say('A deployment is in progress: {0}', each));

/** The file systems of what an upgrade writes: packages, backups, and its own notes. */
const WRITTEN = ['/etc', '/usr', '/var/lib', '/var/cache', '/var/backups'];

function room(disks: readonly Disk[]): readonly Finding[] {
  const roots = WRITTEN.map(file => diskOf(file, disks));
  const written = disks.filter(each => roots.includes(each));
  const full = written.filter(({ free }) => free <= GIGABYTE);
  // A file system without a table of inodes says 0.
  const crowded = written.filter(({ inodes, inodesFree }) => inodes > 0 && inodesFree < INODES);
  const bytes = ({ path, free }: Disk): Clean =>
    say('{0}: {1} GB', path, Math.floor((free / GIGABYTE) * 10) / 10);
  const inodes = ({ path, inodesFree }: Disk): Clean => say('{0}: {1}', path, inodesFree);
  return [
    check(
      'disk',
      full.map(({ path }) => say('Less than 1 GB is free on {0}', path)),
      say('More than 1 GB is free'),
      join(written.map(bytes), ', '),
    ),
    check(
      'inodes',
      crowded.map(({ path }) => say('Too few files can be added on {0}', path)),
      say('There is room for more files'),
      join(written.map(inodes), ', '),
    ),
  ];
}

/** The one whose mount point leads on farthest towards a path. */
function diskOf(file: string, disks: readonly Disk[]): Disk | undefined {
  const above = disks.filter(({ path }) => path === '/' || file === path || file.startsWith(`${path}/`));
  return above.reduce<Disk | undefined>(
    (best, each) => (best && best.path.length >= each.path.length ? best : each),
    undefined,
  );
}

/** Services and containers that are not well already: what an upgrade does to them could not be told. */
function ailing({ docker, containers, services }: ServerAnswer): readonly Clean[] {
  return [
    ...(docker.state === 'silent' ? [say('Docker does not answer')] : []),
    ...containers
      .filter(isIll)
      .map(({ name, state, health }) =>
        say('{0} is {1}', name, state === 'running' && health ? health : state),
      ),
    ...services
      .filter(isShort)
      .map(({ name, running, desired }) => say('{0}: {1} of {2} run', name, running, desired)),
  ];
}

function healthOf({ containers, services }: ServerAnswer): Clean {
  const running = containers.filter(({ state }) => state === 'running').length;
  return join(
    [
      say('{0} containers run', running),
      services.length > 0 ? say('{0} services of the swarm', services.length) : undefined,
    ],
    ', ',
  );
}

function clock(skew: number | undefined): Finding {
  const evidence = skew === undefined ? undefined : say('{0} s', Math.round(skew));
  const off = Math.abs(skew ?? 0);
  if (off <= SKEW) return check('clock', [], say('Its clock is right'), evidence);
  const text = say('Its clock is more than {0} minutes off', (off > SKEW_LIMIT ? SKEW_LIMIT : SKEW) / 60);
  const found = check('clock', [text], text, evidence);
  return off > SKEW_LIMIT ? found : { ...found, severity: 'warning' };
}
