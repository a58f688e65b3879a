import { createHash } from 'node:crypto';
import os from 'node:os';

/** Equal for equal addresses. Says nothing about the address itself, which may come from a secret variable. */
export function addressIdentity(address: string): string {
  return createHash('sha256').update(address.trim().toLowerCase()).digest('hex').slice(0, 16);
}

export function userName(): string {
  try {
    return os.userInfo().username;
  } catch {
    return String(process.getuid?.() ?? ''); // in a container the user may have no name
  }
}

/** As whom this machine locks. */
export function whoHere(): string {
  return `${userName()}@${os.hostname()}`;
}
