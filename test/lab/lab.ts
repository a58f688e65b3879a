/**
 * Throw-away Debian servers for tests: each has its own address, a real sshd, systemd, apt and, where asked for, a Docker
 * Engine, and can be killed, booted again, frozen, cut off or filled up at an exact moment.
 */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { startAptProxy, type AptProxy } from './apt-proxy.ts';
import { APT_CACHE, rootlessBase } from './base.ts';
import { claimNumber, giveBack, labName } from './claim.ts';
import type { Debian, DebianOptions } from './debian.ts';
import { keepDisks } from './fake-root.ts';
import { makeKey } from './keys.ts';
import { lacking } from './level.ts';
import { startMachine, type MachineOptions, type Server } from './machine.ts';
import { addressOf, loopbackOf, makeBridge } from './network.ts';
import { startRootless } from './rootless.ts';
import { startSshd, type SshdOptions } from './sshd.ts';
import type { SshServer } from './ssh-server.ts';

export type { Debian, Server, SshServer };

export interface Lab {
  /** A folder for a test's own files, which goes with the lab. */
  readonly folder: string;
  /** A new Debian of its own. Needs the level `full`. */
  readonly server: (options?: MachineOptions) => Promise<Server>;
  /** The same without systemd; below the level `full`, its root is this user. Needs the level `rootless`. */
  readonly debian: (options?: DebianOptions) => Promise<Debian>;
  /** An sshd of this machine, for tests of connections. Needs the level `sshd`. */
  readonly sshd: (options?: SshdOptions) => Promise<SshServer>;
}

/**
 * Opens a lab. `whenDone` takes what removes it and all of its servers: `openLab(onTestFinished)`, `openLab(afterAll)`. In one
 * that is offline, apt finds what a lab brought before, and nothing else.
 */
export async function openLab(
  whenDone: (close: () => Promise<void>) => void,
  { offline = false } = {},
): Promise<Lab> {
  const claim = claimNumber();
  const name = labName(claim.number);
  const gateway = addressOf(claim.number, 1);
  const closing = new AbortController();
  const starting: Promise<unknown>[] = [];
  let proxy: Promise<AptProxy> | undefined;
  let disks: Promise<number> | undefined;
  whenDone(async () => {
    closing.abort();
    await Promise.allSettled(starting); // what they still make would come after the removal
    (await proxy?.catch(() => undefined))?.close();
    await giveBack(claim);
  });
  const folder = path.join(claim.folder, 'own');
  mkdirSync(folder);
  const keyFile = path.join(claim.folder, 'key');
  await makeKey(keyFile);

  const start = <T>(starter: (number: number, folder: string) => Promise<T>): Promise<T> => {
    const number = starting.length + 2; // the lab's own is 1
    const started = starter(number, path.join(claim.folder, String(number)));
    starting.push(started);
    return started;
  };
  const openNetwork = async (): Promise<AptProxy> => {
    await makeBridge(name, gateway);
    return startAptProxy({ address: gateway, folder: APT_CACHE, offline });
  };
  const server: Lab['server'] = (options = {}) =>
    start(async (number, folder) => {
      const { url } = await (proxy ??= openNetwork());
      const lab = { keyFile, gateway, bridge: name, aptProxy: url, closing: closing.signal };
      const address = addressOf(claim.number, number);
      const place = { ...lab, folder, address, id: `${name}-${number}` };
      return startMachine(place, { name: `web${number - 1}`, ...options });
    });
  const rootless: Lab['debian'] = (options = {}) =>
    start(async (number, folder) => {
      const gateway = loopbackOf(claim.number, 1);
      const { url } = await (proxy ??= startAptProxy({ address: gateway, folder: APT_CACHE, offline }));
      const keeper = await (disks ??= keepDisks(path.join(claim.folder, 'disks'), rootlessBase()));
      const lab = { keyFile, gateway, aptProxy: url, closing: closing.signal, keeper };
      const address = loopbackOf(claim.number, number);
      return startRootless({ ...lab, folder, address }, { name: `web${number - 1}`, ...options });
    });
  return {
    folder,
    server,
    debian: (options = {}) =>
      lacking('full') === undefined ? server({ ...options, kind: 'plain' }) : rootless(options),
    sshd: (options = {}) =>
      start((number, folder) => {
        const address = loopbackOf(claim.number, number);
        return startSshd({ folder, keyFile, address, name: `sshd${number - 1}` }, options);
      }),
  };
}
