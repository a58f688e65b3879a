import { chmodSync, readFileSync } from 'node:fs';
import { must } from './process.ts';

/** Makes a key pair without a passphrase at this path. Returns the public line without its comment. */
export async function makeKey(file: string, type = 'ed25519'): Promise<string> {
  await must('ssh-keygen', ['-q', '-t', type, '-N', '', '-C', 'lab', '-f', file]);
  chmodSync(file, 0o600);
  return readFileSync(`${file}.pub`, 'utf8').split(' ').slice(0, 2).join(' ');
}
