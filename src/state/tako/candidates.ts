/** What can be imported of what servers run: only what labels name. */
import type { Clean } from '../../base/clean.ts';
import { inspectedOn, type SeenServer } from './answered.ts';
import { identify } from './identify.ts';
import { isAtWork } from './import.ts';

export interface Candidate {
  readonly project: string;
  /** Compose and stacks name none. */
  readonly environment?: string;
  readonly services: readonly string[];
  /** What told it. */
  readonly from: Clean;
}

const WHOSE = ['tako.service', 'com.docker.compose.service', 'com.docker.stack.namespace'];

/** `left`: containers and services that run, and say of no project that they are its. */
export function candidatesIn(servers: readonly SeenServer[]): {
  readonly candidates: readonly Candidate[];
  readonly left: number;
} {
  const found = new Map<string, Candidate>();
  let left = 0;
  for (const item of inspectedOn(servers).filter(isAtWork)) {
    const { project, environment, service, from } = identify(item, { name: '', environments: [] });
    if (project === undefined || WHOSE.every(each => item.label(each) === undefined)) {
      left += 1;
      continue;
    }
    const key = JSON.stringify([project, environment]);
    const services = new Set([...(found.get(key)?.services ?? []), service]);
    found.set(key, {
      project,
      services: [...services].sort(),
      from,
      ...(environment !== undefined && { environment }),
    });
  }
  return { candidates: [...found.values()], left };
}
