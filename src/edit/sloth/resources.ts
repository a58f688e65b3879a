import { clean, say, type Clean } from '../../base/clean.ts';
import type { Finding } from '../../base/finding.ts';
import type { Instant } from '../../base/time.ts';
import {
  cellsOf,
  changedResource,
  NEW_RESOURCE_COLUMNS,
  newResource,
  RESOURCE_COLUMNS,
  type Values,
} from '../../state/sloth/draft.ts';
import type { StackRecord } from '../../state/sloth/record.ts';
import { insertRow, updateRow } from '../../state/sloth/rows.ts';
import type { WrittenRow } from '../../state/sloth/transaction.ts';
import type { Reader } from '../../state/source.ts';
import { differences } from './differences.ts';
import { notRecorded, nothingToDo } from './objections.ts';
import { badValues, holds, recordOperation } from './record.ts';
import { resourceName, type OnStack } from './stack.ts';

export interface CreateResource extends OnStack {
  /** By column: module, type, name, and what else is known. */
  readonly values: Values;
}

export interface OnResource extends OnStack {
  /** The id of a resource of the stack. */
  readonly resource: string;
}

export interface UpdateResource extends OnResource {
  readonly values: Values;
}

/** Records a resource that nobody has recorded yet. */
export function createResource(reader: () => Reader, now: () => Instant) {
  const cellsIn = ({ values }: CreateResource) =>
    cellsOf({ module: '', type: '', name: '', ...values }, NEW_RESOURCE_COLUMNS);
  return recordOperation<CreateResource>(reader, now, {
    id: 'sloth.create-resource',
    draft({ resources }, input, at) {
      const { cells, wrong } = cellsIn(input);
      const row = newResource(input.stack, cells, at);
      const name = resourceName(row);
      const twin = resources.find(
        each => each.id === row.id || (each.type === row.type && each.name === row.name),
      );
      return {
        title: say('Record the resource {0}', name),
        target: name,
        risk: 'none',
        changes: [{ path: [name], kind: 'added', to: clean(row.state) }],
        // Two of one type and name keep sloth-runner from opening the database at all.
        findings: [...badValues(wrong), ...(twin ? [taken(name)] : [])],
        type: 'create',
        message: `Created resource ${name}`,
        resource: String(row.id),
        write: transaction => insertRow(transaction, 'resources', row),
      };
    },
    isDone: ({ resources }, input) => {
      const { cells } = cellsIn(input);
      return resources.some(row => holds(row, cells));
    },
  });
}

/** Changes what is recorded of a resource: everything but its module, type and name. */
export function updateResource(reader: () => Reader, now: () => Instant) {
  return recordOperation<UpdateResource>(reader, now, {
    id: 'sloth.update-resource',
    draft(record, { resource, values }, at) {
      const { cells, wrong } = cellsOf(values, RESOURCE_COLUMNS);
      const row = resourceIn(record, resource);
      const name = row ? resourceName(row) : clean(resource);
      const changes = row ? differences([name], row, cells) : [];
      return {
        title: say('Change the record of {0}', name),
        target: name,
        risk: 'confirm',
        changes,
        findings: [
          ...(row ? [] : [notRecorded(resource)]),
          ...badValues(wrong),
          ...(changes.length === 0 ? [nothingToDo()] : []),
        ],
        type: 'update',
        message: `Updated resource ${name}`,
        resource,
        write: transaction => updateRow(transaction, 'resources', resource, changedResource(cells, at)),
      };
    },
    isDone(record, { resource, values }) {
      const row = resourceIn(record, resource);
      return row !== undefined && holds(row, cellsOf(values, RESOURCE_COLUMNS).cells);
    },
  });
}

/** Takes a resource out of the record. What it stands for is left as it is. */
export function deleteResource(reader: () => Reader, now: () => Instant) {
  return recordOperation<OnResource>(reader, now, {
    id: 'sloth.delete-resource',
    draft(record, { resource }) {
      const row = resourceIn(record, resource);
      const name = row ? resourceName(row) : clean(resource);
      return {
        title: say('Delete the record of {0}', name),
        target: name,
        risk: 'typed',
        changes: [{ path: [name], kind: 'removed', ...(row && { from: clean(row.state) }) }],
        findings: row ? [] : [notRecorded(resource)],
        type: 'delete',
        message: `Deleted resource ${name}`,
        resource,
        // Its drift and dependencies go along.
        write: transaction => transaction.run('DELETE FROM resources WHERE id = ?', resource),
      };
    },
    warnings({ resources }, { resource }) {
      const { dependents = 0 } = resources.find(({ id }) => id === resource) ?? {};
      return dependents === 0 ? [] : [needed(dependents)];
    },
    isDone: (record, { resource }) => resourceIn(record, resource) === undefined,
  });
}

function resourceIn({ resources }: StackRecord, id: string): WrittenRow | undefined {
  return resources.find(row => row.id === id);
}

function taken(name: Clean): Finding {
  return { severity: 'error', code: 'exists', text: say('The stack has a resource {0} already.', name) };
}

function needed(dependents: number): Finding {
  const text = say('Resources that need it, directly or through others: {0}', dependents);
  return { severity: 'warning', code: 'needed', text };
}
