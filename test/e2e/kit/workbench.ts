import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { root } from '../../../scripts/run.mjs';

import { closePage, openPage } from './browser.ts';
import { recordTitle } from './titles.ts';
import { View } from './view.ts';

const START_MS = 60_000;
const SHOTS = path.join(root, 'test-results', 'e2e');

/** The window of a VS Code, used as a person uses it: by what can be seen and clicked. */
export class Workbench {
  readonly page: Page;

  private constructor(page: Page) {
    this.page = page;
  }

  /** Opens the window at an address of a server and waits until it can be used. */
  static async open(address: string, viewport?: { width: number; height: number }): Promise<Workbench> {
    const page = await openPage(viewport);
    const workbench = new Workbench(page);
    try {
      await page.goto(address, { waitUntil: 'commit' });
      await page
        .locator('.monaco-workbench .activitybar .action-item')
        .first()
        .waitFor({ timeout: START_MS });
      await page.locator('.statusbar-item').first().waitFor({ timeout: START_MS });
    } catch (error) {
      await workbench.screenshot('did-not-open');
      await workbench.close();
      throw error;
    }
    return workbench;
  }

  close(): Promise<void> {
    return closePage(this.page);
  }

  /** Opens a side bar of the activity bar unless it is open. */
  async openSidebar(title = 'Shipshape'): Promise<void> {
    const entry = this.page.locator('.activitybar .action-item', {
      has: this.page.locator(`.action-label[aria-label^="${title}"]`),
    });
    await entry.waitFor({ timeout: START_MS });
    const isOpen = (await entry.getAttribute('aria-expanded')) === 'true';
    if (!isOpen) await entry.click();
    await this.page.mouse.move(0, 0); // else the entry's name hangs over the first rows
    await this.page.locator('.sidebar .pane').first().waitFor();
  }

  /** Drags the border of the side bar. */
  async widenSidebar(width: number): Promise<void> {
    const box = await this.page.locator('.part.sidebar').boundingBox();
    if (!box) throw new Error('The side bar is closed');
    await this.page.mouse.move(box.x + box.width, box.y + box.height / 2);
    await this.page.mouse.down();
    await this.page.mouse.move(box.x + width, box.y + box.height / 2, { steps: 5 });
    await this.page.mouse.up();
    await this.page.mouse.move(0, 0);
    await this.page.locator('.monaco-sash:is(.hover, .active)').first().waitFor({ state: 'detached' });
  }

  /** A view of the open side bar, by the title in its header. */
  view(title: string): View {
    return new View(this, title);
  }

  /** Runs a command of the palette by the whole text it has there, like `Shipshape: Refresh`. */
  async command(text: string): Promise<void> {
    await this.page.keyboard.press('F1');
    await this.quickInput.type(`>${text}`);
    await this.quickInput.pick(text);
    // Some commands ask next, in the same place: what is typed now must not go into the palette.
    await this.quickInput.row(text).waitFor({ state: 'hidden' });
    recordTitle(text.replace(/^[^:]+: /, ''));
  }

  /** What is on the clipboard of the window. */
  async clipboard(): Promise<string> {
    await this.page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    return this.page.evaluate('navigator.clipboard.readText()'); // runs in the page
  }

  /** Changes the colours of the window. */
  async colorTheme(name: string): Promise<void> {
    // A window that is still busy closes the list again.
    for (let isOpen = false; !isOpen;) {
      await this.command('Preferences: Color Theme');
      // What is typed before the themes are there is forgotten.
      isOpen = await this.quickInput
        .rows()
        .first()
        .waitFor({ timeout: 5_000 })
        .then(
          () => true,
          () => false,
        );
    }
    await this.quickInput.type(name);
    await this.quickInput.pick(name);
    await this.quickInput.root().waitFor({ state: 'hidden' });
  }

  /** The texts that the palette offers for what was typed. */
  async commandsFor(typed: string): Promise<string[]> {
    await this.page.keyboard.press('F1');
    await this.quickInput.type(`>${typed}`);
    const offered = await this.quickInput.labels();
    await this.page.keyboard.press('Escape');
    return offered;
  }

  readonly quickInput = {
    root: (): Locator => this.page.locator('.quick-input-widget:visible'),
    rows: (): Locator => this.quickInput.root().locator('.quick-input-list .monaco-list-row'),
    type: (text: string): Promise<void> =>
      this.quickInput.root().locator('input[type=text]').first().fill(text),
    accept: (): Promise<void> => this.page.keyboard.press('Enter'),
    /** What is offered, as far as it fits on the screen. */
    labels: async (): Promise<string[]> => {
      await this.quickInput.rows().first().waitFor();
      return this.quickInput.rows().locator('.label-name').allInnerTexts();
    },
    row: (label: string): Locator =>
      this.quickInput
        .rows()
        .filter({ has: this.page.getByText(label, { exact: true }) })
        .first(),
    pick: (label: string): Promise<void> => this.quickInput.row(label).click(),
  };

  /** The messages that stand in the corner, newest first. */
  notifications(): Promise<string[]> {
    return this.page.locator('.notifications-toasts .notification-list-item-message').allInnerTexts();
  }

  /** Waits for a message that has this text. */
  notification(text: string | RegExp): Locator {
    return this.page.locator('.notifications-toasts .notification-list-item').filter({ hasText: text });
  }

  /** The modal question in the middle of the window. */
  get dialog(): Locator {
    return this.page.locator('.monaco-dialog-box');
  }

  /** Chooses an entry of the context menu that is open. */
  async menu(entry: string): Promise<void> {
    const item = this.page.locator('.monaco-menu .action-item').getByText(entry, { exact: true });
    await item.hover();
    await item.click({ delay: 100 }); // a menu takes a click that is too quick for the end of the one that opened it
    await item.waitFor({ state: 'hidden' });
    recordTitle(entry);
  }

  /** The entries of the context menu that is open. */
  async menuEntries(): Promise<string[]> {
    const labels = this.page.locator('.monaco-menu .action-label:not(.separator)');
    await labels.first().waitFor();
    return (await labels.allInnerTexts()).map(text => text.trim());
  }

  get statusBar(): Locator {
    return this.page.locator('.statusbar-item[id^="shipshape."]');
  }

  /** Keeps a picture of the window under test-results/e2e/. */
  async screenshot(name: string, folder = SHOTS): Promise<string> {
    await mkdir(folder, { recursive: true });
    const file = path.join(folder, `${name.replaceAll(/\W+/g, '-')}.png`);
    await this.page.screenshot({ path: file, animations: 'disabled' });
    return file;
  }
}
