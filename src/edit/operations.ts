import type { Instant } from '../base/time.ts';
import type { AnyOperation } from '../operations/runner.ts';
import type { Reader } from '../state/source.ts';
import { addFtl2Host, editFtl2Host, recordFtl2Host, removeFtl2Host } from './ftl2/hosts.ts';
import { exportFtl2Inventory } from './ftl2/inventory.ts';
import { newFtl2State } from './ftl2/new-state.ts';
import { addFtl2Resource, removeFtl2Resource, tagFtl2Resource } from './ftl2/resources.ts';
import { ignoreServiceDrift } from './ignore-service-drift.ts';
import { breakLock, finishWrite } from './locks.ts';
import { noteRelease } from './note.ts';
import { putBack } from './put-back.ts';
import { repairFile } from './repair.ts';
import { adoptDrift } from './sloth/adopt-drift.ts';
import { archiveSnapshots } from './sloth/archive.ts';
import { backUpStack, restoreStackBackup } from './sloth/backup.ts';
import { createStack, updateStack } from './sloth/change-stack.ts';
import { newDatabase } from './sloth/create-database.ts';
import { deleteStack } from './sloth/delete-stack.ts';
import { detectDrift } from './sloth/detect-drift.ts';
import { ignoreDrift } from './sloth/ignore-drift.ts';
import { breakStackLock, lockStack, unlockStack } from './sloth/locks.ts';
import { migrateStacks } from './sloth/migrate.ts';
import { recordDependencies } from './sloth/record-dependencies.ts';
import { resolveDrift } from './sloth/resolve-drift.ts';
import { createResource, deleteResource, updateResource } from './sloth/resources.ts';
import { restoreStack } from './sloth/restore.ts';
import { beginRun, endRun, renewRun } from './sloth/run.ts';
import { snapshotStack } from './sloth/snapshot.ts';
import { tagStack } from './sloth/tags.ts';
import { undoRows } from './sloth/undo.ts';
import { closeStagecraftRelease } from './stagecraft/close.ts';
import { takoLedger } from './tako/adopt.ts';
import { stagecraftLedger } from './stagecraft/adopt.ts';
import { adoptServices } from './adopt.ts';
import { recordServiceHealth } from './tako/health.ts';
import { pruneTakoArtifacts } from './tako/artifacts.ts';
import { importState } from './tako/import.ts';
import { initState } from './tako/init.ts';
import { breakTakoLock } from './tako/lock.ts';
import { pruneTakoHistory } from './tako/prune.ts';
import { closeTakoRelease, markRelease, noteTakoRelease } from './tako/releases.ts';

/** Everything that can be done to recorded state. `reader` opens one that remembers nothing, to look at what was done. */
export function editOperations(reader: () => Reader, now: () => Instant): readonly AnyOperation[] {
  return [
    putBack,
    finishWrite,
    breakLock,
    repairFile(reader, now),
    noteRelease(reader, now),
    closeStagecraftRelease(reader),
    initState(reader, now),
    markRelease(reader, true),
    markRelease(reader, false),
    noteTakoRelease(reader),
    recordServiceHealth(reader, now),
    pruneTakoHistory(reader),
    closeTakoRelease(reader, now),
    breakTakoLock(reader),
    newFtl2State(now),
    addFtl2Host(now),
    editFtl2Host(now),
    removeFtl2Host(now),
    recordFtl2Host(now),
    addFtl2Resource(now),
    removeFtl2Resource(now),
    tagFtl2Resource(now),
    exportFtl2Inventory(now),
    importState(reader, now),
    adoptServices(takoLedger(reader), reader, now),
    adoptServices(stagecraftLedger(reader), reader, now),
    ignoreServiceDrift(reader, now),
    pruneTakoArtifacts(reader),
    newDatabase(reader),
    undoRows,
    backUpStack(reader, now),
    restoreStackBackup(reader, now),
    archiveSnapshots(reader, now),
    createStack(reader, now),
    updateStack(reader, now),
    deleteStack(reader, now),
    createResource(reader, now),
    updateResource(reader, now),
    deleteResource(reader, now),
    recordDependencies(reader, now),
    snapshotStack(reader, now),
    restoreStack(reader, now),
    tagStack(reader, now, true),
    tagStack(reader, now, false),
    lockStack(reader, now),
    unlockStack(reader, now),
    breakStackLock(reader, now),
    detectDrift(reader, now),
    resolveDrift(reader, now),
    ignoreDrift(reader, now),
    adoptDrift(reader, now),
    beginRun(reader, now),
    renewRun(reader, now),
    endRun(reader, now),
    migrateStacks(now),
  ];
}
