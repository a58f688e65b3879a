import { join, say, type Clean } from '../base/clean.ts';
import type { Instant } from '../base/time.ts';
import type { Environment, Project, Release, Server, Service, Stack, State } from '../state/model.ts';
import { isOnePlace, machineOf } from '../state/machines.ts';
import { isPending } from '../state/pending.ts';
import { span } from './ages.ts';
import { askedIn } from './asked.ts';
import { code, codes, item, lines, time } from './markdown.ts';
import { currentRelease, outcomeWords, projectName, releaseName, toolName } from './names.ts';
import { observedFacts } from './observed-facts.ts';
import { statusWords } from './releases.ts';
import { serviceHealth } from './services.ts';
import { undeployedWords, type Undeployed } from './undeployed.ts';

// What stands where, as Markdown for the channel in which people speak about it.

/** What a release was, and how far it came. */
export function releaseSummary(
  state: State,
  project: Project,
  environment: Environment,
  release: Release,
  now: Instant,
): Clean {
  const { id, at, timestamp, by, durationSeconds, version, commit, notes, services, servers } = release;
  const place = join([projectName(state, project), environment.name], ' / ');
  const isCurrent = id === environment.current;
  return lines(
    say('**Release {0} of {1}** ({2})', code(releaseName(release)), code(place), toolName(project)),
    item(
      say('Status'),
      join([code(statusWords(release)), isCurrent ? say('recorded as current') : undefined], ', '),
    ),
    item(
      say('Recorded'),
      join(
        [
          at === undefined ? code(timestamp) : time(at),
          by && say('by {0}', code(by)),
          durationSeconds === undefined ? undefined : say('took {0}', span(durationSeconds * 1000)),
        ],
        ', ',
      ),
    ),
    item(say('Version'), version && code(version)),
    item(say('Commit'), commit && code(commit)),
    item(say('Phases'), phaseWords(release)),
    item(
      say('Services'),
      join(
        services.map(({ name, image }) => join([code(name), image && code(image)], ' ')),
        ', ',
      ),
    ),
    item(say('Servers'), codes(servers)),
    item(say('Note'), notes && code(notes)),
    notAsked(serversAsked(state, project, environment), now),
  );
}

/** Of a release that went through, nobody asks for its phases. */
function phaseWords({ outcome, phases }: Release): Clean | undefined {
  if (outcome === 'succeeded') return undefined;
  return join(
    phases.map(({ name, status, at }) =>
      join([code(name), code(status), at === undefined ? undefined : time(at)], ' '),
    ),
    ', ',
  );
}

/** What is live in an environment by what is recorded, since when, and what differs from it. */
export function environmentSummary(
  state: State,
  project: Project,
  environment: Environment,
  undeployed: Undeployed | undefined,
  now: Instant,
): Clean {
  const { name, releases, servers, key } = environment;
  const [newest] = releases;
  const current = currentRelease(environment);
  const services = project.services.filter(({ environment: of }) => of === name);
  const findings = project.findings.filter(finding => finding.key === key);
  return lines(
    say('**{0}** ({1})', code(join([projectName(state, project), name], ' / ')), toolName(project)),
    item(say('Live, by what is recorded'), current ? releaseWords(current) : say('not recorded')),
    newest && newest !== current ? item(say('Newest'), releaseWords(newest)) : undefined,
    newest && item(say('Phases of the newest'), phaseWords(newest)),
    item(say('Compared with Git'), undeployed && undeployedWords(undeployed)),
    ...services.map(service => item(code(service.name), serviceWords(service))),
    ...findings.map(({ text }) => item(say('Found'), code(text))),
    item(say('Lock'), project.lock && code(project.lock.evidence)),
    item(say('Servers'), codes(servers)),
    notAsked(serversAsked(state, project, environment), now),
  );
}

function serversAsked(state: State, project: Project, environment: Environment): Clean {
  return askedIn(state, 0)(project, environment)
    ? say('What servers answered is not part of this')
    : say('Servers were not asked');
}

/** "`a1b2c3d` since 2026-11-20 14:05 UTC, by `maria`" */
function releaseWords(release: Release): Clean {
  const { outcome, kind, at, by } = release;
  const isPlain = outcome === 'succeeded' && kind === 'deploy';
  return join(
    [
      join(
        [
          code(releaseName(release)),
          isPlain ? undefined : code(statusWords(release)),
          at === undefined ? undefined : say('since {0}', time(at)),
        ],
        ' ',
      ),
      by && say('by {0}', code(by)),
    ],
    ', ',
  );
}

function serviceWords(service: Service): Clean {
  const { image, at, recorded, declared } = service;
  return join(
    [
      code(serviceHealth(service).words),
      image && code(image),
      at === undefined ? undefined : say('recorded {0}', time(at)),
      recorded && !declared ? say('not in the configuration') : undefined,
    ],
    ', ',
  );
}

/** What is recorded of a machine, by all projects that have it, and what it answered. */
export function serverSummary(state: State, server: Server, now: Instant): Clean {
  const { name, address, key } = server;
  const observation = state.observed[machineOf(state, key)?.id ?? ''];
  const isIt = (each: Server): boolean => each.key === key || isOnePlace(each, server);
  const entries = state.projects.flatMap(project =>
    project.servers.filter(isIt).map(each => ({ project, server: each })),
  );
  return lines(
    say('**Server {0}**', code(name)),
    item(say('Address'), address && code(address)),
    ...entries.flatMap(entry => serverItems(state, entry.project, entry.server)),
    ...(observation
      ? [
          item(say('Asked'), time(observation.at)),
          ...observedFacts(observation).map(({ name: what, value }) => item(what, code(value))),
        ]
      : []),
    notAsked(observation ? say('The rest was not asked') : say('The server was not asked'), now),
  );
}

function serverItems(state: State, project: Project, server: Server): (Clean | undefined)[] {
  const { name, key, role, status, groups, resources, at } = server;
  const title = code(projectName(state, project));
  const containers = project.services.flatMap(service =>
    service.containers
      .filter(({ node }) => node === name)
      .map(container => join([code(service.name), container.status && code(container.status)], ' ')),
  );
  const words = [
    role && say('role {0}', code(role)),
    status && say('status {0}', code(status)),
    groups.length > 0 ? say('groups {0}', codes(groups)) : undefined,
    at === undefined ? undefined : say('recorded {0}', time(at)),
  ];
  return [
    item(title, join(words, ', ') || toolName(project)),
    ...project.environments
      .filter(({ servers }) => servers.includes(name))
      .map(environment => {
        const current = currentRelease(environment);
        const place = join([projectName(state, project), environment.name], ' / ');
        return item(code(place), current ? releaseWords(current) : say('nothing recorded as live'));
      }),
    item(say('Containers'), join(containers, ', ')),
    ...project.resources
      .filter(resource => resources.includes(resource.key))
      .map(resource =>
        item(
          say('Resource'),
          join([code(resource.type), code(resource.name), resource.status && code(resource.status)], ' '),
        ),
      ),
    ...project.findings
      .filter(finding => finding.key === key)
      .map(({ text }) => item(say('Found'), code(text))),
  ];
}

/** What a stack's database says of it. */
export function stackSummary(stack: Stack, now: Instant): Clean {
  const { name, status, outcome, version, at, lock, resources, snapshots, lastError } = stack;
  const [snapshot] = snapshots;
  const drifted = stack.drift.filter(each => isPending(each, now));
  const failed = resources.filter(({ error }) => error !== undefined);
  return lines(
    say('**Stack {0}** ({1})', code(name), say('sloth-runner')),
    item(say('Status'), code(outcomeWords(outcome, status))),
    item(say('Version'), version && code(version)),
    item(say('Changed'), at === undefined ? undefined : time(at)),
    item(say('Last error'), lastError && code(lastError)),
    item(say('Lock'), lock && code(lock.evidence)),
    item(
      say('Newest snapshot'),
      snapshot &&
        join(
          [
            say('{0}', snapshot.version),
            snapshot.at === undefined ? undefined : time(snapshot.at),
            snapshot.by && say('by {0}', code(snapshot.by)),
          ],
          ', ',
        ),
    ),
    item(say('Resources'), say('{0}', resources.length)),
    ...failed.map(({ name: resource, error }) => item(code(resource), error && code(error))),
    ...drifted.map(({ resource, fields }) =>
      item(
        say('Drift of {0}', code(resources.find(({ id }) => id === resource)?.name ?? resource)),
        codes(fields) || say('not said in which field'),
      ),
    ),
    notAsked(say('What runs was not asked'), now),
  );
}

/** The end of each: recorded is not running. */
function notAsked(what: Clean, now: Instant): Clean {
  return say('- {0}; this is what is recorded on this machine as of {1}.', what, time(now));
}
