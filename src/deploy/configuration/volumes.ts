import { say } from '../../base/clean.ts';
import type { Volume } from './application.ts';
import type { Written } from './written.ts';

/** Names that volumes have on servers: those of the environment have its name in front, as Tako's have. */
export interface VolumeNames {
  readonly project: string;
  readonly environment: string;
  /** The section `volumes` of the configuration. */
  readonly defined: Written;
}

/** Docker's own rule. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,200}$/;
/** Docker is given mounts as lists divided by commas. */
const PATH = /^\/[^\u0000-\u001f\u007f,":]*$/;

/** `NAME:/path`, `/folder/of/the/server:/path`, `/path` alone; with `:ro` behind it. */
export function volumesOf(service: Written, names: VolumeNames): readonly Volume[] {
  return service.at('volumes').items.flatMap(each => volumeOf(each, names) ?? []);
}

function volumeOf(entry: Written, names: VolumeNames): Volume | undefined {
  const text = entry.text();
  if (text === undefined) return undefined;
  const isUnnamed = !text.includes(':');
  const parts = isUnnamed ? ['', text] : text.split(':');
  const [first = '', target = '', options] = parts;
  if (parts.length > 3 || !PATH.test(target) || (first === '' && !isUnnamed)) {
    entry.misfit(say('a volume like data:/var/lib/data or /srv/data:/data:ro'));
    return undefined;
  }
  const given = options?.split(',') ?? [];
  const others = given.filter(each => !['ro', 'rw', 'z', 'Z'].includes(each));
  if (others.length > 0) entry.misfit(say('mounted with ro or rw alone'));
  else if (given.some(each => /z/i.test(each)))
    entry.warning('not-supported', say('{0} is mounted without a label of SELinux.', entry.place));
  const source = first.startsWith('/') ? folder(entry, first) : named(entry, first, target, names);
  return source === undefined ? undefined : { source, target, readOnly: given.includes('ro') };
}

function folder(entry: Written, path: string): string | undefined {
  if (PATH.test(path)) return path;
  entry.misfit(say('a volume like data:/var/lib/data or /srv/data:/data:ro'));
  return undefined;
}

function named(
  entry: Written,
  name: string,
  target: string,
  { project, environment, defined }: VolumeNames,
): string | undefined {
  // Tako calls a volume without a name by the path it is at, so that what is in it is found again.
  const own = `${project}_${environment}_${name || target.replaceAll('/', '_')}`;
  if (/^(\.|~|[A-Za-z]:?\\)/.test(name) || name === 'nfs' || !NAME.test(own)) {
    entry.error(
      'volume-source',
      say(
        '{0} is neither a name nor a whole path of the server: such a volume cannot be made there.',
        entry.place,
      ),
    );
    return undefined;
  }
  const definition = defined.at(name);
  if (name === '' || !definition.isThere) return own;
  const driver = definition.at('driver').text() ?? 'local';
  const isExternal = definition.at('external').flag() ?? false;
  const isPlain = driver === 'local' && !definition.at('driver_opts').isThere;
  if (!isPlain && !isExternal) {
    definition.error(
      'volume-driver',
      say(
        '{0} has a driver or options, which are not supported here: make it on the servers, and mark it as external.',
        definition.place,
      ),
    );
  }
  return definition.at('name').matching(NAME, say('the name of a volume')) ?? (isExternal ? name : own);
}
