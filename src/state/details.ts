import path from 'node:path';
import { clean, jsonText, say, type Clean, type CleanJson } from '../base/clean.ts';
import { isWithin } from '../base/files.ts';
import { keyBelow, type At, type Key } from '../base/finding.ts';
import { utcText, type Instant } from '../base/time.ts';
import type { Fact, Project, Resource, Server, Service } from './model.ts';

/** The key of the record of a release whose own document is its log. */
export function detailsKey(release: Key): Key {
  return keyBelow(release, 'record');
}

/** All that is known of a server, a service or a resource of a project, as a document. */
export function detailsOf(project: Project, key: Key): Clean | undefined {
  const { root, servers, services, resources } = project;
  const server = servers.find(each => each.key === key);
  if (server) return jsonText(serverDetails(server, project));
  const service = services.find(each => each.key === key);
  if (service) return jsonText(serviceDetails(service, root));
  const resource = resources.find(each => each.key === key);
  return resource && jsonText(resourceDetails(resource, root));
}

/** What is recorded of a server; `project`: the one that names it, where one does. */
export function serverDetails(server: Server, project?: Project): Record<string, CleanJson> {
  const { root, resources } = project ?? { root: '', resources: [] };
  const { name, kind, address, port, user, role, status, groups, environments, variables } = server;
  const owned = resources.filter(each => server.resources.includes(each.key)).map(each => each.name);
  return present(
    { name, kind: clean(kind), address, port, user, role, status, groups, environments, resources: owned },
    { recorded: timeText(server.at), variables, ...about(server.facts), file: fileText(server.source, root) },
  );
}

function serviceDetails(service: Service, root: string): CleanJson {
  const { name, environment, image, imageId, version, replicas, ports, domains, status, health } = service;
  const containers = service.containers.map(({ id, node, status: state, startedAt }) =>
    present({ id, node, status: state, started: timeText(startedAt) }),
  );
  const history = service.history.map(each =>
    present({
      version: each.version,
      deployed: timeText(each.deployedAt),
      retired: timeText(each.retiredAt),
      reason: each.reason,
    }),
  );
  return present(
    { name, environment, image, imageId, version, replicas, ports, domains, needs: service.dependsOn },
    { status, health, recorded: timeText(service.at), deployed: timeText(service.deployedAt) },
    { containers, history, ...about(service.facts), file: fileText(service.source, root) },
  );
}

function resourceDetails(resource: Resource, root: string): CleanJson {
  const { name, id, type, provider, module, status, error, at, tags, properties } = resource;
  return present(
    { name, id, type, provider, module, status, error, recorded: timeText(at), tags, properties },
    { file: fileText(resource.source, root) },
  );
}

function about(facts: readonly Fact[]): Record<string, CleanJson> {
  return { also: facts.map(({ name, value }) => say('{0}: {1}', name, value)) };
}

/** `tako.yaml:12`, from the project's folder where it lies in it. */
function fileText({ file, line }: At, root: string): Clean | undefined {
  if (file === '') return undefined;
  const shown = isWithin(file, root) ? path.relative(root, file) || '.' : file;
  return clean(line === undefined ? shown : `${shown}:${line}`);
}

function timeText(at: Instant | undefined): Clean | undefined {
  return at === undefined ? undefined : clean(utcText(at));
}

/** What has a value, in this order; lists and records without anything are left out. */
export function present(
  ...parts: readonly Readonly<Record<string, CleanJson | undefined>>[]
): Record<string, CleanJson> {
  const entries = parts.flatMap(part => Object.entries(part));
  return Object.fromEntries(
    entries.flatMap(([name, value]) => (value === undefined || isEmpty(value) ? [] : [[name, value]])),
  );
}

function isEmpty(value: CleanJson): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}
