/** Going back by other ways than the row of an environment: from its configuration, some services only, from two releases. */
import { expect, test } from 'vitest';
import type { Session } from './session.ts';
import { upgrading } from './upgrading.ts';

interface Lab {
  /** What the application says on each server. */
  readonly answers: () => Promise<readonly unknown[]>;
  /** The commit that is checked out. */
  readonly short: () => string;
  /** The containers of all services but web. */
  readonly others: () => Promise<string>;
}

/** Tests in a workbench that is open on an application of which two releases run well. */
export function otherWaysBack(vscode: Session, lab: Lab): void {
  const { ended } = upgrading(vscode);

  /** Clicks what stands above production in tako.yaml, and chooses one of what can be done with it. */
  async function aboveProduction(action: string): Promise<void> {
    const { page, quickInput } = vscode.workbench;
    await page.locator('.codelens-decoration a').first().click();
    await quickInput.root().getByText(action).waitFor();
    await vscode.workbench.screenshot(`above production, ${action}`);
    await quickInput.pick(action);
  }

  test('what stands above an environment in tako.yaml leads to a deployment in three steps', async () => {
    const { workbench } = vscode;
    await workbench.page.keyboard.press('Control+p');
    await workbench.quickInput.type('tako.yaml');
    await workbench.quickInput.pick('tako.yaml');
    await aboveProduction('Deploy…');
    await workbench.dialog.waitFor();
    expect(await workbench.dialog.innerText()).toContain(`Deploy ${lab.short()} to production of shop?`);
    await workbench.answer('Cancel');
  });

  test('only some services are rolled back, after a look at the migrations, and that is undone', async () => {
    const { workbench } = vscode;
    const { page, quickInput } = workbench;
    await workbench.colorTheme('Dark Modern');
    const [now, others] = [await lab.answers(), await lab.others()];
    await aboveProduction('Roll Back to Release…');
    await page.locator('.quick-input-titlebar .action-label[aria-label="Only Some Services…"]').click();
    await quickInput.root().getByText('Roll back only').waitFor();
    await quickInput.row('web').click();
    await workbench.screenshot('roll back only');
    await quickInput.accept();
    await quickInput.root().getByText('Roll back web of production to').waitFor();
    await quickInput.rows().first().getByText('images on 2 of 2 servers').waitFor();
    await quickInput.accept();
    await workbench.dialog.waitFor();
    const question = await workbench.dialog.innerText();
    expect(question).toMatch(/Roll production of shop back to \w{7} \(web only\)\?/);
    expect(question).toContain('1 file under web/migrations/ differs. Databases are not rolled back.');
    await workbench.screenshot('roll back only confirmed');
    await workbench.answer('Show Migrations');
    await page.locator('.multiDiffEntry .title').getByText('2_sessions.sql').first().waitFor();
    await workbench.screenshot('migrations shown');
    const way = workbench.notification(/Roll production of shop back to/);
    await way.getByRole('button', { name: 'Roll Back Production' }).click();
    await ended(/production runs \w{7} \(web only\) on 2 of 2/, 'rolled back only', 'Undo Rollback');
    expect(await lab.answers()).not.toEqual(now);
    expect(await lab.others()).toBe(others);
    await workbench.dialog.waitFor();
    await workbench.screenshot('undo rollback');
    await workbench.answer('Roll Back Production');
    await ended(/production runs .* on 2 of 2 servers/, 'rollback undone');
    expect(await lab.answers()).toEqual(now);
    await workbench.colorTheme('Light Modern');
  });

  test('two releases side by side lead to a rollback', async () => {
    const { workbench } = vscode;
    await vscode.workbench.view('Releases').expand('production');
    const current = (await vscode.workbench.view('Releases').rows()).find(({ description }) =>
      description.startsWith('current'),
    );
    await vscode.workbench.view('Releases').contextMenu(current?.label ?? '');
    await workbench.menu('Compare with Previous');
    const page = workbench.page.frameLocator('iframe.webview.ready').frameLocator('iframe');
    await page.getByRole('button', { name: /^Roll Back to .*…$/ }).click();
    await workbench.dialog.waitFor();
    await workbench.screenshot('roll back from two releases');
    expect(await workbench.dialog.innerText()).toContain('Roll production of shop back to');
    await workbench.answer('Cancel');
  });
}
