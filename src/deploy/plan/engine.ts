/** Decides what runs an environment, by what its servers answered. */
import { clean, join, say, type Clean } from '../../base/clean.ts';
import type { Finding } from '../../base/finding.ts';
import { holdText } from '../../servers/hold-text.ts';
import type { ServerRef } from '../../servers/server.ts';
import type { DeployHold } from '../../state/observed.ts';
import type { Engine } from '../configuration/application.ts';
import type { Answered, Asked } from './asked.ts';
import type { EnvironmentRef } from '../requests.ts';

export interface Decision {
  /** Nothing where none can. */
  readonly engine?: Engine;
  readonly findings: readonly Finding[];
}

/**
 * `without`: servers that a person leaves out because they do not answer. Others that do not answer are findings of the code
 * `no-answer`, for which that can be asked.
 */
export function engineOf(
  { tool, servers: named }: EnvironmentRef,
  asked: readonly Asked[],
  without: readonly string[] = [],
): Decision {
  const findings: Finding[] = [];
  const refuse = (code: string, text: Clean, evidence?: Clean): void =>
    void findings.push({ severity: 'error', code, text, ...(evidence !== undefined && { evidence }) });
  const part = asked.filter(
    ({ server, observation }) => observation.answer !== undefined || !without.includes(server.name),
  );
  const servers = part.map(({ server }) => server);
  const inSwarm = new Map<ServerRef, 'manager' | 'worker'>();
  for (const { server, observation } of part) {
    const { answer, failure } = observation;
    if (failure)
      refuse('no-answer', say('{0} does not answer: {1}', server.name, failure.what), failure.next);
    else if (answer.setup.kind === 'takod') {
      refuse('takod', say('{0} is run by takod: only the tako program deploys to it', server.name));
    } else if (!answer.root && server.target.isHere !== true) {
      refuse('not-root', say('On {0} this account may not act as root', server.name));
    } else if (answer.docker.state !== 'answers') {
      refuse('no-docker', say('On {0} there is no Docker Engine that answers', server.name));
    } else if (answer.docker.partly === true) {
      refuse(
        'partly',
        say('{0} did not tell all that runs there', server.name),
        say('Try again. Where it keeps more than 500 containers, remove those that have ended.'),
      );
    } else if (tool === 'stagecraft' && answer.docker.compose === 'none') {
      refuse(
        'no-compose',
        say('On {0} there is no Docker Compose', server.name),
        say('Install the Compose plugin of Docker, or docker-compose.'),
      );
    }
    if (answer?.docker.swarm) inSwarm.set(server, answer.docker.swarm);
  }
  if (named.length > 0 && servers.length === 0) {
    refuse('no-servers', say('None of its servers answers: {0}', namesOf(named)));
  }
  if (tool === 'stagecraft') return { engine: { kind: 'compose', servers }, findings };
  if (named.length === 0) refuse('no-servers', say('No server is configured for it'));
  if (inSwarm.size === 0) return { engine: { kind: 'containers', servers }, findings };

  const manager = servers.find(each => inSwarm.get(each) === 'manager');
  const outside = servers.filter(each => !inSwarm.has(each));
  if (!manager) {
    refuse('no-manager', say('None of its servers manages the swarm: {0}', namesOf([...inSwarm.keys()])));
  } else if (outside.length > 0) {
    refuse('mixed', say('These servers are in a swarm, and {0} not', namesOf(outside)));
  }
  return { ...(manager && { engine: { kind: 'swarm', manager, servers } }), findings };
}

const namesOf = (servers: readonly ServerRef[]): Clean =>
  join(
    servers.map(({ name }) => name),
    ', ',
  );

/** Who holds the environment on its servers. */
export function holdsOf(
  { project, environment }: { readonly project: string; readonly environment: string },
  asked: readonly Answered[],
): readonly (DeployHold & { readonly server: Clean })[] {
  return asked.flatMap(({ server, observation }) =>
    (observation.answer?.deployed ?? []).flatMap(each =>
      each.hold && each.project === clean(project) && each.environment === clean(environment)
        ? [{ ...each.hold, server: server.name }]
        : [],
    ),
  );
}

/** As findings: nothing else can be done while somebody is at it. One whose time is over is taken over, and that is said. */
export function holdFindings(holds: ReturnType<typeof holdsOf>): readonly Finding[] {
  return holds.map(hold => ({
    severity: hold.isOver ? 'warning' : 'error',
    code: hold.isOver ? 'left-over' : 'held',
    text: say('{0} holds it on {1}: {2}', hold.by, hold.server, hold.operation),
    evidence: holdText(hold),
  }));
}
