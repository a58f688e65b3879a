import { clean } from '../../base/clean.ts';
import { keyBelow } from '../../base/finding.ts';
import type { Resource } from '../model.ts';
import type { StackReading } from './reading.ts';
import { idIn, rawText, timeIn, type Shape } from './tables.ts';

/** A resource, and beside it what is compared, as it stands in the database. */
export interface ResourceReading {
  readonly resource: Resource;
  readonly id: string;
  readonly module: string;
  readonly type: string;
  readonly name: string;
  readonly properties: unknown;
  readonly dependsOn: readonly string[];
}

const RESOURCES: Shape = {
  table: 'resources',
  columns: ['id', 'type', 'name', 'module', 'state', 'updated_at', 'last_applied', 'error_message'],
  json: ['properties'],
  lists: ['dependencies'],
};

/** All resources, in the order they were recorded in. */
export function readResources(stack: StackReading): ResourceReading[] {
  return stack.select(RESOURCES, 'ORDER BY rowid').map(row => {
    const id = idIn(row);
    const dependsOn = row.raw('dependencies');
    const resource: Resource = {
      key: keyBelow(stack.key, 'resources', id),
      id: clean(id),
      type: clean(row.raw('type')),
      name: clean(row.raw('name')) || clean(id),
      module: row.text('module'),
      status: row.text('state'),
      error: row.text('error_message', 2_000),
      at: timeIn(row, 'last_applied') ?? timeIn(row, 'updated_at'),
      tags: {},
      properties: row.object('properties').rest([]),
      dependsOn: row.texts('dependencies'),
      source: stack.source,
    };
    return {
      resource,
      id,
      module: rawText(row, 'module'),
      type: rawText(row, 'type'),
      name: rawText(row, 'name'),
      properties: row.raw('properties'),
      dependsOn: Array.isArray(dependsOn) ? dependsOn.map(String) : [],
    };
  });
}
