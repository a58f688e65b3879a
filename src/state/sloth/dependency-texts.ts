import { cleanLines, join, say, type Clean } from '../../base/clean.ts';
import { keyBelow, type Key } from '../../base/finding.ts';
import type { Dependencies } from './dependencies.ts';
import type { StackReading } from './reading.ts';

/** So many are told in a finding; the document tells all. */
const TOLD = 3;
/** Counting what needs each of more resources takes too long: the time grows with the square of their number. */
const COUNTED = 10_000;

/** The key of the document about the dependencies of a stack. */
export function dependenciesKey(stack: Key): Key {
  return keyBelow(stack, 'dependencies');
}

/** How many resources need each one that is needed, directly or through others, by id. */
export function dependentsIn({ graph }: Dependencies): ReadonlyMap<string, number> {
  if (graph.order.length > COUNTED) return new Map();
  return new Map([...graph.countDependents()].filter(([, count]) => count > 0));
}

/** Reports circles, and what leads nowhere. */
export function reportDependencies(stack: StackReading, dependencies: Dependencies): void {
  const texts = {
    'dependency-cycle': circlesIn(dependencies),
    'dangling-dependency': danglingIn(dependencies),
  };
  for (const [code, all] of Object.entries(texts)) {
    if (all.length === 0) continue;
    const more = all.length > TOLD ? say('And {0} more.', all.length - TOLD) : undefined;
    const text = join([...all.slice(0, TOLD), more], ' ');
    stack.reading.tables.report(code, { severity: 'warning', code, text }, stack);
  }
}

/** In which order the resources of a stack come and go, and what needs each. */
export function dependencyDocument(stack: Clean, dependencies: Dependencies): Clean {
  const { graph, edges, nameOf } = dependencies;
  const order = graph.order.map(nameOf);
  const inferred = edges.filter(each => each.inferred);
  const lines = [
    say('Dependencies of {0}', stack),
    ...section(say('Order of creation'), numbered(order)),
    ...section(say('Order of destruction'), numbered(order.toReversed())),
    ...section(say('Circles, broken in the order of recording'), circlesIn(dependencies)),
    ...section(say('What is not recorded'), danglingIn(dependencies)),
    ...section(
      say('Inferred from references in properties, not recorded'),
      inferred.map(({ from, to }) => say('{0} needs {1}.', nameOf(from), nameOf(to))),
    ),
    ...section(say('If one goes'), impactsIn(dependencies)),
  ];
  return cleanLines(`${lines.join('\n')}\n`);
}

function section(title: Clean, lines: readonly Clean[]): readonly string[] {
  return lines.length === 0 ? [] : ['', title, ...lines.map(line => `  ${line}`)];
}

function numbered(lines: readonly Clean[]): readonly Clean[] {
  return lines.map((line, index) => say('{0}. {1}', index + 1, line));
}

function circlesIn({ graph, nameOf }: Dependencies): readonly Clean[] {
  return graph.cycles.map(cycle => circleText(cycle.map(nameOf)));
}

export function circleText(names: readonly Clean[]): Clean {
  const all = join(names, ', ');
  return names.length === 1 ? say('{0} needs itself.', all) : say('In a circle need each other: {0}.', all);
}

function danglingIn({ edges, nameOf }: Dependencies): readonly Clean[] {
  return edges
    .filter(({ dangling }) => dangling)
    .map(({ from, to }) => say('{0} needs {1}, which is not recorded.', nameOf(from), nameOf(to)));
}

function impactsIn(dependencies: Dependencies): readonly Clean[] {
  const { graph, edges, nameOf } = dependencies;
  const counts = dependentsIn(dependencies);
  const direct = new Map<string, Clean[]>();
  for (const { from, to } of edges) {
    if (from === to) continue;
    const names = direct.get(to) ?? [];
    direct.set(to, names);
    names.push(nameOf(from));
  }
  return graph.order.flatMap(id => {
    const names = join(direct.get(id) ?? [], ', ');
    const count = counts.get(id);
    if (names === '') return [];
    return count === undefined
      ? say('{0}: needed directly by {1}.', nameOf(id), names)
      : say('{0}: needed by {1} in all, directly by {2}.', nameOf(id), count, names);
  });
}
