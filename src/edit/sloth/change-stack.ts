import { randomUUID } from 'node:crypto';
import { clean, say } from '../../base/clean.ts';
import type { Finding } from '../../base/finding.ts';
import { whoHere } from '../../base/identity.ts';
import type { Instant } from '../../base/time.ts';
import type { Operation, Plan } from '../../operations/operation.ts';
import { changedStack, cellsOf, newStack, STACK_COLUMNS, type Values } from '../../state/sloth/draft.ts';
import { saltOf } from '../../state/sloth/restore.ts';
import { insertRow, updateRow } from '../../state/sloth/rows.ts';
import { addActivity, takeSnapshot } from '../../state/sloth/take-snapshot.ts';
import type { Reader } from '../../state/source.ts';
import { projectAt } from '../look.ts';
import { databaseOperation, type OnDatabase } from './database.ts';
import { differences } from './differences.ts';
import { nothingToDo } from './objections.ts';
import { badValues, holds, recordOperation } from './record.ts';
import { recordAt, type OnStack } from './stack.ts';

export interface CreateStack extends OnDatabase {
  /** By column: the name, and what else is known. */
  readonly values: Values;
}

export interface UpdateStack extends OnStack {
  readonly values: Values;
}

interface CreatePlan extends Plan {
  /** The id of the stack to be made. */
  readonly stack: string;
}

/** Records a new stack, in which nothing has run yet. */
export function createStack(reader: () => Reader, now: () => Instant): Operation<CreateStack, CreatePlan> {
  const cellsIn = ({ values }: CreateStack) => cellsOf({ name: '', ...values }, STACK_COLUMNS);
  return databaseOperation<CreateStack, CreatePlan>({
    id: 'sloth.create-stack',

    async plan(input, { signal }) {
      const { stacks, findings } = await projectAt(reader(), input.place, signal, {});
      const name = clean(input.values.name);
      const isTwin = stacks.some(stack => stack.name === name);
      return {
        title: say('Make the stack {0}', name),
        target: name,
        risk: isTwin ? 'confirm' : 'none',
        changes: [{ path: [name], kind: 'added' }],
        findings: [
          ...findings
            .filter(({ severity, code }) => severity === 'error' || code === 'old-database')
            .map(asError),
          ...badValues(cellsIn(input).wrong),
          ...(isTwin ? [twin()] : []),
        ],
        steps: [],
        undoable: true,
        stack: randomUUID(),
      };
    },

    apply(transaction, input, { stack }) {
      const done = { message: `Created stack ${input.values.name}`, by: whoHere(), at: now() };
      insertRow(transaction, 'stacks', newStack(stack, cellsIn(input).cells, done.at));
      addActivity(transaction, stack, { ...done, type: 'create' });
      takeSnapshot(transaction, stack, { ...done, description: done.message });
    },

    async check(input, { stack }, { signal }) {
      const { record } = await recordAt({ ...input, stack }, 1, signal);
      return record && holds(record.stack, cellsIn(input).cells) ? undefined : say('The stack is not there.');
    },
  });
}

/** Changes what is recorded of a stack itself. */
export function updateStack(reader: () => Reader, now: () => Instant) {
  return recordOperation<UpdateStack>(reader, now, {
    id: 'sloth.update-stack',
    draft(record, { stack, values }, at) {
      const { cells, wrong } = cellsOf(values, STACK_COLUMNS);
      const name = clean(record.stack.name);
      const changes = differences([], record.stack, cells);
      const salt = saltOf(record);
      const isSaltLost =
        salt !== undefined && saltOf({ ...record, stack: { ...record.stack, ...cells } }) !== salt;
      return {
        title: say('Change the record of {0}', name),
        target: name,
        risk: 'confirm',
        changes,
        findings: [
          ...badValues(wrong),
          ...(changes.length === 0 ? [nothingToDo()] : []),
          ...(isSaltLost ? [saltLost()] : []),
        ],
        type: 'update',
        message: `Updated stack ${name}`,
        write: transaction => updateRow(transaction, 'stacks', stack, changedStack(record.stack, cells, at)),
      };
    },
    isDone: (record, { values }) => holds(record.stack, cellsOf(values, STACK_COLUMNS).cells),
  });
}

/** What keeps the database from being read in full keeps it from being written. */
function asError(finding: Finding): Finding {
  return { ...finding, severity: 'error' };
}

function twin(): Finding {
  const text = say(
    "There is a stack of this name. sloth-runner's commands take the one that was changed last.",
  );
  return { severity: 'warning', code: 'name-taken', text };
}

function saltLost(): Finding {
  const text = say('Without the salt in its metadata the secrets of this stack can no longer be read.');
  return { severity: 'error', code: 'salt-lost', text };
}
