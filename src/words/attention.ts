import path from 'node:path';
import { clean, NONE, say, type Clean } from '../base/clean.ts';
import type { Instant } from '../base/time.ts';
import type { State } from '../state/model.ts';
import { environmentName, projectName, releaseName } from './names.ts';
import type { IsProduction } from './production.ts';
import { statusWords } from './releases.ts';
import type { Attention } from './row.ts';
import { compareIn, driftText, isOpen } from './running.ts';
import { serverAttention } from './server-attention.ts';
import { serviceHealth } from './services.ts';
import { isOutside } from './stacks.ts';

/**
 * Worst first: services down, what is broken on servers, newest releases that failed, were interrupted or deployed in part, locks
 * left behind, damaged files. Of services and releases those of production come first.
 */
export function attention(state: State, isProduction: IsProduction, now: Instant = Date.now()): Attention[] {
  const services: Live[] = [];
  const releases: Live[] = [];
  const locks: Attention[] = [];
  const files: Attention[] = [];
  const compare = compareIn(state);
  for (const project of state.projects) {
    if (isOutside(state, project)) continue;
    const compared = new Map(project.environments.map(each => [each.name, compare(project, each)]));
    for (const environment of project.environments) {
      const drift = compared.get(environment.name)?.drift ?? [];
      for (const each of drift.filter(one => isOpen(one, now))) {
        services.push({
          production: isProduction(environment.name),
          id: `${each.key} ${each.fact.seen}`,
          view: 'services',
          key: each.key,
          text: say('{0}: {1}', environmentName(state, project, environment.name), driftText(each)),
        });
      }
    }
    for (const service of project.services) {
      // What servers answered is newer than what is recorded.
      const { at } = compared.get(service.environment ?? NONE) ?? {};
      const { words, icon } = serviceHealth(service);
      if (at !== undefined) continue;
      if (icon !== 'down' && icon !== 'degraded') continue;
      const where = service.environment
        ? environmentName(state, project, service.environment)
        : projectName(state, project);
      services.push({
        production: isProduction(service.environment ?? ''),
        id: `${service.key} ${icon} ${service.deployedAt ?? ''}`,
        view: 'services',
        key: service.key,
        text: say('{0}: {1} {2}', where, service.name, words),
        open: { file: service.source },
      });
    }
    for (const environment of project.environments) {
      const [newest] = environment.releases;
      if (!newest || !BROKEN.has(newest.outcome)) continue;
      releases.push({
        production: isProduction(environment.name),
        id: newest.key,
        view: 'releases',
        key: newest.key,
        text: say(
          '{0}: {1} {2}',
          environmentName(state, project, environment.name),
          releaseName(newest),
          statusWords(newest),
        ),
        open: { document: newest.key, kind: newest.log ? 'log' : 'json' },
        fix: project.findings.find(({ key, fix }) => fix && key === newest.key)?.fix,
      });
    }
    const [environment] = project.environments;
    if (project.lock?.verdict === 'stale' && environment) {
      locks.push({
        id: `${project.key} lock ${project.lock.id ?? ''}`,
        view: 'releases',
        key: environment.key,
        text: project.lock.evidence,
      });
    }
    for (const stack of project.stacks) {
      if (stack.lock?.verdict !== 'stale') continue;
      locks.push({
        id: `${stack.key} lock ${stack.lock.id ?? ''}`,
        view: 'stacks',
        key: stack.key,
        text: say('{0}: {1}', stack.name, stack.lock.evidence),
        open: { document: stack.key, kind: 'json' },
      });
    }
    for (const finding of project.findings) {
      if (finding.severity !== 'error' && !LEFT_OVER.has(finding.code)) continue;
      files.push({
        id: `${project.key} ${finding.code} ${finding.at?.file ?? ''}`,
        view: VIEW_OF_TOOL[project.tool],
        key: finding.key ?? project.key,
        text: finding.at
          ? say(
              '{0}: {1}: {2}',
              projectName(state, project),
              clean(path.basename(finding.at.file), 80),
              finding.text,
            )
          : say('{0}: {1}', projectName(state, project), finding.text),
        open: finding.at ? { file: finding.at } : undefined,
        fix: finding.fix,
      });
    }
  }
  return [
    ...productionFirst(services),
    ...serverAttention(state),
    ...productionFirst(releases),
    ...locks,
    ...files,
  ];
}

type Live = Attention & { readonly production: boolean };

function productionFirst(all: readonly Live[]): readonly Attention[] {
  return [...all.filter(({ production }) => production), ...all.filter(({ production }) => !production)];
}

/** Outcomes after which it is not known, or not good, what runs. */
const BROKEN: ReadonlySet<string> = new Set(['failed', 'interrupted', 'partial']);

/** What an operation of ours left half done. */
const LEFT_OVER = new Set(['write-interrupted', 'lock-unclear']);

const VIEW_OF_TOOL = {
  tako: 'releases',
  stagecraft: 'releases',
  ftl2: 'servers',
  'sloth-runner': 'stacks',
} as const;

/** One line for the status bar: the worst thing, else what is being deployed, else what is live. */
export function glance(state: State, pending: readonly Attention[], isProduction: IsProduction): Clean {
  const [worst] = pending;
  if (worst) return worst.text;
  const [busy] = running(state);
  if (busy) {
    const { project, environment, release } = busy;
    return say('{0}: {1}', environmentName(state, project, environment.name), statusWords(release));
  }
  const deployed = state.projects.flatMap(project =>
    project.environments.flatMap(environment => {
      const current = environment.releases.find(({ id }) => id === environment.current);
      return current ? [{ environment, current }] : [];
    }),
  );
  const main = deployed.find(({ environment }) => isProduction(environment.name)) ?? deployed[0];
  if (!main) return say('nothing recorded');
  if (new Set(state.projects.filter(({ environments }) => environments.length > 0)).size > 1)
    return say('all well');
  return say('{0} {1}', main.environment.name, releaseName(main.current));
}

/** Whether something is being deployed, by the record. */
export function isUnderway(state: State): boolean {
  return running(state).length > 0;
}

function running({ projects }: State) {
  return projects.flatMap(project =>
    project.environments.flatMap(environment => {
      const [release] = environment.releases;
      return release?.outcome === 'running' ? [{ project, environment, release }] : [];
    }),
  );
}
