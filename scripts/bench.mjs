// npm run bench   measures Shipshape beside naive readers, on large state
import { buildHostSuite } from './build.mjs';
import { installPackages, installTools, newNode } from './install.mjs';
import { must, run } from './run.mjs';

await installPackages();
await installTools();
await must(process.execPath, ['esbuild.mjs', '--production']);
await buildHostSuite();
const args = ['test/bench/main.ts', ...process.argv.slice(2)];
const { code } = await run(await newNode(), args, { show: true, timeout: 3_600_000 });
process.exitCode = code;
