/** Measures the table panel in a real Chromium, where there is one: as it is packed, with a stand-in for VS Code around it. */
import path from 'node:path';
import { findChromium } from '../../scripts/install.mjs';
import { clean } from '../../src/base/clean.ts';
import { keyOf } from '../../src/base/finding.ts';
import { EMPTY_STATE, type Drift, type Project, type Stack } from '../../src/state/model.ts';
import { driftPage } from '../../src/words/drift-page.ts';
import { panelWords } from '../../src/words/panel.ts';
import { closePage, openPage } from '../e2e/kit/browser.ts';
import { middle, result, type Measured, type Result } from './harness.ts';

const ADDRESS = 'http://127.0.0.1/panel/';
const RUNS = 5;

const HTML = `<!DOCTYPE html><html lang="en"><head>
  <link rel="stylesheet" id="vscode-codicon-stylesheet" href="codicon.css"><link rel="stylesheet" href="panel.css">
  <script>globalThis.acquireVsCodeApi = () => ({ postMessage() {}, getState() {}, setState() {} });</script>
  <script type="module" src="panel.js"></script></head><body></body></html>`;

/** Until a click on a column's title, made as soon as there is one, was painted; and until all rows were. */
const UNTIL = `new Promise(done => {
  const start = performance.now();
  const header = () => document.querySelectorAll('thead th')[2];
  const painted = then => requestAnimationFrame(() => setTimeout(then));
  const waitForAll = interactive => document.querySelectorAll('tbody tr').length === 1000
    ? painted(() => done({ interactive, whole: performance.now() - start }))
    : requestAnimationFrame(() => waitForAll(interactive));
  const look = () => {
    if (!header()) return requestAnimationFrame(look);
    header().querySelector('button').click();
    painted(() => waitForAll(header().ariaSort === 'ascending' ? performance.now() - start : NaN));
  };
  postMessage(MESSAGE, origin);
  look();
})`;

/** 1,000 changed fields, from the state to a table that can be used. */
export async function panel(folder: string): Promise<Result[]> {
  const { missing } = await findChromium();
  if (missing !== undefined) {
    process.stdout.write(`${missing}\n`);
    return [];
  }
  const state = { ...EMPTY_STATE, projects: [project()] };
  const runs: Measured[] = [];
  for (let run = 0; run < RUNS; run++)
    runs.push(await once(folder, () => driftPage(state, undefined, Date.now())));
  const median = (name: string): number => middle(runs.map(run => run[name] ?? NaN));
  return [
    result('panel with 1,000 changed fields interactive', 'ms', median('interactive'), { atMost: 500 }),
    result('panel with 1,000 changed fields: all rows drawn', 'ms', median('whole'), 'none'),
  ];
}

async function once(folder: string, make: () => unknown): Promise<Measured> {
  const browser = await openPage();
  try {
    await browser.route(`${ADDRESS}**`, route => {
      const name = path.basename(new URL(route.request().url()).pathname);
      return route.fulfill(
        name === 'panel'
          ? { body: HTML, contentType: 'text/html' }
          : { path: path.join(folder, 'panel', name) },
      );
    });
    await browser.goto(ADDRESS, { waitUntil: 'load' });
    const start = performance.now();
    const message = { type: 'page', subject: { use: 'drift', keys: [] }, page: make(), words: panelWords() };
    const text = JSON.stringify(message);
    const making = performance.now() - start;
    const { interactive = NaN, whole = NaN } = await browser.evaluate<Measured>(
      UNTIL.replace('MESSAGE', () => text),
    );
    return { interactive: making + interactive, whole: making + whole };
  } finally {
    await closePage(browser);
  }
}

/** A stack of ten resources with 100 changed fields each. */
function project(): Project {
  const key = keyOf('sloth-runner', 'bench');
  const values = (change: number): Drift['expected'] =>
    Object.fromEntries(
      Array.from({ length: 100 }, (_, index) => [`field_${index}`, `value ${index * 7 + change}`]),
    ) as Drift['expected']; // clean texts
  const drift = Array.from({ length: 10 }, (_, index): Drift => ({
    key: keyOf('drift', String(index)),
    resource: clean(`resource-${index}`),
    at: Date.now() - index * 60_000,
    drifted: true,
    resolution: clean('pending'),
    fields: [],
    expected: values(0),
    actual: values(1),
  }));
  const empty = {
    resources: [],
    snapshots: [],
    activity: [],
    events: [],
    executions: [],
    dependencies: [],
    backups: [],
    tags: [],
    moreSnapshots: false,
    moreActivity: false,
    moreExecutions: false,
  };
  const stack: Stack = {
    ...empty,
    key: keyOf('stack'),
    id: clean('stack'),
    name: clean('stack'),
    status: clean('completed'),
    outcome: 'succeeded',
    executionCount: 1,
    ownOperations: false,
    drift,
    outputs: {},
    configuration: {},
    metadata: {},
    source: { file: 'stacks.db' },
  };
  return {
    key,
    tool: 'sloth-runner',
    name: clean('bench'),
    root: '/bench',
    environments: [],
    services: [],
    stacks: [stack],
    servers: [],
    resources: [],
    facts: [],
    findings: [],
  };
}
