import { stateLock } from '../../base/own.ts';
import type { NamedLock } from '../../operations/operation.ts';
import type { EnvironmentRef } from '../requests.ts';

/** Only ours. The one in `.tako`, which all our other writers take, too, is free then: the program takes it itself. */
export function ownLock({ root }: EnvironmentRef): NamedLock {
  return { name: root, acquire: (...how) => stateLock(root).acquire(...how) };
}
