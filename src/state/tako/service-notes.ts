import { clean, say, type Clean } from '../../base/clean.ts';
import type { Fields } from '../../base/fields.ts';
import { isUnreadable, readStamp } from '../../base/files.ts';
import { inParallel } from '../../base/parallel.ts';
import { utcText } from '../../base/time.ts';
import type { Fact } from '../model.ts';
import { fact, factOf, sizeText } from '../facts.ts';
import type { TakoFolder } from './folder.ts';

/** What a file outside `services/` says about a service: its build, archives of it, routes and certificates. */
export interface ServiceNote {
  readonly service?: Clean;
  /** Without a service, or where several environments have it, the domains tell which one it is about. */
  readonly domains?: readonly Clean[];
  /** An archive's name, which begins with that of its service. */
  readonly archive?: Clean;
  readonly facts: readonly Fact[];
}

// Of each kind; more would fit into no tooltip.
const LIMIT = 1_000;

export async function readServiceNotes(folder: TakoFolder): Promise<readonly ServiceNote[]> {
  const built = (await folder.foldersIn('builds', 'cache')).slice(0, LIMIT);
  const builds = await inParallel(built, 8, async (name): Promise<ServiceNote> => {
    const facts = await folder.json(['builds', 'cache', name, 'checksums.json'], decodeBuild);
    return { service: clean(name, undefined, folder.secrets), facts: facts ?? [] };
  });
  const archives = await readArchives(folder);
  const routes = await folder.json(['config', 'traefik', 'routes.json'], decodeRoutes);
  const certificates = await folder.json(['config', 'traefik', 'certificates.json'], decodeCertificates);
  return [...builds, ...archives, ...(routes ?? []), ...(certificates ?? [])];
}

/** Sorts the notes to the services they are about, and leaves the others. */
export function sortNotes(
  notes: readonly ServiceNote[],
  services: readonly { readonly name: Clean; readonly domains: readonly Clean[] }[],
): { readonly about: readonly (readonly Fact[])[]; readonly rest: readonly Fact[] } {
  const names = new Set(services.map(({ name }) => name));
  const about = services.map((): Fact[] => []);
  const rest: Fact[] = [];
  for (const { service, domains = [], archive, facts } of notes) {
    const owner = archive === undefined ? service : ownerOf(archive, names);
    const places = services.flatMap(({ name, domains: own }, index) => {
      const shared = domains.some(domain => own.includes(domain));
      // Of the environments that have the service, a route is about the one that has its domain.
      const fits = shared || (owner !== undefined && (domains.length === 0 || own.length === 0));
      return fits && (owner ?? name) === name ? [index] : [];
    });
    for (const place of places) about[place]?.push(...facts);
    if (places.length === 0) rest.push(...facts);
  }
  return { about, rest };
}

/** `web-admin-v1-abc123.tar` is of `web-admin`, not of `web`. */
function ownerOf(archive: Clean, services: ReadonlySet<Clean>): Clean | undefined {
  let owner: Clean | undefined;
  for (const name of services) {
    if (archive.startsWith(`${name}-`) && name.length > (owner?.length ?? 0)) owner = name;
  }
  return owner;
}

async function readArchives(folder: TakoFolder): Promise<readonly ServiceNote[]> {
  const names = (await folder.names('builds', 'artifacts')).filter(name => name.endsWith('.tar')).sort();
  return inParallel(names.slice(0, LIMIT), 8, async (name): Promise<ServiceNote> => {
    const stamp = await readStamp(folder.path('builds', 'artifacts', name));
    const archive = clean(name, undefined, folder.secrets);
    if (isUnreadable(stamp)) return { archive, facts: [] };
    const written = clean(utcText(stamp.modified));
    return { archive, facts: factOf(say('Archive'), archive, sizeText(stamp.size), written) };
  });
}

function decodeBuild(root: Fields): readonly Fact[] {
  const files = root.object('files').names.length;
  const image = root.object('image');
  const bytes = image.number('size_bytes');
  const built = root.time('last_build');
  const args = root.object('build_args'); // their values may be secret
  return [
    ...factOf(
      say('Last build'),
      built?.at === undefined ? undefined : built.text,
      files === 1 ? say('from 1 file') : say('from {0} files', files),
    ),
    ...factOf(
      say('Built image'),
      image.text('tag'),
      image.text('id'),
      bytes === undefined ? undefined : sizeText(bytes),
    ),
    ...factOf(say('Build arguments'), ...args.names.map(name => args.shown(name))),
  ];
}

function decodeRoutes(root: Fields): readonly ServiceNote[] {
  return root
    .list('routes')
    .slice(0, LIMIT)
    .map(route => {
      const port = route.text('port');
      const [service, rule] = [route.text('service'), route.text('rule')];
      const facts = factOf(
        say('Route'),
        rule,
        port && say('to port {0}', port),
        route.flag('tls') ? say('TLS') : undefined,
        ...route.texts('middlewares'),
      );
      return { service, domains: route.texts('domains'), facts };
    });
}

function decodeCertificates(root: Fields): readonly ServiceNote[] {
  return root
    .list('certificates')
    .slice(0, LIMIT)
    .map(certificate => {
      const until = certificate.time('not_after');
      const domain = certificate.text('domain');
      return {
        domains: domain ? [domain] : [],
        facts: [
          ...factOf(
            say('Certificate'),
            domain,
            until?.at === undefined ? undefined : say('until {0}', until.text),
            certificate.text('issuer'),
          ),
          ...fact(say('Certificate problem'), certificate.text('last_error')),
        ],
      };
    });
}
