import { clean, cleanJson, isSecretName, MASK, say, type Clean, type CleanJson } from './clean.ts';
import { parseTime, type Instant } from './time.ts';

/** Told where a value is not of the expected type; the reader goes on without the value. */
export type Misfit = (path: readonly (string | number)[], expected: Clean) => void;

/** A time as recorded, and what it means. `at` is missing for "never" and for text that is no time. */
export interface RecordedTime {
  readonly text: Clean;
  readonly at?: Instant;
}

/**
 * Tolerant view of one JSON object of a state file: every read cleans and masks what it returns, a missing or `null`
 * value is simply absent, a value of a wrong type is absent and reported. Names are found without regard to case where
 * the exact one is missing, as Go's decoder does.
 */
export class Fields {
  private readonly record: Readonly<Record<string, unknown>>;
  private readonly path: readonly (string | number)[];
  private readonly misfit: Misfit;
  private readonly secrets: readonly string[];
  private lowerCase: Map<string, string> | undefined;

  private constructor(
    record: Readonly<Record<string, unknown>>,
    path: readonly (string | number)[],
    misfit: Misfit,
    secrets: readonly string[],
  ) {
    this.record = record;
    this.path = path;
    this.misfit = misfit;
    this.secrets = secrets;
  }

  /**
   * Fields of `value`, or `undefined` (and reported) when it is no object. `null` is an empty object. Without `misfit`
   * nothing is reported.
   */
  static of(
    value: unknown,
    misfit: Misfit = () => undefined,
    path: readonly (string | number)[] = [],
    secrets: readonly string[] = [],
  ): Fields | undefined {
    if (value === null || value === undefined) return new Fields({}, path, misfit, secrets);
    if (isRecord(value)) return new Fields(value, path, misfit, secrets);
    misfit(path, say('an object'));
    return undefined;
  }

  get names(): readonly string[] {
    return Object.keys(this.record);
  }

  /** A name of this object (see {@link map}) for showing. */
  shown(name: string): Clean {
    return clean(name, undefined, this.secrets);
  }

  has(name: string): boolean {
    return this.raw(name) !== undefined;
  }

  /** The value as it stands in the file: unclean, for decisions only. */
  raw(name: string): unknown {
    if (Object.hasOwn(this.record, name)) return this.record[name];
    this.lowerCase ??= new Map(this.names.map(each => [each.toLowerCase(), each]));
    const spelled = this.lowerCase.get(name.toLowerCase());
    return spelled === undefined ? undefined : this.record[spelled];
  }

  /** A text; numbers and booleans are taken as their text. The empty text counts as absent. */
  text(name: string, limit?: number): Clean | undefined {
    const value = this.raw(name);
    if (value === undefined || value === null || value === '') return undefined;
    if (typeof value === 'object') {
      this.reject(name, say('a text'));
      return undefined;
    }
    return isSecretName(name) ? MASK : clean(value, limit, this.secrets);
  }

  number(name: string): number | undefined {
    const value = this.raw(name);
    if (value === undefined || value === null) return undefined;
    if (typeof value === 'number' && Number.isFinite(value)) return value;
    this.reject(name, say('a number'));
    return undefined;
  }

  flag(name: string): boolean | undefined {
    const value = this.raw(name);
    if (value === undefined || value === null) return undefined;
    if (typeof value === 'boolean') return value;
    this.reject(name, say('true or false'));
    return undefined;
  }

  time(name: string): RecordedTime | undefined {
    const value = this.raw(name);
    if (value === undefined || value === null || value === '') return undefined;
    if (typeof value !== 'string') {
      this.reject(name, say('a time'));
      return undefined;
    }
    const at = parseTime(value);
    if (at === undefined && !value.startsWith('0001-01-01')) this.reject(name, say('a time'));
    return { text: clean(value, 80, this.secrets), at };
  }

  /** The entries of a list as they stand in the file: unclean, for decisions only. `null` is an empty list. */
  items(name: string): readonly unknown[] {
    const value = this.raw(name);
    if (value === undefined || value === null) return [];
    if (Array.isArray(value)) return value;
    this.reject(name, say('a list'));
    return [];
  }

  /** A list of texts. `null` is an empty list. */
  texts(name: string): readonly Clean[] {
    return this.items(name).flatMap((value, index) => {
      if (value === null || typeof value === 'object') {
        this.misfit([...this.path, name, index], say('a text'));
        return [];
      }
      return [clean(value, undefined, this.secrets)];
    });
  }

  numbers(name: string): readonly number[] {
    return this.items(name).flatMap((value, index) => {
      if (typeof value === 'number' && Number.isFinite(value)) return [value];
      this.misfit([...this.path, name, index], say('a number'));
      return [];
    });
  }

  /** A list of objects; entries that are none are reported and left out. */
  list(name: string): readonly Fields[] {
    return this.items(name).flatMap((value, index) => {
      const path = [...this.path, name, index];
      if (isRecord(value)) return [new Fields(value, path, this.misfit, this.secrets)];
      this.misfit(path, say('an object'));
      return [];
    });
  }

  /** An object. Missing, `null` or of a wrong type: an empty one. */
  object(name: string): Fields {
    return (
      Fields.of(this.raw(name), this.misfit, [...this.path, name], this.secrets) ??
      new Fields({}, this.path, this.misfit, this.secrets)
    );
  }

  /** An object used as a map of objects, in file order. Names are as in the file (see {@link shown}). */
  map(name: string): readonly (readonly [string, Fields])[] {
    const holder = this.object(name);
    return holder.names.flatMap(each => {
      const fields = Fields.of(holder.record[each], this.misfit, [...this.path, name, each], this.secrets);
      return fields ? [[each, fields] as const] : [];
    });
  }

  /** Free JSON, masked. Absent: `undefined`. */
  json(name: string): CleanJson | undefined {
    const value = this.raw(name);
    return value === undefined ? undefined : cleanJson(value, name, this.secrets);
  }

  /** Everything but the named fields, masked: the free part of an object whose variables are mixed in. */
  rest(except: readonly string[]): { readonly [name: string]: CleanJson } {
    const skipped = new Set(except);
    return cleanJson(
      Object.fromEntries(Object.entries(this.record).filter(([name]) => !skipped.has(name))),
      '',
      this.secrets,
    ) as {
      readonly [name: string]: CleanJson; // a record goes in, so a record comes out
    };
  }

  private reject(name: string, expected: Clean): void {
    this.misfit([...this.path, name], expected);
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
