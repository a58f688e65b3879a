/** What becomes of outdated servers by themselves, in words and from what is known. */
import { clean, join, say, type Clean } from '../base/clean.ts';
import type { Key } from '../base/finding.ts';
import type { Instant } from '../base/time.ts';
import { refOf } from '../servers/server.ts';
import type { ServerSettings } from '../ssh/target.ts';
import { remoteMachines, type Machine } from '../state/machines.ts';
import type { ProjectSetup, State } from '../state/model.ts';
import type { Migration } from '../upgrade/migrations.ts';
import type { UpgradedServer } from '../upgrade/requests.ts';
import type { Scheduled } from '../upgrade/schedule.ts';
import { decide, type Allowed, type Decision } from '../upgrade/strategy.ts';
import { clockIn, closesAt, isOpen, nextOpening, windowText, type Window } from '../upgrade/window.ts';
import { span } from './ages.ts';
import type { IsProduction } from './production.ts';
import { scheduledWords } from './scheduled.ts';
import { upgradedServer } from './upgrade.ts';

/** A server, and what is decided about it. */
export interface Judged {
  readonly key: Key;
  readonly server: UpgradedServer;
  readonly decision: Decision;
}

export interface Judging {
  readonly servers: ServerSettings;
  readonly isProduction: IsProduction;
  readonly allowed: Allowed;
  readonly migrations: readonly Migration[];
  readonly now: Instant;
}

/** Decides about every server that can be reached. */
export function judge(state: State, judging: Judging): readonly Judged[] {
  const { servers, isProduction, allowed, migrations, now } = judging;
  return remoteMachines(state).flatMap(machine => {
    const ref = refOf(machine, servers);
    // What is being upgraded is decided about.
    if (!ref || state.upgrading[machine.id]) return [];
    const server = upgradedServer(state, machine, ref, isProduction);
    const { production, deploying } = server;
    const observation = state.observed[machine.id];
    const candidate = { observation, production, deploying, setups: setupsOf(state, machine) };
    return [{ key: machine.server.key, server, decision: decide(candidate, allowed, migrations, now) }];
  });
}

/** What the repositories say that name a machine. */
function setupsOf({ projects }: State, { server, also }: Machine): readonly ProjectSetup[] {
  const keys = new Set([server, ...also].map(({ key }) => key));
  return projects
    .filter(({ servers }) => servers.some(({ key }) => keys.has(key)))
    .flatMap(({ setup }) => setup ?? []);
}

/** What becomes of a server by itself; nothing where there is nothing to upgrade. */
export function decisionWords(decision: Decision): Clean | undefined {
  switch (decision.kind) {
    case 'start':
      return say('starts now: {0}', clean(decision.to));
    case 'propose':
      return say('proposed now: {0}. {1}', clean(decision.to), decision.why);
    case 'show':
      return decision.why;
    case 'none':
      return undefined;
  }
}

/** "window open until 06:00", "opens Sat 02:00 (in 3 d)". */
export function windowWords(window: Window, now: Instant): Clean {
  if (isOpen(window, now)) {
    const closes = closesAt(window, now);
    return closes === Infinity
      ? say('window always open')
      : say('window open until {0}', clockIn(window, closes, 'time'));
  }
  const opens = nextOpening(window, now);
  return say('opens {0} (in {1})', clockIn(window, opens, 'day and time'), span(opens - now));
}

/** Servers that are proposed to be upgraded to one version. */
export interface Proposal {
  readonly to: string;
  readonly closes: Instant;
  readonly judged: readonly Judged[];
}

/** Those of one version together: one question, not one for each server. */
export function proposals(judged: readonly Judged[]): readonly Proposal[] {
  const byVersion = new Map<string, { to: string; closes: Instant; judged: Judged[] }>();
  for (const each of judged) {
    const { decision } = each;
    if (decision.kind !== 'propose') continue;
    const { to, closes } = decision;
    const known = byVersion.get(to) ?? { to, closes, judged: [] };
    byVersion.set(to, { to, closes: Math.min(known.closes, closes), judged: [...known.judged, each] });
  }
  return [...byVersion.values()];
}

/** "Window open until 06:00. Upgrade web02 from 1.1.0 to 1.2.0?" */
export function proposalWords({ to, closes, judged }: Proposal, window: Window): Clean {
  const open =
    closes === Infinity
      ? say('Window always open.')
      : say('Window open until {0}.', clockIn(window, closes, 'time'));
  const [only] = judged.length === 1 ? judged : [];
  const { decision } = only ?? {};
  const question =
    only && decision && 'from' in decision
      ? say('Upgrade {0} from {1} to {2}?', only.server.name, clean(decision.from), clean(to))
      : say(
          'Upgrade {0} servers to {1}: {2}?',
          judged.length,
          clean(to),
          join(
            judged.map(({ server }) => server.name),
            ', ',
          ),
        );
  return join([open, question], ' ');
}

/** What the settings and the repositories say about upgrades, and what is scheduled. */
export function planNotes(
  state: State,
  allowed: Allowed,
  scheduled: Scheduled | undefined,
  now: Instant,
): readonly Clean[] {
  const { strategy, window } = allowed;
  return [
    ...(scheduled ? [scheduledWords(scheduled)] : []),
    ...(!window.ok
      ? [window.why]
      : window.window
        ? [say('Maintenance window: {0}, {1}.', windowText(window.window), windowWords(window.window, now))]
        : []),
    strategyWords(strategy),
    ...state.projects.flatMap(({ name, setup }) =>
      setup?.upgrades === true
        ? [
            say(
              '{0} proposes that upgrades start by themselves; only your own settings can allow that.',
              name,
            ),
          ]
        : [],
    ),
  ];
}

function strategyWords(strategy: Allowed['strategy']): Clean {
  switch (strategy) {
    case 'conservative':
      return say('Strategy: conservative. Upgrades are started by hand.');
    case 'balanced':
      return say(
        'Strategy: balanced. Patches start by themselves in the window, minor versions are proposed.',
      );
    case 'aggressive':
      return say(
        'Strategy: aggressive. What breaks nothing starts by itself in the window, never in production.',
      );
  }
}
