import { say, type Clean } from '../base/clean.ts';
import type { Key } from '../base/finding.ts';
import type { Action, Page } from './page.ts';

/** The type of the webview. The manifest activates the extension by it when a window is loaded anew. */
export const PANEL = 'shipshape.table';

// What the table panel and the extension say to each other. The panel speaks first, when it can listen.

/** What a page is about: its kind, and the keys of what it shows. The panel keeps it over a reload of the window. */
export interface Subject {
  readonly use: string;
  readonly keys: readonly Key[];
}

/** What the extension says. */
export interface ToPanel {
  readonly type: 'page';
  readonly subject: Subject;
  readonly page: Page;
  readonly words: PanelWords;
}

/** What the panel says. */
export type FromPanel =
  { readonly type: 'ready' } | { readonly type: 'act'; readonly id: string; readonly key?: string };

/** The panel's own texts, in the reader's language. Numbers take the place of `{0}` and `{1}`. */
export interface PanelWords {
  readonly filter: Clean;
  readonly row: Clean;
  readonly rows: Clean;
  readonly some: Clean;
  readonly none: Clean;
  readonly more: Clean;
  readonly actions: Clean;
}

export function panelWords(): PanelWords {
  return {
    filter: say('Filter: rows with all of these words'),
    row: say('1 row'),
    rows: say('{0} rows'),
    some: say('{0} of {1} rows'),
    none: say('No row has all of these words.'),
    more: say('Show {0} more'),
    actions: say('Actions'),
  };
}

/** What a panel said, where it is one of the messages; a webview can send anything. */
export function messageFrom(value: unknown): FromPanel | undefined {
  if (!isRecord(value)) return undefined;
  const { type, id, key } = value;
  if (type === 'ready') return { type };
  if (type !== 'act' || typeof id !== 'string') return undefined;
  if (key === undefined) return { type, id };
  return typeof key === 'string' ? { type, id, key } : undefined;
}

/** What a page was about, from what the panel kept. */
export function subjectFrom(kept: unknown): Subject | undefined {
  const subject = isRecord(kept) ? kept.subject : undefined;
  if (!isRecord(subject)) return undefined;
  const { use, keys } = subject;
  const isWhole =
    typeof use === 'string' && Array.isArray(keys) && keys.every(key => typeof key === 'string');
  return isWhole ? { use, keys: keys as Key[] } : undefined; // a key that is none names nothing
}

/** The action of a page that is meant. One that the page does not offer cannot be asked for. */
export function actionOn(
  { actions, tables }: Page,
  { id, key }: { readonly id: string; readonly key?: string },
): Action | undefined {
  const isMeant = (action: Action): boolean => action.id === id && action.key === key;
  const own = actions.find(isMeant);
  if (own) return own;
  for (const { rows } of tables) {
    for (const row of rows) {
      const found = row.actions.find(isMeant);
      if (found) return found;
    }
  }
  return undefined;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
