import type { Locator } from 'playwright-core';

import { recordTitle } from './titles.ts';
import { disappears, type Workbench } from './workbench.ts';

/** A row as it can be seen and heard. */
export interface SeenRow {
  readonly label: string;
  readonly description: string;
  /** 1 for a row without parent. */
  readonly level: number;
  /** Undefined for a row that cannot be expanded. */
  readonly expanded: boolean | undefined;
  /** What a screen reader says. */
  readonly spoken: string;
}

/** One tree of the side bar. */
export class View {
  readonly title: string;
  private readonly workbench: Workbench;
  private readonly pane: Locator;
  private readonly header: Locator;

  constructor(workbench: Workbench, title: string) {
    this.title = title;
    this.workbench = workbench;
    const header = `.pane-header[aria-label^="${title}"]`;
    this.pane = workbench.page.locator(`.sidebar .pane:has(> ${header})`);
    this.header = this.pane.locator(header);
  }

  /** The rows that exist in the page; not the parents that stick to the top while their children scroll. */
  private get drawn(): Locator {
    return this.pane.locator('.monaco-list-rows > .monaco-list-row');
  }

  isThere(): Promise<boolean> {
    return this.pane.isVisible();
  }

  /** Opens the view's section when it is collapsed. */
  async open(): Promise<void> {
    await this.header.waitFor();
    if ((await this.header.getAttribute('aria-expanded')) === 'false') await this.header.click();
  }

  /** The row with this label, within the screen. */
  row(label: string): Locator {
    const name = this.workbench.page.locator('.label-name').getByText(label, { exact: true });
    return this.drawn.filter({ has: name }).first();
  }

  /** All rows that are not hidden in a collapsed one. A list holds only what fits on the screen, so this scrolls. */
  async rows(): Promise<SeenRow[]> {
    await this.open();
    const list = this.pane.locator('.monaco-list');
    if (!(await list.isVisible())) return [];
    await list.hover({ position: { x: 4, y: 4 } });
    const page = ((await list.boundingBox())?.height ?? 0) / 2;
    await this.scrollToTop(page);
    const seen = new Map<number, SeenRow>();
    for (let before = -1; seen.size > before;) {
      before = seen.size;
      for (const { index, ...row } of await this.drawn.evaluateAll(readRows)) seen.set(index, row);
      await this.scroll(page);
    }
    await this.scrollToTop(page);
    return [...seen].sort(([a], [b]) => a - b).map(([, row]) => row);
  }

  /** Waits for the first row. */
  async filled(timeout?: number): Promise<void> {
    await this.open();
    await this.drawn.first().waitFor({ timeout });
  }

  /** What an empty view says instead of rows, with the labels of its buttons; empty where there are rows. */
  async welcome(): Promise<string> {
    const parts = this.pane.locator(
      '.welcome-view-content p:visible, .welcome-view-content .button-container:visible',
    );
    return (await parts.allInnerTexts()).join('\n').trim();
  }

  /** The sentence above the rows. */
  async message(): Promise<string> {
    return (
      await this.pane.locator('.tree-explorer-viewlet-tree-view > .message:visible').allInnerTexts()
    ).join('\n');
  }

  /** Why it is empty, as far as it says. */
  async reason(): Promise<string> {
    if (!(await this.isThere())) return 'the view is hidden';
    return [await this.message(), await this.welcome()].filter(Boolean).join('\n') || 'it says nothing';
  }

  /** What stands beside the title. */
  async description(): Promise<string> {
    return (await this.header.locator('.description').allInnerTexts()).join('').trim();
  }

  async expand(label: string): Promise<void> {
    await this.setExpanded(label, true);
  }

  async collapse(label: string): Promise<void> {
    await this.setExpanded(label, false);
  }

  async click(label: string): Promise<void> {
    await this.row(label).locator('.label-name').click();
  }

  /** Points at a row and gives the text of what appears. */
  async hover(label: string, timeout?: number): Promise<string> {
    await this.leave();
    await this.row(label).locator('.label-name').hover();
    const cards = this.workbench.page.locator('.workbench-hover:visible');
    const card = cards.filter({ hasNotText: /^Loading\.\.\.$/ }).first();
    await card.waitFor({ timeout });
    return card.innerText();
  }

  /** Opens the context menu of a row; {@link Workbench.menu} chooses from it. */
  async contextMenu(label: string): Promise<void> {
    await this.workbench.contextMenu(async () => {
      await this.leave();
      await this.row(label).locator('.label-name').click({ button: 'right' });
    });
  }

  /** Clicks a button that a row shows while it is pointed at. */
  async inlineAction(label: string, title: string): Promise<void> {
    await this.row(label).hover();
    await this.press(this.row(label), title);
  }

  /** Clicks a button beside the view's title. */
  async titleAction(title: string): Promise<void> {
    await this.header.hover();
    await this.press(this.header, title);
  }

  /** Where a menu was, the mouse may rest on a row whose hover covers others. */
  private async leave(): Promise<void> {
    const hover = this.workbench.page.locator('.workbench-hover:visible').first();
    // One that appears when the mouse has already left stays until it moves again.
    for (let y = 5, isOver = true; isOver; y = 15 - y) {
      await this.workbench.page.mouse.move(600, y);
      isOver = !(await disappears(hover));
    }
  }

  /** By the beginning of its title. */
  private async press(place: Locator, title: string): Promise<void> {
    const button = place.locator(`.actions .action-label[aria-label^="${title}"]`);
    const wholeTitle = await button.getAttribute('aria-label');
    await button.click();
    recordTitle(wholeTitle ?? title);
  }

  private async setExpanded(label: string, expanded: boolean): Promise<void> {
    const row = this.row(label);
    if ((await row.getAttribute('aria-expanded')) === String(expanded)) return;
    await row.locator('.monaco-tl-twistie').click();
    await this.pane
      .locator(`.monaco-list-row[aria-expanded="${String(expanded)}"]`)
      .filter({ hasText: label })
      .first()
      .waitFor();
  }

  private async scrollToTop(page: number): Promise<void> {
    const first = this.pane.locator('.monaco-list-rows > .monaco-list-row[data-index="0"]');
    while ((await this.drawn.count()) > 0 && (await first.count()) === 0) await this.scroll(-page);
    await this.scroll(-page); // the first row may be there and still stand above the edge
  }

  /** Turns the wheel, and lets the list draw what came into sight. */
  private async scroll(pixels: number): Promise<void> {
    await this.workbench.page.mouse.wheel(0, pixels);
    await this.workbench.page.waitForTimeout(150);
  }
}

/** As much of a page's element as is used. A browser's own types would let all code here use what Node does not have. */
interface PageElement {
  getAttribute(name: string): string | null;
  querySelector(selector: string): { readonly textContent: string } | null;
}

/** Runs in the page. */
function readRows(elements: readonly PageElement[]): (SeenRow & { index: number })[] {
  return elements.map(element => {
    const text = (selector: string): string => element.querySelector(selector)?.textContent.trim() ?? '';
    const expanded = element.getAttribute('aria-expanded');
    return {
      index: Number(element.getAttribute('data-index')),
      label: text('.label-name'),
      description: text('.label-description'),
      level: Number(element.getAttribute('aria-level')),
      expanded: expanded === null ? undefined : expanded === 'true',
      spoken: element.getAttribute('aria-label') ?? '',
    };
  });
}
