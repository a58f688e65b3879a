import { clean, isSecretName, say, type Clean } from '../../base/clean.ts';
import type { Lookup } from '../../base/interpolate.ts';
import { readEnvFile } from './env-files.ts';
import type { Written } from './written.ts';

/** What a service finds in its environment, and which of the values are secret. */
export interface ServiceEnvironment {
  readonly values: ReadonlyMap<string, string>;
  readonly secrets: ReadonlyMap<string, string>;
}

/** What Docker reads from a line `NAME=value`. */
const VARIABLE = /^[^=\s#\u0000-\u001f\u007f][^=\s\u0000-\u001f\u007f]*$/;

/** Files first, a later one over an earlier one; then what stands in the configuration; then secrets. As Tako has it. */
export async function environmentOf(
  root: string,
  service: Written,
  lookup: Lookup,
): Promise<ServiceEnvironment> {
  const values = new Map<string, string>();
  const secrets = new Map<string, string>();
  const set = (entry: Written, name: string, value: string, isSecret: boolean): void => {
    if (VARIABLE.test(name)) {
      values.set(name, value);
      if (isSecret || isSecretName(name)) secrets.set(name, value);
    } else {
      entry.error('variable-name', say('{0} is no name of an environment variable.', clean(name, 80)));
    }
  };
  for (const entry of [...service.at('envFile').items, ...service.at('envFiles').items]) {
    for (const [name, value] of await readEnvFile(root, entry, lookup, 'tako')) set(entry, name, value, true);
  }
  const env = service.at('env');
  if (env.isList) {
    for (const entry of env.items) {
      const [, name = '', value] = /^([^=]*)(?:=(.*))?$/s.exec(entry.text() ?? '') ?? [];
      if (value === undefined) entry.misfit(say('a variable like NAME=value'));
      else set(entry, name, value, false);
    }
  } else {
    for (const name of env.names) {
      const entry = env.at(name);
      const value = entry.isThere ? entry.text() : '';
      if (value !== undefined) set(entry, name, value, false);
    }
  }
  for (const entry of service.at('secrets').items) {
    const [name = '', of = name] = entry.text()?.split(':', 2) ?? [];
    if (name === '') continue;
    const value = lookup(of);
    if (value !== undefined) set(entry, name, value, true);
    else entry.error('missing-secret', missingSecret(entry.shown));
  }
  return { values, secrets };
}

function missingSecret(name: Clean): Clean {
  return say(
    'The secret {0} has no value: it is neither in the environment nor in .env. What Tako keeps in .tako/secrets is never read here; set it in one of them.',
    name,
  );
}
