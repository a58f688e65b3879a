import path from 'node:path';
import { clean, say } from '../../base/clean.ts';
import { CONFIG_LIMIT, isUnreadable, readText } from '../../base/files.ts';
import type { Finding } from '../../base/finding.ts';
import type { Fields } from '../../base/fields.ts';
import { FileCache, unreadableFinding } from '../../state/cache.ts';
import type { Path } from '../../state/key-ranges.ts';
import { CONFIG_NAMES } from '../../state/outline.ts';
import { configHash } from '../../state/tako/config-hash.ts';
import { ConfigText } from '../../state/tako/config-text.ts';
import { definitionOf } from '../../state/tako/config.ts';
import type { BuildDefinition } from '../../state/tako/configured.ts';
import { longestFirst, readVariables, secretValues } from '../../state/tako/variables.ts';
import { NAME, type AppBuild, type Application, type ReadApplication, type Registry } from './application.ts';
import type { EnvironmentRef } from '../requests.ts';
import { checkTogether } from './together.ts';
import { readService, type ReadService, type ServiceContext } from './tako-service.ts';
import { checkAround } from './not-supported.ts';
import { inOrder } from './order.ts';
import { Findings, Written } from './written.ts';

const SERVICE_LIMIT = 300;

/** What `tako.yaml` or `tako.json` wants an environment to run. */
export async function takoApplication(
  { root, environment }: EnvironmentRef,
  signal: AbortSignal,
  variables: NodeJS.ProcessEnv,
): Promise<ReadApplication> {
  const read = await readConfiguration(root);
  if (!('file' in read)) return { findings: [read] };
  const { file, text: content } = read;
  const findings = new Findings();
  const cache = new FileCache(); // of nothing: what is deployed is what stands in the files now
  const known = await readVariables(cache, root, variables);
  for (const each of known.findings) findings.add(each);
  const config = ConfigText.of(
    {
      text: content,
      report: ({ line, ...finding }) => {
        // A variable that nothing of this environment uses may be missing; where one is used, that is an error.
        if (finding.code === 'missing-variable') return;
        findings.add({ ...finding, at: { file, line: typeof line === 'function' ? line() : line } });
      },
    },
    known,
  );
  const fields = config?.fields();
  if (!config || !fields) return { findings: findings.all };
  signal.throwIfAborted();

  const top = new Written(config, file, findings);
  const project = top
    .at('project')
    .at('name')
    .matching(NAME, say('a name of letters, digits, dots and dashes'));
  const key = top
    .at('environments')
    .names.find(each => [each, config.name(['environments', each])].includes(environment));
  const part = top.at('environments').at(key ?? environment);
  if (project === undefined && !top.at('project').at('name').isThere)
    top.at('project').error('missing-name', say('project.name is missing; Tako requires it.'));
  if (key === undefined) {
    const words = say('{0} has no environment {1}.', clean(path.basename(file)), clean(environment));
    top.at('environments').error('unknown-environment', words);
  } else if (!NAME.test(key)) part.misfit(say('a name of letters, digits, dots and dashes'));
  if (project === undefined || key === undefined || !NAME.test(key)) return { findings: findings.all };

  checkAround(top, part);
  const context: ServiceContext = {
    root,
    project,
    environment: key,
    lookup: known.lookup,
    servers: part.at('servers').texts(),
    top,
    buildAt: (holder, name) => {
      const definition = definitionOf(config, holder.path, fieldsAt(fields, holder.path), name);
      return definition && buildOf(definition, holder.at(name));
    },
  };
  const services: ReadService[] = [];
  const { names } = part.at('services');
  if (names.length > SERVICE_LIMIT) part.at('services').misfit(say('at most {0} services', SERVICE_LIMIT));
  for (const name of names.slice(0, SERVICE_LIMIT)) {
    signal.throwIfAborted();
    const written = part.at('services').at(name);
    if (!NAME.test(name)) written.misfit(say('a name of letters, digits, dots and dashes'));
    else {
      const read = await readService(written, name, context);
      if (read) services.push(read);
    }
  }
  if (services.length === 0) part.error('no-services', say('{0} has no services to deploy.', part.name));
  const all = services.map(each => each.service);
  checkTogether(all, part.at('services'), `${project}_${key}_`);
  const registries = registriesOf(top.at('registries'));
  const secrets = [
    ...known.secrets,
    ...config.secrets,
    ...services.flatMap(each => [...each.secrets.values()].flatMap(value => secretValues({ secret: value }))),
    ...registries.flatMap(({ password }) => secretValues({ password })),
  ];
  const version = top.at('project').at('version').text();
  const application: Application = {
    tool: 'tako',
    root,
    project,
    environment: key,
    ...(version !== undefined && { version }),
    source: path.basename(file),
    configHash: configHash(content, key) ?? '',
    services: inOrder(services, part.at('services'), 'dependsOn'),
    ...(registries.length === 1 && { registry: registries[0] }),
    registries,
    secrets: longestFirst(secrets),
  };
  return { application, findings: findings.masked(application.secrets) };
}

async function readConfiguration(
  root: string,
): Promise<{ readonly file: string; readonly text: string } | Finding> {
  for (const name of CONFIG_NAMES.tako) {
    const file = path.join(root, name);
    const read = await readText(file, { limit: CONFIG_LIMIT });
    if (!isUnreadable(read)) return { file, text: read.text };
    if (read.kind !== 'missing') return unreadableFinding(file, read);
  }
  const text = say('There is no {0} to deploy from.', clean(CONFIG_NAMES.tako.join(' or ')));
  return {
    severity: 'error',
    code: 'no-configuration',
    text,
    at: { file: path.join(root, CONFIG_NAMES.tako[0]) },
  };
}

function fieldsAt(root: Fields, at: Path): Fields {
  return at.reduce((fields: Fields, name) => fields.object(String(name)), root);
}

function buildOf(definition: BuildDefinition, build: Written): AppBuild {
  const args = build.at('args');
  const context = build.isObject ? build.at('context') : build;
  context.text(); // tells what is missing
  const target = build
    .at('target')
    .matching(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$/, say('the name of a stage'));
  return {
    ...definition,
    values: new Map(Object.keys(definition.args).map(name => [name, args.at(name).text() ?? ''])),
    ...(target !== undefined && { target }),
  };
}

const HOST = /^[A-Za-z0-9][A-Za-z0-9.-]{0,252}(:\d{1,5})?$/;

function registriesOf(section: Written): readonly Registry[] {
  return section.names.flatMap(host => {
    const written = section.at(host);
    const [username, password] = [written.at('username').text(), written.at('password').text()];
    if (!HOST.test(host) || !written.at('username').isThere || !written.at('password').isThere)
      written.misfit(say('a registry with a username and a password'));
    return username === undefined || password === undefined ? [] : [{ host, username, password }];
  });
}
