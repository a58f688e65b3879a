import { createGzip } from 'node:zlib';
import { clean, say } from '../../base/clean.ts';
import { UserError } from '../../base/errors.ts';
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
import { start, type Starting } from './program.ts';

const HERE = 'docker';

interface EncoreRequest extends Pick<BuildRequest, 'name' | 'take'> {
  readonly folder: string;
}

/** The Docker of this machine: its program, started with arguments and without a shell. */
export class DockerHere implements Docker {
  readonly server = undefined;
  readonly #secrets: readonly string[];

  constructor(secrets: readonly string[]) {
    this.#secrets = secrets;
  }

  async stock(signal: AbortSignal): Promise<Stock> {
    const { code, out, err } = await docker(['image', 'ls', '--all', '--quiet', '--no-trunc'], { signal });
    if (code !== 0) throw noDocker(HERE, err);
    return { images: imageIds(out), room: Infinity };
  }

  async build(
    { name, dockerfile, target, args, archive, take }: BuildRequest,
    signal: AbortSignal,
  ): Promise<Made> {
    const options = [
      '--tag',
      name,
      '--file',
      dockerfile,
      ...(target === undefined ? [] : ['--target', target]),
    ];
    const values = [...args].flatMap(([key, value]) => [
      '--build-arg',
      isOurs(key) ? key : `${key}=${value}`,
    ]);
    // By their names only: others may see what stands on a command line.
    const environment = Object.fromEntries([...args].filter(([key]) => isOurs(key)));
    const { code, err } = await docker(['build', ...options, ...values, '-'], {
      stdin: archive,
      take,
      environment,
      signal,
    });
    const made = code === 0 ? await this.#look(name, signal) : undefined;
    if (!made) throw dockerFailed(say('The build of {0} failed', clean(name)), HERE, err, this.#secrets);
    return made;
  }

  /** What Encore builds, which compiles in the folder of the application and leaves the image in this Docker. */
  async buildWithEncore({ name, folder, take }: EncoreRequest, signal: AbortSignal): Promise<Made> {
    const { code, err } = await start(
      'encore',
      ['build', 'docker', name],
      { folder, take, signal },
      noEncore,
    );
    const made = code === 0 ? await this.#look(name, signal) : undefined;
    if (!made) throw dockerFailed(say('Encore did not build {0}', clean(name)), HERE, err, this.#secrets);
    return made;
  }

  /** With the logins that are kept here. */
  async pull({ from, name }: PullRequest, signal: AbortSignal): Promise<Pulled> {
    const { code, err } = await docker(['pull', '--quiet', from], { signal });
    const pulled = code === 0 ? await this.#look(from, signal) : undefined;
    if (!pulled) throw dockerFailed(say('{0} could not be pulled', clean(from)), HERE, err, this.#secrets);
    if (from !== name && !name.includes('@')) await docker(['tag', pulled.id, name], { signal });
    return pulled;
  }

  async save(id: string, take: Take, signal: AbortSignal): Promise<void> {
    const gzip = createGzip({ level: 1 });
    const taken = (async () => {
      for await (const chunk of gzip as AsyncIterable<Buffer>) await take(chunk);
    })();
    const [{ code, err }] = await Promise.all([docker(['save', id], { signal, into: gzip }), taken]);
    if (code !== 0) throw dockerFailed(say('The image could not be read'), HERE, err);
  }

  async #look(name: string, signal: AbortSignal): Promise<Pulled | undefined> {
    const format = '{{.Id}} {{.Size}} {{range .RepoDigests}}{{.}} {{end}}';
    return pulledOf((await docker(['image', 'inspect', '--format', format, name], { signal })).out, name);
  }
}

/** Whether an argument of a build can be handed over in the environment, where some names mean something to programs. */
function isOurs(name: string): boolean {
  return /^[A-Za-z_]\w*$/.test(name) && !/^(PATH|HOME|LD_\w+|DOCKER_\w+|BUILDKIT_\w+)$/i.test(name);
}

const docker = (args: readonly string[], starting: Starting): ReturnType<typeof start> =>
  start('docker', args, starting, () => noDocker(HERE, 'it is not installed.'));

function noEncore(): UserError {
  return new UserError('no-encore', {
    what: say('The Encore program is not installed on this machine, or its folder is not there.'),
    where: 'encore',
    next: say('Install it, and look at workdir in the configuration. Nothing was changed.'),
  });
}
