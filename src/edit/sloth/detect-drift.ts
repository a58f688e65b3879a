import { isDeepStrictEqual } from 'node:util';
import type { Change } from '../../base/change.ts';
import { clean, say } from '../../base/clean.ts';
import { compareJson } from '../../base/diff.ts';
import { nameIn, type Finding } from '../../base/finding.ts';
import { whoHere } from '../../base/identity.ts';
import type { Instant } from '../../base/time.ts';
import type { Operation, Plan } from '../../operations/operation.ts';
import type { Stack } from '../../state/model.ts';
import { sourceFact } from '../../state/sloth/drift.ts';
import { parseRecord, readRecord, type Ask } from '../../state/sloth/record.ts';
import { driftedFields, recordDrift } from '../../state/sloth/record-drift.ts';
import type { Reader } from '../../state/source.ts';
import { compareActual, sourceText, type Actual, type Comparison } from './actual.ts';
import { changedSince, databaseOperation, fileOf } from './database.ts';
import { objections, refuseWhileLocked } from './objections.ts';
import { recordAt, snapshotIn, stackAt, type OnStack } from './stack.ts';

export interface DetectDrift extends OnStack {
  readonly actual: Actual;
}

interface DetectPlan extends Plan, Pick<Comparison, 'compared'> {
  /** The number of the newest detection before. */
  readonly newest: number;
}

/** Compares the resources of a stack with what they are, and records the result for each, also where nothing drifted. */
export function detectDrift(reader: () => Reader, now: () => Instant): Operation<DetectDrift, DetectPlan> {
  return databaseOperation<DetectDrift, DetectPlan>({
    id: 'sloth.detect-drift',

    async plan(input, { signal }) {
      const { actual } = input;
      const stack = await stackAt(reader(), input, signal);
      const { record, snapshot } = await recordAt(input, versionOf(actual), signal);
      const then = snapshot && parseRecord(snapshot.text);
      const { compared, findings } = record
        ? compareActual(record, actual, then)
        : { compared: [], findings: [] };
      const drifted = compared.filter(each => driftedFields(each).length > 0);
      const name = stack?.name ?? clean(input.stack);
      return {
        title: say('Record drift in {0} of {1} resources of {2}', drifted.length, compared.length, name),
        target: name,
        // What could not be compared is said before, not left to be found out.
        risk: findings.length > 0 ? 'confirm' : 'none',
        changes: compared.flatMap(({ name: resource, expected, actual: is }) =>
          compareJson(JSON.parse(expected), JSON.parse(is)).map((change): Change => ({
            ...change,
            path: [resource, ...change.path],
          })),
        ),
        findings: [
          ...objections(stack, input.stack),
          ...(actual.source === 'snapshot' && !then ? [noSnapshot(actual.version)] : []),
          ...findings,
          ...(compared.length === 0 ? [nothingCompared()] : []),
        ],
        steps: [say('What is recorded now is compared with {0}.', sourceText(actual))],
        undoable: true,
        compared,
        newest: newestOf(stack),
      };
    },

    apply(transaction, { place, stack, actual }, { compared }, keep) {
      const at = now();
      refuseWhileLocked(transaction, { place, stack }, at);
      const ask: Ask = (sql, ...values) => transaction.all(sql, ...values);
      const record = readRecord(ask, stack);
      const then = parseRecord(snapshotIn(ask, stack, versionOf(actual))?.text ?? '');
      if (!record || !isDeepStrictEqual(compareActual(record, actual, then).compared, compared)) {
        throw changedSince(fileOf(place), say('The stack was changed since it was compared.'));
      }
      const source = sourceText(actual);
      for (const each of compared) {
        const row = recordDrift(transaction, stack, each, { source, by: whoHere(), at });
        keep(sourceFact(fileOf(place), row, source));
      }
    },

    async check(input, { compared, newest }, { signal }) {
      const stack = await stackAt(reader(), input, signal);
      const source = sourceText(input.actual);
      const drifts = new Map(stack?.drift.map(each => [each.resource, each]));
      const isThere = compared.every(each => {
        const drift = drifts.get(clean(each.resource));
        const fields = driftedFields(each).map(field => clean(field));
        return (
          drift !== undefined &&
          Number(nameIn(drift.key)) > newest &&
          drift.source === source &&
          drift.drifted === fields.length > 0 &&
          isDeepStrictEqual(drift.fields, fields)
        );
      });
      return isThere ? undefined : say('What was found is not recorded.');
    },
  });
}

/** No snapshot has the number 0. */
function versionOf(actual: Actual): number {
  return actual.source === 'snapshot' ? actual.version : 0;
}

function newestOf(stack: Stack | undefined): number {
  return Math.max(0, ...(stack?.drift ?? []).map(({ key }) => Number(nameIn(key))));
}

function noSnapshot(version: number): Finding {
  const text = say('Snapshot {0} is not recorded, or damaged.', version);
  return { severity: 'error', code: 'not-recorded', text };
}

function nothingCompared(): Finding {
  return { severity: 'error', code: 'nothing-to-do', text: say('There is nothing to compare.') };
}
