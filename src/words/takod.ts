/** What takod answered about a service, in words. */
import { say, type Clean } from '../base/clean.ts';
import type { TakodService } from '../state/takod.ts';
import { describe } from './names.ts';

/** "takod: 2 of 2 running, healthy", for the row of a service. */
export function takodWords(service: TakodService): Clean {
  return say('takod: {0}', standing(service));
}

export function standing({ isJob, status, running, desired, health }: TakodService): Clean {
  if (isJob) return status;
  return describe(say('{0} of {1} running', running, desired), health);
}

export const isShort = ({ isJob, running, desired, health }: TakodService): boolean =>
  !isJob && (running < desired || health === 'unhealthy');
