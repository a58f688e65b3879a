/** Makes the record of a deployment from the one before it and what was seen to run otherwise. */
import { Fields } from '../../base/fields.ts';
import type { Instant } from '../../base/time.ts';
import { adoptedNote, importId } from '../own-releases.ts';
import type { RecordedService } from '../model.ts';
import type { DeployedService, NewDeployment } from './deployment.ts';
import type { Recorded } from './recorded.ts';
import { decodeCurrent } from './record.ts';

/** What was seen to run of a service. */
export type SeenService = Pick<DeployedService, 'image' | 'imageId' | 'replicas' | 'health' | 'containers'>;

/** By name; `null`: nothing of it runs. */
export type SeenServices = Readonly<Record<string, SeenService | null>>;

export function adoptedDeployment(
  { document, record, value }: Recorded,
  environment: string,
  seen: SeenServices,
  { by, at }: { readonly by: string; readonly at: Instant },
): NewDeployment {
  const fields = Fields.of(value);
  const { mode = 'single', network, volumes } = (fields && decodeCurrent(fields, document).runtime) ?? {};
  const source = fields?.object('config').text('source') ?? '';
  const kept = record.services.filter(({ name }) => !Object.hasOwn(seen, name));
  const services = new Map<string, DeployedService>(kept.map(each => [each.name, asRecorded(each)]));
  for (const [name, found] of Object.entries(seen)) {
    const before = record.services.find(each => each.name === name);
    const { ports = [], domains = null } = before ? asRecorded(before) : {};
    if (found) services.set(name, { ports, domains, ...found });
  }
  return {
    id: importId(at),
    timestamp: at,
    environment,
    mode,
    status: 'success',
    durationSeconds: 0,
    ...(record.servers.length > 0 && { servers: record.servers }),
    services: Object.fromEntries(services),
    network:
      network?.name === undefined
        ? null
        : { name: network.name, driver: network.driver ?? '', id: network.id ?? '' },
    volumes: (volumes ?? []).flatMap(({ name, driver = '', mountPoint = '' }) =>
      name === undefined ? [] : [{ name, driver, mountPoint }],
    ),
    config: { hash: record.configHash ?? '', source },
    rollbackPoint: false,
    notes: adoptedNote(Object.keys(seen), record.id),
    by,
  };
}

/** A service as it was recorded, for another record of it. */
export function asRecorded(service: RecordedService): DeployedService {
  const { image = '', imageId = '', containers, ports, domains, health = 'unknown' } = service;
  return {
    image,
    imageId,
    health,
    replicas: service.replicas ?? containers.length,
    ports: ports.map(Number).filter(port => Number.isInteger(port)),
    domains: domains.length > 0 ? domains : null,
    containers: containers.map(({ id, node, status = '', startedAt = 0 }) => ({
      id,
      status,
      startedAt,
      ...(node !== undefined && { node }),
    })),
  };
}
