import { readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { notRootlessBecause } from './level.ts';
import { asOrdinary, ORDINARY } from './ordinary.ts';
import { attempt } from './process.ts';
import { labSuite } from './suite.ts';

interface Report {
  readonly testResults: readonly {
    readonly assertionResults: readonly {
      readonly status: string;
      readonly fullName: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}

/** The files that have something to run without root, as they are named in the repository. */
function filesWithoutRoot(): readonly string[] {
  const names = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' });
  return names
    .filter(name => name.endsWith('.lab.test.ts'))
    .filter(name =>
      readFileSync(path.join(import.meta.dirname, name), 'utf8').includes("{ needs: 'rootless' }"),
    )
    .map(name => `test/lab/${name}`);
}

labSuite('An ordinary user', { needs: 'full', unless: () => notRootlessBecause(asOrdinary()) }, () => {
  test('has servers too: what needs no more than these passes, and the rest says what it needs', async () => {
    const name = `report-${process.pid}.json`;
    const command = [ORDINARY.node, 'node_modules/vitest/vitest.mjs', 'run'];
    const options = ['--config=vitest.lab.config.ts', '--configLoader=runner', '--reporter=json'];
    const report = [`--outputFile=${ORDINARY.home.inside}/${name}`];
    const all = [...asOrdinary(), ...command, ...options, ...report, ...filesWithoutRoot()];
    const { stdout, stderr } = await attempt(all[0] ?? '', all.slice(1), { timeout: 900_000 });
    process.stdout.write(stdout);
    const file = path.join(ORDINARY.home.outside, name);
    const { testResults } = JSON.parse(readFileSync(file, 'utf8')) as Report; // as vitest writes it
    rmSync(file);
    const results = testResults.flatMap(({ assertionResults }) => assertionResults);
    const having = (...states: readonly string[]): readonly string[] =>
      results.filter(({ status }) => states.includes(status)).map(({ fullName }) => fullName);
    const told = results.flatMap(({ failureMessages }) => failureMessages);
    expect(having('failed'), [...told, stderr].join('\n')).toEqual([]);
    expect(having('passed').length).toBeGreaterThan(10);
    for (const skipped of having('skipped', 'pending')) expect(skipped).toContain(`level "full"`);
  }, 900_000);
});
