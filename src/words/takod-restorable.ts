/** Whether an environment that takod runs can go back to a release, by the history that takod keeps, in words. */
import { clean, join, NONE, say, type Clean } from '../base/clean.ts';
import { keyBelow } from '../base/finding.ts';
import type { Environment, Project, Release } from '../state/model.ts';
import { deploymentOf, isStable, type TakodDeployment } from '../state/takod.ts';
import type { Restoring, RollbackWords } from './restoring.ts';

/** `history`: nothing where takod was not heard. */
export function takodRestoring(
  project: Project,
  environment: Environment,
  history: readonly TakodDeployment[] | undefined,
): Restoring {
  const { releases, current, name } = environment;
  const recorded = new Set(releases.map(each => deploymentOf(each, history ?? [])?.id));
  // Others deploy, too, and what they did is not in the record here.
  const newest = history?.find(isStable);
  const mine = releases.find(({ id }) => id === current)?.at ?? 0;
  const latest = newest && (newest.time?.at ?? 0) + 1_000 > mine ? newest : undefined;
  const others = (history ?? []).filter(
    each => each.status === 'success' && each.commit !== undefined && !recorded.has(each.id),
  );
  const all = [...releases, ...others.map(each => releaseOf(environment, each))];
  const configured = project.services.filter(each => each.environment === name && each.declared);
  return {
    releases: all.toSorted((a, b) => (b.at ?? 0) - (a.at ?? 0)),
    runs: release =>
      history && latest ? deploymentOf(release, history)?.id === latest.id : release.id === current,
    able: (release, services) => {
      if (!history) return undefined;
      const deployment = deploymentOf(release, history);
      if (!deployment) return not(say('not in the history that takod keeps'));
      if (!isStable(deployment)) return not(deployment.status);
      const has = release.services.map(each => each.name);
      const lacks = has.length === 0 ? [] : (services ?? []).filter(each => !has.includes(each));
      if (lacks.length > 0) return not(say('it has no {0}', join(lacks, ', ')));
      const wanted = services ?? (has.length > 0 ? has : configured.map(each => each.name));
      const built = configured.filter(each => each.built && wanted.includes(each.name));
      const { commit = deployment.commit } = release;
      return {
        words: say('can roll back'),
        isPossible: true,
        ...(built.length > 0 && commit !== undefined && { with: rebuilt(built, commit) }),
      };
    },
    isTold: history !== undefined,
  };
}

const not = (why: Clean): RollbackWords => ({
  words: say('cannot roll back: {0}', why),
  isPossible: false,
});

const rebuilt = (services: readonly { readonly name: Clean }[], commit: string): Clean =>
  say(
    '{0} built anew from {1}',
    join(
      services.map(({ name }) => name),
      ', ',
    ),
    clean(commit.slice(0, 7)),
  );

/** One that only the servers record: somebody else made it. */
function releaseOf({ key, source }: Environment, deployment: TakodDeployment): Release {
  const { id, status, commit, time, message } = deployment;
  return {
    key: keyBelow(key, 'takod', id),
    id,
    status,
    outcome: 'succeeded',
    kind: 'deploy',
    timestamp: time?.text ?? NONE,
    ...(commit !== undefined && { commit }),
    ...(time?.at !== undefined && { at: time.at }),
    ...(message !== undefined && { notes: message }),
    phases: [],
    services: [],
    servers: [],
    facts: [],
    rollbackPoint: false,
    source: source ?? { file: '' },
  };
}
