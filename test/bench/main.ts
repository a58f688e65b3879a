/** `npm run bench`: measures Shipshape beside naive readers on large state, prints a table, writes bench-results.json. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { View } from '../../src/words/row.ts';
import { hasSqliteShell } from '../kit/sqlite-shell.ts';
import { buildAll } from './build.ts';
import { largeData, type Data } from './data.ts';
import { fresh, median, middle, result, table, type Measured, type Result } from './harness.ts';
import { panel } from './panel.ts';

const ROOT = path.join(import.meta.dirname, '..', '..');
const VSCODE_TYPES = path.join(ROOT, 'node_modules/@types/vscode/index.d.ts');
/** Fresh processes per measurement. */
const RUNS = 5;

const built = await buildAll(path.join(os.tmpdir(), 'shipshape-bench-built'));
const task = (name: string, ...args: string[]): Measured => fresh(built.tasks, name, ...args);

function activation(data: Data): Result[] {
  const {
    ms = NaN,
    kilobytes = NaN,
    heavy = NaN,
  } = median(RUNS, () => task('activate', built.extension, VSCODE_TYPES));
  return [
    result('activation: load extension.js', 'ms', ms, { atMost: 30 }),
    result('activation: code loaded', 'KB', kilobytes, { atMost: 200 }),
    result('activation: files of ssh2, sql.js, yaml loaded', 'files', heavy, { atMost: 0 }),
    ...activationInVsCode(data),
  ];
}

/** In a real VS Code, on all large projects at once. Without Chromium there is none to measure in. */
function activationInVsCode(data: Data): Result[] {
  const measured = median(3, () => inVsCode(data.all));
  const { untilFirstAwait, untilReady } = measured;
  if (untilFirstAwait === undefined || untilReady === undefined) {
    process.stdout.write('No VS Code to measure in: npm test says what is missing.\n');
    return [];
  }
  return [
    result('activation in VS Code: until the first await', 'ms', untilFirstAwait, { atMost: 30 }),
    result('activation in VS Code: until all large projects are read', 'ms', untilReady, 'none'),
  ];
}

/** What the extension says of its own activation, opened on this folder. */
function inVsCode(folder: string): Measured {
  const figures = path.join(os.tmpdir(), `shipshape-figures-${process.pid}.json`);
  rmSync(figures, { force: true });
  spawnSync(process.execPath, [path.join(ROOT, 'test/host/run.ts'), 'newest', folder], {
    env: { ...process.env, SHIPSHAPE_FIGURES: figures, SHIPSHAPE_GREP: 'gives way' },
  });
  return existsSync(figures) ? (JSON.parse(readFileSync(figures, 'utf8')) as Measured) : {}; // the host suite wrote it
}

/** First paint of each tree on a large project of its own, and of one window on all of them. */
function firstPaint(data: Data): Result[] {
  const naive = (name: string, ...file: string[]): number =>
    median(3, () => task(name, path.join(...file))).ms ?? NaN;
  const naiveTako = naive('naiveTako', data.tako);
  const cases: readonly (readonly [name: string, folder: string, View, naive: number])[] = [
    ['releases, Tako', data.tako, 'releases', naiveTako],
    [
      'releases, Stagecraft',
      data.stagecraft,
      'releases',
      naive('naiveReleases', data.stagecraft, '.stagecraft/releases.json'),
    ],
    ['services', data.tako, 'services', naiveTako],
    ['servers', data.ftl2, 'servers', naive('naiveHosts', data.ftl2, '.ftl2-state.json')],
    ['stacks', data.sloth, 'stacks', task('naiveDatabase', path.join(data.sloth, 'stacks.db')).newest ?? NaN],
  ];
  const lines = cases.flatMap(([name, folder, view, baseline]) => {
    const { cold = NaN, warm = NaN } = median(RUNS, () => task('paint', folder, view));
    return [
      result(`first paint, cold: ${name}`, 'ms', cold, { atMost: 400 }, baseline),
      result(`first paint, warm: ${name}`, 'ms', warm, { atMost: 100 }, baseline),
    ];
  });
  const { cold = NaN, warm = NaN } = median(RUNS, () => task('paint', data.all, 'releases'));
  return [
    ...lines,
    result('first paint, cold: all projects in one window', 'ms', cold, 'none'),
    result('first paint, warm: all projects in one window', 'ms', warm, 'none'),
  ];
}

function oneChange(data: Data): Result[] {
  const naive = median(3, () => task('naiveTako', data.tako));
  const { ms = NaN, parses = NaN, changed = NaN } = task('change', data.tako);
  return [
    result('one file of 50,000 changed', 'ms', ms, { timesCheaper: 30 }, naive.ms ?? null),
    result('one file of 50,000 changed: files parsed', 'files', parses, { atMost: 1 }, naive.files ?? null),
    result('one file of 50,000 changed: releases changed', 'releases', changed, { atMost: 1 }),
  ];
}

function burst(data: Data): Result[] {
  const { refreshes = NaN, settled = NaN } = task('burst', data.tako);
  return [
    result('1,000 files changed at once: refreshes', 'refreshes', refreshes, { atMost: 3 }, 1000),
    result('1,000 files changed at once: until shown', 'ms', settled, 'none'),
  ];
}

function memory(data: Data): Result[] {
  const resident = (folder: string): number => median(3, () => task('memory', folder)).rss ?? NaN;
  const empty = resident(data.empty);
  const naive = median(3, () => task('naiveTako', data.tako)).grown ?? null;
  const goal = { atMost: 100 };
  return [
    result('memory above an empty window: Tako', 'MB', resident(data.tako) - empty, goal, naive),
    result('memory above an empty window: all projects', 'MB', resident(data.all) - empty, 'none'),
  ];
}

function database(data: Data): Result[] {
  const file = path.join(data.sloth, 'stacks.db');
  const naive = task('naiveDatabase', file);
  const ours = median(RUNS, () => task('database', file));
  const line = (name: string, unit: string, measure: string, atMost: number, baseline?: number) =>
    result(`1 GB database: ${name}`, unit, ours[measure] ?? NaN, { atMost }, baseline ?? null);
  return [
    result('1 GB database: SQLite loaded, database opened', 'ms', ours.engine ?? NaN, 'none', naive.open),
    line('snapshot numbers', 'ms', 'numbers', 10, naive.numbers),
    line('newest 20 with descriptions, first', 'ms', 'first', 150, naive.newest),
    line('newest 20 with descriptions, after', 'ms', 'after', 10, inShell(file, NEWEST_SNAPSHOTS)),
    line('newest 20 of a million activities', 'ms', 'activities', 5, inShell(file, NEWEST_ACTIVITIES)),
    line('resident', 'MB', 'rss', 150, naive.rss),
  ];
}

const NEWEST_SNAPSHOTS =
  'SELECT version, created_at, created_by, description FROM state_versions ORDER BY version DESC LIMIT 20';
const NEWEST_ACTIVITIES = 'SELECT * FROM state_activity ORDER BY id DESC LIMIT 20';

/** What SQLite's own shell needs for a question, its start included. Nothing where there is no shell. */
function inShell(file: string, sql: string): number | undefined {
  if (!hasSqliteShell) return undefined;
  const times = Array.from({ length: RUNS }, () => {
    const start = performance.now();
    spawnSync('sqlite3', ['-readonly', file, sql]);
    return performance.now() - start;
  });
  return middle(times);
}

function edits(): Result[] {
  const { megabytes = NaN, ms = NaN, print = NaN } = median(3, () => task('edit'));
  return [
    result('one value of a large state file changed: its size', 'MB', megabytes, 'none'),
    result('one value of a large state file changed', 'ms', ms, { timesCheaper: 2 }, print),
  ];
}

function comparisons(): Result[] {
  const { megabytes = NaN, ms = NaN, naive = NaN } = median(3, () => task('compare'));
  return [
    result('two large snapshots compared: size of each', 'MB', megabytes, 'none'),
    result('two large snapshots compared', 'ms', ms, { atMost: 3000 }, naive),
  ];
}

/** "Go to Release…" over what one environment has, and over what five have. */
function searching({ tako }: Data): Result[] {
  return [1, 5].flatMap(environments => {
    const {
      releases = NaN,
      list = NaN,
      block = NaN,
      worst = NaN,
    } = median(3, () => task('search', tako, String(environments)));
    const what = `${releases.toLocaleString('en')} releases searched`;
    return [
      result(`${what}: slowest keystroke`, 'ms', worst, { atMost: 50 }),
      result(`${what}: until all are listed`, 'ms', list, 'none'),
      result(`${what}: editor's thread held up by listing`, 'ms', block, 'none'),
    ];
  });
}

function keystrokes(): Result[] {
  const { lines = NaN, ms = NaN, slow = NaN, parse = NaN } = median(3, () => task('keystroke'));
  const name = `a keystroke in a tako.yaml of ${lines} lines`;
  return [
    result(`${name}: the editor's thread`, 'ms', ms, { atMost: 5 }, parse),
    result(`${name}: the editor's thread, one of twenty`, 'ms', slow, { atMost: 5 }, parse),
    result(`${name}: the worker, when nobody types`, 'ms', parse, 'none'),
  ];
}

function panels(): Promise<Result[]> {
  return panel(built.extension);
}

process.stdout.write('Large state: ');
const data = largeData(doing => process.stdout.write(`${doing}; `));
process.stdout.write('there.\n');
if (!hasSqliteShell) process.stdout.write("There is no sqlite3 to compare with: install SQLite's shell.\n");

const results: Result[] = [];
const MEASURES = [
  activation,
  firstPaint,
  oneChange,
  burst,
  memory,
  searching,
  database,
  edits,
  comparisons,
  keystrokes,
  panels,
];
for (const measure of MEASURES) {
  process.stdout.write(`Measuring ${measure.name}\n`);
  results.push(...(await measure(data)));
}
writeFileSync(path.join(ROOT, 'bench-results.json'), `${JSON.stringify(results, undefined, 2)}\n`);
process.stdout.write(`\n${table(results)}\n`);
if (results.some(({ ok }) => !ok)) process.exitCode = 1;
