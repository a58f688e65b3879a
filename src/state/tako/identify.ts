import { say, type Clean } from '../../base/clean.ts';
import type { Inspected } from './docker-inspect.ts';

/** What is known of a project beside what Docker tells. */
export interface KnownProject {
  readonly name: string;
  /** Those that are configured. */
  readonly environments: readonly string[];
}

/** Whose a container or service is, and what told it. */
export interface Identity {
  readonly project?: string;
  readonly environment?: string;
  readonly service: string;
  readonly from: Clean;
}

/** Labels are asked before names; what is named like nothing we know is a service of its name. */
export function identify({ kind, name, label }: Inspected, known: KnownProject): Identity {
  const own = (name ?? '').replace(/^\//, '');
  const service = label('tako.service');
  if (service !== undefined) {
    const [project, environment] = [label('tako.project'), label('tako.environment')];
    return { project, environment, service, from: say('labels of Tako') };
  }
  const ofCompose = label('com.docker.compose.service');
  if (ofCompose !== undefined) {
    const whose = fromGroup(label('com.docker.compose.project'), known);
    return { ...whose, service: ofCompose, from: say('labels of Compose') };
  }
  const inSwarm = kind === 'service' ? own : label('com.docker.swarm.service.name');
  const stack = label('com.docker.stack.namespace');
  if (inSwarm !== undefined && stack !== undefined && inSwarm.startsWith(`${stack}_`)) {
    const whose = fromGroup(stack, known);
    return { ...whose, service: inSwarm.slice(stack.length + 1), from: say('labels of a stack') };
  }
  // Tako names the containers of a service `<project>_<environment>_<service>_<number>`, and the service of a swarm without.
  const full = inSwarm ?? own.replace(/_\d+$/, '');
  const from = inSwarm === undefined ? say('names of containers') : say('names of swarm services');
  return { ...(fromName(full, known) ?? { service: full }), from };
}

/** A Compose project or a stack is often called by project and environment. */
function fromGroup(group = '', { name }: KnownProject): Pick<Identity, 'project' | 'environment'> {
  const isPart = group.startsWith(name) && /^[-_]./.test(group.slice(name.length));
  return isPart
    ? { project: name, environment: group.slice(name.length + 1) }
    : { project: group || undefined };
}

function fromName(full: string, { name, environments }: KnownProject): Omit<Identity, 'from'> | undefined {
  if (full.startsWith(`${name}_`)) {
    const rest = full.slice(name.length + 1);
    const environment =
      environments.find(each => rest.startsWith(`${each}_`)) ?? /^[^_]+(?=_.)/.exec(rest)?.[0];
    return environment === undefined
      ? { project: name, service: rest }
      : { project: name, environment, service: rest.slice(environment.length + 1) };
  }
  const [, project, environment, service] = /^([^_]+)_([^_]+)_(.+)$/.exec(full) ?? [];
  return service === undefined ? undefined : { project, environment, service };
}
