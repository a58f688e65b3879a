import { clean, say } from '../base/clean.ts';
import { keyBelow } from '../base/finding.ts';
import type { Environment, Project, Server } from './model.ts';
import { reached } from './reach.ts';

/** Servers of environments of Stagecraft, which records none, by `project/environment` or `environment`: settings tell them. */
export type ComposeServers = Readonly<Record<string, readonly string[]>>;

/** The machine itself that the editor runs on: what it is known under. */
export const HERE = 'this-machine';

/** What is known of a server besides its name and address, where only settings name it. */
export const ONLY_NAMED = {
  groups: [],
  environments: [],
  resources: [],
  variables: {},
  facts: [],
  source: { file: '' },
} satisfies Partial<Server>;

/**
 * A project with the servers that its environments are deployed to with Docker Compose: those of the settings, else this machine, once
 * something of it was deployed from here.
 */
export function withComposeServers(project: Project, named: ComposeServers): Project {
  if (project.tool !== 'stagecraft') return project;
  const found = project.environments.map(environment => ({
    environment,
    servers: serversOf(project, environment, named),
  }));
  const servers = new Map<string, Server>();
  for (const { environment, servers: own } of found)
    for (const each of own) {
      const { environments = [] } = servers.get(each.key) ?? {};
      servers.set(each.key, { ...each, environments: [...environments, environment.name] });
    }
  return {
    ...project,
    environments: found.map(({ environment, servers: own }) => ({
      ...environment,
      servers: own.map(({ name }) => name),
    })),
    servers: [...servers.values()],
  };
}

function serversOf(
  { key, name: project }: Project,
  { name, releases }: Environment,
  named: ComposeServers,
): readonly Server[] {
  const own = [`${project}/${name}`, name].find(each => Object.hasOwn(named, each));
  const told = (own === undefined ? undefined : named[own]) ?? [];
  if (told.length > 0) {
    return told.map(each => ({
      key: keyBelow(key, 'server', each),
      name: clean(each),
      kind: 'stagecraft',
      ...reached({ address: clean(each) }, { host: each }),
      ...ONLY_NAMED,
    }));
  }
  const wasDeployed = releases.some(({ services }) => services.length > 0);
  return wasDeployed
    ? [
        {
          key: keyBelow(key, 'server', HERE),
          name: say('this machine'),
          kind: 'here',
          identity: HERE,
          ...ONLY_NAMED,
        },
      ]
    : [];
}
