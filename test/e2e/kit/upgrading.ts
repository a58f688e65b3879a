/** What tests of server setup see and do again and again. */
import type { Session } from './session.ts';

interface Upgrading {
  /** What the row of a server says. */
  readonly row: (name: string) => Promise<string>;
  /** What the terminal in front shows. */
  readonly terminal: () => Promise<string>;
  /** From the question about the latest version, which wants `target` typed, to the one about another version. */
  readonly chooseVersion: (target: string, version: string) => Promise<void>;
  /** Waits for what is told at the end, takes a picture of it, and presses a button of it or puts it away. Returns its text. */
  readonly ended: (text: RegExp, picture: string, button?: string) => Promise<string>;
}

export function upgrading(vscode: Session): Upgrading {
  return {
    row: async name => {
      const rows = await vscode.workbench.view('Servers').rows();
      return rows.find(each => each.label === name)?.description ?? '';
    },
    terminal: () => vscode.workbench.page.locator('.terminal-wrapper.active .xterm-rows').innerText(),
    chooseVersion: async (target, version) => {
      const { page, quickInput } = vscode.workbench;
      await quickInput.root().getByText(`Type ${target} to go on.`).waitFor();
      await page.locator('.quick-input-titlebar .action-label[aria-label="More Options…"]').click();
      await quickInput.pick(version);
    },
    ended: async (text, picture, button) => {
      const notification = vscode.workbench.notification(text);
      await notification.waitFor({ timeout: 100_000 });
      const told = await notification.innerText();
      await vscode.workbench.screenshot(picture);
      await notification.hover();
      if (button === undefined) await notification.locator('.codicon-notifications-clear').click();
      else await notification.getByRole('button', { name: button }).click();
      return told;
    },
  };
}
