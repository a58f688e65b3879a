import { NONE, say } from '../../base/clean.ts';
import type { Fields } from '../../base/fields.ts';
import { CONFIG_LIMIT } from '../../base/files.ts';
import { readUnsaved, type FileCache, type FileContent, type ReadAs, type Reading } from '../cache.ts';
import type { LiveText } from '../outline.ts';
import type { Path } from '../key-ranges.ts';
import { reached } from '../reach.ts';
import { checkConfig } from './checks.ts';
import { ConfigText, isHidden } from './config-text.ts';
import type {
  BuildDefinition,
  ConfiguredEnvironment,
  ConfiguredServer,
  ConfiguredService,
  TakoConfig,
} from './configured.ts';
import { setupOf } from './setup.ts';
import type { Variables } from './variables.ts';

/** What was read of a configuration, and the values from the environment that have to be masked elsewhere. */
export interface ConfigReading {
  readonly config: TakoConfig;
  readonly secrets: readonly string[];
}

/** Reads a configuration; where it is open in an editor, what stands there. */
export function readConfig(
  cache: FileCache,
  file: string,
  variables: Variables,
  live?: LiveText,
): Promise<Reading<ConfigReading>> {
  const as: ReadAs<ConfigReading> = {
    limit: CONFIG_LIMIT,
    secrets: variables.secrets,
    decode: content => parseConfig(content, variables),
  };
  return file === live?.file ? Promise.resolve(readUnsaved(file, live.text, as)) : cache.read(file, as);
}

/** Parses a configuration (JSON is YAML too) and reports what is wrong with it. */
export function parseConfig(
  content: Pick<FileContent, 'file' | 'text' | 'report'>,
  variables: Pick<Variables, 'lookup' | 'secrets'>,
): ConfigReading | undefined {
  const text = ConfigText.of(content, variables);
  const root = text?.fields();
  if (!text || !root) return undefined;
  const config: TakoConfig = {
    file: content.file,
    project: {
      name: root.object('project').text('name'),
      version: text.numberText(['project', 'version']) ?? root.object('project').text('version'),
    },
    servers: root.map('servers').map(([name, server]) => decodeServer(text, ['servers', name], server)),
    environments: decodeEnvironments(text, root, content),
    setup: setupOf(root, { file: content.file, line: text.position(['setup']).line }, [
      ...variables.secrets,
      ...text.secrets,
    ]),
    line: text.position(['environments']).line,
  };
  checkConfig(config, root, text, content);
  return { config, secrets: text.secrets };
}

// Environments that share a long list of services by an alias multiply it.
const SERVICE_LIMIT = 5_000;

function decodeEnvironments(
  text: ConfigText,
  root: Fields,
  content: Pick<FileContent, 'report'>,
): readonly ConfiguredEnvironment[] {
  let services = 0;
  const environments = root.map('environments').map(([name, environment]): ConfiguredEnvironment => {
    const path = ['environments', name];
    const entries = environment.map('services').slice(0, SERVICE_LIMIT - services);
    services += entries.length;
    return {
      ...text.position(path),
      name: text.name(path),
      servers: environment.texts('servers'),
      services: entries.map(([each, service]) => decodeService(text, [...path, 'services', each], service)),
    };
  });
  if (services === SERVICE_LIMIT) {
    content.report({
      severity: 'warning',
      code: 'too-many-services',
      text: say('More than {0} services; the rest is not shown.', SERVICE_LIMIT),
    });
  }
  return environments;
}

function decodeServer(text: ConfigText, path: Path, server: Fields): ConfiguredServer {
  const labels = server.object('labels');
  const [host, port, user, keyFile] = ['host', 'port', 'user', 'sshKey'].map(each =>
    text.realValue([...path, each]),
  );
  return {
    ...text.position(path),
    name: text.name(path),
    ...reached(
      { address: server.text('host'), port: countIn(server, 'port'), user: server.text('user') },
      { host, user, keyFile, ...(typeof port === 'number' && { port }) },
    ),
    role: server.text('role'),
    labels: Object.fromEntries(labels.names.map(name => [labels.shown(name), labels.text(name) ?? NONE])),
  };
}

function decodeService(text: ConfigText, path: Path, service: Fields): ConfiguredService {
  const proxy = service.object('proxy');
  const check = service.object(service.has('healthCheck') ? 'healthCheck' : 'health_check');
  const build = service.raw('build');
  const isDetailed = typeof build === 'object' && build !== null;
  return {
    ...text.position(path),
    name: text.name(path),
    build: isDetailed ? service.object('build').text('context') : service.text('build'),
    buildDefinition: definitionOf(text, path, service, 'build'),
    image: service.text('image'),
    replicas: countIn(service, 'replicas'),
    ports: [service.text('port'), ...service.texts('ports')].filter(each => each !== undefined),
    domains: [proxy.text('domain'), ...proxy.texts('domains')].filter(each => each !== undefined),
    dependsOn: service.texts('dependsOn'),
    kind: service.text('kind'),
    placement: service.object('placement').text('strategy'),
    healthCheckPath: check.text('path'),
  };
}

/** What the member `name` of the object at a path says of how an image is built. */
export function definitionOf(
  text: ConfigText,
  path: Path,
  holder: Fields,
  name: string,
): BuildDefinition | undefined {
  const build = holder.raw(name);
  if (build === undefined || build === null) return undefined;
  const details = typeof build === 'object' ? holder.object(name) : undefined;
  const args = details?.object('args');
  const at = details ? [...path, name] : path;
  return {
    context: details && !details.has('context') ? '.' : text.realText([...at, details ? 'context' : name]),
    dockerfile: text.realText([...at, 'dockerfile']) || undefined,
    args: Object.fromEntries(args?.names.map(each => [each, argumentText(args.raw(each))]) ?? []),
  };
}

function argumentText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** A number; one that comes from a variable is hidden like every other value. */
function countIn(fields: Fields, name: string): number | undefined {
  return isHidden(fields.raw(name)) ? undefined : fields.number(name);
}
