import { clean } from '../../base/clean.ts';
import { reached } from '../reach.ts';
import type { Problems } from './problems.ts';
import { identitiesIn, type Member, type RecordedHost, type RecordedResource } from './recorded.ts';

const HOST_FIELDS = ['name', 'address', 'port', 'user', 'vars', 'group', 'created_at', 'updated_at'];
const RESOURCE_FIELDS = ['type', 'id', 'name', 'data', 'tags', 'created_at', 'updated_at'];

/** A host in the form of the Go design document. */
export function goHost({ name, fields, at }: Member, tally: Problems): RecordedHost {
  const inside = fields.text('name');
  if (inside !== undefined && inside !== clean(name)) tally.add('other-name', name, at);
  const port = fields.number('port');
  return {
    name,
    row: {
      name: clean(name),
      kind: 'ftl2',
      ...reached(
        // 0 is how "not set" is written.
        { address: fields.text('address'), port: port === 0 ? undefined : port, user: fields.text('user') },
        { host: fields.raw('address'), user: fields.raw('user') },
      ),
      groups: [fields.text('group') ?? clean('all')],
      environments: [],
      at: (fields.time('updated_at') ?? fields.time('created_at'))?.at,
      variables: { ...fields.object('vars').rest([]), ...fields.rest(HOST_FIELDS) },
      facts: [],
      source: at,
    },
  };
}

/** A resource in the form of the Go design document. */
export function goResource({ name, fields, at }: Member, tally: Problems): RecordedResource {
  const type = fields.text('type') ?? clean('resource');
  const id = fields.text('id') ?? clean(name);
  const host = fields.text('name') ?? clean(name);
  if (fields.has('type') && clean(name) !== clean(`${type}:${id}`)) tally.add('other-name', name, at);
  const data = fields.object('data');
  return {
    name,
    row: {
      id,
      type,
      name: host,
      status: data.text('status'),
      at: (fields.time('updated_at') ?? fields.time('created_at'))?.at,
      tags: fields.object('tags').rest([]),
      properties: { ...data.rest([]), ...fields.rest(RESOURCE_FIELDS) },
      dependsOn: [],
      source: at,
    },
    host,
    identities: identitiesIn(data),
  };
}
