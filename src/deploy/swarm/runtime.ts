/** Services of a swarm. Everything is changed on one of its managers; the swarm itself starts the new and stops the old. */
import { clean, say, type Clean } from '../../base/clean.ts';
import type { Run } from '../../operations/operation.ts';
import type { AppService } from '../configuration/application.ts';
import type { Told } from '../containers/faults.ts';
import { badImage, notThere, puttingBack } from '../containers/runtime.ts';
import { checkedName } from '../hold/environment-folder.ts';
import type { HeldServer } from '../hold/held-server.ts';
import type { NotPutBack, Replacement, Runtime, RuntimeOptions } from '../runtime.ts';
import { deployScript } from '../scripts.ts';
import { ONCE, stackOf, stackText, toolsFor } from './stack.ts';
import { settled, tellingOn, type Telling, type TellingHow } from '../telling.ts';

export interface SwarmOptions extends RuntimeOptions {
  /** One of the servers, which manages the swarm. */
  readonly manager: HeldServer;
}

export function createSwarmRuntime(options: SwarmOptions): Runtime {
  return new Swarm(options);
}

/** What a script stands behind. */
const ON_A_MANAGER = ['containers/base', 'swarm/base'];
const BEHIND: Readonly<Partial<Record<string, readonly string[]>>> = {
  node: ['containers/base'],
  gone: ['containers/base'],
  replace: [...ON_A_MANAGER, 'swarm/once'],
  back: [...ON_A_MANAGER, 'swarm/keep-off'],
  prune: ['containers/base', 'containers/images'],
};

const scriptOf = (name: string): string =>
  [...(BEHIND[name] ?? ON_A_MANAGER), `swarm/${name}`].map(each => deployScript(`${each}.sh`)).join('\n');

const END_MS = 60_000;

class Swarm implements Runtime {
  readonly #options: SwarmOptions;
  readonly #stack: string;

  constructor(options: SwarmOptions) {
    this.#options = options;
    for (const name of [options.project, options.environment, options.release]) checkedName(name);
    this.#stack = stackOf(options.project, options.environment);
  }

  async replace(replacement: Replacement, run: Run): Promise<void> {
    await this.#deploy(replacement, run, checkedName(replacement.service.name));
  }

  async runOnce(replacement: Replacement, command: readonly string[], run: Run): Promise<void> {
    try {
      await this.#deploy(replacement, run, ONCE, command);
    } finally {
      // Also where it was cancelled.
      const signal = AbortSignal.timeout(END_MS);
      await this.#manage('change', ['over', ONCE], { signal, log: line => run.log(line) });
    }
  }

  async remove(service: string, run: Run): Promise<void> {
    await this.#change('change', ['end', checkedName(service)], run);
  }

  async scale(service: string, replicas: number, run: Run): Promise<void> {
    const told = await this.#change('change', ['scale', checkedName(service), String(replicas)], run);
    if (told.some(({ what }) => what === 'absent')) throw notThere(service);
  }

  async restart(service: string, run: Run): Promise<void> {
    await this.#change('change', ['restart', checkedName(service)], run);
  }

  putBack(run: Run): Promise<readonly NotPutBack[]> {
    return puttingBack(this.#options.manager.server.name, say('what was changed'), told =>
      this.#change('back', [this.#stack], run, { told }),
    );
  }

  async settle(keep: readonly string[], run: Run): Promise<void> {
    const told = await this.#manage('settle', keep, run);
    const images = told.flatMap(({ what, values }) => (what === 'image' ? values : []));
    const kept = [this.#options.release, ...keep].join(' ');
    await settled(this.#options.servers, server => this.#run(server, 'prune', [kept, ...images], run));
  }

  /** `as`: what it is called on the manager. */
  async #deploy(
    { service, imageId, image, asIn = '' }: Replacement,
    run: Run,
    as: string,
    command?: readonly string[],
  ): Promise<void> {
    if (asIn !== '') checkedName(asIn);
    if (!/^sha256:[0-9a-f]{64}$/.test(imageId) || !/^[\w./:@-]*$/.test(image)) {
      throw badImage(service.name, image);
    }
    const { project, environment } = this.#options;
    const nodes = await this.#nodes(service, imageId, run);
    const prepared = await this.#manage(
      'prepare',
      [service.name, imageId, ...(command ? [] : toolsFor(service))],
      run,
    );
    const tool = prepared.find(({ what }) => what === 'tool')?.values[0];
    if (tool === undefined && !command && toolsFor(service).length > 0) {
      run.log(
        say('{0}: nothing in its image can ask for its health; that it runs has to do', clean(service.name)),
      );
    }
    const on = service.servers && nodes.filter(({ name }) => service.servers?.includes(name));
    const text = stackText(service, {
      project,
      environment,
      ...(tool !== undefined && { tool }),
      ...(on && { nodes: on.map(({ node }) => node) }),
      ...(command && { command }),
    });
    const having = nodes.filter(({ has }) => has).map(({ node }) => node);
    const replicas = command || service.kind !== 'service' ? 1 : service.replicas;
    const args = [as, this.#stack, imageId, image, asIn, String(replicas), having.join(' ')];
    await this.#change('replace', args, run, { stdin: Buffer.from(text) });
  }

  /** The nodes that the servers are, and whether they have an image. */
  #nodes(
    { volumes, servers }: AppService,
    imageId: string,
    run: Run,
  ): Promise<readonly { readonly name: Clean; readonly node: string; readonly has: boolean }[]> {
    const folders = volumes.map(({ source }) => source).filter(source => source.startsWith('/'));
    return settled(this.#options.servers, async held => {
      const { name } = held.server;
      const isOn = servers?.includes(name) ?? true;
      const told = await this.#run(held, 'node', [imageId, ...(isOn ? folders : [])], run);
      const [node = '', has] = told.find(({ what }) => what === 'node')?.values ?? [];
      return { name, node, has: has === 'yes' };
    });
  }

  /** Changes services, and waits until nothing else of them runs anywhere. */
  async #change(
    script: string,
    args: readonly string[],
    run: Telling,
    how?: TellingHow,
  ): Promise<readonly Told[]> {
    const told = await this.#manage(script, args, run, how);
    const tasks = told.flatMap(({ what, values }) => (what === 'tasks' ? values : []));
    if (tasks.length > 0)
      await settled(this.#options.servers, server => this.#run(server, 'gone', tasks, run));
    return told;
  }

  #manage(script: string, args: readonly string[], run: Telling, how?: TellingHow): Promise<readonly Told[]> {
    return this.#run(this.#options.manager, script, args, run, how);
  }

  #run(
    held: HeldServer,
    script: string,
    args: readonly string[],
    run: Telling,
    how?: TellingHow,
  ): Promise<readonly Told[]> {
    return tellingOn(this.#options, held, scriptOf(script), args, run, how);
  }
}
