import { existsSync } from 'node:fs';
import { onTestFailed, afterAll, beforeAll, beforeEach } from 'vitest';
import { packedExtension } from '../../../scripts/build.mjs';
import { vscodeHost } from '../../../scripts/vscode-host.mjs';
import { startServer, type Server, type ServerOptions } from './server.ts';
import { Workbench } from './workbench.ts';

interface Options extends Pick<ServerOptions, 'trusted'> {
  /** Makes the folder that is opened. */
  readonly folder: () => Promise<string> | string;
  /** What they are may depend on that folder. */
  readonly settings?: ServerOptions['settings'] | ((folder: string) => ServerOptions['settings']);
  readonly viewport?: { readonly width: number; readonly height: number };
}

export interface Session {
  readonly server: Server;
  readonly workbench: Workbench;
  readonly folder: string;
}

/**
 * One VS Code for the tests of a file, with the packed extension installed in it: it has never seen this repository.
 * The session is there while tests run. A test that fails leaves a picture.
 */
export function session({ folder: makeFolder, viewport, settings, trusted }: Options): Session {
  let now: Session | undefined;

  beforeAll(async () => {
    if (!existsSync(packedExtension)) throw new Error('Pack the extension first: npm test -- build');
    const folder = await makeFolder();
    const server = await startServer({
      host: await vscodeHost('newest'),
      extension: packedExtension,
      settings: typeof settings === 'function' ? settings(folder) : settings,
      trusted,
    });
    const workbench = await Workbench.open(server.address(folder), viewport);
    now = { server, workbench, folder };
  });

  beforeEach(({ task }) => {
    onTestFailed(async () => {
      await now?.workbench.screenshot(`failed ${task.name}`);
      await now?.workbench.dismiss(); // else it takes those that follow with it
    });
  });

  afterAll(async () => {
    await now?.workbench.close();
    await now?.server.stop();
  });

  const there = (): Session => {
    if (!now) throw new Error('VS Code is not started yet: use the session inside a test');
    return now;
  };
  return {
    get server() {
      return there().server;
    },
    get workbench() {
      return there().workbench;
    },
    get folder() {
      return there().folder;
    },
  };
}
