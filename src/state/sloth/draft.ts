import { clean } from '../../base/clean.ts';
import type { Instant } from '../../base/time.ts';
import { sha256 } from '../../base/digest.ts';
import { goJson, members, offsetTime } from './forms.ts';
import type { WrittenRow } from './transaction.ts';

// Rows of stacks and resources as sloth-runner's program makes and changes them: NULL only where its lists bear it.

/** Texts for columns, as people give them. */
export type Values = Readonly<Record<string, string>>;

type Kind = 'name' | 'text' | 'object' | 'list of texts';
type Columns = ReadonlyMap<string, Kind>;

export const STACK_COLUMNS: Columns = new Map([
  ['name', 'name'],
  ['description', 'text'],
  ['version', 'text'],
  ['status', 'name'],
  ['workflow_file', 'text'],
  ['task_results', 'object'],
  ['outputs', 'object'],
  ['configuration', 'object'],
  ['metadata', 'object'],
]);

export const RESOURCE_COLUMNS: Columns = new Map([
  ['properties', 'object'],
  ['dependencies', 'list of texts'],
  ['state', 'name'],
  ['error_message', 'text'],
  ['metadata', 'object'],
]);

/** With those that tell a resource from others and never change. */
export const NEW_RESOURCE_COLUMNS: Columns = new Map([
  ...(['module', 'type', 'name'] as const).map(column => [column, 'name'] as const),
  ...RESOURCE_COLUMNS,
]);

/** Values in the forms of their columns. `wrong`: the columns whose value cannot stand there. */
export function cellsOf(
  values: Values,
  columns: Columns,
): { readonly cells: Values; readonly wrong: readonly string[] } {
  const cells: Record<string, string> = {};
  const wrong: string[] = [];
  for (const [column, value] of Object.entries(values)) {
    const cell = cellOf(value, columns.get(column));
    if (cell === undefined) wrong.push(column);
    else cells[column] = cell;
  }
  return { cells, wrong };
}

function cellOf(value: string, kind: Kind | undefined): string | undefined {
  if (kind === 'name') return value !== '' && clean(value) === value ? value : undefined;
  if (kind === 'text') return value.isWellFormed() && !value.includes('\0') ? value : undefined;
  const json = goJson(value);
  if (kind === 'object') return json?.startsWith('{') ? json : undefined;
  const isList = json?.startsWith('[') && [...members(json).values()].every(each => each.startsWith('"'));
  return kind !== undefined && isList ? json : undefined;
}

/** A stack as `stack new` makes it. */
export function newStack(id: string, cells: Values, at: Instant): WrittenRow {
  const now = offsetTime(at);
  return {
    id,
    description: `Workflow stack: ${cells.name ?? ''}`,
    version: '1.0.0',
    status: 'created',
    created_at: now,
    updated_at: now,
    completed_at: null,
    workflow_file: '',
    task_results: '{}',
    outputs: '{}',
    configuration: '{}',
    metadata: '{}',
    execution_count: 0,
    last_duration: 0,
    last_error: null, // until it is changed for the first time
    resource_version: '1',
    ...cells,
  };
}

/** The columns of a stack that change along. */
export function changedStack({ last_error = null }: WrittenRow, cells: Values, at: Instant): WrittenRow {
  return { ...cells, updated_at: offsetTime(at), last_error: last_error ?? '' };
}

/** A resource as a workflow makes it. */
export function newResource(stack: string, cells: Values, at: Instant): WrittenRow {
  const now = offsetTime(at);
  const { module = '', type = '', name = '' } = cells;
  return {
    id: `${stack}/${module}/${type}/${name}`,
    stack_id: stack,
    dependencies: 'null',
    state: 'pending',
    created_at: now,
    last_applied: null,
    error_message: null,
    metadata: '{}',
    ...changedResource({ properties: '{}', ...cells }, at),
  };
}

/** The columns of a resource that change along. */
export function changedResource(cells: Values, at: Instant): WrittenRow {
  const now = offsetTime(at);
  const { properties, state } = cells;
  return {
    ...cells,
    updated_at: now,
    ...(properties !== undefined && { checksum: sha256(properties) }),
    ...(state === 'applied' && { last_applied: now }),
  };
}
