import { join, say, type Clean } from '../base/clean.ts';
import { fact } from '../state/facts.ts';
import type { Fact, Resource, Service, Stack } from '../state/model.ts';
import { circleText } from '../state/sloth/dependency-texts.ts';
import { serviceGraph } from './impact.ts';
import type { Ability } from './row.ts';

/** What a tooltip names; the document of dependencies names all. */
const NAMED = 10;

/** What the resources of a stack need, what needs them, and how many would go along, for their tooltips. */
export function dependencyFacts({ resources, dependencies }: Stack): (resource: Resource) => readonly Fact[] {
  const names = new Map(resources.map(({ id, type, name }) => [id, say('{0} {1}', type, name)]));
  const needs = new Map<Clean, Clean[]>();
  const neededBy = new Map<Clean, Clean[]>();
  const add = (lists: Map<Clean, Clean[]>, id: Clean, other: Clean, inferred: boolean): void => {
    const name = names.get(other) ?? other;
    const list = lists.get(id) ?? [];
    lists.set(id, list);
    list.push(inferred ? say('{0} (inferred)', name) : name);
  };
  for (const { from, to, inferred } of dependencies) {
    add(needs, from, to, inferred);
    add(neededBy, to, from, inferred);
  }
  return ({ id, dependents }) => [
    ...fact(say('Depends on'), some(needs.get(id))),
    ...fact(say('Needed by'), some(neededBy.get(id))),
    ...fact(say('If it goes'), dependents === undefined ? undefined : othersText(dependents)),
  ];
}

/** A row says so much of it; its tooltip says all. */
const SHORT = 30;

/** What a service needs and what needs it: for its row, where that is short, and for its tooltip. */
export interface Needs {
  readonly words: readonly Clean[];
  readonly facts: readonly Fact[];
}

/** What the services of one environment need of each other, as configured. */
export function needsIn(services: readonly Service[]): (service: Service) => Needs {
  const graph = serviceGraph(services);
  const { cycles } = graph;
  const names = new Map<string, Clean>(services.map(({ name }) => [name, name]));
  return ({ name, dependsOn }) => {
    const neededBy = services.filter(each => each.dependsOn.includes(name)).map(each => each.name);
    const others = graph.dependents(name).length;
    const circle = cycles.find(each => each.includes(name));
    const words = [
      ...(dependsOn.length > 0 ? [say('needs {0}', join(dependsOn, ', '))] : []),
      ...(neededBy.length > 0 ? [say('needed by {0}', join(neededBy, ', '))] : []),
    ];
    const needed = dependsOn.map(each => (names.has(each) ? each : say('{0} (not configured)', each)));
    const affected =
      others === 1 ? say('1 other service is affected') : say('{0} other services are affected', others);
    return {
      words: words.filter(each => each.length <= SHORT),
      facts: [
        ...fact(say('Depends on'), some(needed)),
        ...fact(say('Needed by'), some(neededBy)),
        ...fact(say('If it goes'), others === 0 ? undefined : affected),
        ...fact(say('Circle'), circle && circleText(circle.flatMap(each => names.get(each) ?? []))),
      ],
    };
  };
}

export function dependencyAbilities({ dependencies }: Stack): readonly Ability[] {
  if (dependencies.length === 0) return [];
  const isAny = dependencies.some(({ inferred }) => inferred);
  return ['showDependencies', ...(isAny ? (['recordDependencies'] as const) : [])];
}

function some(names: readonly Clean[] = []): Clean {
  const rest = names.length - NAMED;
  return join([...names.slice(0, NAMED), rest > 0 ? say('… and {0} more', rest) : undefined], ', ');
}

function othersText(count: number): Clean {
  return count === 1 ? say('1 other resource is affected') : say('{0} other resources are affected', count);
}
