import type { ObservedContainer, SwarmService } from '../state/observed.ts';

/** Its container is there and does not work. One that has exited may have done its work. */
export function isIll({ state, health }: ObservedContainer): boolean {
  return health === 'unhealthy' || state === 'restarting' || state === 'dead';
}

/** Fewer of its tasks run than should. */
export function isShort({ running, desired }: SwarmService): boolean {
  return running < desired;
}
