/** What images are called. */
import type { Application, AppService, Registry } from '../configuration/application.ts';
import type { Commit } from '../requests.ts';

const TAG_LIMIT = 128;

/** What the image of a service is called when it is built now: `shop/web:a1b2c3d`, in front of it the registry. */
export function builtName(
  { project, version, registry }: Application,
  { name, imageFrom }: AppService,
  commit?: Commit,
): string {
  const parts = [project, imageFrom ?? name].map(each => partOf(each.toLowerCase()));
  const tag = commit ? `${commit.id.slice(0, 7)}${commit.dirty ? '-dirty' : ''}` : (version ?? 'latest');
  return `${[...(registry ? [hostName(registry.host)] : []), ...parts].join('/')}:${tagOf(tag)}`;
}

/** Docker allows less in names than people do. */
function partOf(name: string): string {
  return name.replaceAll(/[^a-z0-9]+/g, '-').replaceAll(/^-|-$/g, '') || 'image';
}

function tagOf(tag: string): string {
  return (
    tag
      .replaceAll(/[^\w.-]/g, '-')
      .replace(/^[.-]+/, '')
      .slice(0, TAG_LIMIT) || 'latest'
  );
}

/** The registry that a name leads to, of those. A name without a registry leads to Docker's own. */
export function registryOf(reference: string, registries: readonly Registry[]): Registry | undefined {
  const [first = '', ...rest] = reference.split('/');
  const isNamed = rest.length > 0 && /[.:]|^localhost$/.test(first);
  const name = isNamed ? reference : `docker.io/${reference}`;
  return registries.find(({ host }) => name.startsWith(`${hostName(host)}/`));
}

/** Where to log in to a registry whose host may be written in many ways. */
export function hostName(host: string): string {
  const name = host.replace(/^https?:\/\//, '').replace(/\/+$/, '');
  return /^((index|registry-1|registry)\.)?docker\.(io|com)(\/v1)?$/.test(name) ? 'docker.io' : name;
}

/** Whether a name may mean another image tomorrow, as Kubernetes judges it: without a tag, or with `latest`. */
export function isMoving(reference: string): boolean {
  if (reference.includes('@')) return false;
  return tagIn(reference) === 'latest';
}

/** The tag of a name; without one it is `latest`. */
export function tagIn(reference: string): string {
  return /:([^:/]*)$/.exec(reference)?.[1] ?? 'latest';
}

/** As Docker lists it, without what it leaves out of names of its own registry. */
export function listedName(reference: string): string {
  const name = reference.replace(/^(index\.)?docker\.io\//, '').replace(/^library\//, '');
  // With a digest the tag means nothing.
  return name.replace(/:[^:/@]*@/, '@');
}

/** A name without its tag and its digest, as Docker lists it. */
export function repositoryOf(reference: string): string {
  return listedName(reference)
    .replace(/@.*$/, '')
    .replace(/:[^:/]*$/, '');
}

/** What an image is called by its content, where it is called what `reference` says. */
export function digestIn(digests: readonly string[], reference: string): string | undefined {
  return digests.find(each => repositoryOf(each) === repositoryOf(reference));
}
