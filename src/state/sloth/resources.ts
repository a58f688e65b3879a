import { clean } from '../../base/clean.ts';
import { keyBelow } from '../../base/finding.ts';
import type { Dependency, Resource } from '../model.ts';
import type { StackReading } from './reading.ts';
import { idIn, rawText, timeIn, type Shape } from './tables.ts';

/** A resource, and beside it the ids as they stand in the database: only those can be compared. */
export interface ResourceReading {
  readonly resource: Resource;
  readonly id: string;
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
    return { resource, id, dependsOn: Array.isArray(dependsOn) ? dependsOn.map(String) : [] };
  });
}

const DEPENDENCIES: Shape = {
  table: 'resource_dependencies',
  columns: ['resource_id', 'depends_on_id', 'dependency_type'],
};
const OF_STACK = 'resource_id IN (SELECT id FROM resources WHERE stack_id = ?) ORDER BY rowid';

/** Edges from both places upstream keeps them: a table, and a list in each resource. */
export function readDependencies(stack: StackReading, resources: readonly ResourceReading[]): Dependency[] {
  const recorded = stack.selectWhere(DEPENDENCIES, OF_STACK, stack.id).map(row => ({
    from: rawText(row, 'resource_id'),
    to: rawText(row, 'depends_on_id'),
    type: row.text('dependency_type'),
  }));
  const listed = resources.flatMap(({ id, dependsOn }) =>
    dependsOn.map(to => ({ from: id, to, type: undefined })),
  );
  const known = new Set(resources.map(({ id }) => id));
  // What both places have keeps the type, which only the table knows.
  const edges = new Map([...listed, ...recorded].map(edge => [JSON.stringify([edge.from, edge.to]), edge]));
  return [...edges.values()].map(({ from, to, type = clean('explicit') }) => ({
    from: clean(from),
    to: clean(to),
    type,
    dangling: !known.has(to) && !exists(stack, to),
  }));
}

/** A resource may depend on one of another stack. */
function exists(stack: StackReading, id: string): boolean {
  return stack.reading.tables.query('resources', 'SELECT 1 FROM resources WHERE id = ?', [id]).length > 0;
}
