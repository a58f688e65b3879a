import { html, nothing, type TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { CODICONS } from '../src/views/codicons.ts';
import type { Action, Cell, Table, TableRow } from '../src/words/page.ts';
import type { PanelWords } from '../src/words/panel.ts';
import type { Icon } from '../src/words/row.ts';
import { chosenRows, nextSort, type Sort } from './rows.ts';
import { filled, numberText } from './texts.ts';

/** So many rows are drawn at once; more are a click away. */
const STEP = 1_000;

/** What a person made of a table. Kept while the panel is hidden, and over a reload. */
export interface TableView {
  readonly sort?: Sort;
  readonly limit?: number;
  /** The id of the row that the Tab key comes to. */
  readonly row?: string;
}

/** What a table is drawn from, and what it tells. */
export interface TableContext {
  readonly table: Table;
  readonly index: number;
  readonly filter: string;
  readonly view: TableView;
  readonly words: PanelWords;
  /** More rows than these are not drawn yet. */
  readonly most: number;
  readonly change: (view: TableView) => void;
  readonly act: (action: Action) => void;
}

// A table of the browser's own, with plain buttons in it: vscode-table knows no aria-sort and no headers of rows, and a
// thousand rows of custom elements take seconds.

/** A section with a table; the rows that are not shown are counted. */
export function tableSection(context: TableContext): TemplateResult {
  const { table, index, filter, view, words } = context;
  const rows = chosenRows(table, filter, view.sort);
  const heading = `table-${index}`;
  const titles = longestTitles(table);
  return html`<section aria-labelledby=${heading}>
    <h2 id=${heading}>
      ${table.title}
      <vscode-badge variant="counter">${numberText(rows.length)}</vscode-badge>
    </h2>
    ${
      rows.length === 0
        ? html`<p class="empty">${table.rows.length === 0 ? table.empty : words.none}</p>`
        : html`<div class="scroll">
            <table aria-labelledby=${heading}>
              <thead>
                <tr>
                  ${table.columns.map((title, column) => columnHeader(context, title, column))}
                  ${titles.length > 0 ? actionsHeader(words.actions, titles) : nothing}
                </tr>
              </thead>
              ${tableBody(context, rows, titles.length > 0)}
            </table>
          </div>`
    }
    ${moreButton(context, rows.length)}
  </section>`;
}

/** What the row with the longest buttons has on them. */
function longestTitles({ rows }: Table): readonly string[] {
  let longest: readonly string[] = [];
  for (const { actions } of rows) {
    const titles = actions.map(({ title }) => title);
    if (titles.join('').length > longest.join('').length) longest = titles;
  }
  return longest;
}

/** Keeps room for the buttons, which do not count in the table's width themselves. */
function actionsHeader(name: string, titles: readonly string[]): TemplateResult {
  return html`<th scope="col" class="actions">
    <span class="spoken">${name}</span>
    <div aria-hidden="true">${titles.map(title => html`<span>${title}</span>`)}</div>
  </th>`;
}

function columnHeader({ view, change }: TableContext, title: string, column: number): TemplateResult {
  const sort = view.sort?.column === column ? view.sort : undefined;
  const direction = sort && (sort.descending ? 'descending' : 'ascending');
  const arrow = sort && (sort.descending ? 'codicon-arrow-down' : 'codicon-arrow-up');
  return html`<th scope="col" aria-sort=${direction ?? 'none'}>
    <button type="button" class="sort" @click=${() => change({ ...view, sort: nextSort(view.sort, column) })}>
      ${title}<span class="codicon ${arrow ?? ''}" aria-hidden="true"></span>
    </button>
  </th>`;
}

function tableBody(context: TableContext, rows: readonly TableRow[], hasActions: boolean): TemplateResult {
  const { view, most, change } = context;
  const shown = rows.slice(0, Math.min(view.limit ?? STEP, most));
  // One stop for the Tab key, whatever the number of rows; the arrow keys go from row to row.
  const stop = shown.some(({ id }) => id === view.row) ? view.row : shown[0]?.id;
  const enter = ({ target }: Event): void => {
    const id = rowOf(target)?.dataset.id;
    if (id !== undefined && id !== view.row) change({ ...view, row: id });
  };
  return html`<tbody @focusin=${enter} @keydown=${moveBetweenRows}>
    ${repeat(
      shown,
      ({ id }) => id,
      row => tableRow(context, row, row.id === stop, hasActions),
    )}
  </tbody>`;
}

function tableRow(
  { act }: TableContext,
  { id, cells, actions }: TableRow,
  isStop: boolean,
  hasActions: boolean,
): TemplateResult {
  const tabIndex = isStop ? 0 : -1;
  const [first, ...rest] = cells;
  return html`<tr data-id=${id} tabindex=${tabIndex}>
    ${first ? html`<th scope="row" class=${cellClass(first)}>${cellContent(first)}</th>` : nothing}
    ${rest.map(dataCell)}
    ${
      hasActions
        ? html`<td class="actions">
            <div>
              ${repeat(
                actions,
                each => each.id,
                each =>
                  html`<button type="button" tabindex=${tabIndex} @click=${() => act(each)}>
                    ${each.title}
                  </button>`,
              )}
            </div>
          </td>`
        : nothing
    }
  </tr>`;
}

/** Most cells are a text and nothing else: set as such, they cost half. */
function dataCell(cell: Cell): TemplateResult {
  const { text, icon, code } = cell;
  if (icon) return html`<td class=${cellClass(cell)}>${cellContent(cell)}</td>`;
  return code ? html`<td class="code" .textContent=${text}></td>` : html`<td .textContent=${text}></td>`;
}

function cellClass({ code }: Cell): string {
  return code ? 'code' : '';
}

function cellContent({ text, icon }: Cell): unknown {
  return icon ? html`${iconSign(icon)}${text}` : text;
}

function iconSign(icon: Icon): TemplateResult {
  const [name, color] = CODICONS[icon];
  const sign = name.replace('~', ' codicon-modifier-');
  // By the property: the attribute is what the content security policy forbids.
  const style = color === undefined ? '' : `color: var(--vscode-${color.replaceAll('.', '-')})`;
  return html`<span class="codicon codicon-${sign}" .style=${style} aria-hidden="true"></span>`;
}

function moreButton({ view, change, words }: TableContext, count: number): TemplateResult | typeof nothing {
  const limit = view.limit ?? STEP;
  if (count <= limit) return nothing;
  const next = Math.min(STEP, count - limit);
  return html`<vscode-button secondary @click=${() => change({ ...view, limit: limit + STEP })}
    >${filled(words.more, next)}</vscode-button
  >`;
}

function rowOf(target: EventTarget | null): HTMLElement | null {
  return target instanceof Element ? target.closest<HTMLElement>('tbody tr') : null;
}

function moveBetweenRows(event: KeyboardEvent): void {
  const row = rowOf(event.target);
  if (!row || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const target = neighbour(row, event.key);
  if (!(target instanceof HTMLElement)) return;
  event.preventDefault(); // else the page scrolls as well
  target.focus();
}

function neighbour(row: HTMLElement, key: string): Element | null | undefined {
  switch (key) {
    case 'ArrowDown':
      return row.nextElementSibling;
    case 'ArrowUp':
      return row.previousElementSibling;
    case 'Home':
      return row.parentElement?.firstElementChild;
    case 'End':
      return row.parentElement?.lastElementChild;
    default:
      return undefined;
  }
}
