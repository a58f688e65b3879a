// npm test                runs everything
// npm test -- unit lint   runs these stages, and what they need
//
// Installs what is missing where it may. SHIPSHAPE_REQUIRE=all makes every skipped test a failure.
import { chmodSync } from 'node:fs';
import { installPackages } from './install.mjs';
import { temporaryFolder } from './run.mjs';
import { STAGES } from './stages.mjs';

const REQUIRE_ALL = process.env.SHIPSHAPE_REQUIRE === 'all';

/** @param {readonly string[]} names */
function choose(names) {
  const all = Object.keys(STAGES);
  const unknown = names.filter(name => !all.includes(name));
  if (unknown.length > 0)
    throw new Error(`No such stage: ${unknown.join(', ')}. There are: ${all.join(', ')}.`);
  if (names.length === 0) return all.filter(name => !STAGES[name]?.onlyWhenNamed);
  const chosen = new Set(names);
  for (const name of chosen) STAGES[name]?.needs?.forEach(needed => chosen.add(needed)); // a Set grows while walked
  return all.filter(name => chosen.has(name));
}

/**
 * @param {import('./stages.mjs').Stage} stage
 * @param {string} folder
 * @returns {Promise<import('./stages.mjs').Outcome>}
 */
async function runStage({ title, run }, folder) {
  console.log(`\n${title}`);
  const begin = performance.now();
  /** @type {import('./stages.mjs').Outcome} */
  const outcome = await run(folder).catch((/** @type {unknown} */ error) => ({
    passed: 0,
    failed: 1,
    skipped: [],
    report: error instanceof Error ? (error.stack ?? error.message) : String(error),
  }));
  const { passed, failed, skipped, secondTry = [], report } = outcome;
  if (failed > 0 || secondTry.length > 0) console.log(report.trimEnd());
  for (const each of skipped) console.log(`  skipped: ${each}`);
  for (const each of secondTry) console.log(`  passed at the second try: ${each}`);
  console.log(
    `  ${counts(passed, failed, skipped.length)} (${((performance.now() - begin) / 1000).toFixed(1)} s)`,
  );
  return outcome;
}

/**
 * @param {number} passed
 * @param {number} failed
 * @param {number} skipped
 */
function counts(passed, failed, skipped) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

const chosen = choose(process.argv.slice(2));
await installPackages();
const folder = temporaryFolder('test');
chmodSync(folder, 0o755); // some tests become an ordinary user
process.env.TMPDIR = folder; // so that what a test leaves behind, when it is killed, goes with it

const outcomes = [];
for (const name of chosen) {
  const stage = STAGES[name];
  if (stage) outcomes.push(await runStage(stage, folder));
}

const sum = { passed: 0, failed: 0, skipped: 0 };
for (const { passed, failed, skipped } of outcomes) {
  sum.passed += passed;
  sum.failed += failed + (REQUIRE_ALL ? skipped.length : 0);
  sum.skipped += REQUIRE_ALL ? 0 : skipped.length;
}
console.log(`\n${counts(sum.passed, sum.failed, sum.skipped)}`);
process.exitCode = sum.failed > 0 ? 1 : 0;
