import { say, type Clean } from '../../base/clean.ts';
import type { AppBuild, AppService, Strategy } from './application.ts';
import { environmentOf } from './environment.ts';
import type { Lookup } from '../../base/interpolate.ts';
import { commandAt, healthOf } from './health.ts';
import { hooksOf } from './hooks.ts';
import { checkSettings } from './not-supported.ts';
import type { Ordered } from './order.ts';
import { portsOf } from './ports.ts';
import { hashOf } from './service-hash.ts';
import { routesOf, traefikLabels } from './traefik.ts';
import { volumesOf } from './volumes.ts';
import type { Written } from './written.ts';

/** What services are read with. */
export interface ServiceContext {
  readonly root: string;
  readonly project: string;
  readonly environment: string;
  readonly lookup: Lookup;
  /** Names of the servers of the environment, as its configuration has them. */
  readonly servers: readonly string[];
  /** The whole configuration. */
  readonly top: Written;
  /** What the member `name` of the object at a path is built from. */
  buildAt(holder: Written, name: string): AppBuild | undefined;
}

/** A service, and what of it must not be shown. */
export interface ReadService extends Ordered {
  readonly secrets: ReadonlyMap<string, string>;
}

const REPLICA_LIMIT = 1_000;
const STOP_SECONDS = 10;

/** Reads a service of an environment; nothing where it is not run here, which is told. */
export async function readService(
  written: Written,
  name: string,
  context: ServiceContext,
): Promise<ReadService | undefined> {
  const { project, environment, root } = context;
  const where = { project, environment };
  checkSettings(written);
  const kind = kindOf(written);
  const schedule = written.at('schedule');
  if (schedule.isThere) {
    schedule.warning(
      'scheduled-job',
      say(
        '{0} has a schedule, and nothing on servers with Docker alone starts it at its times: it is left out.',
        written.name,
      ),
    );
    return undefined;
  }
  const image = imageOf(written, context);
  const ports = portsOf(written);
  const volumes = volumesOf(written, { ...where, defined: context.top.at('volumes') });
  const variables = await environmentOf(root, written, context.lookup);
  const routes = routesOf(written);
  const [answering] = ports;
  if (routes && !answering) written.at('proxy').misfit(say('of use without a port'));
  const health = healthOf(written, ports);
  const placement = placementOf(written, context);
  const settings = {
    name,
    kind,
    ports,
    command: commandAt(written.at('command')),
    entrypoint: argumentsAt(written.at('entrypoint')),
    environment: variables.values,
    volumes,
    domains: routes?.domains ?? [],
    labels: new Map([
      ...(routes && answering ? traefikLabels(routes, answering, health, { ...where, service: name }) : []),
      ...labelsOf(written.at('labels')),
    ]),
    health,
    restart:
      written.at('restart').matching(RESTART, say('no, always, unless-stopped or on-failure')) ??
      'unless-stopped',
    user: written
      .at('user')
      .matching(/^[A-Za-z0-9_][A-Za-z0-9_.:-]{0,255}$/, say('the name or number of a user')),
    workingFolder: written.at('workingDir').matching(/^\/[^\u0000-\u001f\u007f]*$/, say('a whole path')),
    stopSeconds: Math.ceil(written.at('stopGracePeriod').seconds() ?? STOP_SECONDS),
    limits: limitsOf(written.at('resources')),
  };
  const service: AppService = {
    ...settings,
    ...image,
    ...placement,
    replicas: placement.everywhere ? 1 : (written.at('replicas').count(1, REPLICA_LIMIT) ?? 1),
    dependsOn: [...new Set([...written.at('dependsOn').texts(), ...(image.of ?? [])])],
    ...(written.at('persistent').flag() === true && { isPersistent: true }),
    strategy: strategyOf(written, settings),
    hooks: hooksOf(written),
    hash: hashOf(settings, where),
  };
  checkStorage(written, service, context);
  const secrets = new Map([
    ...variables.secrets,
    ...(routes?.users === undefined ? [] : [['users', routes.users] as const]),
  ]);
  const texts = [...variables.values];
  return {
    service,
    secrets,
    speaksOf: other => texts.some(([variable, text]) => isHostIn(variable, text, other)),
  };
}

const RESTART = /^(no|always|unless-stopped|on-failure(:\d{1,4})?)$/;
const MEMORY = /^[1-9]\d{0,14}([bkmg]|[kmg]i?b)?$/i;

function kindOf(written: Written): AppService['kind'] {
  const kind = written.at('kind').matching(/^(service|job|run)$/, say('service, job or run'));
  return kind === 'job' || kind === 'run' ? kind : 'service';
}

type Image = Pick<AppService, 'build' | 'image' | 'imageFrom'> & { readonly of?: readonly string[] };

/** What it is built from or runs. `imageFrom` names a shared build, or a neighbour whose image it is. */
function imageOf(written: Written, context: ServiceContext): Image {
  const from = written.at('imageFrom').text();
  if (from !== undefined) {
    const builds = context.top.at('builds');
    const shared = builds.at(from).isThere ? context.buildAt(builds, from) : undefined;
    if (shared) return { build: shared, imageFrom: from };
    const neighbour = written.beside(from);
    if (neighbour.isThere && !neighbour.at('imageFrom').isThere)
      return { ...imageOf(neighbour, context), imageFrom: from, of: [from] };
    written.at('imageFrom').misfit(say('the name of a build or of a service'));
    return {};
  }
  const image = written.at('image').matching(/^[A-Za-z0-9][\w./:@-]{0,400}$/, say('the name of an image'));
  const build = context.buildAt(written, 'build');
  if (build && image !== undefined)
    written
      .at('build')
      .error('two-images', say('{0} has an image and a build; it can have one of them.', written.name));
  if (!build && !written.at('image').isThere)
    written.error('no-image', say('{0} has neither an image nor a build.', written.name));
  return build ? { build } : { image };
}

function placementOf(
  written: Written,
  { servers }: ServiceContext,
): Pick<AppService, 'servers' | 'everywhere'> {
  const placement = written.at('placement');
  const strategy = placement
    .at('strategy')
    .matching(/^(spread|pinned|any|global)$/, say('spread, pinned, any or global'));
  const named = placement.at('servers').texts();
  if (strategy !== 'pinned') return { everywhere: strategy === 'global' };
  const known = named.filter(each => servers.includes(each));
  if (known.length < named.length || known.length === 0)
    placement.at('servers').misfit(say('a list of servers of this environment'));
  return { servers: known, everywhere: false };
}

function strategyOf(written: Written, { volumes }: Pick<AppService, 'volumes'>): Strategy {
  const deploy = written.at('deploy');
  if (deploy.at('promotion').text() === 'manual')
    deploy
      .at('promotion')
      .misfit(say('possible here: what is new gets all visitors as soon as it is healthy'));
  if (deploy.at('rollbackOnFailure').flag() === false)
    deploy.at('rollbackOnFailure').warning('not-supported', say('What fails is put back in any case.'));
  const name = deploy
    .at('strategy')
    .matching(/^(recreate|rolling|blue[_-]?green)$/, say('recreate, rolling or blue_green'));
  const isPersistent = written.at('persistent').flag() === true;
  const isStateful = isPersistent || volumes.some(each => !each.readOnly);
  if (name !== undefined && name !== 'recreate') {
    const strategy = name === 'rolling' ? 'rolling' : 'blue_green';
    if (isPersistent)
      deploy.at('strategy').misfit(say('possible with persistent: two would write to the same data'));
    else if (isStateful)
      deploy
        .at('strategy')
        .warning(
          'shared-volume',
          say(
            '{0} keeps data in a volume: the old and the new one write to it at the same time for a moment.',
            written.name,
          ),
        );
    return strategy;
  }
  // Two databases on the same files destroy them, so that what keeps data stops first unless it is told otherwise.
  return name === 'recreate' || isStateful ? 'recreate' : 'rolling';
}

export const onlyOnce = (service: Clean): Clean =>
  say('{0} is persistent: it cannot run more than once, as all of it would write to the same data.', service);

/** Servers with Docker share no volumes: what keeps data has to be told where. */
function checkStorage(written: Written, service: AppService, { servers }: ServiceContext): void {
  const [persistent, volumes] = [written.at('persistent'), written.at('volumes')];
  const isPersistent = service.isPersistent === true;
  if (isPersistent && service.replicas > 1)
    written.at('replicas').error('shared-data', onlyOnce(written.name));
  if (isPersistent && service.volumes.length === 0) persistent.misfit(say('possible without a volume'));
  if (servers.length < 2 || service.servers !== undefined || service.everywhere) return;
  const { name } = written;
  if (isPersistent) {
    const words = say(
      '{0} keeps data, and there are {1} servers: name its server with placement.strategy pinned.',
      name,
      servers.length,
    );
    persistent.error('unplaced-data', words);
  } else if (service.volumes.some(({ source, readOnly }) => !readOnly && !source.startsWith('/'))) {
    const words = say(
      '{0} keeps data in a volume, and each of {1} servers has its own.',
      name,
      servers.length,
    );
    volumes.warning('unplaced-data', words);
  }
}

function limitsOf(resources: Written): AppService['limits'] {
  const memory = resources.at('memory').matching(MEMORY, say('an amount like 512m or 1g'));
  const cpus = resources.at('cpus').matching(/^\d{1,4}(\.\d{1,6})?$/, say('a number of processors'));
  return { ...(memory !== undefined && { memory }), ...(cpus !== undefined && { cpus }) };
}

/** The program alone, or with what it is given. */
function argumentsAt(part: Written): readonly string[] | undefined {
  const parts = part.texts();
  return parts.length > 0 ? parts : undefined;
}

function labelsOf(labels: Written): readonly (readonly [string, string])[] {
  const texts = labels.isList
    ? labels.items.map(each => [each, ...halves(each.text() ?? '')] as const)
    : labels.names.map(name => [labels.at(name), name, labels.at(name).text() ?? ''] as const);
  return texts.flatMap(([entry, name, value]) => {
    if (/^[A-Za-z0-9][A-Za-z0-9._/\[\]-]*$/.test(name) && !/^(tako|shipshape)\./.test(name))
      return [[name, value] as const];
    entry.misfit(say('the name of a label that may be set'));
    return [];
  });
}

function halves(text: string): readonly [string, string] {
  const at = text.indexOf('=');
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}

/** Whether a variable has a name as a host: `http://api:4000`, `user:word@api/`, `api:4000`, or nothing else in `API_HOST`. */
function isHostIn(variable: string, text: string, name: string): boolean {
  if (text === name) return /host|server|url|endpoint|addr/i.test(variable);
  for (let at = text.indexOf(name); at >= 0; at = text.indexOf(name, at + 1)) {
    const [before, after] = [
      text.slice(Math.max(0, at - 3), at),
      text.slice(at + name.length, at + name.length + 2),
    ];
    if (/(^|:\/\/|@|,)$/.test(before) && /^(:\d|\/|,|$)/.test(after)) return true;
  }
  return false;
}
