import { chromium, type Page } from 'playwright-core';
import { findChromium } from '../../../scripts/install.mjs';

const ARGUMENTS = [
  '--disable-gpu',
  '--disable-dev-shm-usage',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
];

/** For whatever is waited for: a machine that others use is slow now and then. */
const WAIT_MS = 60_000;

/** A page of a new headless browser; `page.context().browser()` is its own. What is not on this machine is not reached. */
export async function openPage(viewport = { width: 1280, height: 900 }): Promise<Page> {
  const { path, missing } = await findChromium();
  if (missing !== undefined) throw new Error(missing);
  const browser = await chromium.launch({ executablePath: path, args: ARGUMENTS });
  const page = await browser.newPage({ viewport, deviceScaleFactor: 1 });
  page.setDefaultTimeout(WAIT_MS);
  // Refused at once, rather than after a wait for a name that is not found.
  await page.route(
    url => /^https?:$/.test(url.protocol) && !['127.0.0.1', 'localhost'].includes(url.hostname),
    route => route.abort(),
  );
  return page;
}

export async function closePage(page: Page): Promise<void> {
  await page.context().browser()?.close();
}
