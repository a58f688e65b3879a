// npm run bench   measures Shipshape beside naive readers, on large state
import { run } from './run.mjs';
import { installPackages, newNode } from './install.mjs';

await installPackages();
const args = ['test/bench/main.ts', ...process.argv.slice(2)];
const { code } = await run(await newNode(), args, { show: true, timeout: 3_600_000 });
process.exitCode = code;
