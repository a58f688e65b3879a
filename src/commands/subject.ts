import type { Key } from '../base/finding.ts';
import type {
  Drift,
  Environment,
  Project,
  Release,
  Resource,
  Server,
  Service,
  Snapshot,
  Stack,
  State,
} from '../state/model.ts';

/** What a row stands for: the project, and what of it. */
export interface Subject {
  readonly project: Project;
  readonly environment?: Environment;
  readonly release?: Release;
  readonly service?: Service;
  readonly server?: Server;
  readonly resource?: Resource;
  readonly stack?: Stack;
  readonly snapshot?: Snapshot;
  readonly drift?: Drift;
}

/** Finds what a key means in the state as it is now. */
export function subjectOf({ projects }: State, key: Key | undefined): Subject | undefined {
  if (key === undefined) return undefined;
  for (const project of projects) {
    if (project.key === key) return { project };
    for (const environment of project.environments) {
      if (environment.key === key) return { project, environment };
      const release = environment.releases.find(each => each.key === key);
      if (release) return { project, environment, release };
    }
    const service = project.services.find(each => each.key === key);
    if (service) return { project, service };
    const server = project.servers.find(each => each.key === key);
    if (server) return { project, server };
    const resource = project.resources.find(each => each.key === key);
    if (resource) return { project, resource };
    for (const stack of project.stacks) {
      if (stack.key === key) return { project, stack };
      const snapshot = stack.snapshots.find(each => each.key === key);
      if (snapshot) return { project, stack, snapshot };
      const drift = stack.drift.find(each => each.key === key);
      if (drift) return { project, stack, drift };
    }
  }
  return undefined;
}
