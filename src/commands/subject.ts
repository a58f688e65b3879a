import type { Key } from '../base/finding.ts';
import type { Environment, Project, Release, Resource, Server, Service, State } from '../state/model.ts';

/** What a row stands for: the project, and what of it. */
export interface Subject {
  readonly project: Project;
  readonly environment?: Environment;
  readonly release?: Release;
  readonly service?: Service;
  readonly server?: Server;
  readonly resource?: Resource;
}

/** Finds what a key means in the state as it is now. */
export function subjectOf({ projects }: State, key: Key): Subject | undefined {
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
  }
  return undefined;
}
