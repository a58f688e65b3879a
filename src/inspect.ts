/**
 * What Shipshape sees in the given folders, as JSON or (`--tree`) as the rows of the sidebar. For bug reports and scripts.
 * Only reads.
 */
import path from 'node:path';
import { parseArgs } from 'node:util';
import { clean } from './base/clean.ts';
import type { Finding } from './base/finding.ts';
import { utcText, type Instant } from './base/time.ts';
import { openReader, readOnce } from './engine.ts';
import type { Environment, Phase, Project, Release, Stack, State } from './state/model.ts';
import { printRows, rowsOf, VIEWS } from './words/rows.ts';

const USAGE = `Usage: npm run -s inspect -- [--tree] [--rows N] FOLDER...
  --tree    print the rows of the sidebar instead of JSON
  --rows N  read at most N entries of each list (10000; with --tree 40)
`;
const ROWS = 10_000;

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { tree: { type: 'boolean' }, rows: { type: 'string' }, help: { type: 'boolean' } },
  });
  const rows = values.rows === undefined ? undefined : Number(values.rows);
  if (values.help || positionals.length === 0 || (rows !== undefined && !(rows > 0))) {
    process.stderr.write(USAGE);
    return values.help ? 0 : 2;
  }
  // npm runs scripts in the project's folder; INIT_CWD is where the person stands.
  const folders = positionals.map(each => path.resolve(process.env.INIT_CWD ?? '.', each));
  const reader = openReader();
  const wanted = rows ?? (values.tree ? undefined : ROWS);
  const state = await readOnce(reader, folders, wanted === undefined ? {} : { '*': wanted });
  await reader.close();
  process.stdout.write(values.tree ? tree(state) : `${JSON.stringify(report(state), plain, 2)}\n`);
  return 0;
}

function tree(state: State): string {
  const now = Date.now();
  return VIEWS.map(view => `${view.toUpperCase()}\n${printRows(rowsOf(view, state, now), '  ')}\n`).join('');
}

function report({ projects, findings }: State) {
  return {
    projects: projects.map(reportProject),
    findings: [...findings, ...projects.flatMap(project => project.findings)].map(reportFinding),
  };
}

function reportProject(project: Project) {
  const { environments, stacks, lock } = project;
  return {
    ...project,
    findings: undefined, // all of them stand together at the end
    environments: environments.map(reportEnvironment),
    stacks: stacks.map(reportStack),
    lock: lock ?? null,
  };
}

function reportEnvironment({ releases, current, ...rest }: Environment) {
  return { ...rest, current: current ?? null, releases: releases.map(reportRelease) };
}

function reportRelease({ id, status, version, commit, timestamp, at, phases, ...rest }: Release) {
  return {
    id,
    status,
    version: version ?? null,
    commit: commit ?? null,
    timestamp,
    at: utcOrNull(at),
    phases: Object.fromEntries(phases.map(({ name, status: phaseStatus }: Phase) => [name, phaseStatus])),
    ...rest,
  };
}

function reportStack({ lock, ...rest }: Stack) {
  return { ...rest, lock: lock ?? null };
}

function reportFinding({ severity, code, text, at }: Finding) {
  return { severity, code, file: at ? clean(at.file, 1000) : null, line: at?.line ?? null, text };
}

/** Times as text in UTC; paths, which are kept raw for opening, cleaned. */
function plain(name: string, value: unknown): unknown {
  if (typeof value === 'number' && INSTANTS.has(name)) return utcOrNull(value);
  // A hash of an address that may come from a secret variable, and the address itself.
  if (name === 'identity' || name === 'reach') return undefined;
  if (name === 'root' || name === 'file') return clean(value, 1000);
  return value;
}

const INSTANTS = new Set([
  'at',
  'since',
  'until',
  'createdAt',
  'completedAt',
  'startedAt',
  'deployedAt',
  'retiredAt',
]);

function utcOrNull(at: Instant | undefined): string | null {
  return at === undefined ? null : utcText(at);
}

// Whoever reads us may have seen enough (`inspect … | head`).
process.stdout.on('error', () => process.exit());
process.exitCode = await main();
