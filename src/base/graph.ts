/** Leads from a thing to one that it needs. */
export interface Edge {
  readonly from: string;
  readonly to: string;
}

interface Node {
  readonly id: string;
  /** Its place among the things given. */
  readonly index: number;
  readonly needs: Node[];
  readonly neededBy: Node[];
}

/** What needs what. Edges to and from what is not among the things do not count. Nothing here recurses, however deep it goes. */
export class Graph {
  private readonly nodes: ReadonlyMap<string, Node>;
  private readonly groups: readonly (readonly Node[])[];

  constructor(ids: readonly string[], edges: readonly Edge[]) {
    this.nodes = new Map(ids.map((id, index) => [id, { id, index, needs: [], neededBy: [] }]));
    for (const { from, to } of edges) {
      const [node, needed] = [this.nodes.get(from), this.nodes.get(to)];
      if (!node || !needed) continue;
      node.needs.push(needed);
      needed.neededBy.push(node);
    }
    this.groups = groupsOf([...this.nodes.values()]);
  }

  /**
   * What is needed before what needs it; otherwise as the things were given. Those on a cycle have no such order: they
   * stand together, as they were given.
   */
  get order(): readonly string[] {
    return this.groups.flat().map(({ id }) => id);
  }

  /** The things that need each other in a circle, or themselves: one list for all whose circles meet. */
  get cycles(): readonly (readonly string[])[] {
    return this.groups
      .filter(([first, ...others]) => others.length > 0 || first?.needs.includes(first))
      .map(group => group.map(({ id }) => id));
  }

  /** All that need a thing, directly or through others. */
  dependents(id: string): readonly string[] {
    const start = this.nodes.get(id);
    const found = new Set(start && [start]);
    for (const node of found) for (const each of node.neededBy) found.add(each); // a set is walked on as it grows
    return [...found].filter(node => node !== start).map(each => each.id);
  }

  /** How many {@link dependents} each thing has: for 32 things at a time, a bit each, in one pass over all edges. */
  countDependents(): ReadonlyMap<string, number> {
    const groupOf = new Map<Node, { mask: number; count: number }>();
    // Whoever needs comes before what it needs.
    const groups = this.groups.toReversed().map(nodes => {
      const group = { nodes, mask: 0, count: 0 };
      for (const node of nodes) groupOf.set(node, group);
      return group;
    });
    const passes = groups.map(group => {
      const needed = new Set(
        group.nodes.flatMap(({ needs }) => needs.flatMap(each => groupOf.get(each) ?? [])),
      );
      needed.delete(group);
      return { group, needed: [...needed] };
    });
    const nodes = [...this.nodes.values()];
    for (let start = 0; start < nodes.length; start += 32) {
      for (const group of groups) group.mask = 0;
      for (const [bit, node] of nodes.slice(start, start + 32).entries()) {
        const group = groupOf.get(node);
        if (group) group.mask |= 1 << bit;
      }
      for (const { group, needed } of passes) for (const each of needed) each.mask |= group.mask;
      for (const group of groups) group.count += bitsIn(group.mask);
    }
    // Each has counted itself.
    return new Map(nodes.map(node => [node.id, (groupOf.get(node)?.count ?? 1) - 1]));
  }
}

interface Visit {
  readonly node: Node;
  readonly number: number;
  readonly rest: Iterator<Node>;
  /** The smallest number of a visit that can be come back to from here. */
  low: number;
  isOpen: boolean;
}

/** Tarjan's strongly connected components: each comes after all that it needs. */
function groupsOf(nodes: readonly Node[]): Node[][] {
  const groups: Node[][] = [];
  const visits = new Map<Node, Visit>();
  const open: Visit[] = [];
  const path: Visit[] = [];
  const enter = (node: Node): void => {
    const number = visits.size;
    const visit = { node, number, rest: node.needs.values(), low: number, isOpen: true };
    visits.set(node, visit);
    open.push(visit);
    path.push(visit);
  };
  for (const node of nodes) {
    if (!visits.has(node)) enter(node);
    for (let visit = path.at(-1); visit; visit = path.at(-1)) {
      const next = visit.rest.next();
      if (!next.done) {
        const known = visits.get(next.value);
        if (!known) enter(next.value);
        else if (known.isOpen) visit.low = Math.min(visit.low, known.number);
        continue;
      }
      path.pop();
      const parent = path.at(-1);
      if (parent) parent.low = Math.min(parent.low, visit.low);
      if (visit.low === visit.number) groups.push(closed(open.splice(open.lastIndexOf(visit))));
    }
  }
  return groups;
}

function closed(visits: readonly Visit[]): Node[] {
  for (const visit of visits) visit.isOpen = false;
  return visits.map(({ node }) => node).sort((a, b) => a.index - b.index);
}

function bitsIn(mask: number): number {
  let count = 0;
  for (let rest = mask; rest !== 0; rest &= rest - 1) count++;
  return count;
}
