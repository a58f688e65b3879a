import path from 'node:path';
import type { Finding } from '../base/finding.ts';
import type { State } from '../state/model.ts';

/** Files that a person edits. */
const EDITED = /^(?:tako\.(?:ya?ml|json)|stagecraft\.ya?ml|inventory\.\w+|.*\.(?:ya?ml|ini))$/;
/** A secret lies open. */
const LEAKS = new Set(['tokens-readable', 'tokens-tracked', 'open-secrets']);

/**
 * What belongs into the Problems panel: about files a person edits, about damaged state, about secrets that lie open.
 * Oddities of the tools stay rows of the tree.
 */
export function problemsOf({ projects }: State): readonly (Finding & Required<Pick<Finding, 'at'>>)[] {
  return projects
    .flatMap(({ findings }) => findings)
    .flatMap(finding => {
      const { at, severity, code } = finding;
      if (!at || severity === 'ok') return [];
      const isEdited = EDITED.test(path.basename(at.file)) && severity !== 'info';
      return isEdited || severity === 'error' || LEAKS.has(code) ? [{ ...finding, at }] : [];
    });
}
