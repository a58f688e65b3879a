import path from 'node:path';
import { clean, type Clean } from '../base/clean.ts';
import { replaced, type Document } from '../base/document.ts';
import { Fields } from '../base/fields.ts';
import { parseJson } from '../base/json.ts';
import { OWN_FOLDER } from '../base/own.ts';
import { utcText, type Instant } from '../base/time.ts';
import type { FileWrite } from '../base/write.ts';
import type { FileCache } from './cache.ts';
import type { Tool } from './model.ts';

/** Facts of our own that no tool's file can hold: one JSON object a line, the last one of a release and name counts. */
export const FACTS_FILE = `${OWN_FOLDER}/facts.jsonl`;

/** A fact about a release. An empty value takes it back. */
export interface OwnFact {
  readonly tool: Tool;
  readonly release: string;
  readonly fact: 'note';
  readonly value: string;
}

/** The facts of one tool by the id of the release and the name of the fact. */
export type OwnFacts = ReadonlyMap<string, Partial<Readonly<Record<OwnFact['fact'], Clean>>>>;

/** Reads the facts. A line that does not parse, such as the last one after a crash, is left out. */
export async function readFacts(cache: FileCache, root: string, tool: Tool): Promise<OwnFacts> {
  const { value = [] } = await cache.read(path.join(root, FACTS_FILE), {
    decode: ({ text }) => decode(text),
  });
  const facts = new Map<string, Partial<Record<OwnFact['fact'], Clean>>>();
  for (const each of value) {
    if (each.tool !== tool) continue;
    facts.set(each.release, { ...facts.get(each.release), [each.fact]: each.value });
  }
  return facts;
}

function decode(text: string): readonly { tool: string; release: string; fact: 'note'; value: Clean }[] {
  return text.split('\n').flatMap(line => {
    const parsed = parseJson(line);
    const fields = parsed.ok ? Fields.of(parsed.value) : undefined;
    const [tool, release, fact] = ['tool', 'release', 'fact'].map(name => fields?.raw(name));
    if (typeof tool !== 'string' || typeof release !== 'string' || fact !== 'note') return [];
    return [{ tool, release, fact, value: clean(fields?.raw('value'), 2_000) }];
  });
}

/** The write that adds a fact. */
export function addFact(facts: Document, fact: OwnFact, now: Instant): FileWrite {
  const before = facts.text ?? '';
  const end = before === '' || before.endsWith('\n') ? '' : '\n';
  return replaced(facts, `${before}${end}${JSON.stringify({ at: utcText(now), ...fact })}\n`);
}
