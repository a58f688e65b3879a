import path from 'node:path';
import type { Finding } from '../base/finding.ts';
import type { State } from '../state/model.ts';

/** Files that a person edits. */
const EDITED = /^(?:tako\.(?:ya?ml|json)|stagecraft\.ya?ml|inventory\.\w+|.*\.(?:ya?ml|ini))$/;
/** A secret lies open, or a name in the file has no meaning (any more). */
const ALWAYS = new Set(['tokens-readable', 'tokens-tracked', 'open-secrets', 'unknown-environment']);

/**
 * What belongs into the Problems panel: about files a person edits, about damaged state, about secrets that lie open.
 * Oddities of the tools stay rows of the tree. `live`: the findings of files that are open in an editor, by file; what
 * was found in the file as it was saved does not count then.
 */
export function problemsOf(
  { projects }: State,
  live: ReadonlyMap<string, readonly Finding[]> = new Map(),
): readonly (Finding & Required<Pick<Finding, 'at'>>)[] {
  const saved = projects.flatMap(({ findings }) => findings).filter(({ at }) => at && !live.has(at.file));
  return [...saved, ...[...live.values()].flat()].flatMap(finding => {
    const { at, severity, code } = finding;
    if (!at || severity === 'ok') return [];
    const isEdited = EDITED.test(path.basename(at.file)) && severity !== 'info';
    return isEdited || severity === 'error' || ALWAYS.has(code) ? [{ ...finding, at }] : [];
  });
}
