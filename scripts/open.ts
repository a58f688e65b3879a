/** The second half of `npm start`, which needs a Node that runs TypeScript: opens a folder in a VS Code of its own. */
import path from 'node:path';
import { parseArgs } from 'node:util';
import { startServer } from '../test/e2e/kit/server.ts';
import { Workbench } from '../test/e2e/kit/workbench.ts';
import { demoWorkspace } from '../test/e2e/kit/workspaces.ts';
import { root } from './run.mjs';
import { vscodeHost } from './vscode-host.mjs';

const VIEWS = ['Releases', 'Services', 'Servers', 'Stacks'];
const FILL_MS = 60_000;

const { values } = parseArgs({ options: { check: { type: 'boolean' }, folder: { type: 'string' } } });
const host = await vscodeHost('newest');
// npm runs scripts in the project's folder; INIT_CWD is where the person stands.
const folder =
  values.folder === undefined
    ? await demoWorkspace()
    : path.resolve(process.env.INIT_CWD ?? '.', values.folder);
const server = await startServer({ host, extension: root });
const address = server.address(folder);
if (values.check) {
  process.exitCode = (await everyTreeFills(address)) ? 0 : 1;
  await server.stop();
} else {
  say(`VS Code ${host.version} with Shipshape, on ${folder}:\n\n  ${address}\n\nCtrl-C ends it.`);
  const asked = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => asked.abort());
  const last = await server.ended;
  if (!asked.signal.aborted) {
    say(`VS Code ended:\n${last}`);
    process.exitCode = 1;
  }
}

async function everyTreeFills(address: string): Promise<boolean> {
  const workbench = await Workbench.open(address);
  try {
    await workbench.openSidebar();
    const views = VIEWS.map(title => workbench.view(title));
    await Promise.allSettled(views.map(view => view.filled(FILL_MS)));
    let all = true;
    for (const view of views) {
      const rows = (await view.rows().catch(() => [])).length;
      say(`${view.title.padEnd(9)} ${rows > 0 ? `${String(rows)} rows` : `empty: ${await view.reason()}`}`);
      all &&= rows > 0;
    }
    await workbench.widenSidebar(520);
    const shot = await workbench.screenshot('start', path.join(root, 'test-results'));
    say(path.relative(root, shot));
    return all;
  } finally {
    await workbench.close();
  }
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
