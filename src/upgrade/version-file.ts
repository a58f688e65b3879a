/** The text of `/etc/tako/version.json` after an upgrade. */
import { say, clean } from '../base/clean.ts';
import { editJson, type Edit } from '../base/edit.ts';
import { Fields } from '../base/fields.ts';
import { UserError } from '../base/errors.ts';
import { secondText } from '../base/time.ts';
import type { Detection } from './detection.ts';
import type { Migration } from './migrations.ts';

const NEVER = '0001-01-01T00:00:00Z'; // how Go writes an unset time
const NOW = '@now@';

/**
 * What is written when the last step is verified. The server itself puts the time and the real versions of components in the
 * place of its marks: they are known only then. Everything else in the file stays byte for byte.
 */
export function versionText(
  { file, setup, components, features: found }: Detection,
  steps: readonly Migration[],
  options: readonly string[],
): string {
  const version = steps.at(-1)?.to ?? '';
  const brought = steps.flatMap(step =>
    step.features
      .filter(each => each.optional !== true || options.includes(each.name))
      .map(each => each.name),
  );
  if (setup.kind !== 'versioned' || file === undefined) {
    const names = new Set([...components.keys(), ...steps.flatMap(each => each.components)]);
    const since = setup.kind === 'legacy' ? setup.since : undefined;
    const text = {
      version,
      installed_at: since === undefined ? NOW : secondText(since),
      last_upgrade: setup.kind === 'legacy' ? NOW : NEVER,
      components: Object.fromEntries([...names].map(name => [name, mark(name, components.get(name))])),
      features: [...new Set([...(setup.kind === 'legacy' ? found : []), ...brought])],
      tako_cli_version: '',
    };
    return `${JSON.stringify(text, null, 2)}\n`;
  }
  const { record } = setup;
  const names = new Set([
    ...record.components.keys(),
    ...components.keys(),
    ...steps.flatMap(each => each.components),
  ]);
  const edits: Edit[] = [
    { kind: 'set', path: ['version'], value: version },
    { kind: 'set', path: ['last_upgrade'], value: NOW },
  ];
  if (record.installed === undefined) edits.push({ kind: 'set', path: ['installed_at'], value: NEVER });
  const marks = [...names].map(name => [name, mark(name, record.components.get(name))] as const);
  const fields = Fields.of(JSON.parse(file.text)); // it was read already
  const has = (name: string): boolean => (fields?.raw(name) ?? null) !== null;
  if (has('components')) {
    edits.push(...marks.map(([name, value]): Edit => ({ kind: 'set', path: ['components', name], value })));
  } else edits.push({ kind: 'set', path: ['components'], value: Object.fromEntries(marks) });
  const fresh = brought.filter(name => !record.features.some(each => each === name));
  if (has('features')) {
    edits.push(...fresh.map((value): Edit => ({ kind: 'insert', path: ['features'], value })));
  } else edits.push({ kind: 'set', path: ['features'], value: fresh });
  const edited = editJson(file.text, edits);
  if (edited.ok) return edited.text;
  throw new UserError('version-file', {
    what: say('The version file cannot be changed ({0}).', clean(edited.why)),
    where: '/etc/tako/version.json',
    next: say('Mend it on the server, then check the server again.'),
  });
}

/** Where the server puts the real version of a component; else what was recorded stays. */
function mark(name: string, recorded: string | undefined): string {
  const kept = recorded !== undefined && /^[\w.+~:-]*$/.test(recorded) ? recorded : '';
  return /^[a-z0-9-]+$/.test(name) ? `@version:${name}|${kept}@` : kept;
}
