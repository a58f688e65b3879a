import path from 'node:path';
import { clean, join, say } from '../base/clean.ts';
import { UserError } from '../base/errors.ts';
import { isWithin } from '../base/files.ts';
import type { Finding } from '../base/finding.ts';
import type { LockLook } from '../base/lock.ts';
import { stateLock } from '../base/own.ts';
import type { Outcome, Project } from './model.ts';
import type { Place } from './source.ts';

/**
 * The project with what operations of ours left behind in its folder, and with the repairs that damaged files can have.
 * Looking changes nothing.
 */
export async function withOwnFindings(place: Place, project: Project): Promise<Project> {
  const look = await stateLock(place.root)
    .lookAt()
    .catch((error: unknown) => error);
  const own = look instanceof Error ? [unreadable(look)] : leftOver(place, look as LockLook); // what lookAt returns
  const findings = [...own, ...project.findings.map(finding => withRepair(place, finding))];
  const environments =
    look instanceof Error ? project.environments : withInterrupted(project, look as LockLook); // as above
  return { ...project, findings, environments };
}

/** What is recorded as underway since an editor took its lock is interrupted when that editor is gone. */
function withInterrupted(
  { tool, environments }: Project,
  { state, holder }: LockLook,
): Project['environments'] {
  if (!holder || (state !== 'stale' && state !== 'interrupted')) return environments;
  // Records tell whole seconds only.
  const since = Math.floor(holder.since / 1000) * 1000;
  // Between two phases a release of Stagecraft is pending; of Tako that is something that was built only.
  const underway = (outcome: Outcome): boolean =>
    outcome === 'running' || (outcome === 'pending' && tool === 'stagecraft');
  return environments.map(environment => ({
    ...environment,
    releases: environment.releases.map(each =>
      underway(each.outcome) && (each.at ?? 0) >= since ? { ...each, outcome: 'interrupted' } : each,
    ),
  }));
}

function leftOver({ root }: Place, look: LockLook): readonly Finding[] {
  const { state, evidence, committed, token, holder } = look;
  const finish = { title: say('Finish Interrupted Write'), operation: 'finish-write', input: { root } };
  switch (state) {
    case 'free':
    case 'held':
      return [];
    case 'stale':
      return [
        {
          severity: 'info',
          code: 'lock-left',
          text: join([say('A lock was left behind.'), evidence], ' '),
          fix: finish,
        },
      ];
    case 'interrupted': {
      const names = join(
        committed.map(file => clean(path.relative(root, file))),
        ', ',
      );
      const text = join([say('A write was interrupted: {0}.', names), evidence], ' ');
      return [{ severity: 'warning', code: 'write-interrupted', text, fix: finish }];
    }
    case 'unclear': {
      const text = join([holder && say('Locked: {0}.', clean(holder.operation)), evidence], ' ');
      const fix = { title: say('Break Lock…'), operation: 'break-lock', input: { root, token } };
      return [{ severity: 'warning', code: 'lock-unclear', text, fix }];
    }
  }
}

function unreadable(error: Error): Finding {
  return {
    severity: 'warning',
    code: 'lock-unreadable',
    text: error instanceof UserError ? join([error.what, error.next], ' ') : clean(error.message),
  };
}

/** Findings of files that do not parse, and of what makes a tool refuse or overwrite a file. */
const REPAIRED = new Set(['json-syntax', 'json-empty', 'byte-order-mark', 'utf-16']);

function withRepair(place: Place, finding: Finding): Finding {
  const { at, code, fix } = finding;
  const isKnown = REPAIRED.has(code) || (code === 'null-entry' && place.tool === 'stagecraft');
  if (fix || !at || !isKnown || !at.file.endsWith('.json') || !isWithin(at.file, place.root)) {
    return finding;
  }
  const relative = path.relative(place.root, at.file).split(path.sep).join('/');
  return {
    ...finding,
    fix: { title: say('Repair…'), operation: 'repair', input: { place, path: relative } },
  };
}
