import axe from 'axe-core';
import type { Frame, Locator } from 'playwright-core';
import type { Workbench } from './workbench.ts';

const WAIT_MS = 60_000;

/** The table panel with this title: the page inside of the two frames that VS Code has around it. */
export async function panelFrame({ page }: Workbench, title: string): Promise<Frame> {
  const end = Date.now() + WAIT_MS;
  while (Date.now() < end) {
    for (const frame of page.frames()) {
      // Frames come and go; one that is gone has no title.
      const heading = await frame
        .locator('main > h1')
        .textContent({ timeout: 500 })
        .catch(() => undefined);
      if (heading === title) return frame;
    }
    await page.waitForTimeout(100);
  }
  throw new Error(`No panel is called ${title}`);
}

/** The rows of a table of a panel, by the title of the table. */
export function tableRows(panel: Frame, title: string): Locator {
  return section(panel, title).locator('tbody tr');
}

/** The button in the header of a column. */
export function columnHeader(panel: Frame, table: string, column: string): Locator {
  return section(panel, table).locator('thead th', { hasText: column });
}

function section(panel: Frame, title: string): Locator {
  return panel.locator('section').filter({ has: panel.locator('h2', { hasText: title }) });
}

/** What axe finds wrong with a panel, one line each. */
export async function violations(panel: Frame): Promise<string[]> {
  await panel.evaluate(axe.source);
  const { violations: found } = await panel.evaluate<axe.AxeResults>('axe.run()');
  return found.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html}\n${failureSummary ?? ''}`),
  );
}
