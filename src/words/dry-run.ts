import { clean, cleanLines, join, say, type Clean } from '../base/clean.ts';
import type { DryFile, DryRun, Side } from '../upgrade/dry-run.ts';

/** What an upgrade would do to one server, beside the differences of its files. */
export function dryRunDocument(title: Clean, { files, commands, notes }: DryRun): Clean {
  const parts = [
    [title, say('Nothing was changed.')],
    notes,
    [say('Files'), ...(files.length > 0 ? files.map(fileLine) : [say('No file would differ.')])],
    [say('Commands'), ...(commands.length > 0 ? commands : [say('No command would act.')])],
  ];
  const texts = parts.filter(lines => lines.length > 0).map(lines => lines.join('\n'));
  return cleanLines(`${texts.join('\n\n')}\n`);
}

/** "+ /etc/logrotate.d/docker (mode 644, owner 0:0)" */
function fileLine({ path, before, after }: DryFile): Clean {
  const [mark, side] = before ? (after ? ['~', after] : ['−', undefined]) : ['+', after];
  const changed = (what: 'mode' | 'owner'): Clean | undefined => {
    const [was, is] = [before?.[what], side?.[what]];
    if (is === undefined || was === is) return undefined;
    const now = was === undefined ? is : say('{0} → {1}', was, is);
    return what === 'mode' ? say('mode {0}', now) : say('owner {0}', now);
  };
  const details = join([changed('mode'), changed('owner'), unread(after ?? before)], ', ');
  return join([clean(mark), path, details === '' ? undefined : say('({0})', details)], ' ');
}

/** Why its content is not shown. */
function unread(side: Side | undefined): Clean | undefined {
  switch (side?.why) {
    case undefined:
      return undefined;
    case 'binary':
      return say('not text');
    case 'large':
      return say('too large to be shown');
    case 'no file':
      return say('no file');
  }
}
