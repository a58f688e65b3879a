import path from 'node:path';
import { appendLine } from '../base/append.ts';
import { clean, type Clean } from '../base/clean.ts';
import { replaced, type Document } from '../base/document.ts';
import { Fields } from '../base/fields.ts';
import { parseJson } from '../base/json.ts';
import { makeOwnFolder, OWN_FOLDER } from '../base/own.ts';
import { parseTime, secondText, utcText, type Instant } from '../base/time.ts';
import type { FileWrite } from '../base/write.ts';
import type { FileCache } from './cache.ts';
import type { IgnoredDrift, Tool } from './model.ts';

/** Facts of our own that no tool's file can hold: one JSON object a line, the last one of a thing and name counts. */
export const FACTS_FILE = `${OWN_FOLDER}/facts.jsonl`;

/** `sha256`: of the text of a snapshot. `source`: of what was observed of a drift. `ignored`: drift, until when and why. */
const FACTS = ['note', 'sha256', 'source', 'ignored'] as const;

/** A fact about something that a tool has recorded. An empty value takes it back. */
export interface OwnFact {
  readonly tool: Tool;
  /** The id of a release, or of what else it is about. */
  readonly of: string;
  readonly fact: (typeof FACTS)[number];
  readonly value: string;
}

/** The facts of one tool by what they are about and the name of the fact. */
export type OwnFacts = ReadonlyMap<string, Partial<Readonly<Record<OwnFact['fact'], Clean>>>>;

/** Reads the facts. A line that does not parse, such as the last one after a crash, is left out. */
export async function readFacts(cache: FileCache, root: string, tool: Tool): Promise<OwnFacts> {
  const { value = [] } = await cache.read(path.join(root, FACTS_FILE), {
    decode: ({ text }) => decode(text),
  });
  const facts = new Map<string, Partial<Record<OwnFact['fact'], Clean>>>();
  for (const each of value) {
    if (each.tool !== tool) continue;
    facts.set(each.of, { ...facts.get(each.of), [each.fact]: each.value });
  }
  return facts;
}

function decode(text: string): readonly (OwnFact & { readonly value: Clean })[] {
  return text.split('\n').flatMap(line => {
    const parsed = parseJson(line);
    const fields = parsed.ok ? Fields.of(parsed.value) : undefined;
    const [tool, of] = [fields?.raw('tool'), fields?.raw('of')];
    const fact = FACTS.find(each => each === fields?.raw('fact'));
    if (typeof tool !== 'string' || typeof of !== 'string' || !fact) return [];
    // Facts of tools that are not known concern nobody.
    return [{ tool: tool as Tool, of, fact, value: clean(fields?.raw('value'), 2_000) }];
  });
}

/** Drift of services that is let be. */
export function ignoredDrift(facts: OwnFacts): readonly IgnoredDrift[] {
  return [...facts].flatMap(([of, { ignored = '' }]) => {
    const [, time, seen, reason] = /^(\S+) ([0-9a-f]{16}) (.*)$/.exec(ignored) ?? [];
    const until = parseTime(time);
    return until === undefined || seen === undefined
      ? []
      : [{ of, seen, until, reason: clean(reason, 2_000) }];
  });
}

/** Until when drift of a service is let be, and why. */
export function ignoredDriftFact(
  tool: Tool,
  { of, seen, until, reason }: Omit<IgnoredDrift, 'reason'> & { readonly reason: string },
): OwnFact {
  return { tool, of, fact: 'ignored', value: `${secondText(until)} ${seen} ${clean(reason, 1_000)}` };
}

/** The write that adds a fact. */
export function addFact(facts: Document, fact: OwnFact, now: Instant): FileWrite {
  const before = facts.text ?? '';
  const end = before === '' || before.endsWith('\n') ? '' : '\n';
  return replaced(facts, `${before}${end}${lineOf(fact, now)}\n`);
}

/** Adds facts at once, where no lock is held because the tool's state is in a database. */
export async function appendFacts(root: string, facts: readonly OwnFact[], now: Instant): Promise<void> {
  await makeOwnFolder(root);
  await appendLine(root, FACTS_FILE, ...facts.map(fact => lineOf(fact, now)));
}

function lineOf(fact: OwnFact, now: Instant): string {
  return JSON.stringify({ at: utcText(now), ...fact });
}
