import { say } from '../base/clean.ts';
import type { Key } from '../base/finding.ts';
import type { Desk } from './desk.ts';
import { takeOver } from './perform-deployment.ts';
import { targetFor } from './pick-environment.ts';

/** Takes over the lock that somebody has on the servers of an environment. */
export async function takeOverDeployment(desk: Desk, key?: Key): Promise<void> {
  const of = key === undefined ? undefined : (desk.sidebar.row(key)?.subject ?? key);
  const target = await targetFor(desk, of, say('Take over'));
  if (target) await takeOver(desk, target.where);
}
