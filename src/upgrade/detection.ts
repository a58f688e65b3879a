/** How a server was set up, from what `detect.sh` found. What could not be asked is "unknown", never guessed into another answer. */
import { parse } from 'semver';
import { clean, say, type Clean } from '../base/clean.ts';
import { Fields, type RecordedTime } from '../base/fields.ts';
import { parseJson } from '../base/json.ts';
import { sharedScript } from './migrations.ts';
import type { ShellEnd } from './shell.ts';

export type Setup =
  | { readonly kind: 'versioned'; readonly version: string; readonly record: SetupRecord }
  /** Set up before there was a version file: 1.0.0. */
  | { readonly kind: 'legacy'; readonly version: '1.0.0'; readonly since: number | undefined }
  /** Run by takod, so its setup is the Tako CLI's. */
  | { readonly kind: 'takod'; readonly version: string | undefined; readonly evidence: Clean }
  | { readonly kind: 'not-set-up' }
  | { readonly kind: 'damaged'; readonly why: Clean }
  | { readonly kind: 'unknown'; readonly why: Clean };

/** What `version.json` says. */
export interface SetupRecord {
  readonly installed: RecordedTime | undefined;
  readonly lastUpgrade: RecordedTime | undefined;
  readonly components: ReadonlyMap<string, Clean>;
  readonly features: readonly Clean[];
  readonly cliVersion: Clean | undefined;
}

export interface Detection {
  readonly setup: Setup;
  /** `version.json` byte for byte, with the SHA-256 that it has on the server. */
  readonly file: { readonly text: string; readonly digest: string } | undefined;
  /** What is really there, beside what is recorded. */
  readonly components: ReadonlyMap<string, Clean>;
  readonly features: readonly Clean[];
  readonly backups: readonly string[];
  /** The newest run on the server: its id, what it wrote down, and whether it runs now. */
  readonly run:
    { readonly id: string; readonly events: readonly Clean[]; readonly active: boolean } | undefined;
}

/** The script that looks. */
export function detectScript(): string {
  return sharedScript('versions.sh') + sharedScript('detect.sh');
}

/** What a server answered to {@link detectScript}. Lines that are not understood are passed over. */
export function detected({ code, out, err }: ShellEnd): Detection {
  const lines = out.split('\n').flatMap(line => {
    const [name = '', value] = line.split('\t', 2);
    return value === undefined ? [] : [{ name, value }];
  });
  const values = (name: string): readonly string[] =>
    lines.flatMap(each => (each.name === name ? [each.value] : []));
  const isWhole = values('detect')[0] === '1' && lines.at(-1)?.name === 'end';
  const json = values('version-json')[0];
  const text = json === undefined ? undefined : Buffer.from(json, 'base64').toString();
  const digest = values('version-digest')[0];
  return {
    setup: isWhole
      ? setupOf(values, text)
      : { kind: 'unknown', why: say('The server did not answer in full ({0}): {1}', code, clean(err)) },
    file: isWhole && text !== undefined && digest !== undefined ? { text, digest } : undefined,
    components: new Map(values('component').map(line => pair(line))),
    features: values('feature').map(each => clean(each)),
    backups: values('backup').filter(each => /^backup-\d{8}-\d{6}$/.test(each)),
    run: runOf(values),
  };
}

type Values = (name: string) => readonly string[];

function setupOf(values: Values, text: string | undefined): Setup {
  const [state] = values('version-file');
  const record = text === undefined ? undefined : recordOf(text);
  const evidence = values('takod')[0] ?? record?.features.find(each => TAKOD_FEATURES.has(each));
  if (evidence !== undefined)
    return { kind: 'takod', version: record?.version ?? undefined, evidence: clean(evidence) };
  switch (state) {
    case 'absent': {
      const [complete] = values('setup-complete');
      if (complete === undefined) return { kind: 'not-set-up' };
      return { kind: 'legacy', version: '1.0.0', since: Number(complete) * 1000 || undefined };
    }
    case 'file':
      if (record === undefined) break;
      if (record.why !== undefined) return { kind: 'damaged', why: record.why };
      return { kind: 'versioned', version: record.version, record };
    case 'other':
      return { kind: 'damaged', why: say('/etc/tako/version.json is no file') };
    case 'closed':
      return { kind: 'unknown', why: say('/etc/tako may not be read by this user') };
  }
  return { kind: 'unknown', why: say('The server did not say whether there is a version file') };
}

/** Of a server that takod runs: nothing else sets these up. */
const TAKOD_FEATURES: ReadonlySet<string> = new Set(['tako-proxy', 'wireguard-mesh']);

type ReadRecord = SetupRecord &
  (
    | { readonly version: string; readonly why?: undefined }
    | { readonly version?: undefined; readonly why: Clean }
  );

function recordOf(text: string): ReadRecord {
  const parsed = parseJson(text);
  const fields = parsed.ok ? Fields.of(parsed.value) : undefined;
  const components = fields?.object('components');
  const record: SetupRecord = {
    installed: fields?.time('installed_at'),
    lastUpgrade: fields?.time('last_upgrade'),
    components: new Map((components?.names ?? []).map(name => [name, components?.text(name) ?? clean('')])),
    features: fields?.texts('features') ?? [],
    cliVersion: fields?.text('tako_cli_version'),
  };
  if (!parsed.ok) {
    const where = parsed.line === undefined ? clean(parsed.reason) : say('line {0}', parsed.line);
    return { ...record, why: say('/etc/tako/version.json cannot be read: {0}', where) };
  }
  const written = fields?.text('version');
  if (written === undefined) return { ...record, why: say('/etc/tako/version.json names no version') };
  const version = parse(written)?.version;
  if (version === undefined)
    return { ...record, why: say('"{0}" in /etc/tako/version.json is no version', written) };
  return { ...record, version };
}

function runOf(values: Values): Detection['run'] {
  const events = values('journal');
  const id = events[0]?.split(' ')[1];
  if (id === undefined) return undefined;
  const told = events.map(line => clean(line.split(' ').slice(2).join(' ')));
  return { id, events: told, active: values('run').includes('active') };
}

function pair(line: string): readonly [string, Clean] {
  const [name = '', value = ''] = line.split(' ', 2);
  return [clean(name), clean(value)];
}
