// npm start                     opens the demo workspace in a real VS Code, in the browser
// npm start -- --folder FOLDER  opens another folder
// npm start -- --check          looks by itself whether every tree fills
import { buildIfStale } from './build.mjs';
import { findChromium, installPackages, newNode } from './install.mjs';
import { run } from './run.mjs';
import { noHostBecause } from './vscode-host.mjs';

const args = process.argv.slice(2);
const missing = noHostBecause() ?? (args.includes('--check') ? (await findChromium()).missing : undefined);
if (missing) {
  console.error(missing);
  process.exit(1);
}
await installPackages();
await buildIfStale();
const { code } = await run(await newNode(), ['scripts/open.ts', ...args], { show: true, timeout: Infinity });
process.exitCode = code;
