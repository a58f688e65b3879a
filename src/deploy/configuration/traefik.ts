import { sha256 } from '../../base/digest.ts';
import { say } from '../../base/clean.ts';
import type { HealthCheck, PublishedPort } from './application.ts';
import type { Written } from './written.ts';

/** How a service is reached from outside. */
export interface Routes {
  readonly domains: readonly string[];
  /** Answered with a redirection to the first domain. */
  readonly redirected: readonly string[];
  readonly isSecure: boolean;
  /** A visitor stays with the container that answered first. */
  readonly isSticky: boolean;
  /** `name:hash` of who may come in; else everybody. */
  readonly users?: string;
}

/** How many containers of a service are asked: of those that are replaced at once, half take nobody. */
const ATTEMPTS = '10';

/** The network that the services of an environment find each other in, and the proxy finds them in. */
function networkOf(project: string, environment: string): string {
  return `tako_${project}_${environment}`;
}

/**
 * Labels by which Traefik routes to a service; both of its second and its third version understand them. The entry points and
 * the resolver are those of the proxy's configuration that setting a server up writes.
 *
 * Old and new containers run side by side. Traefik drops a router that two containers describe differently, so that a name
 * holds a digest of what it describes.
 */
export function traefikLabels(
  routes: Routes,
  port: PublishedPort,
  health: HealthCheck | undefined,
  where: { readonly project: string; readonly environment: string; readonly service: string },
): ReadonlyMap<string, string> {
  const { project, environment, service } = where;
  const about = JSON.stringify([project, environment, service, routes, port.container, health ?? null]);
  const digest = sha256(about).slice(0, 8);
  const name = `${[project, environment, service].join('-').replace(/[^A-Za-z0-9-]/g, '-')}-${digest}`;
  const labels = new Map([
    ['traefik.enable', 'true'],
    ['traefik.docker.network', networkOf(project, environment)],
    [`traefik.http.services.${name}.loadbalancer.server.port`, String(port.container)],
  ]);
  if (routes.isSticky) labels.set(`traefik.http.services.${name}.loadbalancer.sticky.cookie`, 'true');
  if (health?.path !== undefined) {
    // A container that has no check of its own gets visitors as soon as it starts.
    const check = `traefik.http.services.${name}.loadbalancer.healthcheck`;
    labels.set(`${check}.path`, health.path);
    labels.set(`${check}.interval`, `${Math.max(1, Math.ceil(health.intervalSeconds))}s`);
    labels.set(`${check}.timeout`, `${Math.max(1, Math.ceil(health.timeoutSeconds))}s`);
  }
  const router = (
    of: string,
    domains: readonly string[],
    { secure, through }: { readonly secure: boolean; readonly through: readonly string[] },
  ): void => {
    const at = `traefik.http.routers.${of}`;
    labels.set(`${at}.rule`, domains.map(each => `Host(\`${each}\`)`).join(' || '));
    labels.set(`${at}.entrypoints`, secure ? 'websecure' : 'web');
    labels.set(`${at}.service`, name);
    if (through.length > 0) labels.set(`${at}.middlewares`, through.join(','));
    if (!secure) return;
    labels.set(`${at}.tls`, 'true');
    labels.set(`${at}.tls.certresolver`, 'letsencrypt');
  };
  const middleware = (of: string, setting: string, value: string): void => {
    labels.set(`traefik.http.middlewares.${of}.${setting}`, value);
  };
  const through = routes.users === undefined ? [] : [`${name}-users`];
  if (routes.users !== undefined) middleware(`${name}-users`, 'basicauth.users', routes.users);
  // Visitors are sent also to containers that take nobody yet, or nobody any more. Another one is asked then: while a service is
  // replaced there is one that does. Traefik repeats nothing that a container has begun to read.
  through.push(`${name}-retry`);
  middleware(`${name}-retry`, 'retry.attempts', ATTEMPTS);
  router(name, routes.domains, { secure: routes.isSecure, through });
  if (routes.isSecure) {
    middleware(`${name}-secure`, 'redirectscheme.scheme', 'https');
    middleware(`${name}-secure`, 'redirectscheme.permanent', 'true');
    router(`${name}-plain`, routes.domains, { secure: false, through: [`${name}-secure`] });
  }
  if (routes.redirected.length > 0) {
    const moved = `${name}-moved`;
    const scheme = routes.isSecure ? 'https' : 'http';
    middleware(moved, 'redirectregex.regex', '^https?://[^/]+/(.*)');
    middleware(moved, 'redirectregex.replacement', `${scheme}://${routes.domains[0] ?? ''}/$1`);
    middleware(moved, 'redirectregex.permanent', 'true');
    router(moved, routes.redirected, { secure: false, through: [moved] });
    if (routes.isSecure) router(`${moved}-secure`, routes.redirected, { secure: true, through: [moved] });
  }
  return labels;
}

const DOMAIN = /^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,62}\.)*[a-z0-9_-]{1,63}$/i;

/** The sections `proxy` and `loadBalancer` of a service; nothing where it is reached by its neighbours only. */
export function routesOf(service: Written): Routes | undefined {
  const proxy = service.at('proxy');
  const balancing = service.at('loadBalancer').at('strategy').text();
  if (balancing !== undefined && !['round_robin', 'sticky'].includes(balancing)) {
    service
      .at('loadBalancer')
      .warning(
        'load-balancer',
        say(
          '{0} is not supported; visitors are spread evenly.',
          service.at('loadBalancer').at('strategy').place,
        ),
      );
  }
  if (!proxy.isThere) return undefined;
  const domains = unique([...domainsAt(proxy.at('domain')), ...domainsAt(proxy.at('domains'))]);
  const redirected = unique(domainsAt(proxy.at('redirectFrom')));
  if (proxy.at('visibility').text() === 'internal') {
    // The entry points of the proxy are open to everybody: a host name keeps nobody out.
    proxy
      .at('visibility')
      .error(
        'internal-route',
        say(
          '{0} is internal, which is not supported: everybody could reach it through the proxy. Leave proxy out; its neighbours reach it by its name.',
          service.name,
        ),
      );
  }
  if (domains.length === 0) {
    if (redirected.length > 0)
      proxy.at('redirectFrom').misfit(say('a redirection without a domain that it leads to'));
    return undefined;
  }
  const tls = proxy.at('tls');
  const isPlain = tls.at('mode').text() === 'off' || proxy.at('https').flag() === false;
  return {
    domains,
    redirected,
    isSecure: !isPlain,
    isSticky: balancing === 'sticky',
    ...usersOf(proxy.at('basicAuth')),
  };
}

function usersOf(auth: Written): Pick<Routes, 'users'> {
  if (!auth.isThere) return {};
  const name = auth.at('username').matching(/^[A-Za-z0-9._@-]{1,64}$/, say('a name of letters and digits'));
  const hash = auth
    .at('passwordBcrypt')
    .matching(/^\$2[aby]\$\d\d\$[A-Za-z0-9./]{53}$/, say('a bcrypt hash'));
  if (name !== undefined && hash !== undefined) return { users: `${name}:${hash}` };
  auth.misfit(say('a username with passwordBcrypt'));
  return {};
}

function domainsAt(part: Written): readonly string[] {
  return part.items.flatMap(each => {
    const text = each.text();
    if (text === undefined) return [];
    if (DOMAIN.test(text)) return [text.toLowerCase()];
    each.misfit(
      text.startsWith('*.')
        ? say('one host name: certificates for all names below one are not supported')
        : say('a host name'),
    );
    return [];
  });
}

function unique(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)];
}
