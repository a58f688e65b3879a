import { clean, say, type Clean } from '../../base/clean.ts';
import { Graph, type Edge } from '../../base/graph.ts';
import type { StackReading } from './reading.ts';
import { idOf, inferredEdges } from './references.ts';
import type { ResourceReading } from './resources.ts';
import { rawText, type Shape } from './tables.ts';

/** What the resources of a stack need, by ids as they stand in the database. */
export interface Dependencies {
  readonly edges: readonly DependencyEdge[];
  readonly graph: Graph;
  /** What people call the resource with an id. */
  readonly nameOf: (id: string) => Clean;
}

interface DependencyEdge extends Edge {
  readonly type: Clean;
  readonly dangling: boolean;
  readonly inferred: boolean;
}

const DEPENDENCIES: Shape = {
  table: 'resource_dependencies',
  columns: ['resource_id', 'depends_on_id', 'dependency_type'],
};
const OF_STACK = 'resource_id IN (SELECT id FROM resources WHERE stack_id = ?) ORDER BY rowid';

/** Edges from both places upstream keeps them, a table and a list in each resource, and after them those that are inferred. */
export function readDependencies(stack: StackReading, resources: readonly ResourceReading[]): Dependencies {
  const inTable = stack.selectWhere(DEPENDENCIES, OF_STACK, stack.id).map(row => ({
    from: rawText(row, 'resource_id'),
    to: rawText(row, 'depends_on_id'),
    type: row.text('dependency_type'),
  }));
  const listed = resources.flatMap(({ id, dependsOn }) =>
    dependsOn.map(to => ({ from: id, to, type: undefined })),
  );
  // What both places have keeps the type, which only the table knows.
  const recorded = [...new Map([...listed, ...inTable].map(edge => [idOf(edge), edge])).values()];
  const known = new Map(resources.map(({ id, resource }) => [id, resource]));
  const edges = [
    ...recorded.map(({ from, to, type = clean('explicit') }) => {
      const dangling = !known.has(to) && !exists(stack, to);
      return { from, to, type, dangling, inferred: false };
    }),
    ...inferredEdges(resources, recorded).map(({ from, to }) => {
      return { from, to, type: clean('implicit'), dangling: false, inferred: true };
    }),
  ];
  return {
    edges,
    graph: new Graph([...known.keys()], edges),
    nameOf: id => {
      const resource = known.get(id);
      return resource ? say('{0} {1}', resource.type, resource.name) : clean(id.replace(`${stack.id}/`, ''));
    },
  };
}

/** A resource may depend on one of another stack. */
function exists(stack: StackReading, id: string): boolean {
  return stack.reading.tables.query('resources', 'SELECT 1 FROM resources WHERE id = ?', [id]).length > 0;
}
