import path from 'node:path';
import { clean, say } from '../../base/clean.ts';
import { interpolated, type Lookup } from '../../base/interpolate.ts';
import { CONFIG_LIMIT, isUnreadable, readText } from '../../base/files.ts';
import { FileCache, unreadableFinding } from '../../state/cache.ts';
import { digestOf } from '../../state/difference.ts';
import { CONFIG_NAMES } from '../../state/outline.ts';
import { SERVICES } from '../../state/stagecraft/config.ts';
import { ConfigText } from '../../state/tako/config-text.ts';
import { longestFirst, readVariables, secretValues } from '../../state/tako/variables.ts';
import {
  NAME,
  type AppBuild,
  type Application,
  type AppService,
  type ReadApplication,
  type Strategy,
} from './application.ts';
import { COMPOSE_FILE, composeFiles, mountOf } from '../compose/files.ts';
import {
  activeServices,
  buildOf,
  checkEnding,
  checkRequired,
  givenTo,
  needsOf,
  saidOf,
} from '../compose/service.ts';
import { readEnvFile } from './env-files.ts';
import { inOrder } from './order.ts';
import { migrationsOf } from './migrations.ts';
import type { EnvironmentRef } from '../requests.ts';
import { hashOf } from './service-hash.ts';
import { Findings, Written } from './written.ts';

/**
 * What `stagecraft.yml` and the Compose file beside it want an environment to run. Compose itself reads that file again when it
 * rolls out: here is what it does not know, which images are built, and what is compared.
 */
export async function stagecraftApplication(
  { root, environment }: EnvironmentRef,
  signal: AbortSignal,
  variables: NodeJS.ProcessEnv,
): Promise<ReadApplication> {
  const findings = new Findings();
  const done = (application?: Application): ReadApplication => ({
    ...(application && { application }),
    findings: findings.masked(application?.secrets ?? []),
  });
  const top = await readYaml(root, CONFIG_NAMES.stagecraft, findings);
  const compose = await readYaml(root, [COMPOSE_FILE], findings);
  if (!top || !compose) return done();
  signal.throwIfAborted();

  const project = top
    .at('project')
    .at('name')
    .matching(NAME, say('a name of letters, digits, dots and dashes'));
  const part = top.at('environments').at(environment);
  if (project === undefined && !top.at('project').at('name').isThere)
    top.at('project').error('missing-name', say('project.name is missing; Stagecraft requires it.'));
  if (!part.isThere)
    top
      .at('environments')
      .error('unknown-environment', say('{0} has no environment {1}.', top.fileName, clean(environment)));
  else if (!NAME.test(environment)) part.misfit(say('a name of letters, digits, dots and dashes'));
  if (project === undefined || !part.isThere || !NAME.test(environment)) return done();

  const known = await readVariables(new FileCache(), root, variables, 'compose');
  for (const each of known.findings) findings.add(each);
  const { lookup, secrets } = known;
  const given = await readEnvFile(root, part.at('env_file'), lookup, 'stagecraft');
  const builds = buildsOf(top, compose.at('services'));
  const active = activeServices(compose.at('services'), lookup);
  const files = await composeFiles(root, compose, { lookup, active });
  const services = active.map(name =>
    serviceOf(compose.at('services').at(name), name, {
      project,
      environment,
      given,
      lookup,
      active,
      build: builds.get(name),
      beside: files.digests.get(name),
      strategy: part.at('rollout').at('enabled').flag() === false ? 'recreate' : undefined,
    }),
  );
  const migrations = await migrationsOf(top.at('databases'), {
    root,
    services: active,
    valueOf: name =>
      active
        .map(each => saidOf(compose.at('services').at(each), name, lookup))
        .find(each => each !== undefined) ??
      given.get(name) ??
      files.values.get(name) ??
      lookup(name),
  });
  if (services.length === 0)
    compose.error('no-services', say('{0} has no services to deploy.', compose.fileName));
  return done({
    tool: 'stagecraft',
    root,
    project,
    environment,
    source: top.fileName,
    configHash: digestOf([top.written, compose.written, environment]),
    services: inOrder(
      services.map(service => ({ service, speaksOf: () => false })),
      compose.at('services'),
      'depends_on',
    ),
    registries: [],
    secrets: longestFirst([
      ...secrets,
      ...files.secrets,
      ...[given, ...services.map(each => each.environment)].flatMap(each =>
        secretValues(Object.fromEntries(each)),
      ),
      ...migrations.flatMap(({ connection }) => secretValues({ PGPASSWORD: connection.get('PGPASSWORD') })),
    ]),
    compose: files.compose,
    migrations,
  });
}

async function readYaml(
  root: string,
  names: readonly string[],
  findings: Findings,
): Promise<Written | undefined> {
  for (const name of names) {
    const file = path.join(root, name);
    const read = await readText(file, { limit: CONFIG_LIMIT });
    if (isUnreadable(read)) {
      if (read.kind === 'missing') continue;
      findings.add(unreadableFinding(file, read));
      return undefined;
    }
    const report: Parameters<typeof ConfigText.of>[0]['report'] = ({ line, ...finding }) =>
      findings.add({ ...finding, at: { file, line: typeof line === 'function' ? line() : line } });
    // Stagecraft puts no variables in; those of Compose are Compose's.
    const config = ConfigText.of({ text: read.text, report }, { lookup: each => `\${${each}}`, secrets: [] });
    return config?.fields() && new Written(config, file, findings);
  }
  const [name = ''] = names;
  const text = say('{0} is missing: there is nothing to deploy from.', clean(name));
  findings.add({ severity: 'error', code: 'no-configuration', text, at: { file: path.join(root, name) } });
  return undefined;
}

/** What is built, by the service of Compose that runs it. */
function buildsOf(top: Written, services: Written): ReadonlyMap<string, AppBuild> {
  const builds = new Map<string, AppBuild>();
  for (const section of SERVICES) {
    const provider = top.at(section).at('provider').text();
    if (provider === undefined) continue;
    const build = top.at(section).at('providers').at(provider).at('build');
    if (!build.isThere) continue;
    if (provider !== 'generic' && provider !== 'encore-ts') {
      build.error(
        'provider',
        say(
          '{0} is built by {1}, which is not known here: deploy it with the Stagecraft CLI.',
          clean(section),
          clean(provider),
        ),
      );
      continue;
    }
    const name = serviceBuiltBy(section, services);
    if (name === undefined)
      build.error(
        'no-service',
        say(
          'No service of {0} is called {1}: what is built has nowhere to run.',
          services.fileName,
          clean(section),
        ),
      );
    else
      builds.set(name, {
        ...(provider === 'encore-ts'
          ? { context: build.at('workdir').text() ?? '.', program: 'encore' }
          : { context: build.at('context').text() ?? '.', ...dockerfileAt(build) }),
        args: {},
        values: new Map(),
      });
  }
  return builds;
}

/** Stagecraft gives what it builds to every service; here those with images of their own keep them. */
function serviceBuiltBy(section: string, services: Written): string | undefined {
  const { names } = services;
  const own = names.filter(name => services.at(name).at('build').isThere);
  if (names.includes(section)) return section;
  if (own.length === 1) return own[0];
  return names.length === 1 ? names[0] : undefined;
}

/** Stagecraft takes it as a path from the root of the project, Docker from that of the context. */
function dockerfileAt(build: Written): Pick<AppBuild, 'dockerfile'> {
  const written = build.at('dockerfile').text();
  if (written === undefined) return {};
  return {
    dockerfile: path.posix.relative(
      path.posix.normalize(build.at('context').text() ?? '.'),
      path.posix.normalize(written),
    ),
  };
}

interface ComposeContext {
  readonly project: string;
  readonly environment: string;
  /** Of the environment file: for every service, where the Compose file does not say another value. */
  readonly given: ReadonlyMap<string, string>;
  readonly lookup: Lookup;
  /** The services that are deployed. */
  readonly active: readonly string[];
  readonly build: AppBuild | undefined;
  /** Of all that it takes from outside of the Compose file. */
  readonly beside: string | undefined;
  /** Where it does not depend on the service. */
  readonly strategy: Strategy | undefined;
}

function serviceOf(written: Written, name: string, context: ComposeContext): AppService {
  const { project, environment, given, lookup, beside } = context;
  if (!NAME.test(name)) written.misfit(say('a name of letters, digits, dots and dashes'));
  checkRequired(written, lookup);
  checkEnding(written, context.active);
  const build = context.build ?? buildOf(written.at('build'), lookup);
  const image = written.at('image').text();
  if (!build && image === undefined)
    written.error('no-image', say('{0} has neither an image nor a build.', written.name));
  const settings = {
    name,
    kind: 'service' as const,
    ports: [],
    environment: givenTo(written, given, lookup),
    volumes: [],
    domains: [],
    labels: new Map<string, string>(),
    restart: 'unless-stopped',
    stopSeconds: 10,
    limits: {},
  };
  return {
    ...settings,
    ...(build ? { build } : { image: interpolated(image ?? '', lookup) }),
    replicas: written.at('deploy').at('replicas').count(1, 1_000) ?? written.at('scale').count(1, 1_000) ?? 1,
    everywhere: false,
    dependsOn: needsOf(written, context.active),
    strategy: context.strategy ?? strategyOf(written),
    hooks: {},
    hash: hashOf(settings, { project, environment }, { written: written.written, beside }),
  };
}

/** Two cannot have one name, one address, one port of the server; nor should two write to one volume. */
function strategyOf(service: Written): Strategy {
  const isAlone =
    ['container_name', 'network_mode', 'extends'].some(each => service.at(each).isThere) ||
    service
      .at('networks')
      .names.some(each =>
        /"ip(v4|v6)_address"/.test(JSON.stringify(service.at('networks').at(each).written)),
      ) ||
    service.at('ports').items.some(hasHostPort) ||
    service.at('volumes').items.some(each => !mountOf(each).isReadOnly);
  return isAlone ? 'recreate' : 'rolling';
}

/** "80:8080", "127.0.0.1:80:8080"; not "8080", nor "127.0.0.1::8080". */
function hasHostPort(port: Written): boolean {
  return port.isObject
    ? port.at('published').isThere
    : !['', undefined].includes(port.text()?.split(':').at(-2));
}
