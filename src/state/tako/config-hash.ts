import type { Fields } from '../../base/fields.ts';
import { digestOf, type Parts } from '../difference.ts';
import { ConfigText } from './config-text.ts';

/**
 * The hash of what an environment is configured to be: `sha256:` and 64 digits. `undefined` where the text is no
 * configuration or does not have the environment.
 */
export function configHash(text: string, environment: string): string | undefined {
  return configParts(text)(environment)?.hash;
}

/**
 * Parses a configuration and gives the hashes of its environments, and of their services.
 *
 * Hashed is JSON in UTF-8 without spaces: the document with aliases and merges resolved, names sorted by their bytes, without
 * comments and `$schema`; of `environments` only this one, of `servers` those it names, or all where it names none. A
 * variable is its name, `${NAME}`: no secret comes near the hash, and another value is not another configuration. Numbers
 * count by their value, only `project.version` as it is written: 1.10 is not 1.1.
 */
export function configParts(text: string): (environment: string) => Parts | undefined {
  const config = ConfigText.of({ text, report: () => undefined }, { lookup: () => undefined, secrets: [] });
  const root = config?.fields();
  const environments = root?.object('environments');
  return name => {
    if (!config || !root || !environments?.names.includes(name)) return undefined;
    const environment = environments.object(name);
    const services = environment.object('services');
    const named = environment.items('servers');
    const servers = root.object('servers');
    const project = root.object('project');
    const version = config.numberText(['project', 'version']) ?? project.raw('version');
    const hash = digestOf({
      ...membersOf(
        root,
        root.names.filter(each => each !== '$schema'),
      ),
      ...(root.has('project') && { project: { ...membersOf(project, project.names), version } }),
      ...(root.has('servers') && {
        servers: membersOf(
          servers,
          servers.names.filter(each => named.length === 0 || named.includes(each)),
        ),
      }),
      environments: { [name]: environments.raw(name) },
    });
    return { hash, services: new Map(services.names.map(each => [each, digestOf(services.raw(each))])) };
  };
}

function membersOf(fields: Fields, names: readonly string[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(names.map(name => [name, fields.raw(name)]));
}
