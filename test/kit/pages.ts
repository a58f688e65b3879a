import type { Page } from '../../src/words/page.ts';

/** A page as lines: its sentences, then each table with its rows, cell by cell, and what can be done with them. */
export function pageLines({ title, summary, actions, tables }: Page): string[] {
  const titles = (list: Page['actions']): string =>
    list.length === 0 ? '' : ` [${list.map(each => each.title).join(', ')}]`;
  return [
    `${title}${titles(actions)}`,
    ...summary,
    ...tables.flatMap(({ title: name, columns, empty, rows }) => [
      `# ${name}: ${columns.join(' | ')}`,
      ...(rows.length === 0 ? [empty] : []),
      ...rows.map(row => `${row.cells.map(({ text }) => text).join(' | ')}${titles(row.actions)}`),
    ]),
  ];
}
