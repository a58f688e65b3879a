import type { Fields } from '../../base/fields.ts';
import type { At } from '../../base/finding.ts';
import { addressIdentity } from '../../base/identity.ts';
import type { Resource, Server } from '../model.ts';

/** One entry of `hosts` or `resources` as it stands in the file. */
export interface Member {
  readonly name: string;
  readonly fields: Fields;
  readonly at: At;
}

/** A host as a file records it: its row without what only the whole project knows. `name` is unclean. */
export interface RecordedHost {
  readonly name: string;
  readonly row: Omit<Server, 'key' | 'resources'>;
}

export interface RecordedResource {
  readonly name: string;
  readonly row: Omit<Resource, 'key'>;
  /** The name of its host, by convention. */
  readonly host: string;
  /** Identities of the addresses in its data; a host that has one of them is its host too. */
  readonly identities: readonly string[];
}

const ADDRESS_NAME = /^ansible_host$|(?:^|_)(?:ips?|ipv[46]|address(?:es)?)$/i;

/** Of what clouds call addresses in their answers: `ipv4`, `public_ip`, `ip_address`… */
export function identitiesIn(data: Fields): readonly string[] {
  return data.names
    .filter(name => ADDRESS_NAME.test(name))
    .map(name => data.raw(name))
    .flatMap((value): readonly unknown[] => (Array.isArray(value) ? value : [value]))
    .filter(value => typeof value === 'string')
    .map(addressIdentity);
}
