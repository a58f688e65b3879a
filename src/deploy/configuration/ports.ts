import { isIP } from 'node:net';
import { say } from '../../base/clean.ts';
import type { PublishedPort } from './application.ts';
import type { Written } from './written.ts';

const HIGHEST_PORT = 65_535;
const RANGE_LIMIT = 100;

/**
 * The ports of a service. `port` is where it answers inside and comes first; each entry of `ports` is one of the server itself
 * (`PORT`, `HOST:CONTAINER`, `ADDRESS:HOST:CONTAINER`, with `/udp`; ranges; or an object), which reaches the service directly.
 */
export function portsOf(service: Written): readonly PublishedPort[] {
  const inside = service.at('port').count(1, HIGHEST_PORT);
  const published = service.at('ports').items.flatMap(each => (each.isObject ? portOf(each) : portsIn(each)));
  const isAnswering = (port: PublishedPort): boolean => port.container === inside && port.protocol === 'tcp';
  if (inside === undefined) return published;
  const first = published.find(isAnswering) ?? { container: inside, protocol: 'tcp' };
  return [first, ...published.filter(each => each !== first)];
}

const FORM =
  /^(?:(?:\[([^\]]+)\]|([^:[\]]+)):(?=[^:]+:))?(?:(\d{1,5})(?:-(\d{1,5}))?:)?(\d{1,5})(?:-(\d{1,5}))?(?:\/(\w+))?$/;

function portsIn(entry: Written): readonly PublishedPort[] {
  const text = entry.text();
  if (text === undefined) return [];
  const found = FORM.exec(text.trim());
  const [, six, four, hostFirst, hostLast, first, last, written] = found ?? [];
  const address = six ?? four;
  const [from, to] = rangeOf(first, last);
  const [hostFrom, hostTo] = hostFirst === undefined ? [from, to] : rangeOf(hostFirst, hostLast);
  const protocol = protocolOf(written);
  const isValid =
    found !== null &&
    (address === undefined || isIP(address) === (six === undefined ? 4 : 6)) &&
    [from, hostFrom].every(each => each > 0) &&
    [to, hostTo].every(each => each <= HIGHEST_PORT) &&
    to >= from &&
    to - from === hostTo - hostFrom;
  if (!isValid || protocol === undefined) {
    entry.misfit(say('a port like 8080, 8080:80 or 127.0.0.1:8080:80/udp'));
    return [];
  }
  if (to - from >= RANGE_LIMIT) {
    entry.misfit(say('a range of at most {0} ports', RANGE_LIMIT));
    return [];
  }
  return Array.from({ length: to - from + 1 }, (_, index) => ({
    container: from + index,
    host: hostFrom + index,
    ...(address !== undefined && { address }),
    protocol,
  }));
}

function rangeOf(first = '', last = first): readonly [from: number, to: number] {
  return [Number(first), Number(last)];
}

function protocolOf(text = 'tcp'): PublishedPort['protocol'] | undefined {
  const protocol = text.toLowerCase();
  return protocol === 'tcp' || protocol === 'udp' ? protocol : undefined;
}

/** As Compose writes a port out: `{ target: 80, published: 8080, protocol: tcp, host_ip: 127.0.0.1 }`. */
function portOf(entry: Written): readonly PublishedPort[] {
  const container = entry.at('target').count(1, HIGHEST_PORT);
  const host = entry.at('published').count(1, HIGHEST_PORT);
  const address = entry.at('host_ip').text();
  const protocol = protocolOf(entry.at('protocol').text());
  if (container === undefined || protocol === undefined || (address !== undefined && isIP(address) === 0)) {
    entry.misfit(say('a port like 8080, 8080:80 or 127.0.0.1:8080:80/udp'));
    return [];
  }
  return [
    { container, ...(host !== undefined && { host }), ...(address !== undefined && { address }), protocol },
  ];
}
