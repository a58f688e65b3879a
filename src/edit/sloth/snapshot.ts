import { clean, say } from '../../base/clean.ts';
import { whoHere } from '../../base/identity.ts';
import type { Instant } from '../../base/time.ts';
import type { Operation, Plan } from '../../operations/operation.ts';
import { printRecord } from '../../state/sloth/record.ts';
import { newestVersion, takeSnapshot } from '../../state/sloth/take-snapshot.ts';
import type { Reader } from '../../state/source.ts';
import { databaseOperation } from './database.ts';
import { notRecorded } from './objections.ts';
import { otherSnapshot, recordAt, stackAt, type OnStack } from './stack.ts';

export interface SnapshotStack extends OnStack {
  readonly description: string;
}

interface SnapshotPlan extends Plan {
  /** The number of the snapshot to be made. */
  readonly version: number;
}

/** Keeps a stack as it is now as its next snapshot. */
export function snapshotStack(
  reader: () => Reader,
  now: () => Instant,
): Operation<SnapshotStack, SnapshotPlan> {
  return databaseOperation<SnapshotStack, SnapshotPlan>({
    id: 'sloth.snapshot',

    async plan(input, { signal }) {
      const stack = await stackAt(reader(), input, signal);
      const version = (stack?.snapshots[0]?.version ?? 0) + 1;
      const { record } = await recordAt(input, version, signal);
      if (record) printRecord(record); // throws where no snapshot can hold it
      const name = stack?.name ?? clean(input.stack);
      return {
        title: say('Make a snapshot of {0}', name),
        target: name,
        risk: 'none',
        changes: [
          { path: [say('snapshot {0}', version)], kind: 'added', to: clean(describe(input.description)) },
        ],
        findings: stack ? [] : [notRecorded(input.stack)],
        steps: [],
        undoable: true,
        version,
      };
    },

    apply(transaction, { place, stack, description }, { version }) {
      if (newestVersion(transaction, stack) + 1 !== version) throw otherSnapshot(place);
      takeSnapshot(transaction, stack, { by: whoHere(), description: describe(description), at: now() });
    },

    async check(input, { version }, { signal }) {
      const stack = await stackAt(reader(), input, signal);
      const made = stack?.snapshots.find(each => each.version === version);
      return made?.by === clean(whoHere()) ? undefined : say('The snapshot is not there.');
    },
  });
}

/** What the program says of a snapshot when it is not told. */
function describe(description: string): string {
  return description.trim() || 'Manual snapshot';
}
