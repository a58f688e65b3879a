/** What happens to an upgrade at a moment of it. The run on the server stands still meanwhile. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Server } from '../lab.ts';
import type { TcpProxy } from '../tcp-proxy.ts';
import type { Editor } from './desk.ts';
import type { Doing } from './moment.ts';
import type { Step } from './steps.ts';

export interface Scene {
  readonly server: Server;
  readonly line: TcpProxy;
  readonly editor: Editor;
  readonly step: Step;
}

export interface Fault {
  readonly name: string;
  /** Makes it happen. Returns what the program that the run stands at does then. */
  readonly strike: (scene: Scene) => Promise<Doing>;
  /** Ends it while the editor may still be there. */
  readonly soon?: (scene: Scene) => Promise<void>;
  /** Ends it when the editor has ended and nothing runs any more. */
  readonly mend?: (scene: Scene) => Promise<unknown>;
}

const doing = (what: Doing) => (): Promise<Doing> => Promise.resolve(what);

/** What runs may take some of the room meanwhile. */
const fill = (server: Server): Promise<void> => server.fillDisk().catch(() => fill(server));

export const FAULTS: readonly Fault[] = [
  {
    name: 'editor killed',
    strike: async ({ editor }) => {
      editor.kill();
      await editor.ended;
      return 'work';
    },
  },
  {
    name: 'connection reset',
    strike: ({ line }) => {
      line.reset();
      return Promise.resolve('work');
    },
  },
  {
    name: 'network silently cut',
    strike: async ({ server }) => {
      await server.drop();
      return 'work';
    },
    soon: async ({ server }) => {
      await sleep(4_000); // longer than the editor waits for a sign of life
      await server.mend();
    },
  },
  {
    name: 'server killed',
    strike: async ({ server }) => {
      await server.kill();
      await server.boot();
      return 'work';
    },
  },
  {
    name: 'editor and server killed',
    strike: async ({ editor, server }) => {
      editor.kill();
      await Promise.all([server.kill(), editor.ended]);
      await server.boot();
      return 'work';
    },
  },
  {
    name: 'disk full',
    strike: async ({ server }) => {
      await fill(server);
      return 'work';
    },
    mend: ({ server }) => {
      server.emptyDisk();
      return Promise.resolve();
    },
  },
  { name: 'exit != 0', strike: doing('fail') },
  {
    name: 'verification fails',
    strike: async ({ server, step }) => {
      await server.run(step.spoil);
      return 'work';
    },
    mend: ({ server, step }) => server.run(step.unspoil),
  },
  { name: 'garbage output', strike: doing('garbage') },
];
