import { addressIdentity } from '../base/identity.ts';
import type { Server } from './model.ts';

type Shown = Pick<Server, 'address' | 'port' | 'user'>;

/** How a server is reached: what is shown of it, what is really so where that differs, and what it is known by. */
export function reached(
  shown: Shown,
  real: {
    readonly host?: unknown;
    readonly port?: number;
    readonly user?: unknown;
    readonly keyFile?: unknown;
  },
): Shown & Pick<Server, 'identity' | 'reach'> {
  const [host, user, keyFile] = [textOf(real.host), textOf(real.user), textOf(real.keyFile)];
  const reach = {
    ...(host !== shown.address && host !== undefined && HOST.test(host) && { host }),
    ...(real.port !== shown.port && real.port !== undefined && { port: real.port }),
    ...(user !== shown.user && user !== undefined && USER.test(user) && { user }),
    ...(keyFile !== undefined && KEY_FILE.test(keyFile) && { keyFile }),
  };
  return {
    ...shown,
    identity: host === undefined ? undefined : addressIdentity(host),
    ...(Object.keys(reach).length > 0 && { reach }),
  };
}

/** What can be one. What cannot, a secret in the wrong place above all, is not kept. */
const HOST = /^[\w.:%-]{1,255}$/;
const USER = /^[\w.-]{1,64}$/;
/** Another one is relative to whatever folder its tool was started in. */
const KEY_FILE = /^~?\/[^\p{Cc}]{1,1000}$/u;

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
}
