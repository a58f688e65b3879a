import { clean, say, type Clean } from '../base/clean.ts';
import type { Instant } from '../base/time.ts';
import { isIll, isShort } from '../servers/health.ts';
import { sizeText } from '../state/facts.ts';
import type {
  NoAnswer,
  Observation,
  ObservedContainer,
  ServerAnswer,
  Setup,
  SetupRun,
  SwarmService,
  Upgrading,
} from '../state/observed.ts';
import { askedWords, since, span } from './ages.ts';
import { describe } from './names.ts';
import type { Ability, Icon } from './row.ts';
import { availableSetup } from './setup-versions.ts';

/** What the row of a server says of its last answer. */
export interface Seen {
  readonly words?: Clean;
  readonly icon: Icon;
  readonly abilities: readonly Ability[];
}

const HOUR = 3_600_000;
/** What an upgrade needs, so what is below it matters. */
const ROOM = 1e9;
const INODES = 0.05;
const CLOCK_SECONDS = 60;

/** How a machine is, as it answered last; without an answer only what this window itself is doing. */
export function seen(
  observation: Observation | undefined,
  upgrading: Upgrading | undefined,
  now: Instant,
  isHere = false,
): Seen {
  if (upgrading) {
    const isNew = observation?.answer?.setup.kind === 'not-set-up';
    return { words: upgradingWords(upgrading, isNew), icon: 'running', abilities: [] };
  }
  if (!observation) return { icon: 'server', abilities: [] };
  const { at, answer, failure } = observation;
  if (failure) {
    const isUnknownKey = failure.code === HOST_KEY_UNKNOWN;
    return {
      words: describe(
        failureWords(failure),
        isUnknownKey ? say('Review…') : undefined,
        isUnknownKey ? undefined : askedWords(at, now),
      ),
      icon: isRefusedKey(failure) ? 'error' : 'unknown',
      abilities: isUnknownKey ? ['reviewHostKeys'] : [],
    };
  }
  const stopped = stoppedRun(answer);
  const troubles = troubleWords(answer);
  return {
    words: describe(
      ...runWords(answer.run),
      ...(isHere ? [] : setupWords(answer.setup)),
      ...troubles,
      ...noteWords(answer, now),
      now - at > HOUR ? askedWords(at, now) : undefined,
    ),
    icon:
      answer.setup.kind === 'damaged' || stopped?.state === 'stuck'
        ? 'error'
        : answer.run?.active
          ? 'running'
          : troubles.length > 0 || stopped
            ? 'degraded'
            : 'server',
    abilities: isHere ? [] : answerAbilities(answer),
  };
}

export const HOST_KEY_UNKNOWN = 'host-key-unknown';

/** Whoever answers there cannot prove to be the server: nothing was sent. */
export function isRefusedKey({ code }: NoAnswer): boolean {
  return code === 'host-key-changed' || code === 'host-key-revoked';
}

const FAILURES: Readonly<Partial<Record<string, () => Clean>>> = {
  [HOST_KEY_UNKNOWN]: () => say('host key not known'),
  'host-key-changed': () => say('host key changed'),
  'host-key-revoked': () => say('host key revoked'),
  'host-key-not-supported': () => say('host key not supported'),
  'ssh-config': () => say('SSH configuration not supported'),
  'not-logged-in': () => say('login refused'),
  'connection-lost': () => say('connection lost'),
  unreachable: () => say('does not answer'),
};

export function failureWords({ code, what }: NoAnswer): Clean {
  return (Object.hasOwn(FAILURES, code) ? FAILURES[code]?.() : undefined) ?? what;
}

function upgradingWords({ to, step, steps, doing }: Upgrading, isNew: boolean): Clean {
  const what = isNew ? say('setting up') : say('upgrading to {0}', clean(to));
  return describe(step === 0 ? what : say('{0}: step {1} of {2}', what, step, steps), doing);
}

/** A change of the setup that has not come to an end, and nobody is at it. */
export function stoppedRun({ run }: ServerAnswer): SetupRun | undefined {
  return run && !run.active && run.state !== 'finished' && run.state !== 'undone' ? run : undefined;
}

function runWords(run: SetupRun | undefined): (Clean | undefined)[] {
  if (!run || (!run.active && (run.state === 'finished' || run.state === 'undone'))) return [];
  const { step, active, state } = run;
  if (active) return [step ? say('upgrade at step {0}', step) : say('upgrade underway')];
  if (state === 'paused')
    return [step ? say('upgrade paused at step {0}', step) : say('upgrade paused'), say('Resume…')];
  return [step ? say('upgrade stopped at step {0}', step) : say('upgrade stopped'), say('Resume…')];
}

function setupWords(setup: Setup): (Clean | undefined)[] {
  switch (setup.kind) {
    case 'versioned':
    case 'legacy': {
      const newest = availableSetup(setup.version);
      return [say('setup {0}', clean(setup.version)), newest && say('{0} available', newest)];
    }
    case 'takod':
      return [setup.version ? say('run by takod {0}', clean(setup.version)) : say('run by takod')];
    case 'not-set-up':
      return [say('not set up')];
    case 'damaged':
      return [say('setup damaged: {0}', setup.why)];
    case 'unknown':
      return [say('setup not known: {0}', setup.why)];
  }
}

export function illWords({ name, state, health }: ObservedContainer): Clean {
  return say('{0} {1}', name, state === 'running' && health ? health : state);
}

export function shortWords({ name, running, desired }: SwarmService): Clean {
  return say('{0} {1} of {2}', name, running, desired);
}

/** What does not work there now. */
function troubleWords({ docker, containers, services }: ServerAnswer): Clean[] {
  const ill = containers.filter(isIll);
  const short = services.filter(isShort);
  const [container] = ill;
  return [
    ...(docker.state === 'silent' ? [say('Docker does not answer')] : []),
    ...short.slice(0, FEW).map(shortWords),
    ...(short.length === FEW + 1 ? [say('1 more service')] : []),
    ...(short.length > FEW + 1 ? [say('{0} more services', short.length - FEW)] : []),
    ...(container
      ? [ill.length === 1 ? illWords(container) : say('{0} containers unhealthy', ill.length)]
      : []),
  ];
}

/** How many are named. */
const FEW = 2;

/** What will matter. */
function noteWords(answer: ServerAnswer, now: Instant): Clean[] {
  const { disks, rebootRequired, clockSkew = 0 } = answer;
  return [
    ...deployingWords(answer, now),
    ...disks.flatMap(({ path, free, inodes, inodesFree }) =>
      free < ROOM
        ? [say('{0} free on {1}', sizeText(free), path)]
        : inodesFree < inodes * INODES
          ? [say('few inodes left on {0}', path)]
          : [],
    ),
    ...(rebootRequired ? [say('reboot required')] : []),
    ...(Math.abs(clockSkew) > CLOCK_SECONDS ? [say('clock off by {0}', span(clockSkew * 1000))] : []),
  ];
}

function deployingWords({ deploying, deployed = [] }: ServerAnswer, now: Instant): Clean[] {
  const holds = deployed.flatMap(({ hold }) => hold ?? []);
  const left = holds.filter(({ isOver }) => isOver);
  const [live] = holds.filter(({ isOver }) => !isOver);
  return [
    ...(live ? [say('deployment by {0} since {1}', live.by, since(live.since, now))] : []),
    ...(!live && deploying.length > 0 ? [say('deployment in progress')] : []),
    ...left.map(hold => say('lock left by {0} since {1}', hold.by, since(hold.since, now))),
  ];
}

function answerAbilities(answer: ServerAnswer): Ability[] {
  const { setup, backups, run } = answer;
  const isOurs = setup.kind !== 'takod' && setup.kind !== 'unknown';
  const isUpgradable =
    (setup.kind === 'versioned' || setup.kind === 'legacy') && availableSetup(setup.version) !== undefined;
  const stopped = stoppedRun(answer);
  const isFree = run?.active !== true && !stopped;
  return [
    ...(stopped ? (['resumeUpgrade'] as const) : []),
    ...(isFree && isUpgradable ? (['upgradeServer'] as const) : []),
    ...(isFree && setup.kind === 'not-set-up' ? (['setUpServer'] as const) : []),
    ...(isOurs && backups.length > 0 ? (['restoreSetup', 'manageBackups'] as const) : []),
  ];
}
