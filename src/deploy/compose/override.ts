/** What is put over a Compose file so that a service runs one image, and is known as ours. */
import { sha256 } from '../../base/digest.ts';
import { quote } from '../../ssh/quote.ts';
import type { AppService, ComposeFiles } from '../configuration/application.ts';

/** JSON, which is YAML, too. The image and the release are told when it is used: both change when going back, the text does not. */
export function overrideText(
  { name, hash, environment }: AppService,
  whose: { readonly project: string; readonly environment: string },
  version: ComposeFiles['version'],
): string {
  const given = Object.fromEntries([...environment].map(([key, value]) => [key, escaped(value)]));
  const service = {
    image: '${SHIPSHAPE_IMAGE}',
    labels: {
      'tako.project': whose.project,
      'tako.environment': whose.environment,
      'tako.service': name,
      'shipshape.release': '${SHIPSHAPE_RELEASE}',
      'shipshape.hash': hash,
    },
    ...(environment.size > 0 && { environment: given }),
  };
  const text = JSON.stringify({ ...(version !== undefined && { version }), services: { [name]: service } });
  // JSON may hold them as they are, YAML may not.
  return text.replace(/[\u007f-\u009f\ufeff\ufffe\uffff]/g, each => `\\u${hex(each)}`);
}

/** Compose replaces variables in values. */
const escaped = (value: string): string => value.replaceAll('$', '$$$$');

const hex = (character: string): string => character.charCodeAt(0).toString(16).padStart(4, '0');

/** As a shell exports them. */
export function variablesText(variables: ComposeFiles['variables']): string {
  return [...variables].map(([name, value]) => `export ${name}=${quote(value)}\n`).join('');
}

/** What a project is called in Compose, which knows fewer characters: a name that had to be changed is told from its like. */
export function composeName(project: string, environment: string): string {
  const name = `${project}_${environment}`;
  const able = name.toLowerCase().replace(/[^a-z0-9_-]/g, '-');
  return able === name ? name : `${able}-${sha256(name).slice(0, 6)}`;
}
