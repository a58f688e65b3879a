import { clean, say, type Clean } from '../../base/clean.ts';
import type { Finding } from '../../base/finding.ts';
import { parseJson } from '../../base/json.ts';
import { goJson, members } from '../../state/sloth/forms.ts';
import type { StackRecord } from '../../state/sloth/record.ts';
import type { Detection } from '../../state/sloth/record-drift.ts';
import { VALUE_LIMIT } from '../../state/sloth/tables.ts';
import type { WrittenRow } from '../../state/sloth/transaction.ts';
import { resourceName } from './stack.ts';

/** Where the actual values of resources come from. */
export type Actual =
  /** What is recorded now, against what a snapshot holds. */
  | { readonly source: 'snapshot'; readonly version: number }
  /**
   * JSON that a person gives or that servers were asked for: an object of properties by the id of a resource or its
   * `type/name`. `name`: of the file, or of who was asked.
   */
  | { readonly source: 'json' | 'observation'; readonly name: string; readonly text: string };

/** The resources of which both sides are known, and what there is to say about the others. */
export interface Comparison {
  readonly compared: readonly (Detection & { readonly name: Clean })[];
  readonly findings: readonly Finding[];
}

/** The source as it is recorded beside a detection. */
export function sourceText(actual: Actual): Clean {
  return actual.source === 'snapshot'
    ? clean(`snapshot ${actual.version}`)
    : clean(`${actual.source === 'json' ? 'JSON' : actual.source} ${actual.name}`);
}

/** Compares what is recorded with what is given. `then`: the record in the snapshot, where one is compared. */
export function compareActual(now: StackRecord, actual: Actual, then?: StackRecord): Comparison {
  if (actual.source === 'snapshot') {
    const given = new Map(then?.resources.map(row => [String(row.id), recordedIn(row) ?? '']));
    // The other way round: the snapshot is what is expected.
    return compare(now, given, actual, (recorded, seen) => [seen, recorded]);
  }
  const wrong = unusable(actual.text);
  if (wrong) return { compared: [], findings: [wrong] };
  const given = new Map([...members(actual.text)].map(([name, json]) => [String(name), json]));
  return compare(now, given, actual, (recorded, seen) => [recorded, seen]);
}

function compare(
  { resources }: StackRecord,
  given: ReadonlyMap<string, string>,
  actual: Actual,
  sides: (recorded: string, given: string) => readonly [expected: string, actual: string],
): Comparison {
  const compared: (Detection & { readonly name: Clean })[] = [];
  const findings: Finding[] = [];
  const left = new Map(given);
  for (const row of resources) {
    const [resource, name] = [String(row.id), resourceName(row)];
    const found = [resource, `${String(row.type)}/${String(row.name)}`].find(each => left.has(each));
    if (found === undefined) {
      findings.push(notCompared(name, nothingGiven(actual, row)));
      continue;
    }
    const [recorded, seen] = [recordedIn(row), objectIn(left.get(found) ?? '')];
    left.delete(found);
    if (recorded === undefined) findings.push(notCompared(name, say('what is recorded is no object')));
    else if (seen === undefined) findings.push(notCompared(name, say('what is given is no object')));
    else {
      const [expected, is] = sides(recorded, seen);
      compared.push({ resource, name, expected, actual: is });
    }
  }
  const unknown = [...left.keys()];
  findings.push(...unknown.slice(0, UNKNOWN_LIMIT).map(name => notCompared(clean(name), noResource(actual))));
  if (unknown.length > UNKNOWN_LIMIT) {
    findings.push(
      warning('not-compared', say('{0} more names are unknown.', unknown.length - UNKNOWN_LIMIT)),
    );
  }
  return { compared, findings };
}

/** A list of names that nobody knows says no more than its first. */
const UNKNOWN_LIMIT = 50;

/** Recorded properties as Go prints them. `null` is how it prints an empty map. */
export function recordedIn({ properties }: WrittenRow): string | undefined {
  return objectIn(properties === null || properties === 'null' ? '{}' : String(properties));
}

/** A JSON object as Go prints it. `undefined` when it is none. */
export function objectIn(json: string): string | undefined {
  const printed = goJson(json);
  return printed?.startsWith('{') ? printed : undefined;
}

function nothingGiven({ source }: Actual, { type }: WrittenRow): Clean {
  switch (source) {
    case 'snapshot':
      return say('the snapshot does not have it');
    case 'observation':
      return say('no probe for type {0}', clean(type));
    case 'json':
      return say('nothing is given');
  }
}

function noResource({ source }: Actual): Clean {
  return source === 'snapshot' ? say('it is no longer recorded') : say('the stack has no such resource');
}

function notCompared(name: Clean, why: Clean): Finding {
  return warning('not-compared', say('{0} is not compared: {1}.', name, why));
}

function warning(code: string, text: Clean): Finding {
  return { severity: 'warning', code, text };
}

function unusable(text: string): Finding | undefined {
  // What is longer than a value may be would be recorded and never be read again.
  if (Buffer.byteLength(text) > VALUE_LIMIT) {
    const limit = Math.floor(VALUE_LIMIT / 1e6);
    return { severity: 'error', code: 'too-large', text: say('More than {0} MB are not compared.', limit) };
  }
  const parsed = parseJson(text);
  if (!parsed.ok) {
    return { severity: 'error', code: 'json-syntax', text: say('What is given is not valid JSON.') };
  }
  if (typeof parsed.value === 'object' && parsed.value !== null && !Array.isArray(parsed.value))
    return undefined;
  const form = say('What is given is no object of properties by id or type/name.');
  return { severity: 'error', code: 'wrong-type', text: form };
}
