/** Images of services: made where there is room, brought to where they are needed. */
import { clean, say } from '../../base/clean.ts';
import { UserError } from '../../base/errors.ts';
import type { Run } from '../../operations/operation.ts';
import type { AppService, Registry } from '../configuration/application.ts';
import { diskFull, type Docker, type Pulled, type Stock } from './docker.ts';
import { DockerHere } from './docker-here.ts';
import { DockerThere, otherId } from './docker-there.ts';
import type { HeldServer } from '../hold/held-server.ts';
import { buildImage, type BuildOptions } from './build.ts';
import { builtName, digestIn, registryOf, repositoryOf } from './names.ts';
import type { Image, Images, ImageSource } from './images.ts';
import { transfer } from './transfer.ts';

export interface ImagesOptions extends BuildOptions {
  /** None: all is done with the Docker of this machine. */
  readonly servers: readonly HeldServer[];
  /** Where images are built: on a server, here, or here where no server has room. */
  readonly buildStrategy: 'remote' | 'local' | 'auto';
}

export function createImages(options: ImagesOptions): Images {
  return new Store(options);
}

/** A Docker, and what it has. */
interface Place<D extends Docker = Docker> extends Omit<Stock, 'images'> {
  readonly docker: D;
  readonly images: Set<string>;
  /** It does not answer. */
  readonly why?: UserError;
}

/** In bytes; with less no build is begun. */
const ROOM = 500e6;

class Store implements Images {
  readonly #options: ImagesOptions;
  #servers: Promise<readonly Place<DockerThere>[]> | undefined;
  #here: Promise<Place> | undefined;
  /** Images by where they come from: services may share one. */
  readonly #made = new Map<string, Promise<Image>>();
  /** Names of what services build. What others make stays in their registries as it is. */
  readonly #own = new Set<string>();
  /** What was built just now: no registry has it. */
  readonly #fresh = new Set<string>();
  /** What images are called in a registry by their content. */
  readonly #digests = new Map<string, string>();

  constructor(options: ImagesOptions) {
    this.#options = options;
  }

  make(service: AppService, source: ImageSource, run: Run): Promise<Image> {
    const key = JSON.stringify(source);
    if (this.#isOwn(service, source)) this.#own.add(source.reference);
    const made = this.#made.get(key) ?? this.#make(service, source, run);
    this.#made.set(key, made);
    return made;
  }

  async spread({ id, reference }: Image, to: readonly HeldServer[], run: Run): Promise<void> {
    const { signal } = run;
    const names = to.map(({ server }): string => server.name);
    const wanted = (await this.#ask(signal)).filter(
      ({ docker, images }) => names.includes(docker.server) && !images.has(id),
    );
    if (wanted.length === 0) return;
    for (const { why } of wanted) if (why) throw why;
    const from = (await this.#places(signal)).find(({ images }) => images.has(id));
    if (!from) throw gone(reference);
    const image = { id, reference };
    const dockers = await this.#pullKnown(
      image,
      wanted.map(({ docker }) => docker),
      signal,
    );
    if (dockers.length > 0) {
      const digest = this.#digests.get(id) ?? (await this.#push(image, from.docker, signal));
      if (digest === undefined) await transfer(image, from.docker, dockers, run);
      else await Promise.all(dockers.map(docker => this.#pullSame(image, digest, docker, signal)));
    }
    for (const { images } of wanted) images.add(id);
  }

  /** By what a server that has it calls it by its content. Returns those that have yet to get it in another way. */
  async #pullKnown(
    image: Pick<Image, 'id' | 'reference'>,
    dockers: readonly DockerThere[],
    signal: AbortSignal,
  ): Promise<readonly DockerThere[]> {
    const { id, reference } = image;
    if (this.#digests.has(id) || this.#fresh.has(id)) return dockers;
    // Some Dockers call also what they have only built by its content.
    if (this.#own.has(reference) && !this.#registryFor(reference)) return dockers;
    const digest = await this.#digestThere(image, signal);
    if (digest === undefined) return dockers;
    const ended = await Promise.allSettled(
      dockers.map(docker => this.#pullSame(image, digest, docker, signal)),
    );
    return dockers.filter((_, index) => {
      const each = ended[index];
      if (each?.status !== 'rejected') return false;
      const reason: unknown = each.reason;
      if (reason instanceof UserError && ['docker', 'other-image'].includes(reason.code)) return true;
      throw reason;
    });
  }

  async #digestThere(
    { id, reference }: Pick<Image, 'id' | 'reference'>,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    for (const { docker, images } of await this.#ask(signal)) {
      if (!images.has(id)) continue;
      const digest = digestIn(await docker.digests(id, signal), reference);
      if (digest !== undefined) return digest;
    }
    return undefined;
  }

  #isOwn(service: AppService, { reference }: ImageSource): boolean {
    const name = builtName(this.#options.application, service);
    return service.build !== undefined && repositoryOf(reference) === repositoryOf(name);
  }

  /** The registry that what is built is given to, where it is called so. */
  #registryFor(reference: string): Registry | undefined {
    const { registry } = this.#options.application;
    return registry && registryOf(reference, [registry]);
  }

  async #make(service: AppService, source: ImageSource, run: Run): Promise<Image> {
    const { reference } = source;
    if (source.kind === 'known') {
      const on = await this.#with(source.id, run.signal);
      if (on.length === 0) throw gone(reference);
      return { reference, id: source.id, on: serversOf(on) };
    }
    const begun = performance.now();
    const { docker, images } =
      source.kind === 'pull'
        ? await this.#puller(service, run.signal)
        : await this.#builder(service, run.signal);
    const { id, bytes } =
      source.kind === 'pull'
        ? await this.#pull(reference, docker, run)
        : await buildImage(service, reference, docker, this.#options, run);
    images.add(id);
    if (source.kind === 'build') this.#fresh.add(id);
    const seconds = Math.round((performance.now() - begun) / 1_000);
    return { reference, id, bytes, seconds, on: serversOf(await this.#with(id, run.signal)) };
  }

  /** What the servers have, asked all at once, and once for all services. */
  #ask(signal: AbortSignal): Promise<readonly Place<DockerThere>[]> {
    const { servers, application } = this.#options;
    return (this.#servers ??= Promise.all(
      servers.map(held => placeOf(new DockerThere(held, application.secrets), signal)),
    ));
  }

  #askHere(signal: AbortSignal): Promise<Place> {
    return (this.#here ??= placeOf(new DockerHere(this.#options.application.secrets), signal));
  }

  /** The Docker of this machine is one of them where it was needed. */
  async #places(signal: AbortSignal): Promise<readonly Place[]> {
    const servers = await this.#ask(signal);
    if (servers.length === 0) return [await this.#askHere(signal)];
    return [...servers, ...(this.#here ? [await this.#here] : [])];
  }

  async #with(id: string, signal: AbortSignal): Promise<readonly Place[]> {
    return (await this.#places(signal)).filter(({ images }) => images.has(id));
  }

  /** Those a service is on come first, because from there nothing has to travel. */
  async #able({ servers }: AppService, signal: AbortSignal): Promise<readonly Place[]> {
    const all = await this.#ask(signal);
    const isOwn = ({ docker }: Place<DockerThere>): boolean => servers?.includes(docker.server) ?? true;
    const inOrder = [...all.filter(isOwn), ...all.filter(each => !isOwn(each))];
    const able = inOrder.filter(({ why }) => why === undefined);
    const [first] = all;
    if (first?.why && able.length === 0) throw first.why;
    return able;
  }

  async #puller(service: AppService, signal: AbortSignal): Promise<Place> {
    return (await this.#able(service, signal))[0] ?? (await this.#answering(signal));
  }

  async #builder(service: AppService, signal: AbortSignal): Promise<Place> {
    const { buildStrategy, servers } = this.#options;
    const isHere = buildStrategy === 'local' || servers.length === 0 || service.build?.program !== undefined;
    if (isHere) return this.#answering(signal);
    const able = await this.#able(service, signal);
    const roomy = able.find(({ room }) => room >= ROOM);
    if (roomy) return roomy;
    const here = buildStrategy === 'auto' ? await this.#askHere(signal) : undefined;
    if (here && here.why === undefined) return here;
    throw diskFull(say('Nothing can be built there'), serversOf(able).join(', '));
  }

  async #answering(signal: AbortSignal): Promise<Place> {
    const here = await this.#askHere(signal);
    if (here.why) throw here.why;
    return here;
  }

  async #pull(reference: string, docker: Docker, run: Run): Promise<Pulled> {
    run.log(say('Pulling {0}', clean(reference)));
    const pulled = await docker.pull(this.#pulling(reference, reference), run.signal);
    if (pulled.digest !== undefined) this.#digests.set(pulled.id, pulled.digest);
    return pulled;
  }

  async #pullSame(
    { id, reference }: Pick<Image, 'id' | 'reference'>,
    digest: string,
    docker: DockerThere,
    signal: AbortSignal,
  ): Promise<void> {
    const pulled = await docker.pull(this.#pulling(digest, reference), signal);
    if (pulled.id !== id) throw otherId(reference, docker.server);
  }

  #pulling(from: string, name: string): Parameters<Docker['pull']>[0] {
    return { from, name, registry: registryOf(from, this.#options.application.registries) };
  }

  /** Through the registry, where the image is one of it, and ours. */
  async #push(
    { id, reference }: Pick<Image, 'id' | 'reference'>,
    docker: Docker,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    const registry = this.#own.has(reference) ? this.#registryFor(reference) : undefined;
    if (!registry || !(docker instanceof DockerThere)) return undefined;
    const digest = await docker.push({ id, name: reference, registry }, signal);
    if (digest !== undefined) this.#digests.set(id, digest);
    return digest;
  }
}

async function placeOf<D extends Docker>(docker: D, signal: AbortSignal): Promise<Place<D>> {
  try {
    const { images, room } = await docker.stock(signal);
    return { docker, images: new Set(images), room };
  } catch (error) {
    if (!(error instanceof UserError) || error.code !== 'no-docker') throw error;
    return { docker, images: new Set(), room: 0, why: error };
  }
}

function serversOf(places: readonly Place[]): readonly string[] {
  return places.flatMap(({ docker }) => docker.server ?? []);
}

function gone(reference: string): UserError {
  return new UserError('image-gone', {
    what: say('The image {0} is on no server any more.', clean(reference)),
    where: reference,
    next: say('Nothing that runs was changed. A deployment makes it anew.'),
  });
}
