/**
 * Runs dist-test/host/suite.cjs inside the extension host of a VS Code server: a headless browser opens the workbench,
 * which starts the extension from this folder and then the suite. What the suite found is in the file RESULTS.
 *
 *   node test/host/run.ts EDITION [FOLDER]
 *
 * Opens the folder, else a new demo workspace. SHIPSHAPE_GREP: only the tests with this in their title.
 */
import path from 'node:path';
import { format } from 'node:util';
import { root } from '../../scripts/run.mjs';
import { vscodeHost, type Edition } from '../../scripts/vscode-host.mjs';
import { closePage, openPage } from '../e2e/kit/browser.ts';
import { startServer } from '../e2e/kit/server.ts';
import { demoWorkspace } from '../e2e/kit/workspaces.ts';

const SUITE_MS = 180_000;

/** Errors of every start: parts that were not compiled, because nothing here needs them. */
const KNOWN = /spdlog|watchdog|service ?worker/i;

const [edition, given] = process.argv.slice(2);
const folder = given ?? (await demoWorkspace());
// The only caller names one of the editions.
const server = await startServer({ host: await vscodeHost(edition as Edition) });
const page = await openPage();
const errors: string[] = [];
try {
  const end = new Promise<string | undefined>(resolve => {
    // What VS Code calls in a page that runs extension tests.
    void page.exposeFunction('codeAutomationExit', (code: number) => {
      resolve(code === 0 ? undefined : 'VS Code could not run the suite.');
    });
    void page.exposeFunction('codeAutomationLog', (kind: string, message: unknown[]) => {
      if (kind === 'error') errors.push(format(...message));
    });
    page.once('crash', () => resolve('The page crashed.'));
    void server.ended.then(last => resolve(`VS Code ended:\n${last}`));
    const late = `The suite did not end within ${String(SUITE_MS / 1_000)} seconds.`;
    setTimeout(() => resolve(late), SUITE_MS).unref();
  });
  const at = (file: string): object => ({
    $mid: 1,
    scheme: 'vscode-remote',
    authority: server.origin.host,
    path: path.join(root, file),
  });
  await page.addInitScript(configure, {
    extensions: [at('.')],
    extensionTestsPath: at('dist-test/host/suite.cjs'),
  });
  await page.goto(server.address(folder), { waitUntil: 'commit' });
  const trouble = await end;
  if (trouble) {
    const reasons = errors.filter(error => !KNOWN.test(error)).map(error => error.split('\n', 6).join('\n'));
    process.stdout.write(`${trouble}\n${reasons.slice(-10).join('\n')}\n`);
    process.exitCode = 1;
  }
} finally {
  await closePage(page);
  await server.stop();
}

/** As much of a page as is used. A browser's own types would let all code here use what Node does not have. */
interface BrowserPage {
  readonly document: {
    readonly readyState: string;
    addEventListener(name: string, listener: () => void): void;
    getElementById(id: string): {
      getAttribute(name: string): string | null;
      setAttribute(name: string, value: string): void;
    } | null;
  };
}

/**
 * Runs in the page: puts the options of extension development into the workbench's configuration before the workbench
 * reads it. The other way, the address's payload, works in a released VS Code only together with its smoke-test driver,
 * which hides notifications.
 */
function configure(developmentOptions: object): void {
  const { document } = globalThis as unknown as BrowserPage; // in the page it is one
  document.addEventListener('readystatechange', () => {
    const element = document.getElementById('vscode-workbench-web-configuration');
    const settings = element?.getAttribute('data-settings');
    if (document.readyState !== 'interactive' || !element || !settings) return;
    const configuration = JSON.parse(settings) as object; // VS Code's own
    element.setAttribute('data-settings', JSON.stringify({ ...configuration, developmentOptions }));
  });
}
