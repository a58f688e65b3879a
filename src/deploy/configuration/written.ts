import path from 'node:path';
import { clean, say, type Clean } from '../../base/clean.ts';
import type { Finding } from '../../base/finding.ts';
import type { Path } from '../../state/key-ranges.ts';
import type { ConfigText } from '../../state/tako/config-text.ts';
import { hasNoValue } from '../../state/tako/variables.ts';

/** Keeps what is found, each once: environments may share their services by an alias. */
export class Findings {
  readonly all: Finding[] = [];
  private readonly told = new Set<string>();

  add(finding: Finding): void {
    const id = JSON.stringify([finding.at?.file, finding.at?.line, finding.text]);
    if (!this.told.has(id)) this.all.push(finding);
    this.told.add(id);
  }

  /** Names that are told may come from variables. */
  masked(secrets: readonly string[]): readonly Finding[] {
    return this.all.map(each => ({ ...each, text: clean(each.text, 1_000, secrets) }));
  }
}

/**
 * A part of a configuration with its real values, which are never shown. What is not as it has to be is told with its line,
 * and is absent then.
 */
export class Written {
  readonly path: Path;
  readonly config: ConfigText;
  private readonly file: string;
  private readonly findings: Findings;

  constructor(config: ConfigText, file: string, findings: Findings, at: Path = []) {
    this.config = config;
    this.file = file;
    this.findings = findings;
    this.path = at;
  }

  /** It is there, and is not `null`. */
  get isThere(): boolean {
    return (this.written ?? undefined) !== undefined;
  }

  get isList(): boolean {
    return Array.isArray(this.value);
  }

  get isObject(): boolean {
    return typeof this.value === 'object' && this.value !== null && !this.isList;
  }

  /** The last part of the path, as it may be shown. */
  get name(): Clean {
    return this.config.name(this.path);
  }

  get fileName(): Clean {
    return clean(path.basename(this.file));
  }

  /** What stands in the file: unclean, for decisions only. */
  get written(): unknown {
    return this.config.writtenValue(this.path);
  }

  /** What stands in the file, as it may be shown. */
  get shown(): Clean {
    return this.config.shown(this.path);
  }

  /** A member; not there where this is no object. */
  at(name: string | number): Written {
    return new Written(this.config, this.file, this.findings, [...this.path, name]);
  }

  /** Another member of what this is a member of. */
  beside(name: string): Written {
    return new Written(this.config, this.file, this.findings, [...this.path.slice(0, -1), name]);
  }

  /** Names of members, as they are. */
  get names(): readonly string[] {
    if (this.isObject) return Object.keys(this.value as object); // it is one
    if (this.isThere) this.misfit(say('an object'));
    return [];
  }

  /** Entries of a list; something that is no list is one of itself. */
  get items(): readonly Written[] {
    if (!this.isThere) return [];
    return Array.isArray(this.value) ? this.value.map((_, index) => this.at(index)) : [this];
  }

  /** A scalar as it is written, with variables replaced. */
  text(): string | undefined {
    if (!this.isThere) return undefined;
    const missing = this.config.missing(this.path);
    for (const name of missing) this.error('missing-variable', hasNoValue(name));
    if (missing.length > 0) return undefined;
    const text = this.config.realScalar(this.path);
    if (text === undefined) this.misfit(say('a text'));
    else if (text.includes('\0')) this.misfit(say('a text'));
    else return text;
    return undefined;
  }

  texts(): readonly string[] {
    return this.items.flatMap(each => each.text() ?? []);
  }

  /** A text of a certain form; `expected` says of which. */
  matching(form: RegExp, expected: Clean): string | undefined {
    const text = this.text();
    if (text === undefined || form.test(text)) return text;
    this.misfit(expected);
    return undefined;
  }

  /** A whole number within bounds. */
  count(least: number, most: number): number | undefined {
    const text = this.text();
    if (text === undefined) return undefined;
    const count = /^\d{1,9}$/.test(text) ? Number(text) : NaN;
    if (count >= least && count <= most) return count;
    this.misfit(say('a number from {0} to {1}', least, most));
    return undefined;
  }

  flag(): boolean | undefined {
    const text = this.matching(/^(true|false)$/, say('true or false'));
    return text === undefined ? undefined : text === 'true';
  }

  /** A time span as Go writes it (`1m30s`, `500ms`), in seconds. */
  seconds(): number | undefined {
    const text = this.text();
    if (text === undefined) return undefined;
    const seconds = secondsOf(text);
    if (seconds === undefined) this.misfit(say('a time span like 30s'));
    return seconds;
  }

  /** Told as an error: deploying without it would do the wrong thing. */
  misfit(expected: Clean): void {
    this.error('wrong-value', say('{0} is not {1}.', this.place, expected));
  }

  /** How the part is called in sentences: `web.healthCheck.interval`, without what all have in front of it. */
  get place(): Clean {
    const from = this.path[0] === 'environments' && this.path.length > 3 ? 3 : 0;
    const names = this.path.slice(from).map((part, index) => {
      if (typeof part === 'number') return `[${part}]`;
      return `${index > 0 ? '.' : ''}${this.config.name(this.path.slice(0, from + index + 1))}`;
    });
    return clean(names.join(''), 200);
  }

  error(code: string, text: Clean): void {
    this.tell('error', code, text);
  }

  warning(code: string, text: Clean): void {
    this.tell('warning', code, text);
  }

  info(code: string, text: Clean): void {
    this.tell('info', code, text);
  }

  private tell(severity: Finding['severity'], code: string, text: Clean): void {
    const { line } = this.config.position(this.path);
    this.findings.add({ severity, code, text, at: { file: this.file, line } });
  }

  private get value(): unknown {
    return this.config.realValue(this.path);
  }
}

const UNIT_SECONDS: Readonly<Record<string, number>> = {
  ns: 1e-9,
  us: 1e-6,
  µs: 1e-6,
  ms: 1e-3,
  s: 1,
  m: 60,
  h: 3600,
};
const SPAN = /^(?:\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h))+$/;
const LONGEST_SECONDS = 7 * 24 * 3600;

function secondsOf(text: string): number | undefined {
  if (text === '0') return 0;
  if (text.length > 40 || !SPAN.test(text)) return undefined;
  let seconds = 0;
  for (const [, number, unit = ''] of text.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/g)) {
    seconds += Number(number) * (UNIT_SECONDS[unit] ?? NaN);
  }
  return seconds <= LONGEST_SECONDS ? seconds : undefined;
}
