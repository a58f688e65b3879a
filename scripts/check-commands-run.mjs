// node scripts/check-commands-run.mjs FILE   finds contributed commands that no test ran; FILE has what they did run
import { existsSync, readFileSync } from 'node:fs';
import { readManifest } from './manifest.mjs';

const [file = ''] = process.argv.slice(2);
const ran = new Set(existsSync(file) ? readFileSync(file, 'utf8').split('\n') : []);
const missing = readManifest()
  .commands.map(({ command }) => command)
  .filter(command => !ran.has(command));

if (missing.length > 0) {
  console.log(`No test ran:\n${missing.map(command => `  ${command}`).join('\n')}`);
  process.exitCode = 1;
}
