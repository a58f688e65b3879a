import { join, say, type Clean } from '../base/clean.ts';
import type { Project } from '../state/model.ts';
import { moment } from './ages.ts';
import { describe } from './names.ts';

/** A backup to choose, and what restoring it is given. */
export interface BackupItem {
  readonly label: Clean;
  readonly description: Clean;
  readonly detail: Clean;
  readonly project: Project;
  readonly stack: Clean;
  readonly backup: Clean;
}

/** The backups of some databases, or of one stack in them: those that lie here, and those that only the database tells of. */
export function backupItems(projects: readonly Project[], stack?: Clean): readonly BackupItem[] {
  return projects.flatMap(project => {
    const { backups = [], stacks } = project;
    const here = new Set(backups.map(({ id }) => id));
    const items = [
      ...backups.map(backup => ({
        label: backup.at === undefined ? backup.id : moment(backup.at),
        description: describe(
          backup.name,
          backup.kind === 'archive' ? say('archived snapshots') : say('up to snapshot {0}', backup.version),
        ),
        detail: join([backup.reason, backup.by, sizeText(backup.bytes)], ' · '),
        project,
        stack: backup.stack,
        backup: backup.id,
      })),
      ...stacks.flatMap(({ id, name, backups: recorded }) =>
        recorded
          .filter(each => !here.has(each.id))
          .map(each => ({
            label: each.at === undefined ? each.id : moment(each.at),
            description: name,
            detail: say('Not in the folder of backups: {0}', each.path),
            project,
            stack: id,
            backup: each.id,
          })),
      ),
    ];
    return items.filter(item => stack === undefined || item.stack === stack);
  });
}

function sizeText(bytes: number): Clean {
  return bytes < 1e6 ? say('{0} KB', Math.ceil(bytes / 1e3)) : say('{0} MB', Math.round(bytes / 1e6));
}
