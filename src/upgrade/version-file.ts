/** The text of `/etc/tako/version.json` after an upgrade. */
import { say, clean } from '../base/clean.ts';
import { editJson, type Edit } from '../base/edit.ts';
import { Fields } from '../base/fields.ts';
import { UserError } from '../base/errors.ts';
import { secondText } from '../base/time.ts';
import type { ServerAnswer } from '../state/observed.ts';
import type { Migration } from './migrations.ts';

const NEVER = '0001-01-01T00:00:00Z'; // how Go writes an unset time

/**
 * What is written when the last step is verified. The server itself puts the time and the real versions of components in the
 * place of its marks: they are known only then. Everything else in the file stays byte for byte. The marks begin and end with
 * more @ than follow each other anywhere else in it, so that nothing else is taken for one.
 */
export function versionText(
  { versionFile: file, setup, components, features: found }: ServerAnswer,
  steps: readonly Migration[],
  options: readonly string[],
): string {
  const version = steps.at(-1)?.to ?? '';
  const brought = steps.flatMap(step =>
    step.features
      .filter(each => each.optional !== true || options.includes(each.name))
      .map(each => each.name),
  );
  const runs = (file?.text ?? JSON.stringify([components, found])).match(/@+/g) ?? [];
  const at = '@'.repeat(Math.max(0, ...runs.map(each => each.length)) + 1);
  const now = `${at}now${at}`;
  const mark = (name: string, kept = ''): string => `${at}version:${name}|${isPlain(kept) ? kept : ''}${at}`;
  if (setup.kind !== 'versioned' || file === undefined) {
    const names = new Set([...Object.keys(components), ...steps.flatMap(each => each.components)]);
    const since = setup.kind === 'legacy' ? setup.since : undefined;
    const text = {
      version,
      installed_at: since === undefined ? now : secondText(since),
      last_upgrade: setup.kind === 'legacy' ? now : NEVER,
      components: Object.fromEntries(
        [...names].filter(isName).map(name => [name, mark(name, components[name])]),
      ),
      features: [...new Set([...(setup.kind === 'legacy' ? found : []), ...brought])],
      tako_cli_version: '',
    };
    return `${JSON.stringify(text, null, 2)}\n`;
  }
  const { record } = setup;
  const edits: Edit[] = [
    { kind: 'set', path: ['version'], value: version },
    { kind: 'set', path: ['last_upgrade'], value: now },
  ];
  if (record.installed === undefined) edits.push({ kind: 'set', path: ['installed_at'], value: NEVER });
  const fields = Fields.of(JSON.parse(file.text)); // it was read already
  // By their names as they stand there: those of the record are cleaned.
  const recorded = fields?.object('components');
  const real = new Set([...Object.keys(components), ...steps.flatMap(each => each.components)]);
  const versionOf = (name: string): string | undefined => {
    const version = recorded?.raw(name);
    return typeof version === 'string' && isPlain(version) ? version : undefined;
  };
  // What somebody else has written stays as it is where the server has nothing better to say.
  const others = (recorded?.names ?? []).filter(name => versionOf(name) !== undefined);
  const names = new Set([...others, ...real].filter(isName));
  const marks = [...names].map(name => [name, mark(name, versionOf(name))] as const);
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

/** Of a component whose version a server can be asked for. */
const isName = (name: string): boolean => /^[a-z0-9-]{1,40}$/.test(name);

/** A version that can stand in a mark. */
const isPlain = (version: string): boolean => /^[\w.+~:-]{0,100}$/.test(version);
