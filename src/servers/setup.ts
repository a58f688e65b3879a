/** How a server was set up, and what became of the last change. What could not be asked is "unknown", never guessed into another answer. */
import { isUtf8 } from 'node:buffer';
import { parse } from 'semver';
import { clean, say, type Clean } from '../base/clean.ts';
import { Fields } from '../base/fields.ts';
import { parseJson } from '../base/json.ts';
import { parseTime } from '../base/time.ts';
import type { ServerAnswer, Setup, SetupRecord, SetupRun } from '../state/observed.ts';
import type { Lines } from './lines.ts';

/** `version.json`, where it was read whole. */
export function versionFileOf(lines: Lines): ServerAnswer['versionFile'] {
  const [json, digest] = [lines.first('version-json'), lines.first('version-digest')];
  if (!lines.isWhole || json === undefined || digest === undefined) return undefined;
  const bytes = Buffer.from(json, 'base64');
  return isUtf8(bytes) ? { text: bytes.toString(), digest } : undefined;
}

export function setupOf(lines: Lines): Setup {
  const state = lines.first('version-file');
  const text = versionFileOf(lines)?.text;
  const record = text === undefined ? undefined : recordOf(text);
  const evidence = lines.first('takod') ?? record?.features.find(each => TAKOD_FEATURES.has(each));
  if (evidence !== undefined)
    return {
      kind: 'takod',
      ...(record?.version !== undefined && { version: record.version }),
      evidence: clean(evidence),
    };
  switch (state) {
    case 'absent': {
      const complete = lines.first('setup-complete');
      if (complete === undefined) return { kind: 'not-set-up' };
      const since = parseTime(Number(complete));
      return { kind: 'legacy', version: '1.0.0', ...(since !== undefined && { since }) };
    }
    case 'file':
      if (record === undefined) {
        if (lines.first('version-digest') === undefined) break;
        return { kind: 'damaged', why: say('/etc/tako/version.json is no text') };
      }
      if (record.version === undefined) return { kind: 'damaged', why: record.why };
      return { kind: 'versioned', version: record.version, record: record.record };
    case 'other':
      return { kind: 'damaged', why: say('/etc/tako/version.json is no file') };
    case 'closed':
      return { kind: 'unknown', why: say('/etc/tako may not be read by this user') };
  }
  return { kind: 'unknown', why: say('The server did not say whether there is a version file') };
}

/** Of a server that takod runs: nothing else sets these up. */
const TAKOD_FEATURES: ReadonlySet<string> = new Set(['tako-proxy', 'wireguard-mesh']);

/** More components than this nobody has. */
const COMPONENTS = 200;

type ReadRecord = { readonly features: readonly Clean[] } & (
  | { readonly version: string; readonly record: SetupRecord }
  | { readonly version?: undefined; readonly why: Clean }
);

function recordOf(text: string): ReadRecord {
  const parsed = parseJson(text);
  if (!parsed.ok) {
    const where = parsed.line === undefined ? clean(parsed.reason) : say('line {0}', parsed.line);
    return { features: [], why: say('/etc/tako/version.json cannot be read: {0}', where) };
  }
  const fields = Fields.of(parsed.value);
  // All that are in there, and the file was read up to a limit: those that an upgrade brought come last.
  const features = [...new Set(fields?.texts('features'))];
  const written = fields?.text('version');
  if (!fields || written === undefined)
    return { features, why: say('/etc/tako/version.json names no version') };
  const version = parse(written)?.version;
  if (version === undefined)
    return { features, why: say('"{0}" in /etc/tako/version.json is no version', written) };
  const components = fields.object('components');
  const record: SetupRecord = {
    installed: fields.time('installed_at'),
    lastUpgrade: fields.time('last_upgrade'),
    components: Object.fromEntries(
      components.names.slice(0, COMPONENTS).map(name => [clean(name), components.text(name) ?? clean('')]),
    ),
    features,
    cliVersion: fields.text('tako_cli_version'),
  };
  return { features, version, record };
}

/** The newest run, as its journal tells it: "TIME ID EVENT…" a line. */
export function runOf(lines: Lines): SetupRun | undefined {
  const events = lines.all('journal').map(line => {
    const [time = '', id = '', ...event] = line.split(' ');
    return { time, id, text: event.join(' ') };
  });
  const last = events.at(-1);
  if (last === undefined || !/^[a-z0-9][a-z0-9-]{0,99}$/.test(last.id)) return undefined;
  const step = events.map(({ text }) => STEP.exec(text)?.[1]).findLast(each => each !== undefined);
  const at = parseTime(last.time);
  return {
    id: last.id,
    active: lines.first('run') === 'active',
    state: stateOf(last.text),
    ...(step !== undefined && { step: clean(step) }),
    last: clean(last.text),
    ...(at !== undefined && { at }),
  };
}

const STEP = /^(?:begin|applied|verified|undone|stuck|paused after)(?: \S+)*? (\d\S*)$/;

function stateOf(last: string): SetupRun['state'] {
  if (last === 'finished' || last === 'undone') return last;
  if (last.startsWith('stuck ')) return 'stuck';
  return last.startsWith('paused ') ? 'paused' : 'underway';
}
