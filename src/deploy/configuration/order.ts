import { clean, say } from '../../base/clean.ts';
import { Graph, type Edge } from '../../base/graph.ts';
import type { AppService } from './application.ts';
import type { Written } from './written.ts';

/** A service to put in order. */
export interface Ordered {
  readonly service: AppService;
  /** Whether its environment has a name as a host. */
  readonly speaksOf: (name: string) => boolean;
}

/** Services as they start: what others need comes first. A circle has no such order, and is told. */
export function inOrder(
  services: readonly Ordered[],
  section: Written,
  setting: 'dependsOn' | 'depends_on',
): readonly AppService[] {
  const byName = new Map(services.map(({ service }) => [service.name, service]));
  const said = services.flatMap(({ service: { name, dependsOn } }) =>
    dependsOn.map(to => ({ from: name, to })),
  );
  for (const { from, to } of said) {
    if (byName.has(to)) continue;
    const part = section.at(from).at(setting);
    part.error('unknown-service', say('{0} depends on {1}, which is not deployed.', clean(from), clean(to)));
  }
  const names = [...byName.keys()];
  for (const cycle of new Graph(names, said).cycles) {
    const words = say(
      '{0} depend on each other in a circle: none of them can start first.',
      clean(cycle.join(', ')),
    );
    section
      .at(cycle[0] ?? '')
      .at(setting)
      .error('circle', words);
  }
  // Tako reads also from addresses who needs whom. Those that speak of each other in a circle are no error, and no order.
  const spoken = services.flatMap(({ service: { name }, speaksOf }) =>
    names.filter(each => each !== name && speaksOf(each)).map((to): Edge => ({ from: name, to })),
  );
  const { cycles } = new Graph(names, [...said, ...spoken]);
  const isOrder = ({ from, to }: Edge): boolean =>
    cycles.every(cycle => !cycle.includes(from) || !cycle.includes(to));
  const edges = [...said, ...spoken.filter(isOrder)];
  return new Graph(names, edges).order.flatMap(name => {
    const service = byName.get(name);
    const needs = edges.flatMap(({ from, to }) => (from === name && byName.has(to) ? [to] : []));
    return service ? [{ ...service, dependsOn: [...new Set(needs)] }] : [];
  });
}
