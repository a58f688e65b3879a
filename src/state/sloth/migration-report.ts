import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { replaceFile } from '../../base/aside.ts';
import { say } from '../../base/clean.ts';
import type { Instant } from '../../base/time.ts';
import { jsonTime, offsetTime } from './forms.ts';
import type { Migration } from './migration.ts';

// sloth-runner writes such a report beside its new database. Its own counts what was there before, and no outputs.

function reportFile(target: string): string {
  return path.join(path.dirname(target), 'migration_report.json');
}

/** What was migrated, in numbers, and every row that was not. */
function numbers({ stacks, resources, outputs, conflicts, lostOutputs }: Migration) {
  const lost = lostOutputs === 0 ? [] : [say('Outputs of no stack that was added: {0}.', lostOutputs)];
  return {
    stacks_migrated: stacks.length,
    resources_migrated: resources.length,
    outputs_migrated: outputs,
    errors: [...conflicts.stacks, ...conflicts.resources, ...lost],
  };
}

export function writeReport(target: string, migration: Migration, from: Instant, to: Instant): Promise<void> {
  const time = (at: Instant): string => jsonTime(offsetTime(at));
  const report = {
    ...numbers(migration),
    start_time: time(from),
    end_time: time(to),
    duration: goDuration(to - from),
  };
  return replaceFile(reportFile(target), JSON.stringify(report, null, 2));
}

/** Whether the report tells of this migration. */
export async function isReported(target: string, migration: Migration): Promise<boolean> {
  const text = await readFile(reportFile(target), 'utf8').catch(() => '');
  return text.startsWith(JSON.stringify(numbers(migration), null, 2).slice(0, -2));
}

function goDuration(milliseconds: number): string {
  if (milliseconds < 1000) return milliseconds === 0 ? '0s' : `${milliseconds}ms`;
  const [minutes, seconds] = [Math.floor(milliseconds / 60_000), (milliseconds % 60_000) / 1000];
  return `${minutes === 0 ? '' : `${minutes}m`}${seconds}s`;
}
