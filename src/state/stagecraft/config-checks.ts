import { clean, say, type Clean } from '../../base/clean.ts';
import { Fields } from '../../base/fields.ts';
import type { LineOf } from '../../base/yaml.ts';
import type { FileContent } from '../cache.ts';

/** The providers that Stagecraft has, by what they are for. */
const PROVIDERS: Readonly<Record<string, readonly string[]>> = {
  backend: ['generic', 'encore-ts'],
  frontend: ['generic'],
  cloud: ['digitalocean'],
  network: ['tailscale'],
};
const ENGINES = ['raw'];
const STRATEGIES = ['pre_deploy', 'post_deploy', 'manual'];

/** What the Stagecraft CLI would refuse. It takes no notice of keys it does not know. */
export function checkConfiguration(
  value: unknown,
  lineOf: LineOf,
  content: Pick<FileContent, 'report'>,
): void {
  const root = Fields.of(value); // what has a wrong type is reported where it is decoded
  if (!root) return;
  const tell = (code: string, path: readonly string[], text: Clean): void =>
    content.report({ severity: 'warning', code, text, line: () => lineOf(path) });
  const oneOf = (known: readonly string[]): Clean => clean(known.join(', '));

  if (!root.object('project').text('name'))
    tell('missing-name', ['project'], say('project.name is missing; Stagecraft requires it.'));
  for (const [section, known] of Object.entries(PROVIDERS)) {
    if (!root.has(section)) continue;
    const name = root.object(section).text('provider');
    if (name !== undefined && !known.includes(name)) {
      const text = say(
        'Stagecraft has no provider {0} for {1}, only {2}.',
        name,
        clean(section),
        oneOf(known),
      );
      tell('unknown-provider', [section, 'provider'], text);
    } else if (name !== undefined && !root.object(section).object('providers').has(name)) {
      const text = say('{0}.providers has no settings for {1}.', clean(section), name);
      tell('missing-provider', [section, 'provider'], text);
    }
  }
  for (const [name, database] of root.map('databases')) {
    const migrations = database.object('migrations');
    for (const [field, known] of [['engine', ENGINES] as const, ['strategy', STRATEGIES] as const]) {
      const value = migrations.text(field);
      if (value === undefined || known.includes(value)) continue;
      const text = say('{0} is no {1} of migrations, only {2}.', value, clean(field), oneOf(known));
      tell(`unknown-${field}`, ['databases', name, 'migrations', field], text);
    }
  }
  for (const [name, environment] of root.map('environments')) {
    if (environment.text('driver')) continue;
    const text = say('{0} has no driver; Stagecraft requires one.', root.shown(name));
    tell('missing-driver', ['environments', name], text);
  }
}
