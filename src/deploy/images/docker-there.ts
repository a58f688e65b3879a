import { clean, say } from '../../base/clean.ts';
import { UserError } from '../../base/errors.ts';
import type { Ended } from '../../ssh/run.ts';
import type { Registry } from '../configuration/application.ts';
import {
  dockerFailed,
  imageIds,
  noDocker,
  pulledOf,
  type BuildRequest,
  type Docker,
  type Made,
  type Pulled,
  type PullRequest,
  type Stock,
  type Take,
} from './docker.ts';
import type { HeldServer, ServerOptions } from '../hold/held-server.ts';
import { digestIn, hostName } from './names.ts';
import { deployScript } from '../scripts.ts';

const STOCK_MS = 30_000;

const scriptOf = (name: string): string => deployScript(`images/${name}.sh`);

/** The Docker of a server. What it changes it changes behind the fence. */
export class DockerThere implements Docker {
  readonly server: string;
  readonly #held: HeldServer;
  readonly #secrets: readonly string[];

  constructor(held: HeldServer, secrets: readonly string[]) {
    this.server = held.server.name;
    this.#held = held;
    this.#secrets = secrets;
  }

  async stock(signal: AbortSignal): Promise<Stock> {
    const limits = { milliseconds: STOCK_MS };
    const { code, output, errors } = await this.#held.look(scriptOf('stock'), [], { signal, limits });
    if (code !== 0) throw noDocker(this.server, errors);
    const room = Number(/^room (\d+)$/m.exec(output)?.[1] ?? 0) * 1024;
    return { images: imageIds(output), room };
  }

  async build(
    { name, dockerfile, target, args, archive, take }: BuildRequest,
    signal: AbortSignal,
  ): Promise<Made> {
    const last = { out: '', err: '' };
    const values = [...args].map(([key, value]) => `${key}=${value}`);
    const { code } = await this.#held.act(scriptOf('build'), [name, dockerfile, target ?? '', ...values], {
      stdin: archive,
      signal,
      onOutput: (stream, chunk) => {
        last[stream] = (last[stream] + chunk.toString()).slice(-LAST);
        return take(stream, chunk);
      },
    });
    const made = code === 0 ? pulledOf(/(?:^|\n)image ([^\n]*)\n$/.exec(last.out)?.[1] ?? '') : undefined;
    if (!made)
      throw dockerFailed(say('The build of {0} failed', clean(name)), this.server, last.err, this.#secrets);
    return made;
  }

  async pull({ from, name, registry }: PullRequest, signal: AbortSignal): Promise<Pulled> {
    const { code, output, errors } = await this.#withRegistry('pull', registry, [from, name], signal);
    const pulled = code === 0 ? pulledOf(output, name) : undefined;
    if (pulled) return pulled;
    throw dockerFailed(say('{0} could not be pulled', clean(from)), this.server, errors, this.#secrets);
  }

  /** What registries call an image by its content. */
  async digests(id: string, signal: AbortSignal): Promise<readonly string[]> {
    const { code, output } = await this.#held.look(scriptOf('digests'), [id], { signal });
    return code === 0 ? wordsOf(output) : [];
  }

  /** Gives an image to its registry. Returns what it is called there by its content, where Docker tells. */
  async push({ id, name, registry }: PushRequest, signal: AbortSignal): Promise<string | undefined> {
    const { code, output, errors } = await this.#withRegistry('push', registry, [id, name], signal);
    if (code === 0) return digestIn(wordsOf(output), name);
    throw dockerFailed(say('{0} could not be pushed', clean(name)), this.server, errors, this.#secrets);
  }

  async save(id: string, take: Take, signal: AbortSignal): Promise<void> {
    let errors = '';
    const { code } = await this.#held.look(scriptOf('save'), [id], {
      signal,
      onOutput: async (stream, chunk) => {
        if (stream === 'out') await take(chunk);
        else errors = (errors + chunk.toString()).slice(-LAST);
      },
    });
    if (code !== 0) throw dockerFailed(say('The image could not be read'), this.server, errors);
  }

  /** Takes in what `save` reads, whole or not at all. */
  async load({ id, name, archive }: LoadRequest, signal: AbortSignal): Promise<void> {
    const options = { stdin: archive, signal };
    const { code, errors } = await this.#held.act(scriptOf('load'), [id, name], options);
    if (code === OTHER_ID) throw otherId(name, this.server);
    if (code !== 0) throw dockerFailed(say('{0} could not be loaded', clean(name)), this.server, errors);
  }

  /** With the password of the registry on the standard input, and a folder for it that goes with the script. */
  async #withRegistry(
    script: string,
    registry: Registry | undefined,
    args: readonly string[],
    signal: AbortSignal,
  ): Promise<Ended> {
    const login = registry?.username ? [hostName(registry.host), registry.username] : ['', ''];
    const options: ServerOptions = { signal, ...(registry && { stdin: Buffer.from(registry.password) }) };
    const ended = await this.#held.act(scriptOf('registry') + scriptOf(script), [...login, ...args], options);
    if (registry === undefined || ended.code !== NOT_LOGGED_IN) return ended;
    const what = say('The registry {0} refuses the login', clean(registry.host));
    throw dockerFailed(what, this.server, ended.errors, this.#secrets);
  }
}

export interface PushRequest {
  readonly id: string;
  readonly name: string;
  readonly registry: Registry;
}

export interface LoadRequest {
  /** What it has to have when it is there. */
  readonly id: string;
  readonly name: string;
  readonly archive: AsyncIterable<Uint8Array>;
}

const wordsOf = (text: string): readonly string[] => text.split(/\s+/).filter(Boolean);

/** Of what a build prints, so many characters at its end are looked at. */
const LAST = 8_000;
/** How `load.sh` and `registry.sh` end. */
const [OTHER_ID, NOT_LOGGED_IN] = [4, 5];

/** An image store of another kind (containerd's, classic) counts other bytes. */
export function otherId(name: string, where: string): UserError {
  return new UserError('other-image', {
    what: say('{0} arrived with another id.', clean(name)),
    where,
    next: say(
      'Nothing that runs was changed. Check that Docker keeps images in the same way on all servers.',
    ),
  });
}
