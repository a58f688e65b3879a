/** Upgrades of servers, in words: which servers, from where to where, and what became of them. */
import { lte, rcompare } from 'semver';
import { clean, join, say, type Clean } from '../base/clean.ts';
import type { Verdict } from '../operations/operation.ts';
import type { ServerRef } from '../servers/server.ts';
import type { Machine } from '../state/machines.ts';
import type { Instant } from '../base/time.ts';
import type { Environment, Project, State } from '../state/model.ts';
import type { Observation, Setup } from '../state/observed.ts';
import { loadMigrations, type Feature, type Migration } from '../upgrade/migrations.ts';
import type { Rollout, UpgradedServer, UpgradeInput } from '../upgrade/requests.ts';
import { route } from '../upgrade/versions.ts';
import { code, item, lines, time } from './markdown.ts';
import { guide } from './migration-guide.ts';
import { environmentName, releaseName } from './names.ts';
import type { IsProduction } from './production.ts';

/** A server with what operations on its setup have to know: whether it is production, and what is underway there. */
export function upgradedServer(
  state: State,
  machine: Machine,
  server: ServerRef,
  isProduction: IsProduction,
): UpgradedServer {
  const places = environmentsOn(state, machine);
  return {
    ...server,
    production: [
      ...new Set(
        places
          .filter(({ environment }) => isProduction(environment.name))
          .map(({ project, environment }) => environmentName(state, project, environment.name)),
      ),
    ],
    deploying: [...new Set(places.flatMap(place => deploying(state, place)))],
  };
}

interface Place {
  readonly project: Project;
  readonly environment: Environment;
}

/** The environments that run on a machine, by what is recorded. */
function environmentsOn({ projects }: State, { server, also }: Machine): readonly Place[] {
  const all = [server, ...also];
  return projects.flatMap(project => {
    const here = all.filter(({ key }) => project.servers.some(each => each.key === key));
    return project.environments
      .filter(({ name, servers }) =>
        here.some(each => each.environments.includes(name) || servers.includes(each.name)),
      )
      .map(environment => ({ project, environment }));
  });
}

/** What is recorded as being deployed there now, each with its evidence. */
function deploying(state: State, { project, environment }: Place): readonly Clean[] {
  const place = environmentName(state, project, environment.name);
  const { lock } = project;
  return [
    ...(lock?.verdict === 'held' ? [say('{0} is locked: {1}', place, lock.evidence)] : []),
    ...environment.releases
      .filter(({ outcome }) => outcome === 'running')
      .map(release => say('{0} of {1} is recorded as running', releaseName(release), place)),
  ];
}

/** Whether something can be done to a server, by what it answered last, in words. What it is now is checked later anyway. */
export interface Prospect {
  readonly words: Clean;
  readonly isPossible: boolean;
  /** What is run elsewhere instead. */
  readonly command?: Clean;
}

const possible = (words: Clean): Prospect => ({ words, isPossible: true });
const impossible = (words: Clean): Prospect => ({ words, isPossible: false });

/** An upgrade to a version: "1.0.0 → 2.0.0", or why not. */
export function prospect(
  observation: Observation | undefined,
  to: string,
  migrations: readonly Migration[],
): Prospect {
  return judged(observation, setup => {
    if (setup.kind === 'not-set-up') return impossible(say('not set up'));
    const found = route(setup.version, to, migrations);
    return found.ok ? possible(say('{0} → {1}', clean(setup.version), clean(to))) : impossible(found.why);
  });
}

/** Setting a server up that is not. */
export function setUpProspect(observation: Observation | undefined): Prospect {
  return judged(observation, setup =>
    setup.kind === 'not-set-up'
      ? possible(say('not set up'))
      : impossible(say('set up with version {0}', clean(setup.version))),
  );
}

/** Whether a change of its setup has stopped there in between, or goes on by itself. */
export function isUnfinished(observation: Observation | undefined): boolean {
  const run = observation?.answer?.run;
  return run !== undefined && run.state !== 'finished' && run.state !== 'undone';
}

/** Of unfinished ones: whether it is paused there or goes on, and nothing went wrong. */
export function isWaiting(observation: Observation | undefined): boolean {
  const run = observation?.answer?.run;
  return isUnfinished(observation) && (run?.active === true || run?.state === 'paused');
}

/** What can be done with its backups. */
export function backupProspect(observation: Observation | undefined): Prospect {
  const { answer } = observation ?? {};
  if (!answer) return possible(observation?.failure?.what ?? say('not asked yet'));
  if (answer.setup.kind === 'takod') return judged(observation, () => impossible(say('not set up')));
  const { length } = answer.backups;
  if (length === 0) return impossible(say('no backups'));
  return possible(length === 1 ? say('1 backup') : say('{0} backups', length));
}

type Changeable = Extract<Setup, { readonly kind: 'versioned' | 'legacy' | 'not-set-up' }>;

function judged(observation: Observation | undefined, judge: (setup: Changeable) => Prospect): Prospect {
  if (!observation) return possible(say('not asked yet'));
  const { answer, failure } = observation;
  if (failure) return possible(failure.what);
  const { setup, run } = answer;
  if (run?.active) return impossible(say('its setup is being changed now'));
  if (isUnfinished(observation))
    return impossible(say('an upgrade stopped there in between: resume it first'));
  switch (setup.kind) {
    case 'takod':
      return {
        ...impossible(say('managed by the tako CLI (tako setup, tako upgrade servers)')),
        command: clean('tako upgrade servers'),
      };
    case 'damaged':
    case 'unknown':
      return impossible(setup.why);
    default:
      return judge(setup);
  }
}

/** The versions that can be chosen, the newest first, each with what it brings. */
export function versionChoices(
  migrations: readonly Migration[],
): readonly { readonly version: string; readonly words: Clean; readonly breaks: boolean }[] {
  return [...migrations]
    .sort((a, b) => rcompare(a.to, b.to))
    .map(({ to, title, breaking }) => ({ version: to, words: title, breaks: breaking.length > 0 }));
}

/** What may come on the way to a version, where it is asked for. */
export function optionalFeatures(migrations: readonly Migration[], to: string): readonly Feature[] {
  return migrations
    .filter(each => lte(each.to, to))
    .flatMap(({ features }) => features.filter(({ optional }) => optional === true));
}

/** "one at a time, stop at the first failure" */
export function rolloutWords({ canaries, width, failures }: Rollout): Clean {
  const order =
    width <= 1
      ? say('one at a time')
      : canaries > 0
        ? say('{0} first, then {1} at once', canaries, width)
        : say('{0} at once', width);
  const end =
    failures === 0 ? say('stop at the first failure') : say('stop after {0} failures', failures + 1);
  return join([order, end], ', ');
}

/** What breaks on each server, and what is to be changed; nothing where nothing breaks. */
export function migrationGuides(
  { servers, to }: UpgradeInput & { readonly to: string },
  observed: { readonly [machine: string]: Observation },
): Clean | undefined {
  const guides = servers.flatMap(({ id, name }) => {
    const answer = observed[id]?.answer;
    if (!answer || !('version' in answer.setup)) return [];
    const found = route(answer.setup.version, to, loadMigrations());
    return found.ok && found.way.breaking.length > 0 ? [guide(name, found.way, answer)] : [];
  });
  return guides.length > 0 ? join(guides, '\n\n') : undefined;
}

/** How it ended: "web01 is on 1.2.0, verified". What went otherwise, the verdict says. */
export function upgradeEnd({ servers }: UpgradeInput, to: string, verdict: Verdict): Clean {
  if (verdict.state !== 'verified') return verdict.why;
  const names = servers.map(({ name }) => name);
  return names.length === 1
    ? say('{0} is on {1}, verified', join(names, ''), clean(to))
    : say('{0} are on {1}, verified', listed(names), clean(to));
}

/** "web01 is back on 1.1.0, verified". */
export function restoreEnd(server: Clean, version: Clean | undefined, verdict: Verdict): Clean {
  if (verdict.state !== 'verified') return join([server, verdict.why], ': ');
  return version
    ? say('{0} is back on {1}, verified', server, version)
    : say('{0} is as it was before it was set up, verified', server);
}

/** What was done on servers and how it ended, for the channel in which people speak about it. */
export function endSummary(title: Clean, end: Clean, now: Instant): Clean {
  return lines(say('**{0}**', code(title)), item(say('Result'), code(end)), item(say('As of'), time(now)));
}

/** "web01, web02 and web03" */
export function listed(names: readonly Clean[]): Clean {
  const [last, ...before] = names.toReversed();
  if (!last || before.length === 0) return last ?? clean('');
  return say('{0} and {1}', join(before.reverse(), ', '), last);
}
