/**
 * A program that stands in for the tako CLI: a test double of its protocol only. It replays documents, events, texts and exit
 * codes, writes down how it was called, takes the lock of `.tako` as the real one does, and waits for an interrupt where it is
 * told to. It deploys nothing, and says nothing about what the real one does on servers.
 */
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { workspace } from './workspace.ts';

/** What is replayed where all these words are among the arguments. The first one that fits counts. */
export interface Replay {
  readonly when: readonly string[];
  /** Printed on stdout as it is. */
  readonly out?: string;
  readonly err?: string;
  readonly exit?: number;
  /** After printing `out` it waits to be interrupted, prints this and ends with 5; false: it does not let itself be. */
  readonly interrupted?: string | false;
}

export interface Call {
  readonly args: readonly string[];
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** What the file behind `--plan` held. */
  readonly plan?: string;
}

export interface StandIn {
  readonly file: string;
  readonly replay: (...replays: readonly Replay[]) => void;
  /** Everything it was asked but its version. */
  readonly calls: () => readonly Call[];
}

export function takoProgram(whenDone: (remove: () => void) => void, version = 'v0.11.0'): StandIn {
  const { file } = workspace(whenDone);
  const [program, replays, calls] = [file('tako'), file('replays.json'), file('calls.ndjson')];
  writeFileSync(program, `#!${process.execPath}\n${PROGRAM}`);
  chmodSync(program, 0o755);
  writeFileSync(file('version'), `Tako CLI ${version}\nCommit: 1c5d1e2\nBuilt: 2026-07-01\n`);
  return {
    file: program,
    replay: (...all) => writeFileSync(replays, JSON.stringify(all)),
    calls: () =>
      existsSync(calls)
        ? readFileSync(calls, 'utf8')
            .trim()
            .split('\n')
            .map(line => JSON.parse(line) as Call)
        : [],
  };
}

const SAMPLES = path.join(import.meta.dirname, '..', 'samples', 'tako', 'machine-output');

/** A document as the program prints it. `changed`: fields that are other ones. */
export function document(name: string, changed: Readonly<Record<string, unknown>> = {}): string {
  const sample = JSON.parse(readFileSync(path.join(SAMPLES, name), 'utf8')) as Record<string, unknown>;
  return `${JSON.stringify({ ...sample, ...changed }, null, 2)}\n`;
}

/** Events, one a line; `result`: the document that the last one holds. */
export function events(all: readonly object[], result?: string): string {
  const last =
    result === undefined ? [] : [{ type: 'result', data: { result: JSON.parse(result) as unknown } }];
  return [...all, ...last]
    .map(
      (each, seq) =>
        `${JSON.stringify({ apiVersion: 'x/v1', kind: 'Event', seq, level: 'info', ...each })}\n`,
    )
    .join('');
}

const PROGRAM = `
const { readFileSync, appendFileSync, existsSync, writeSync } = require('node:fs');
const { spawnSync } = require('node:child_process');
const path = require('node:path');
const args = process.argv.slice(2);
const here = name => path.join(__dirname, name);
if (args.includes('--version')) {
  writeSync(1, readFileSync(here('version')));
  process.exit(0);
}
const { TAKO_NONINTERACTIVE, TAKO_SKIP_UPDATE_CHECK } = process.env;
const plan = args.includes('--plan') ? readFileSync(args[args.indexOf('--plan') + 1], 'utf8') : undefined;
const environment = { TAKO_NONINTERACTIVE, TAKO_SKIP_UPDATE_CHECK };
appendFileSync(here('calls.ndjson'), JSON.stringify({ args, cwd: process.cwd(), environment, plan }) + '\\n');
const lock = path.join('.tako', '.lock');
if (['deploy', 'rollback'].includes(args[0]) && existsSync(lock)) {
  if (spawnSync('flock', ['-xn', lock, 'true']).status !== 0) {
    writeSync(2, 'Error: state is locked by dev@vps1 (operation: deploy, started: 3s ago).\\n');
    process.exit(3);
  }
}
const all = JSON.parse(readFileSync(here('replays.json'), 'utf8'));
const found = all.find(({ when }) => when.every(word => args.includes(word)));
if (!found) {
  writeSync(2, 'Error: nothing to replay for ' + args.join(' ') + '\\n');
  process.exit(1);
}
const { out = '', err = '', exit = 0, interrupted } = found;
if (interrupted !== undefined) {
  process.on('SIGINT', () => {
    if (interrupted === false) return;
    writeSync(1, interrupted);
    process.exit(5);
  });
  setInterval(() => undefined, 1000);
}
writeSync(1, out);
writeSync(2, err);
if (interrupted === undefined) process.exit(exit);
`;
