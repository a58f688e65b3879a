/** What a tool's own files cannot hold about a release that was deployed from here: `.shipshape/releases.jsonl`. */
import path from 'node:path';
import { appendLine } from '../base/append.ts';
import { clean, join, say, type Clean } from '../base/clean.ts';
import { replaced, type Document } from '../base/document.ts';
import { Fields } from '../base/fields.ts';
import { parseJson } from '../base/json.ts';
import { makeOwnFolder, OWN_FOLDER } from '../base/own.ts';
import { secondText, utcText, type Instant } from '../base/time.ts';
import type { FileWrite } from '../base/write.ts';
import type { FileCache } from './cache.ts';
import type { Environment, RecordedService } from './model.ts';

export const RELEASES_FILE = `${OWN_FOLDER}/releases.jsonl`;

export interface OwnRelease {
  readonly release: string;
  readonly environment: string;
  readonly branch?: string;
  /** It took the environment back to this release. */
  readonly to?: string;
  /** Services that servers were seen to run otherwise than recorded: it was made of that, and deployed nothing. */
  readonly adopted?: readonly string[];
  readonly services: Readonly<Record<string, OwnService>>;
}

export interface OwnService {
  readonly image: string;
  readonly imageId: string;
  /** What it was deployed from: a tool's record names one commit for all services. */
  readonly commit?: string;
  /** Of its settings, and of each of them by name: what changes can be named, and says nothing about the values. */
  readonly hash: string;
  readonly settings: Readonly<Record<string, string>>;
  /** The release that its settings lie under on the servers: this one, or the one that changed it last. */
  readonly asIn: string;
  /** What its image was built from besides files, where that is known: see `builtAs`. */
  readonly builtAs?: string;
  /** Where its tool has no place for it. */
  readonly replicas?: number;
}

/** What a release is called that was made of what runs. */
export function importId(at: Instant): string {
  return `imported-${secondText(at).replaceAll(/[-:Z]/g, '').replace('T', '-')}`;
}

/** How a release is told that was made of what runs, as far as it differed from the one before. */
export function adoptedNote(names: readonly string[], before: Clean | undefined): Clean {
  const adopted = join(
    names.map(each => clean(each)),
    ', ',
  );
  const imported = say('Imported from what servers answered: {0}.', adopted);
  return join([imported, before && say('The rest is as in {0}.', before)], ' ');
}

/** What is kept of a service that nothing of ours has made. */
export function bareOwn({ image, imageId }: Pick<OwnService, 'image' | 'imageId'>): OwnService {
  return { image, imageId, hash: '', settings: {}, asIn: '' };
}

export async function appendRelease(root: string, release: OwnRelease, now: Instant): Promise<void> {
  await makeOwnFolder(root);
  await appendLine(root, RELEASES_FILE, JSON.stringify({ at: utcText(now), ...release }));
}

/** The write that adds a release, where other files of it are written as well. */
export function addOwnRelease(file: Document, release: OwnRelease, now: Instant): FileWrite {
  const before = file.text ?? '';
  const end = before === '' || before.endsWith('\n') ? '' : '\n';
  return replaced(file, `${before}${end}${JSON.stringify({ at: utcText(now), ...release })}\n`);
}

/** By id. The last line of a release counts; one that does not parse is left out. */
export async function readOwnReleases(
  cache: FileCache,
  root: string,
): Promise<ReadonlyMap<string, OwnRelease>> {
  const { value = [] } = await cache.read(path.join(root, RELEASES_FILE), {
    decode: ({ text }) => text.split('\n').flatMap(decode),
  });
  return new Map(value.map(each => [each.release, each]));
}

/** An environment with what only our own facts tell of its releases. */
export function withOwn(environment: Environment, all: ReadonlyMap<string, OwnRelease>): Environment {
  if (all.size === 0) return environment;
  const releases = environment.releases.map(release => {
    const { services = {} } = all.get(release.id) ?? {};
    const own = release.services.map(each => {
      const { imageId, hash = '', commit = release.commit } = services[each.name] ?? {};
      // Of another image it would say something about another container.
      if (imageId !== each.imageId) return each;
      return {
        ...each,
        ...(hash !== '' && { hash: clean(hash) }),
        ...(commit !== release.commit && { commit: clean(commit) }),
      };
    });
    return { ...release, services: own };
  });
  return { ...environment, releases };
}

/** What it ran, for a tool that records no images. `of`: the commit of the release. */
export function servicesOf({ services }: OwnRelease, of: Clean | undefined): readonly RecordedService[] {
  return Object.entries(services).map(([name, { image, imageId, hash, replicas, commit = of }]) => ({
    name: clean(name),
    image: clean(image),
    imageId: clean(imageId),
    ports: [],
    domains: [],
    containers: [],
    ...(replicas !== undefined && { replicas }),
    ...(hash !== '' && { hash: clean(hash) }),
    ...(commit !== of && { commit: clean(commit) }),
  }));
}

function decode(line: string): readonly OwnRelease[] {
  const parsed = parseJson(line);
  const fields = parsed.ok ? Fields.of(parsed.value) : undefined;
  const [release, environment] = [fields?.text('release'), fields?.text('environment')];
  if (!fields || release === undefined || environment === undefined) return [];
  const [branch, to] = [fields.text('branch'), fields.text('to')];
  const adopted = fields.texts('adopted');
  const services = fields.map('services').map(([name, service]) => {
    const text = (field: string): Clean => service.text(field) ?? clean('');
    const settings = service.object('settings');
    const replicas = service.number('replicas');
    const [commit, builtAs] = [service.text('commit'), service.text('builtAs')];
    const known = settings.names.map(each => [each, settings.text(each) ?? clean('')] as const);
    return [
      name,
      {
        image: text('image'),
        imageId: text('imageId'),
        hash: text('hash'),
        asIn: text('asIn'),
        settings: Object.fromEntries(known),
        ...(replicas !== undefined && { replicas }),
        ...(commit !== undefined && { commit }),
        ...(builtAs !== undefined && { builtAs }),
      },
    ] as const;
  });
  return [
    {
      release,
      environment,
      services: Object.fromEntries(services),
      ...(branch !== undefined && { branch }),
      ...(to !== undefined && { to }),
      ...(adopted.length > 0 && { adopted }),
    },
  ];
}
