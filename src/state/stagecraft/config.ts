import type { Document } from 'yaml';
import { clean, join, say, type Clean } from '../../base/clean.ts';
import type { Fields } from '../../base/fields.ts';
import type { Span } from '../../base/span.ts';
import type { LineOf } from '../../base/yaml.ts';
import { KeyRanges } from '../key-ranges.ts';
import type { Fact } from '../model.ts';

/** What is used of `stagecraft.yml`. Environment files it names are not read: they hold secrets. */
export interface Configuration {
  readonly name?: Clean;
  /** Where the environments begin. */
  readonly line?: number;
  readonly environments: ReadonlyMap<string, ConfiguredEnvironment>;
  readonly services: readonly ConfiguredService[];
  /** Folders of migrations, as they are written there. */
  readonly migrations: readonly Clean[];
  readonly facts: readonly Fact[];
}

export interface ConfiguredEnvironment {
  readonly line?: number;
  /** Of its key. */
  readonly span?: Span;
  readonly facts: readonly Fact[];
}

/** What the project builds an image of. */
export interface ConfiguredService {
  readonly name: string;
  readonly line?: number;
  readonly span?: Span;
  readonly image?: Clean;
  readonly facts: readonly Fact[];
}

export const SERVICES = ['backend', 'frontend'] as const;

/** Decodes `stagecraft.yml`. */
export function decodeConfiguration(root: Fields, lineOf: LineOf, document: Document.Parsed): Configuration {
  const keys = new KeyRanges(document);
  return {
    name: root.object('project').text('name'),
    line: lineOf(['environments']),
    environments: new Map(
      root.map('environments').map(([name, environment]) => [
        name,
        {
          line: lineOf(['environments', name]),
          span: keys.of(['environments', name]),
          facts: facts(
            [say('Driver'), environment.text('driver')],
            [say('Environment file'), environment.text('env_file')],
            [say('Rollout with docker-rollout'), clean(environment.object('rollout').flag('enabled'))],
          ),
        },
      ]),
    ),
    services: SERVICES.flatMap(name =>
      serviceOf(root, name, lineOf).map(service => ({ ...service, span: keys.of([name]) })),
    ),
    migrations: root
      .map('databases')
      .flatMap(([, database]) => database.object('migrations').text('path') ?? []),
    facts: root.map('databases').flatMap(([name, database]) => migrationFacts(name, database)),
  };
}

function serviceOf(root: Fields, name: string, lineOf: LineOf): readonly ConfiguredService[] {
  const service = root.object(name);
  const provider = service.raw('provider');
  if (typeof provider !== 'string') return [];
  const settings = service.object('providers').object(provider);
  if (!settings.has('build')) return [];
  const build = settings.object('build');
  return [
    {
      name,
      line: lineOf([name]),
      image: build.text('image_name'),
      facts: facts(
        [say('Provider'), service.text('provider')],
        [say('Dockerfile'), build.text('dockerfile')],
        [say('Build context'), build.text('context')],
        [say('Working folder'), build.text('workdir')],
      ),
    },
  ];
}

function migrationFacts(name: string, database: Fields): readonly Fact[] {
  const migrations = database.object('migrations');
  const how = join([migrations.text('strategy'), migrations.text('engine'), migrations.text('path')], ' · ');
  return facts([say('Migrations of {0}', clean(name)), how]);
}

function facts(...named: readonly (readonly [Clean, Clean | undefined])[]): readonly Fact[] {
  return named.flatMap(([name, value]) => (value ? [{ name, value }] : []));
}
