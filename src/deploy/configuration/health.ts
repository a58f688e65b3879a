import { say } from '../../base/clean.ts';
import type { HealthCheck, PublishedPort } from './application.ts';
import type { Written } from './written.ts';

/** As Tako has them. */
const DEFAULTS = { intervalSeconds: 10, timeoutSeconds: 5, retries: 3, startSeconds: 10 };

/** How a service is asked whether it is well: by `deploy.readiness` where that is there, else by `healthCheck`. */
export function healthOf(service: Written, ports: readonly PublishedPort[]): HealthCheck | undefined {
  const readiness = service.at('deploy').at('readiness');
  const check = [readiness, service.at('healthCheck'), service.at('health_check')].find(each => each.isThere);
  if (!check) return undefined;
  const [command, path] = [commandAt(check.at('command')), check.at('path').text()];
  const tcpPort = check.at('tcpPort').count(1, 65_535);
  const kinds = [command, path, tcpPort].filter(each => each !== undefined).length;
  if (kinds !== 1) {
    check.misfit(say('one of command, path and tcpPort'));
    return undefined;
  }
  if (path !== undefined && (!/^\/[\u0021-\u007e]*$/.test(path) || ports.length === 0)) {
    check
      .at('path')
      .misfit(ports.length === 0 ? say('of use without a port') : say('a path that begins with /'));
    return undefined;
  }
  return {
    ...(command && { command }),
    ...(path !== undefined && { path }),
    ...(tcpPort !== undefined && { tcpPort }),
    intervalSeconds: check.at('interval').seconds() ?? DEFAULTS.intervalSeconds,
    timeoutSeconds: check.at('timeout').seconds() ?? DEFAULTS.timeoutSeconds,
    retries: check.at('retries').count(1, 1_000) ?? DEFAULTS.retries,
    startSeconds: check.at('startPeriod').seconds() ?? DEFAULTS.startSeconds,
  };
}

/** A text is for a shell, a list is run as it is. */
export function commandAt(part: Written): readonly string[] | undefined {
  if (!part.isThere) return undefined;
  if (part.isList) {
    const parts = part.texts();
    return parts.length > 0 ? parts : undefined;
  }
  const text = part.text();
  return text === undefined || text.trim() === '' ? undefined : ['sh', '-c', text];
}
