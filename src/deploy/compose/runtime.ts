/** Services in Docker Compose: each server runs the whole project, of the files that are kept there with every release. */
import { clean } from '../../base/clean.ts';
import type { Run } from '../../operations/operation.ts';
import type { Told } from '../containers/faults.ts';
import { badImage, notThere, puttingBack } from '../containers/runtime.ts';
import { archiveOf } from '../images/context-archive.ts';
import { checkedName } from '../hold/environment-folder.ts';
import type { HeldServer } from '../hold/held-server.ts';
import type { NotPutBack, Replacement, Runtime, RuntimeOptions } from '../runtime.ts';
import { deployScript } from '../scripts.ts';
import { settled, tellingOn, together, type TellingHow } from '../telling.ts';
import { COMPOSE_FILE } from './files.ts';
import { composeName, overrideText, variablesText } from './override.ts';

export function createComposeRuntime(options: RuntimeOptions): Runtime {
  return new Compose(options);
}

const OURS = ['containers/base', 'containers/health', 'compose/compose'];
/** What a script stands behind. Restarting and tidying up are the same as with plain containers. */
const SCRIPTS = {
  prepare: [...OURS, 'compose/prepare'],
  replace: [...OURS, 'compose/replace'],
  scale: [...OURS, 'compose/scale'],
  end: [...OURS, 'compose/end'],
  back: [...OURS, 'compose/back'],
  restart: ['containers/base', 'containers/health', 'containers/restart'],
  settle: ['containers/base', 'containers/images', 'containers/settle'],
} as const;

class Compose implements Runtime {
  readonly #options: RuntimeOptions;
  readonly #touched = new Set<string>();
  #archive: Promise<Uint8Array> | undefined;

  constructor(options: RuntimeOptions) {
    this.#options = options;
    for (const name of [options.project, options.environment, options.release]) checkedName(name);
  }

  async replace({ service, imageId, image, asIn = '' }: Replacement, run: Run): Promise<void> {
    const { servers, compose, project, environment } = this.#options;
    const name = checkedName(service.name);
    if (asIn !== '') checkedName(asIn);
    if (!/^sha256:[0-9a-f]{64}$/.test(imageId) || !/^[\w./:@-]*$/.test(image)) throw badImage(name, image);
    const override = overrideText(service, { project, environment }, compose?.version);
    const variables = variablesText(compose?.variables ?? new Map());
    const order = service.strategy === 'recreate' ? 'first' : 'beside';
    const about = [name, imageId, image, asIn, String(service.replicas), order, override, variables];
    const stdin = await (this.#archive ??= this.#packed(run.signal));
    this.#touched.add(name);
    await settled(servers, server => this.#run(server, 'prepare', about, run, { stdin }));
    // Where the old one stops first, the other servers answer meanwhile.
    for (const server of servers) await this.#run(server, 'replace', [name], run);
  }

  async remove(service: string, run: Run): Promise<void> {
    this.#touched.add(checkedName(service));
    await together(this.#options.servers, (server, ready) =>
      this.#run(server, 'end', [service], run, { ready }),
    );
  }

  runOnce(): Promise<never> {
    return Promise.reject(new Error('Nothing in a project of Stagecraft is run once'));
  }

  async scale(service: string, replicas: number, run: Run): Promise<void> {
    this.#touched.add(checkedName(service));
    const args = [service, String(replicas)];
    const told = await together(this.#options.servers, (each, ready) =>
      this.#run(each, 'scale', args, run, { ready }),
    );
    if (told.every(each => each.some(({ what }) => what === 'absent'))) throw notThere(service);
  }

  async restart(service: string, run: Run): Promise<void> {
    for (const server of this.#options.servers)
      await this.#run(server, 'restart', [checkedName(service)], run);
  }

  async putBack(run: Run): Promise<readonly NotPutBack[]> {
    const touched = clean([...this.#touched].join(', '));
    const results = await settled(this.#options.servers, held =>
      puttingBack(held.server.name, touched, told => this.#run(held, 'back', [], run, { told })),
    );
    return results.flat();
  }

  async settle(keep: readonly string[], run: Run): Promise<void> {
    await settled(this.#options.servers, server => this.#run(server, 'settle', keep, run));
  }

  /** The files of the project; of one that cannot be read, what lies on the servers is used. */
  async #packed(signal: AbortSignal): Promise<Uint8Array> {
    const files = this.#options.compose?.files ?? new Map<string, string>();
    const chunks: Buffer[] = [];
    for await (const chunk of archiveOf(files, COMPOSE_FILE, signal)) chunks.push(chunk);
    return Buffer.concat(chunks);
  }

  #run(
    held: HeldServer,
    script: keyof typeof SCRIPTS,
    args: readonly string[],
    run: Run,
    how?: TellingHow,
  ): Promise<readonly Told[]> {
    const { project, environment } = this.#options;
    const text = SCRIPTS[script].map(each => deployScript(`${each}.sh`)).join('\n');
    const isCompose = SCRIPTS[script].some(each => each === 'compose/compose');
    const behind = isCompose ? [composeName(project, environment), ...args] : args;
    return tellingOn(this.#options, held, text, behind, run, how);
  }
}
