import type { Clean } from '../base/clean.ts';

/**
 * A text for a label, a status or a message of the editor, which would make an icon of `$(name)` and a link, even to a
 * command, of `[text](address)`.
 */
export function plain(text: Clean): Clean {
  return text.replaceAll('$(', '$ (').replaceAll('](', '] (') as Clean; // a space leaves it clean
}
