import { clean } from '../../base/clean.ts';
import { Fields } from '../../base/fields.ts';
import { reached } from '../reach.ts';
import type { Problems } from './problems.ts';
import { identitiesIn, type Member, type RecordedHost, type RecordedResource } from './recorded.ts';

const HOST_FIELDS = ['ansible_host', 'ansible_port', 'ansible_user', 'groups', 'added_at'];
const RESOURCE_FIELDS = ['provider', 'id', 'type', 'status', 'created_at', 'last_seen'];

/** A host as FTL2's Python library keeps it. Variables lie beside the fields. */
export function pythonHost({ name, fields, at }: Member, tally: Problems): RecordedHost {
  const address = fields.text('ansible_host');
  const groups = fields.texts('groups');
  if (groups.length === 0) tally.add('no-group', name, at);
  return {
    name,
    row: {
      name: clean(name),
      kind: 'ftl2',
      ...reached(
        {
          address: address ?? clean(name),
          port: fields.number('ansible_port'),
          user: fields.text('ansible_user'),
        },
        { host: address ? fields.raw('ansible_host') : name, user: fields.raw('ansible_user') },
      ),
      groups: groups.length === 0 ? [clean('ungrouped')] : groups,
      environments: [],
      at: fields.time('added_at')?.at,
      variables: fields.rest(HOST_FIELDS),
      facts: [],
      source: at,
    },
  };
}

/** A resource as FTL2's Python library keeps it: what the script gave. */
export function pythonResource({ name, fields, at }: Member): RecordedResource {
  const provider = fields.text('provider');
  const tags = Fields.of(fields.raw('tags')); // a list elsewhere, then a property like others
  return {
    name,
    row: {
      id: fields.text('id') ?? clean(name),
      type: fields.text('type') ?? provider ?? clean('resource'),
      name: clean(name),
      provider,
      status: fields.text('status'),
      at: (fields.time('last_seen') ?? fields.time('created_at'))?.at,
      tags: tags?.rest([]) ?? {},
      properties: fields.rest(tags ? [...RESOURCE_FIELDS, 'tags'] : RESOURCE_FIELDS),
      dependsOn: [],
      source: at,
    },
    host: name,
    identities: identitiesIn(fields),
  };
}
