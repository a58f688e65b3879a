import { clean, say } from '../../base/clean.ts';
import type { AppService, PublishedPort } from './application.ts';
import type { Written } from './written.ts';

/** Tells what services take from each other: domains, ports of a server, folders that only look like their own. */
export function checkTogether(services: readonly AppService[], section: Written, prefix: string): void {
  const isUnnamed = (source: string): boolean => source.startsWith(`${prefix}_`);
  const domains = new Map<string, string>();
  for (const [index, service] of services.entries()) {
    const written = section.at(service.name);
    for (const domain of service.domains) {
      const other = domains.get(domain);
      if (other !== undefined)
        written
          .at('proxy')
          .error('double-domain', say('{0} and {1} have the same domain.', clean(other), written.name));
      domains.set(domain, service.name);
    }
    const published = service.ports.filter(({ host }) => host !== undefined);
    const [first] = published;
    if (first && service.replicas > 1) {
      const words = say(
        'On one server only one of {0} replicas of {1} can have port {2}.',
        service.replicas,
        written.name,
        first.host ?? 0,
      );
      written.at('ports').warning('shared-port', words);
    }
    const shared = service.volumes.find(
      ({ source }) =>
        isUnnamed(source) &&
        services.slice(0, index).some(each => each.volumes.some(volume => volume.source === source)),
    );
    if (shared)
      written
        .at('volumes')
        .error(
          'double-volume',
          say(
            'The volume of {0} at {1} has no name and would be the same as that of another service: give each a name.',
            written.name,
            clean(shared.target),
          ),
        );
    for (const other of services.slice(0, index)) {
      if (!areTogether(service, other)) continue;
      const double = published.find(each => other.ports.some(port => collide(port, each)));
      if (double)
        written
          .at('ports')
          .error(
            'double-port',
            say('{0} and {1} publish the same port {2}.', clean(other.name), written.name, double.host ?? 0),
          );
    }
  }
}

function areTogether(a: AppService, b: AppService): boolean {
  return (
    a.servers === undefined || b.servers === undefined || a.servers.some(each => b.servers?.includes(each))
  );
}

const EVERY_ADDRESS: ReadonlySet<string | undefined> = new Set([undefined, '0.0.0.0', '::']);

function collide(a: PublishedPort, b: PublishedPort): boolean {
  const isSame = a.address === b.address || EVERY_ADDRESS.has(a.address) || EVERY_ADDRESS.has(b.address);
  return isSame && a.host !== undefined && a.host === b.host && a.protocol === b.protocol;
}
