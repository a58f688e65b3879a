import { createHash } from 'node:crypto';

/** Equal for equal addresses. Says nothing about the address itself, which may come from a secret variable. */
export function addressIdentity(address: string): string {
  return createHash('sha256').update(address.trim().toLowerCase()).digest('hex').slice(0, 16);
}
