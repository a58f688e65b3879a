/** This machine itself as a server, for what is deployed where the editor runs. */
import os from 'node:os';
import path from 'node:path';
import { quote } from '../ssh/quote.ts';
import { checkScript } from './scripts.ts';

/** Where it keeps what servers keep in `/var/lib/shipshape/deploy`: nobody is root for it. */
export function folderHere({ XDG_STATE_HOME: state } = process.env): string {
  const folder =
    state !== undefined && path.isAbsolute(state) ? state : path.join(os.homedir(), '.local/state');
  return path.join(folder, 'shipshape/deploy');
}

export const checkHere = (): string => `deploy_here=${quote(folderHere())}\n${checkScript()}`;
