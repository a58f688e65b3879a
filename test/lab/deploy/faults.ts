/** What happens to a deployment of v2 over v1, or to going back from v2 to v1, and how each attempt ends. */
import { UserError } from '../../../src/base/errors.ts';
import type { Request } from '../../../src/operations/operation.ts';
import type { Server } from '../lab.ts';
import { folderOf, type App, type Variant, type Version } from './app.ts';
import { startEditor, type Death, type Desk, type Watching } from './desk.ts';

export interface Scene {
  /** Of a swarm the first is the manager. */
  readonly servers: readonly [Server, Server, ...Server[]];
  readonly app: App;
  readonly usual: Variant;
  readonly desk: Desk;
  /** The program of an editor that can be killed. */
  readonly bundle: string;
  /** What is attempted, and the version that it is to bring. */
  readonly request: Request;
  readonly to: Version;
  /** The id of the release of v1. */
  readonly first: string;
  readonly whenDone: (close: () => void) => void;
}

export interface Attempt {
  /** The verdict, the code of a refusal or failure, or `killed`. */
  readonly ended: string;
  readonly why?: string | undefined;
  /** Servers that cannot be asked until it is mended. */
  readonly out?: readonly Server[];
  readonly mend?: () => Promise<unknown>;
  /** What came of it is another version than it was to bring. */
  readonly version?: Version;
  /** In whose folder it is recorded; else in that of the scene. */
  readonly by?: App;
}

export interface Fault {
  readonly name: string;
  readonly usual?: Partial<Variant>;
  /** What differs besides the version. */
  readonly changes?: Partial<Variant>;
  /** In a swarm of three; else on two servers. */
  readonly isSwarm?: boolean;
  /** What is attempted is going back. */
  readonly isBack?: boolean;
  readonly attempt: (scene: Scene) => Promise<Attempt>;
  /**
   * Servers and services come one after the other, so that one may be new and the next old where nobody is left to go on; and in a
   * swarm nothing can be put back while its manager is away. Whoever takes over puts it back.
   */
  readonly mayDiffer?: boolean;
}

/** Performs it, however that ends. */
async function end(desk: Desk, request: Request, watching: Watching = {}): Promise<Attempt> {
  try {
    const { verdict } = await desk.perform(request, watching);
    return { ended: verdict.state, ...(verdict.state !== 'verified' && { why: verdict.why }) };
  } catch (error) {
    if (error instanceof UserError) return { ended: error.code, why: error.message };
    return { ended: 'broken', why: error instanceof Error ? error.stack : String(error) };
  }
}

/** Calls back when a line of the log, or the beginning of a phase, says that the moment has come. */
type Moment = (come: () => void) => Watching;

export const whenSaid =
  (pattern: RegExp): Moment =>
  come => ({
    log: line => {
      if (pattern.test(line)) come();
    },
  });

export const whenIn =
  (phase: string): Moment =>
  come => ({
    step: ({ step, state }) => {
      if (step === phase && state === 'started') come();
    },
  });

export const broken =
  (broken: NonNullable<Variant['broken']>) =>
  (scene: Scene): Promise<Attempt> =>
    end(scene.desk, scene.app.release('v2', { ...scene.usual, broken }));

/** An editor of its own does it, and is killed. */
export const killed =
  (death: Death) =>
  async ({ servers, bundle, request, whenDone }: Scene): Promise<Attempt> => {
    const { ended, told } = startEditor(bundle, servers, { request, death }, whenDone);
    const last = await ended;
    const at = told.findLast(({ state }) => state === 'started')?.step;
    return { ended: last?.end ?? 'killed', why: last?.why ?? `in ${at}` };
  };

/** Its first new container has started on the second server, or anywhere in a swarm. */
const STARTED = whenSaid(/^two: \S+web-\S+ started$|: web\.\d+ on \w+: running$/);

/** A server, else the second, is struck once, while it goes on. */
export const struck =
  (
    strike: (server: Server) => Promise<unknown>,
    after: (server: Server) => Omit<Attempt, 'ended'>,
    moment = STARTED,
    which: 0 | 1 = 1,
  ) =>
  async ({ desk, request, servers }: Scene): Promise<Attempt> => {
    let done: Promise<unknown> | undefined;
    const server = servers[which];
    const watching = moment(() => void (done ??= strike(server)));
    const attempt = await end(desk, request, watching);
    if (!done) throw new Error(`The moment never came: ${attempt.ended}, ${attempt.why}`);
    await done;
    return { ...attempt, ...after(server) };
  };

export const PORT: Partial<Variant> = { front: 'port' };

/** Not a byte is left, also where somebody else takes some of it. */
export const fill = (server: Server): Promise<void> => server.fillDisk().catch(() => fill(server));
export const emptied = (server: Server): Omit<Attempt, 'ended'> => ({
  mend: () => {
    server.emptyDisk();
    return Promise.resolve();
  },
});
export const booted = (server: Server): Omit<Attempt, 'ended'> => ({
  out: [server],
  mend: () => server.boot(),
});
export const mended = (server: Server): Omit<Attempt, 'ended'> => ({
  out: [server],
  mend: () => server.mend(),
});

/** It is full before anything begins. */
export const filledBefore =
  (which: 0 | 1) =>
  async ({ desk, request, servers }: Scene): Promise<Attempt> => {
    await fill(servers[which]);
    return { ...(await end(desk, request)), ...emptied(servers[which]) };
  };

export const forgotten =
  (of: (servers: Scene['servers']) => readonly Server[]) =>
  async ({ desk, app, servers, request, first }: Scene): Promise<Attempt> => {
    for (const each of of(servers)) await forget(each, app, first);
    return end(desk, request);
  };

/** Two people deploy at once, each from a folder of their own. */
export async function twoPeople({
  app,
  servers,
  bundle,
  usual,
  request,
  to,
  whenDone,
}: Scene): Promise<Attempt> {
  const other = folderOf(whenDone, servers, usual);
  const ways = [
    { request, version: to, by: app },
    { request: other.release('v3', usual), version: 'v3', by: other },
  ] as const;
  const editors = ways.map(each => startEditor(bundle, servers, { request: each.request }, whenDone));
  const ends = await Promise.all(editors.map(({ ended }) => ended));
  return oneOf(ways.map((way, index) => ({ ...way, last: ends[index] })));
}

/** Removes the image of a release with everything that has it. */
async function forget(server: Server, app: App, release: string): Promise<void> {
  const { environment } = await app.recorded();
  const web = environment.releases
    .find(({ id }) => id === release)
    ?.services.find(({ name }) => name === 'web');
  await server.run(`docker ps -aq --filter ancestor=${web?.imageId} | xargs -r docker rm -f
    docker rmi -f ${web?.imageId}`);
}

/** Of several at once one has to come to its end, and the others to nothing. */
export function oneOf(
  ways: readonly {
    readonly last: { readonly end?: string; readonly why?: string } | undefined;
    readonly version: Version;
    readonly by?: App;
  }[],
): Attempt {
  const done = ways.filter(({ last }) => last?.end === 'verified');
  const [one] = done;
  const ends = ways.map(({ last }) => last?.end ?? 'killed').join(' and ');
  const why = ways.map(({ last }) => last?.why).join('\n');
  if (!one || done.length > 1) return { ended: `broken: ${ends}`, why };
  return { ended: ends, why, version: one.version, ...(one.by && { by: one.by }) };
}
