// npm run demo -- FOLDER   makes the demo workspace in a folder
import path from 'node:path';
import { installPackages, newNode } from './install.mjs';
import { root, run } from './run.mjs';

await installPackages();
// npm runs scripts in the project's folder; INIT_CWD is where the person stands.
const { code } = await run(await newNode(), [path.join(root, 'demo', 'make.ts'), ...process.argv.slice(2)], {
  cwd: process.env.INIT_CWD ?? process.cwd(),
  show: true,
});
process.exitCode = code;
