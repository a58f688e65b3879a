/** Deletes backups of a server's setup. */
import { clean, join, say, type Clean } from '../base/clean.ts';
import type { Finding } from '../base/finding.ts';
import type { Operation, Plan } from '../operations/operation.ts';
import type { Access } from './access.ts';
import { deleteKept, isKeptName, listBackups, type Backups, type ServerBackup } from './backups.ts';
import type { PruneInput } from './requests.ts';
import { rootShell } from './shell.ts';

interface PrunePlan extends Plan {
  /** What has to be there afterwards. */
  readonly rest: readonly string[];
}

export function pruneServerBackups(access: Access): Operation<PruneInput, PrunePlan> {
  return {
    id: 'prune-server-backups',
    root: () => access.storage,
    locks: () => [],

    async plan({ server, backups: names }, { signal }) {
      const there = await listBackups(rootShell(access, server, signal));
      const chosen = there.backups.filter(each => names.includes(each.name));
      return {
        title:
          names.length === 1
            ? say('Delete 1 backup of the setup of {0}', server.name)
            : say('Delete {0} backups of the setup of {1}', names.length, server.name),
        target: server.name,
        risk: 'typed',
        changes: chosen.map(({ name, version }) => ({
          path: [clean(name)],
          kind: 'removed',
          ...(version !== undefined && { from: version }),
        })),
        findings: objections(names, there),
        steps: [],
        undoable: false,
        rest: there.backups.flatMap(({ name }) => (names.includes(name) ? [] : [name])),
      };
    },

    async apply({ server, backups }, _plan, _held, { signal }) {
      await deleteKept(rootShell(access, server, signal), backups);
      return undefined;
    },

    async verify({ server, backups }, { rest }, { signal }) {
      const { out } = await rootShell(access, server, signal).run('ls -A /var/backups/tako', []);
      const left = out.split('\n').filter(each => each !== '');
      const still = backups.filter(each => left.some(name => name === each || name === `${each}.new`));
      const gone = rest.filter(each => !left.includes(each));
      if (still.length > 0) return { state: 'failed', why: say('Still there: {0}', listed(still)) };
      if (gone.length > 0) return { state: 'failed', why: say('Gone as well: {0}', listed(gone)) };
      return { state: 'verified' };
    },
  };
}

/** Why some of these may not be deleted. */
function objections(names: readonly string[], { backups, needed, active }: Backups): readonly Finding[] {
  const error = (code: string, text: Clean): Finding => ({ severity: 'error', code, text });
  if (names.length === 0) return [error('none', say('No backup was chosen'))];
  if (active) return [error('lock', say('Its setup is being changed right now'))];
  const newest = newestWhole(backups);
  return names.flatMap((name): readonly Finding[] => {
    if (!isKeptName(name)) return [error('name', say('"{0}" is not the name of a backup', clean(name)))];
    if (!backups.some(each => each.name === name))
      return [error('missing', say('There is no {0} on it', clean(name)))];
    if (name === newest?.name)
      return [error('newest', say('{0} is the newest that can be restored: it stays', clean(name)))];
    return needed.includes(name)
      ? [error('needed', say('{0} is needed by a run that has not ended', clean(name)))]
      : [];
  });
}

const newestWhole = (backups: readonly ServerBackup[]): ServerBackup | undefined =>
  backups.find(each => each.refused === undefined);
const listed = (names: readonly string[]): Clean =>
  join(
    names.map(each => clean(each)),
    ', ',
  );
