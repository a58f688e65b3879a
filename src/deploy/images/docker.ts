/** A Docker that images are made by and lie in: of a server, or the one of this machine. */
import { clean, say, type Clean } from '../../base/clean.ts';
import { UserError } from '../../base/errors.ts';
import type { Registry } from '../configuration/application.ts';
import { digestIn } from './names.ts';

export interface Docker {
  /** The name of its server; of this machine none. */
  readonly server: string | undefined;
  stock(signal: AbortSignal): Promise<Stock>;
  build(request: BuildRequest, signal: AbortSignal): Promise<Made>;
  pull(request: PullRequest, signal: AbortSignal): Promise<Pulled>;
  /** Reads an image as a compressed archive. Who takes it may take its time. */
  save(id: string, take: Take, signal: AbortSignal): Promise<void>;
}

/** What is there: ids of images, and bytes for more. */
export interface Stock {
  readonly images: ReadonlySet<string>;
  readonly room: number;
}

export interface BuildRequest {
  /** What the image is to be called. */
  readonly name: string;
  /** In the archive. */
  readonly dockerfile: string;
  readonly target?: string | undefined;
  readonly args: ReadonlyMap<string, string>;
  readonly archive: AsyncIterable<Uint8Array>;
  readonly take: (stream: 'out' | 'err', chunk: Buffer) => Promise<void>;
}

export interface PullRequest {
  /** What it is called in its registry. */
  readonly from: string;
  /** What it is to be called. */
  readonly name: string;
  readonly registry: Registry | undefined;
}

export interface Made {
  readonly id: string;
  readonly bytes: number;
}

export interface Pulled extends Made {
  /** What it is called by its content: `redis@sha256:…`. */
  readonly digest?: string;
}

export type Take = (chunk: Buffer) => Promise<void>;

const ID = /^sha256:[0-9a-f]{64}$/;

/** What a script or a program printed of an image: its id, its size, and perhaps what registries call it by its content. */
export function pulledOf(text: string, name = ''): Pulled | undefined {
  const [id = '', size = '', ...digests] = text.trim().split(/\s+/);
  if (!ID.test(id)) return undefined;
  const digest = digestIn(digests, name);
  return { id, bytes: Number(size) || 0, ...(digest !== undefined && { digest }) };
}

export function imageIds(text: string): ReadonlySet<string> {
  return new Set(text.split(/\s+/).filter(each => ID.test(each)));
}

const FULL = /no space left on device|disk quota exceeded/i;

/** Why Docker did not do something, by what it printed last. `what`: a sentence without its end. */
export function dockerFailed(
  what: Clean,
  where: string,
  printed: string,
  secrets: readonly string[] = [],
): UserError {
  if (FULL.test(printed)) return diskFull(what, where);
  const last = printed
    .trim()
    .split(/[\r\n]+/)
    .at(-1);
  return new UserError('docker', {
    what: say('{0}: {1}', what, clean(last, 1_000, secrets)),
    where,
    next: say('Nothing that runs was changed. Correct it and try again.'),
  });
}

export function diskFull(what: Clean, where: string): UserError {
  return new UserError('disk-full', {
    what: say('{0}: the disk is full.', what),
    where,
    next: say(
      'Nothing that runs was changed. Make room there, as with {0}, and try again.',
      say('docker system prune'),
    ),
  });
}

export function noDocker(where: string, printed: string): UserError {
  const last = printed
    .trim()
    .split(/[\r\n]+/)
    .at(-1);
  return new UserError('no-docker', {
    what: say('Docker does not answer: {0}', clean(last, 1_000)),
    where,
    next: say('Nothing was changed. Check that Docker is installed and runs there, and try again.'),
  });
}
