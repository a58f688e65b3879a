import type { AnyOperation } from '../operations/runner.ts';
import type { Access } from './access.ts';
import { pruneServerBackups } from './prune.ts';
import { restoreServerSetup } from './restore.ts';
import { resumeUpgrade } from './resume.ts';
import { upgradeServers } from './upgrade.ts';

/** Everything that can be done to the setup of servers. */
export function upgradeOperations(access: Access): readonly AnyOperation[] {
  return [
    upgradeServers(access),
    resumeUpgrade(access),
    restoreServerSetup(access),
    pruneServerBackups(access),
  ];
}
