import { clean, join, NONE, say, type Clean } from '../base/clean.ts';
import type { RecordedTime } from '../base/fields.ts';
import { holdText } from '../servers/hold-text.ts';
import { fact, factOf, sizeText } from '../state/facts.ts';
import type { Fact } from '../state/model.ts';
import type { Disk, Observation, ServerAnswer, Setup, SetupRun } from '../state/observed.ts';
import { moment, span } from './ages.ts';

/** What a server answered, for its tooltip. */
export function observedFacts({ answer, failure }: Observation): readonly Fact[] {
  return failure
    ? [
        ...fact(say('No answer'), failure.what),
        ...fact(say('Asked as'), failure.where),
        ...fact(say('Next'), failure.next),
      ]
    : [...setupFacts(answer), ...machineFacts(answer)];
}

function setupFacts(answer: ServerAnswer): readonly Fact[] {
  const { setup, backups, run } = answer;
  return [
    ...fact(say('Setup'), setupText(setup)),
    ...(setup.kind === 'versioned'
      ? [
          ...timeFact(say('Set up'), setup.record.installed),
          ...timeFact(say('Upgraded'), setup.record.lastUpgrade),
          ...fact(say('By Tako CLI'), setup.record.cliVersion),
        ]
      : []),
    ...componentWords(answer).map(([name, value]): Fact => ({ name, value })),
    ...factOf(say('Features'), ...featureWords(answer)),
    ...fact(say('Setup changed last'), run && runText(run)),
    ...factOf(say('Backups of its setup'), ...backups.slice(0, FEW).map(each => clean(each)), rest(backups)),
  ];
}

const FEW = 3;

function rest(all: readonly unknown[]): Clean | undefined {
  return all.length > FEW ? say('{0} more', all.length - FEW) : undefined;
}

/** How the server was set up, as far as that can be said. */
function setupText(setup: Setup): Clean {
  switch (setup.kind) {
    case 'versioned':
      return clean(setup.version);
    case 'legacy':
      return setup.since === undefined
        ? say('{0}, without a version file', clean(setup.version))
        : say('{0}, without a version file, since {1}', clean(setup.version), moment(setup.since));
    case 'takod':
      return say('run by takod ({0}): its setup is the Tako CLI’s', setup.evidence);
    case 'not-set-up':
      return say('none');
    case 'damaged':
      return say('damaged: {0}', setup.why);
    case 'unknown':
      return say('not known: {0}', setup.why);
  }
}

/** Versions that are there beside those that are recorded, where both are not the same: "26.1.5, recorded 24.0.7". */
function componentWords({ setup, components }: ServerAnswer): [name: Clean, words: Clean][] {
  const recorded = setup.kind === 'versioned' ? setup.record.components : {};
  const names = [...new Set([...Object.keys(components), ...Object.keys(recorded)])].sort();
  return names.map(name => {
    const real = components[name] ?? say('not found');
    const written = recorded[name] ?? NONE;
    return [
      clean(name),
      written === NONE || written === real ? real : say('{0}, recorded {1}', real, written),
    ];
  });
}

/** A file may name any number of them. */
const UNSEEN = 50;

/** Features that are there, and what is recorded beside: one that is only recorded was not seen. */
function featureWords({ setup, features }: ServerAnswer): Clean[] {
  const recorded = setup.kind === 'versioned' ? setup.record.features : [];
  const unseen = recorded.filter(each => !features.includes(each));
  return [
    ...features,
    ...unseen.slice(0, UNSEEN).map(each => say('{0} (only recorded)', each)),
    ...(unseen.length > UNSEEN ? [say('{0} more (only recorded)', unseen.length - UNSEEN)] : []),
  ];
}

function runText({ id, state, active, step, last, at }: SetupRun): Clean {
  return join(
    [
      active ? say('underway') : clean(state),
      step && say('step {0}', step),
      last,
      at === undefined ? undefined : moment(at),
      clean(id),
    ],
    ', ',
  );
}

function machineFacts(answer: ServerAnswer): readonly Fact[] {
  const { system, user, root, memory, load, processors, clockSkew, upSince } = answer;
  const { rebootRequired, packagesHeldBy, deploying, docker } = answer;
  return [
    ...fact(say('System'), system),
    ...fact(say('Logged in as'), root ? user : say('{0}, who may not become root', user)),
    ...answer.disks.flatMap(disk => fact(say('Disk {0}', disk.path), diskText(disk))),
    ...fact(
      say('Memory'),
      memory && say('{0} of {1} available', sizeText(memory.available), sizeText(memory.total)),
    ),
    ...fact(say('Load'), load.length > 0 ? loadText(load, processors) : undefined),
    ...fact(say('Clock'), clockSkew === undefined ? undefined : clockText(clockSkew)),
    ...fact(say('Up since'), upSince === undefined ? undefined : moment(upSince)),
    ...fact(say('Reboot'), rebootRequired ? say('required') : undefined),
    ...fact(say('Packages held by'), packagesHeldBy),
    ...factOf(say('Deploying'), ...deploying),
    ...factOf(say('Locks'), ...(answer.deployed ?? []).flatMap(({ hold }) => (hold ? [holdText(hold)] : []))),
    ...fact(say('Docker'), dockerText(docker)),
  ];
}

function diskText({ total, free, inodes, inodesFree }: Disk): Clean {
  const room = say('{0} of {1} free', sizeText(free), sizeText(total));
  if (inodes === 0) return room; // some file systems make them as they need them
  return join([room, say('{0}% of inodes free', Math.floor((100 * inodesFree) / inodes))], ', ');
}

function loadText(load: readonly number[], processors: number | undefined): Clean {
  const numbers = join(
    load.map(each => clean(each.toFixed(2))),
    ', ',
  );
  if (processors === undefined) return numbers;
  return processors === 1
    ? say('{0} on 1 processor', numbers)
    : say('{0} on {1} processors', numbers, processors);
}

function clockText(seconds: number): Clean {
  if (Math.abs(seconds) < 1) return say('as here');
  return seconds > 0
    ? say('{0} ahead of here', span(seconds * 1000))
    : say('{0} behind here', span(seconds * 1000));
}

function dockerText({ state, swarm }: ServerAnswer['docker']): Clean | undefined {
  if (state === 'none') return say('not there');
  if (state === 'silent') return say('does not answer');
  if (swarm === undefined) return undefined;
  return swarm === 'manager' ? say('manages a swarm') : say('works in a swarm');
}

function timeFact(name: Clean, time: RecordedTime | undefined): readonly Fact[] {
  return fact(name, time && (time.at === undefined ? time.text : moment(time.at)));
}
