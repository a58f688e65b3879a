import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { openReader } from '../../src/engine.ts';
import type { Project } from '../../src/state/model.ts';
import type { Place } from '../../src/state/source.ts';
import { child, program } from '../kit/child.ts';
import { placeOf } from '../kit/operate.ts';
import { workspace } from '../kit/workspace.ts';
import { figures, READS } from './counts.ts';

const writer = program('../crash/in-place', afterAll);
const MOST_MS = 5;
const never = new AbortController().signal;

interface Case {
  readonly tool: Place['tool'];
  readonly sample: string;
  readonly path: string;
  /** Another content of that file. */
  readonly other: (text: string) => string;
}

const CASES: Readonly<Record<string, Case>> = {
  "Tako's current release": {
    tool: 'tako',
    sample: 'tako/master-newyork',
    path: '.tako/deployments/production/current.json',
    other: text => text.replace('scale-20260718-102012', 'deploy-20260718-093053'),
  },
  "Tako's history": {
    tool: 'tako',
    sample: 'tako/master-newyork',
    path: '.tako/deployments/production/history/2026-07-18T09-30-12Z.json',
    other: text => text.replace('"triggered_by": "dev"', '"triggered_by": "ana"'),
  },
  "Stagecraft's releases": {
    tool: 'stagecraft',
    sample: 'stagecraft/releases.real-mixed.json',
    path: '.stagecraft/releases.json',
    other: text => text.replace(/"version": "[^"]*"/, '"version": "v9.9.9"'),
  },
  "FTL2's state": {
    tool: 'ftl2',
    sample: 'ftl2/.ftl2-state.json',
    path: '.ftl2-state.json',
    other: text => text.replace('192.168.1.10', '192.168.1.99'),
  },
};

/** What is shown of a project, but what is said about its being read. */
function shown({ environments, services, servers, resources }: Project): string {
  return JSON.stringify({ environments, services, servers, resources });
}

test.each(Object.entries(CASES))(
  '%s is shown as it was while it is written in place',
  { timeout: 3_600_000 },
  async (title, { tool, sample, path, other }) => {
    const space = workspace(onTestFinished);
    space.sample(sample);
    const text = readFileSync(space.file(path), 'utf8');
    const texts = [text, other(text)];
    const place = await placeOf(space.root, tool);
    const views = new Set<string>();
    for (const each of texts) {
      space.write({ [path]: each });
      views.add(shown(await openReader({}).read(place, {}, never)));
    }
    expect(views.size).toBe(2);

    const reader = openReader({});
    await reader.read(place, {}, never);
    const foreign = child(writer, [space.file(path), JSON.stringify(texts)]);
    onTestFinished(() => foreign.signal('SIGKILL'));
    expect(await foreign.line()).toBe('writing');
    const seen = new Map<string, number>();
    let between = 0;
    for (let count = 0; count < READS; count++) {
      await sleep(Math.random() * MOST_MS);
      const project = await reader.read(place, {}, never);
      seen.set(shown(project), (seen.get(shown(project)) ?? 0) + 1);
      if (project.findings.some(({ text: said }) => said.includes('Showing what was read at'))) between++;
    }
    const others = [...seen].filter(([view]) => !views.has(view)).reduce((sum, [, times]) => sum + times, 0);
    figures(`${READS} times read beside a writer in place: ${title}`, [
      `${between} while it was written, ${others} neither the one nor the other`,
    ]);
    expect(others).toBe(0);
    expect(seen.size).toBe(2);
    expect(between).toBeGreaterThan(0);
  },
);
