import path from 'node:path';
import { clean, join, say, type Clean } from '../../base/clean.ts';
import type { Fields } from '../../base/fields.ts';
import type { At, Finding } from '../../base/finding.ts';
import { newestFirst, type Instant } from '../../base/time.ts';
import type { Fact } from '../model.ts';
import type { Member } from './recorded.ts';

/** What `ftl2 run --state-file` wrote at the end of a run. Its arguments may be secret and are not kept. */
export interface Run {
  readonly file: string;
  readonly module?: Clean;
  readonly at?: Instant;
  readonly results: readonly RunResult[];
}

export interface RunResult {
  /** The name of the host as it stands in the file. */
  readonly host: string;
  readonly failed: boolean;
  readonly error?: Clean;
  readonly source: At;
}

/** A run from the top level of its log and the members of `hosts`. */
export function runOf(root: Fields, hosts: readonly Member[], file: string): Run {
  return {
    file,
    module: root.text('module'),
    at: root.time('timestamp')?.at,
    results: hosts.map(({ name, fields, at }) => ({
      host: name,
      failed: fields.flag('success') !== true,
      error: fields.text('error'),
      source: at,
    })),
  };
}

/** What became of each host in the last run that had it. */
export function lastResults(runs: readonly Run[]): ReadonlyMap<string, RunResult> {
  const oldestFirst = runs.toSorted((a, b) => newestFirst(b.at, a.at));
  return new Map(oldestFirst.flatMap(({ results }) => results.map(result => [result.host, result] as const)));
}

/** What a person who looks at a host wants to know of its failure. */
export function failureFacts({ source, error }: RunResult): readonly Fact[] {
  return [
    ...(error ? [{ name: say('Error'), value: error }] : []),
    { name: say('Run again'), value: resumeCommand(source.file) },
  ];
}

export function runFacts({ file, module = clean('?'), results }: Run): readonly Fact[] {
  const failed = results.filter(result => result.failed).length;
  const outcome = say('{0}: {1} of {2} hosts failed', module, failed, results.length);
  return [
    { name: say('Run in {0}', clean(path.basename(file))), value: outcome },
    ...(failed > 0 ? [{ name: say('Run again'), value: resumeCommand(file) }] : []),
  ];
}

const SHOWN_HOSTS = 5;

export function runFindings({ module = clean('?'), results }: Run): readonly Finding[] {
  const failed = results.filter(result => result.failed);
  if (failed.length === 0) return [];
  const names = join(
    failed.slice(0, SHOWN_HOSTS).map(({ host }) => clean(host, 60)),
    ', ',
  );
  return [
    {
      severity: 'warning',
      code: 'failed-hosts',
      text: say('{0} failed on {1} of {2} hosts: {3}.', module, failed.length, results.length, names),
      at: failed[0]?.source,
    },
  ];
}

/** Hosts that succeeded are skipped then. The rest of the command is not recorded, or secret. */
function resumeCommand(file: string): Clean {
  const name = path.basename(file);
  const quoted = /^[\w.-]+$/.test(name) ? name : `'${name.replaceAll("'", "'\\''")}'`;
  return clean(`ftl2 run … --resume ${quoted}`);
}
