/** The table panel: draws the page that the extension sends, and tells it what was chosen. Every text is bound as text. */
import '@vscode-elements/elements/dist/vscode-badge/index.js';
import '@vscode-elements/elements/dist/vscode-button/index.js';
import '@vscode-elements/elements/dist/vscode-icon/index.js';
import '@vscode-elements/elements/dist/vscode-textfield/index.js';
import { html, nothing, render, type TemplateResult } from 'lit';
import type { Action, Page } from '../src/words/page.ts';
import type { FromPanel, PanelWords, Subject, ToPanel } from '../src/words/panel.ts';
import { chosenRows } from './rows.ts';
import { tableSection, type TableView } from './table.ts';
import { filled } from './texts.ts';

/** What VS Code keeps while the panel is hidden, and over a reload of the window. */
interface Kept {
  readonly subject?: Subject;
  readonly filter: string;
  /** By the place of the table in the page. */
  readonly tables: Readonly<Record<number, TableView>>;
  readonly scroll: number;
  /** The table whose row had the focus. */
  readonly focused?: number;
}

declare function acquireVsCodeApi(): {
  postMessage(message: FromPanel): void;
  getState(): Kept | undefined;
  setState(state: Kept): void;
};

const host = acquireVsCodeApi();
let kept: Kept = host.getState() ?? { filter: '', tables: {}, scroll: 0 };
let shown: ToPanel | undefined;
/** So many rows of a table are drawn at first; the others when these can be used and nothing else is to do. */
let most = 200;
const IDLE_MS = 500;

function keep(change: Partial<Kept>): void {
  kept = { ...kept, ...change };
  host.setState(kept);
}

function draw(): void {
  if (shown) render(pageView(shown), document.body);
}

function pageView({ page, words }: ToPanel): TemplateResult {
  const { title, summary, actions, tables } = page;
  return html`<main>
    <h1>${title}</h1>
    ${summary.map(sentence => html`<p>${sentence}</p>`)}
    ${
      actions.length > 0
        ? html`<div class="toolbar">
            ${actions.map(
              action =>
                html`<vscode-button secondary @click=${() => act(action)}>${action.title}</vscode-button>`,
            )}
          </div>`
        : nothing
    }
    ${tables.some(({ rows }) => rows.length > 0) ? filterField(page, words) : nothing}
    ${tables.map((table, index) => {
      const view = kept.tables[index] ?? {};
      const change = (fresh: TableView): void => {
        keep({ tables: { ...kept.tables, [index]: fresh } });
        draw();
      };
      return tableSection({ table, index, filter: kept.filter, view, words, most, change, act });
    })}
  </main>`;
}

function filterField(page: Page, words: PanelWords): TemplateResult {
  return html`<div class="filter">
    <vscode-textfield
      .label=${words.filter}
      placeholder=${words.filter}
      .value=${kept.filter}
      @input=${({ currentTarget }: { currentTarget: { value: string } }) => filterBy(currentTarget.value)}
      @keydown=${({ key }: KeyboardEvent) => {
        if (key === 'Escape') filterBy('');
      }}
    >
      <vscode-icon slot="content-before" name="filter"></vscode-icon>
    </vscode-textfield>
    <span role="status">${countText(page, words)}</span>
  </div>`;
}

function filterBy(filter: string): void {
  keep({ filter });
  draw();
}

function countText({ tables }: Page, words: PanelWords): string {
  const all = tables.reduce((sum, { rows }) => sum + rows.length, 0);
  const chosen = tables.reduce((sum, table) => sum + chosenRows(table, kept.filter, undefined).length, 0);
  if (chosen < all) return chosen === 0 ? words.none : filled(words.some, chosen, all);
  return all === 1 ? words.row : filled(words.rows, all);
}

function act({ id, key }: Action): void {
  host.postMessage({ type: 'act', id, key });
}

function focusedRow(): HTMLElement | null {
  return document.activeElement?.closest<HTMLElement>('tbody tr') ?? null;
}

/** Draws a new page. The focus stays on its row; where that is gone, it goes to the one that took its place. */
function receive(message: ToPanel): void {
  const isFirst = shown === undefined;
  const row = focusedRow();
  const body = row?.parentElement;
  const place = row ? [...(body?.children ?? [])].indexOf(row) : -1;
  shown = message;
  keep({ subject: message.subject });
  if (isFirst && wasAtTop()) requestIdleCallback(drawAll, { timeout: IDLE_MS });
  else most = Infinity;
  draw();
  if (isFirst) restore();
  else if (row && body && focusedRow() !== row) {
    whenFocused(() => {
      const next = row.isConnected ? row : body.children[Math.min(place, body.children.length - 1)];
      if (next instanceof HTMLElement) next.focus();
    });
  }
}

function wasAtTop(): boolean {
  return kept.scroll === 0 && kept.focused === undefined;
}

function drawAll(): void {
  most = Infinity;
  draw();
}

/** The place where a person was before the panel was hidden. */
function restore(): void {
  const { focused, scroll } = kept;
  if (scroll > 0) scrollTo({ top: scroll, behavior: 'instant' });
  if (focused === undefined) return;
  whenFocused(() => {
    const body = document.querySelectorAll('section')[focused]?.querySelector('tbody');
    body?.querySelector<HTMLElement>('tr[tabindex="0"]')?.focus({ preventScroll: true });
  });
}

/** At once, or when the panel gets the focus: it never takes it from where a person is. */
function whenFocused(move: () => void): void {
  if (document.hasFocus()) move();
  else addEventListener('focus', move, { once: true });
}

addEventListener('message', ({ data, origin }: MessageEvent<ToPanel>) => {
  if (origin === window.origin) receive(data);
});
addEventListener('scrollend', () => keep({ scroll: scrollY }));
document.addEventListener('focusin', () => {
  const section = focusedRow()?.closest('section');
  const index = section ? [...document.querySelectorAll('section')].indexOf(section) : -1;
  keep({ focused: index < 0 ? undefined : index });
});
host.postMessage({ type: 'ready' });
