import { clean, jsonText, say, type Clean, type CleanJson } from '../base/clean.ts';
import type { RecordedTime } from '../base/fields.ts';
import type { Key } from '../base/finding.ts';
import { utcText, type Instant } from '../base/time.ts';
import { present, serverDetails } from '../state/details.ts';
import { machineOf } from '../state/machines.ts';
import type { State } from '../state/model.ts';
import type { DeployedThere, Observation, ServerAnswer, Setup } from '../state/observed.ts';

/** All that is known of a server, as JSON: what is recorded, and beside it what it answered. */
export function serverDocument(state: State, key: Key): Clean | undefined {
  const machine = machineOf(state, key);
  const server = machine && [machine.server, ...machine.also].find(each => each.key === key);
  if (!server) return undefined;
  const project = state.projects.find(({ servers }) => servers.includes(server));
  const observation = state.observed[machine.id];
  return jsonText({
    ...serverDetails(server, project),
    observed: observation ? observed(observation) : say('not asked'),
  });
}

function observed({ at, answer, failure }: Observation): CleanJson {
  const asked = timeText(at);
  if (failure) return present({ asked, ...failure, code: clean(failure.code) });
  return present({ asked, setup: setup(answer.setup) }, machine(answer));
}

function machine(answer: ServerAnswer): Readonly<Record<string, CleanJson | undefined>> {
  const { components, features, system, systemd, user, root, memory, load, processors, clockSkew } = answer;
  const { upSince, rebootRequired, packagesHeldBy, deploying, docker, run, backups } = answer;
  return {
    components,
    features,
    system,
    systemd,
    user,
    root,
    disks: answer.disks.map(each => ({ ...each })),
    memory: memory && { ...memory },
    load,
    processors,
    'clock skew in seconds': clockSkew,
    'up since': timeText(upSince),
    'reboot required': rebootRequired,
    'packages held by': packagesHeldBy,
    deploying,
    deployed: answer.deployed?.map(deployedThere),
    docker: present({ state: clean(docker.state), swarm: docker.swarm && clean(docker.swarm) }),
    services: answer.services.map(({ tasks, ...each }) =>
      present({ ...each, tasks: tasks?.map(task => present({ ...task })) }),
    ),
    nodes: answer.nodes?.map(each => present({ ...each })),
    containers: answer.containers.map(({ startedAt, ...each }) =>
      present({ ...each, started: timeText(startedAt) }),
    ),
    images: answer.images?.map(each => present({ ...each })),
    'setup run': run && {
      id: clean(run.id),
      state: clean(run.state),
      active: run.active,
      ...(run.step && { step: run.step }),
      last: run.last,
      ...(run.at !== undefined && { at: timeText(run.at) }),
    },
    backups: backups.map(each => clean(each)),
  };
}

function deployedThere({ project, environment, releases, hold }: DeployedThere): CleanJson {
  return present({
    project,
    environment,
    releases,
    'held by': hold && {
      by: hold.by,
      operation: hold.operation,
      ...(hold.release && { release: hold.release }),
      since: timeText(hold.since),
      'last sign of life': timeText(hold.lastSign),
      'lease ends': timeText(hold.until),
    },
  });
}

function setup(answer: Setup): CleanJson {
  const kind = clean(answer.kind);
  switch (answer.kind) {
    case 'versioned': {
      const { installed, lastUpgrade, components, features, cliVersion } = answer.record;
      return present({
        kind,
        version: clean(answer.version),
        installed: recorded(installed),
        'last upgrade': recorded(lastUpgrade),
        'recorded components': components,
        'recorded features': features,
        'Tako CLI': cliVersion,
      });
    }
    case 'legacy':
      return present({ kind, version: clean(answer.version), since: timeText(answer.since) });
    case 'takod':
      return present({
        kind,
        version: answer.version === undefined ? undefined : clean(answer.version),
        evidence: answer.evidence,
      });
    case 'not-set-up':
      return { kind };
    case 'damaged':
    case 'unknown':
      return { kind, why: answer.why };
  }
}

function recorded(time: RecordedTime | undefined): Clean | undefined {
  return time?.at === undefined ? time?.text : timeText(time.at);
}

function timeText(at: Instant): Clean;
function timeText(at: Instant | undefined): Clean | undefined;
function timeText(at: Instant | undefined): Clean | undefined {
  return at === undefined ? undefined : clean(utcText(at));
}
