import fc from 'fast-check';
import { expect, test } from 'vitest';
import { inferredEdges } from '../../../../src/state/sloth/references.ts';

const STACK = '7b0f4f0e-3f7e-4f6c-9a55-0c1d5e2a9b11';

function resource(module: string, type: string, name: string, properties: unknown = {}) {
  return { id: `${STACK}/${module}/${type}/${name}`, module, type, name, properties };
}

const nginx = resource('systemd', 'service', 'nginx');
const config = resource('file_ops', 'file', '/etc/nginx/nginx.conf');
const others = [
  nginx,
  config,
  resource('pkg', 'package', 'nginx'),
  resource('systemd', 'service', 'nginx.backup'),
  resource('net', 'port', '80'),
  resource('net', 'flag', 'true'),
  // `a.b.cdef` would be both.
  resource('x', 'a.b', 'cdef'),
  resource('x', 'a', 'b.cdef'),
  resource('fw', 'rule', 'allow https'),
];

/** What a text in the properties of another resource names. */
function named(text: unknown): readonly string[] {
  const edges = inferredEdges([...others, resource('m', 't', 'referring', { deep: [{ text }] })], []);
  return edges.map(({ to }) => to.slice(STACK.length + 1));
}

test.each([
  ['systemd/service/nginx', 'systemd/service/nginx'],
  ['service.nginx', 'systemd/service/nginx'],
  ['${service.nginx}', 'systemd/service/nginx'],
  ['http://${service.nginx.address}:80/', 'systemd/service/nginx'],
  ['restart (service.nginx), please', 'systemd/service/nginx'],
  ['See service.nginx.', 'systemd/service/nginx'],
  ['${service.nginx.backup.port}', 'systemd/service/nginx.backup'],
  [`x=${STACK}/systemd/service/nginx`, 'systemd/service/nginx'],
  ['file./etc/nginx/nginx.conf', 'file_ops/file//etc/nginx/nginx.conf'],
  [`${STACK}/net/port/80`, 'net/port/80'],
  [`${STACK}/fw/rule/allow https`, 'fw/rule/allow https'],
])('%s is a reference', (text, expected) => {
  expect(named(text)).toEqual([expected]);
});

test.each([
  'nginx',
  '/etc/nginx/nginx.conf',
  'myservice.nginx',
  'service.nginxx',
  'Service.nginx',
  '/systemd/service/nginx',
  'systemd/service/nginx/logs',
  'admin@service.nginx',
  'service',
  'port.80',
  'flag.true',
  'a.b.cdef',
  `other/${STACK}/systemd/service/nginx`,
  true,
  80,
  null,
])('%s is none', text => {
  expect(named(text)).toEqual([]);
});

test('nothing is inferred that is recorded already, twice, or of a resource to itself', () => {
  const self = { ...nginx, properties: { a: 'service.nginx' } };
  const twice = resource('m', 't', 'twice', [
    'service.nginx',
    ['systemd/service/nginx', 'file./etc/nginx/nginx.conf'],
  ]);
  expect(inferredEdges([self, config, twice], [{ from: twice.id, to: config.id }])).toEqual([
    { from: twice.id, to: nginx.id },
  ]);
});

test('names may be anything, and only resources of the stack are ever named', () => {
  const anything = fc.record({
    module: fc.string(),
    type: fc.string(),
    name: fc.string(),
    properties: fc.jsonValue(),
  });
  fc.assert(
    fc.property(fc.array(anything), all => {
      const resources = all.map(each => resource(each.module, each.type, each.name, each.properties));
      const ids = new Set(resources.map(({ id }) => id));
      for (const { from, to } of inferredEdges(resources, [])) {
        expect(ids).toContain(from);
        expect(ids).toContain(to);
        expect(from).not.toBe(to);
      }
    }),
  );
});

test('a name that begins in a million ways is looked up once', () => {
  const long = resource('m', 't', 'long', ['a.'.repeat(1_000_000), new Array(1_000_000).fill(0)]);
  const many = Array.from({ length: 10_000 }, (_, index) =>
    resource('m', 'kind', `name-${index}`, `kind.name-${index + 1}`),
  );
  expect(inferredEdges([...many, long], [])).toHaveLength(9_999);
});
