import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { root } from '../../../scripts/run.mjs';

import { closePage, openPage } from './browser.ts';
import { recordTitle } from './titles.ts';
import { View } from './view.ts';

const START_MS = 120_000;
/** For each thing in the palette; after that it is opened again, some times. */
const PALETTE_MS = 5_000;
const PALETTE_TRIES = 10;
/** How often a menu is opened in which an entry cannot be chosen. */
const MENU_TRIES = 20;
/** After that what should make something appear is done again. */
const APPEARS_MS = 5_000;
const SHOTS = path.join(root, 'test-results', 'e2e');

/** The window of a VS Code, used as a person uses it: by what can be seen and clicked. */
export class Workbench {
  readonly page: Page;
  private openMenu: (() => Promise<void>) | undefined;

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
    const pane = this.page.locator('.sidebar .pane').first();
    // A window that is being loaded opens what was open, too: a click in that moment closes it.
    for (let isOpen = false; !isOpen;) {
      if ((await entry.getAttribute('aria-expanded')) !== 'true') await entry.click();
      await this.page.mouse.move(0, 0); // else the entry's name hangs over the first rows
      isOpen = await appears(pane);
    }
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
    await this.inPalette(text, timeout => this.quickInput.row(text).click({ timeout }));
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
      isOpen = await appears(this.quickInput.rows().first());
    }
    await this.quickInput.type(name);
    await this.quickInput.pick(name);
    await this.quickInput.root().waitFor({ state: 'hidden' });
  }

  /** The texts that the palette offers for what was typed. */
  async commandsFor(typed: string): Promise<string[]> {
    const offered = await this.inPalette(typed, timeout => this.quickInput.labels(timeout));
    await this.page.keyboard.press('Escape');
    return offered;
  }

  /**
   * Opens the palette, types into it, and does something there. What takes the focus meanwhile, as a message does that goes away,
   * closes the palette: it is opened again.
   */
  private async inPalette<T>(typed: string, act: (timeout: number) => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries++) {
      await this.page.keyboard.press('F1');
      try {
        await this.quickInput.type(`>${typed}`, PALETTE_MS);
        return await act(PALETTE_MS);
      } catch (error) {
        if (tries === PALETTE_TRIES) throw error;
        // One that is open offers what there was when it was opened.
        if (await this.quickInput.root().isVisible()) await this.page.keyboard.press('Escape');
      }
    }
  }

  readonly quickInput = {
    root: (): Locator => this.page.locator('.quick-input-widget:visible'),
    rows: (): Locator => this.quickInput.root().locator('.quick-input-list .monaco-list-row'),
    type: (text: string, timeout?: number): Promise<void> =>
      this.quickInput.root().locator('input[type=text]').first().fill(text, { timeout }),
    accept: async (): Promise<void> => {
      await this.quickInput.root().waitFor(); // of a command that was just run, it may be still to come
      await this.page.keyboard.press('Enter');
    },
    /** What is offered, as far as it fits on the screen. */
    labels: async (timeout?: number): Promise<string[]> => {
      await this.quickInput.rows().first().waitFor({ timeout });
      return this.quickInput.rows().locator('.label-name').allInnerTexts();
    },
    row: (label: string): Locator =>
      this.quickInput
        .rows()
        .filter({ has: this.page.getByText(label, { exact: true }) })
        .first(),
    /** A list that is still being filled draws other rows into the same elements: it is clicked when it has come to rest. */
    pick: async (label: string): Promise<void> => {
      await this.quickInput.row(label).waitFor();
      for (let before = '', now = await this.drawn(); before !== now; now = await this.drawn()) {
        before = now;
        await this.page.waitForTimeout(100);
      }
      await this.quickInput.row(label).click();
    },
  };

  /** What the open list shows, and where. */
  private async drawn(): Promise<string> {
    const rows = this.quickInput.rows();
    return JSON.stringify([await rows.allInnerTexts(), await rows.first().boundingBox()]);
  }

  /** Closes whatever lies over the window: what a test that failed has left there. */
  async dismiss(): Promise<void> {
    const open = this.page
      .locator('.monaco-dialog-box, .quick-input-widget, .monaco-menu')
      .locator('visible=true');
    for (let tries = 0; tries < 5 && (await open.count()) > 0; tries++) {
      await this.page.keyboard.press('Escape');
      await this.page.waitForTimeout(200);
    }
  }

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

  /** Presses a button of the modal question. One that is pressed while it appears does not always hear it. */
  async answer(button: string): Promise<void> {
    const pressed = this.dialog.getByText(button, { exact: true });
    const question = await this.dialog.first().elementHandle({ timeout: START_MS }); // servers are asked before
    for (let isOpen = true; isOpen;) {
      // It may have heard and be gone by now; a button of the same name of what comes next is not pressed for it.
      await pressed.click({ timeout: PALETTE_MS }).catch(async (error: unknown) => {
        if (await question.isVisible()) throw error;
      });
      isOpen = await question.waitForElementState('hidden', { timeout: 5_000 }).then(
        () => false,
        () => true,
      );
    }
  }

  /** Opens a context menu. */
  async contextMenu(open: () => Promise<void>): Promise<void> {
    this.openMenu = open;
    await open();
  }

  /** Chooses an entry of the context menu that is open. */
  async menu(entry: string): Promise<void> {
    const items = this.page.locator('.monaco-menu .action-item');
    const item = items.getByText(entry, { exact: true });
    const disabled = items
      .and(this.page.locator('.disabled'))
      .filter({ has: this.page.getByText(entry, { exact: true }) });
    await item.hover();
    // Before VS Code knows that the folder is trusted, a menu has little to choose from.
    for (let tries = 0; tries < MENU_TRIES && (await disabled.count()) > 0; tries++) {
      await this.page.keyboard.press('Escape');
      await item.waitFor({ state: 'hidden' });
      await this.openMenu?.();
      await item.hover();
    }
    this.openMenu = undefined;
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

/** Whether something is to be seen before long. */
export function appears(what: Locator): Promise<boolean> {
  return isSoon(what, 'visible');
}

/** Whether something is not to be seen any more before long. */
export function disappears(what: Locator): Promise<boolean> {
  return isSoon(what, 'hidden');
}

function isSoon(what: Locator, state: 'visible' | 'hidden'): Promise<boolean> {
  return what.waitFor({ state, timeout: APPEARS_MS }).then(
    () => true,
    () => false,
  );
}
