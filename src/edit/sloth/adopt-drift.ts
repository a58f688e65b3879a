import { isDeepStrictEqual } from 'node:util';
import type { Change } from '../../base/change.ts';
import { clean, cleanJson, NONE, say, type Clean } from '../../base/clean.ts';
import { compareJson } from '../../base/diff.ts';
import type { Finding } from '../../base/finding.ts';
import { whoHere } from '../../base/identity.ts';
import type { Instant } from '../../base/time.ts';
import { sha256 } from '../../base/digest.ts';
import type { Operation, Plan } from '../../operations/operation.ts';
import { readDatabase } from '../../state/sloth/database.ts';
import { isPending } from '../../state/pending.ts';
import { offsetTime } from '../../state/sloth/forms.ts';
import type { WrittenRow } from '../../state/sloth/transaction.ts';
import { withVersions } from '../../state/sloth/versions.ts';
import type { Reader } from '../../state/source.ts';
import { objectIn, recordedIn } from './actual.ts';
import { databaseOperation, fileOf } from './database.ts';
import { driftAt, driftChanged, driftObjections, settle, standingRow, type OnDrift } from './drift.ts';
import { resourceName } from './stack.ts';

interface AdoptPlan extends Plan {
  readonly before: Clean;
  /** The properties that are recorded, and those that take their place, as Go prints them. */
  readonly recorded: string;
  readonly actual: string;
}

/** Records what was found of a resource as its properties, and the drift as resolved. */
export function adoptDrift(reader: () => Reader, now: () => Instant): Operation<OnDrift, AdoptPlan> {
  return databaseOperation<OnDrift, AdoptPlan>({
    id: 'sloth.adopt-drift',

    async plan(input, { signal }) {
      const { stack, drift, name } = await driftAt(reader(), input, signal);
      const row = await rowAt(input, signal);
      const [recorded, actual] = [row && recordedIn(row), row && objectIn(String(row.actual_state))];
      const changes = recorded && actual ? compareJson(JSON.parse(recorded), JSON.parse(actual)) : [];
      const isOpen = drift !== undefined && isPending(drift, now());
      return {
        title: say('Adopt the actual values of {0}', name),
        target: stack?.name ?? name,
        risk: 'confirm',
        changes: [
          ...changes.map((change): Change => ({ ...change, path: [name, ...change.path] })),
          ...(row?.state === 'drift' ? [stateChange(name)] : []),
        ],
        findings: [
          ...driftObjections(stack, input),
          ...(isOpen ? [] : [nothingToDo(say('This drift is not open.'))]),
          ...(recorded && actual ? [] : [nothingToDo(say('What is recorded of it is no object.'))]),
          ...(recorded === actual
            ? [nothingToDo(say('These values are recorded already. Resolve the drift.'))]
            : []),
        ],
        steps: [say('Only the record changes. What is recorded now is kept as a snapshot.')],
        undoable: true,
        before: drift?.resolution ?? NONE,
        recorded: recorded ?? '',
        actual: actual ?? '',
      };
    },

    apply(transaction, input, { before, recorded, actual }) {
      const { place } = input;
      const at = now();
      const drift = standingRow(transaction, input, before, at);
      const [row] = transaction.all('SELECT * FROM resources WHERE id = ?', drift.resource_id ?? null);
      if (!row || recordedIn(row) !== recorded || objectIn(String(drift.actual_state)) !== actual) {
        throw driftChanged(place);
      }
      const description = `Actual values of ${resourceName(row)} adopted`;
      withVersions(transaction, String(drift.stack_id), { by: whoHere(), description, at }, () =>
        transaction.run(
          `UPDATE resources SET properties = ?, checksum = ?, state = iif(state = 'drift', 'applied', state), updated_at = ?
           WHERE id = ?`,
          actual,
          sha256(actual),
          offsetTime(at),
          String(row.id),
        ),
      );
      settle(transaction, drift, { status: 'resolved', message: description, at });
    },

    async check(input, { actual }, { signal }) {
      const { stack, drift } = await driftAt(reader(), input, signal);
      const resource = stack?.resources.find(({ id }) => id === drift?.resource);
      const isSo =
        drift?.resolution === 'resolved' &&
        isDeepStrictEqual(resource?.properties, cleanJson(JSON.parse(actual)));
      return isSo ? undefined : say('It is not recorded so.');
    },
  });
}

const RESOURCE_OF_DRIFT = `
  SELECT state, properties, actual_state
  FROM drift_detections JOIN resources ON resources.id = resource_id WHERE drift_detections.rowid = ?`;

/** The resource of a drift with its actual state, as they are recorded; not for showing. */
async function rowAt({ place, detection }: OnDrift, signal: AbortSignal): Promise<WrittenRow | undefined> {
  const { value } = await readDatabase(
    fileOf(place),
    tables => Promise.resolve(tables.query('drift_detections', RESOURCE_OF_DRIFT, [detection])),
    signal,
  );
  return value?.[0] as WrittenRow | undefined; // blobs do not occur in these tables
}

function stateChange(name: Clean): Change {
  return { path: [name, say('state')], kind: 'changed', from: clean('drift'), to: clean('applied') };
}

function nothingToDo(text: Clean): Finding {
  return { severity: 'error', code: 'nothing-to-do', text };
}
