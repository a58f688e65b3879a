/** The product's own way to servers: an editor in a process of its own, which plans and runs requests over SSH. */
import { symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Request } from '../../../src/operations/operation.ts';
import { child, program } from '../../kit/child.ts';
import { workspace } from '../../kit/workspace.ts';
import type { Server } from '../lab.ts';
import { tcpProxy, type TcpProxy } from '../tcp-proxy.ts';
import { sshConfig } from './fleet.ts';

const SOURCE = path.join(import.meta.dirname, '../../../src');

/** Bundles the editor, with what servers run beside it. Returns its path. */
export function bundleEditor(whenDone: (remove: () => void) => void): string {
  const bundle = program('../lab/upgrade/editor', whenDone);
  symlinkSync(path.join(SOURCE, 'upgrade/migrations'), path.join(bundle, '../migrations'));
  symlinkSync(path.join(SOURCE, 'servers/scripts'), path.join(bundle, '../scripts'));
  return bundle;
}

/** What an editor tells, a line for each. */
export interface Told {
  readonly log?: string;
  readonly step?: string;
  readonly state?: string;
  readonly plan?: { readonly findings: readonly { readonly severity: string; readonly text: string }[] };
  /** `verified`, `failed`, `unverified`, or the code of a refusal. */
  readonly end?: string;
  readonly why?: string;
}

export interface Editor {
  readonly told: readonly Told[];
  /** Its last word; nothing where it was killed. */
  readonly ended: Promise<Told | undefined>;
  readonly kill: () => void;
}

export interface Desk {
  /** The way to each server. */
  readonly lines: ReadonlyMap<Server, TcpProxy>;
  readonly start: (request: Request) => Editor;
  /** Where its editors remember upgrades. */
  readonly storage: string;
}

/** Where editors work with these servers, each through a proxy. */
export async function openDesk(
  bundle: string,
  servers: readonly Server[],
  whenDone: (close: () => void) => void,
): Promise<Desk> {
  const { root, file } = workspace(whenDone);
  const lines = new Map<Server, TcpProxy>();
  for (const server of servers) lines.set(server, await tcpProxy(server, whenDone));
  const configFile = sshConfig(
    root,
    servers.map(each => ({ ...each, proxyPort: lines.get(each)?.port ?? 0 })),
  );
  let requests = 0;
  const start = (request: Request): Editor => {
    const requestFile = file(`request-${++requests}.json`);
    writeFileSync(requestFile, JSON.stringify(request));
    const { line, signal, ended } = child(bundle, [configFile, file('storage'), requestFile]);
    whenDone(() => signal('SIGKILL'));
    const told: Told[] = [];
    const read = async (): Promise<Told | undefined> => {
      for (let next = await line(); next !== undefined; next = await line()) {
        told.push(JSON.parse(next) as Told); // an editor of ours says it
      }
      await ended;
      return told.find(({ end }) => end !== undefined);
    };
    return { told, ended: read(), kill: () => signal('SIGKILL') };
  };
  return { lines, start, storage: file('storage') };
}
