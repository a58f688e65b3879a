import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { PublishedPort, Volume } from '../../../src/deploy/configuration/application.ts';
import { read, readOne, tako, toldOf } from './configured.ts';

const BAD_PORT = 'error 7: web.ports[0] is not a port like 8080, 8080:80 or 127.0.0.1:8080:80/udp.';

async function ports(...written: readonly unknown[]): Promise<readonly PublishedPort[]> {
  return (await readOne(`{ image: x, ports: ${JSON.stringify(written)} }`)).ports;
}

describe('ports', () => {
  test.each<readonly [unknown, readonly PublishedPort[]]>([
    [8080, [{ container: 8080, host: 8080, protocol: 'tcp' }]],
    ['8080', [{ container: 8080, host: 8080, protocol: 'tcp' }]],
    ['8080:80', [{ container: 80, host: 8080, protocol: 'tcp' }]],
    ['53:53/UDP', [{ container: 53, host: 53, protocol: 'udp' }]],
    ['127.0.0.1:8080:80', [{ container: 80, host: 8080, address: '127.0.0.1', protocol: 'tcp' }]],
    ['[::1]:8080:80/tcp', [{ container: 80, host: 8080, address: '::1', protocol: 'tcp' }]],
    [
      '8000-8001:9000-9001',
      [
        { container: 9000, host: 8000, protocol: 'tcp' },
        { container: 9001, host: 8001, protocol: 'tcp' },
      ],
    ],
    [
      { target: 80, published: 8080, protocol: 'udp', host_ip: '::1' },
      [{ container: 80, host: 8080, address: '::1', protocol: 'udp' }],
    ],
    [{ target: 80 }, [{ container: 80, protocol: 'tcp' }]],
  ])('%j', async (written, expected) => {
    expect(await ports(written)).toEqual(expected);
  });

  test('that where it answers comes first, also where it is published', async () => {
    const { ports: both } = await readOne('{ image: x, port: 80, ports: ["53:53", "8080:80"] }');
    expect(both).toEqual([
      { container: 80, host: 8080, protocol: 'tcp' },
      { container: 53, host: 53, protocol: 'tcp' },
    ]);
    const { ports: inside } = await readOne('{ image: x, port: 3000, ports: ["53:53"] }');
    expect(inside).toEqual([
      { container: 3000, protocol: 'tcp' },
      { container: 53, host: 53, protocol: 'tcp' },
    ]);
  });

  test.each([
    '',
    '0',
    '65536',
    '80:0',
    '80:',
    ':80',
    '80/sctp',
    '80/tcp/udp',
    'http',
    '-80',
    '8e1',
    '1.2:80',
    '1.2.3.4:80',
    '::1:80:80',
    '1.2.3.256:80:80',
    '[1.2.3.4]:80:80',
    '[::1]:80',
    '10-5',
    '1-3:1-2',
    '80:80 --privileged',
    '80:80\n--privileged',
    '$(id):80:80',
  ])('%j is none', async written => {
    expect(await toldOf(`{ image: x, ports: [${JSON.stringify(written)}] }`)).toEqual([BAD_PORT]);
  });

  test('a range has an end', async () => {
    expect(await toldOf('{ image: x, ports: ["1-60000"] }')).toEqual([
      'error 7: web.ports[0] is not a range of at most 100 ports.',
    ]);
  });

  test('whatever is written as Docker writes it comes back as it was', async () => {
    const port = fc.record(
      {
        container: fc.integer({ min: 1, max: 65_535 }),
        host: fc.integer({ min: 1, max: 65_535 }),
        address: fc.oneof(fc.ipV4(), fc.ipV6()),
        protocol: fc.constantFrom('tcp' as const, 'udp' as const),
      },
      { requiredKeys: ['container', 'host', 'protocol'] },
    );
    await fc.assert(
      fc.asyncProperty(port, async ({ container, host, address, protocol }) => {
        const at = address === undefined ? '' : address.includes(':') ? `[${address}]:` : `${address}:`;
        const expected = { container, host, ...(address !== undefined && { address }), protocol };
        expect(await ports(`${at}${host}:${container}/${protocol}`)).toEqual([expected]);
      }),
      { numRuns: 60 },
    );
  });

  test('whatever is written, what comes of it are ports', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(fc.string(), fc.stringMatching(/^[0-9:.[\]/tcpud-]{0,30}$/)),
        async written => {
          const { application } = await read(
            tako({ web: `{ image: x, ports: [${JSON.stringify(written)}] }` }),
          );
          for (const { container, host, address = '' } of application?.services[0]?.ports ?? []) {
            expect(container).toBeGreaterThan(0);
            expect(host).toBeLessThan(65_536);
            expect(address).toMatch(/^[0-9a-f:.]*$/i);
          }
        },
      ),
      { numRuns: 150 },
    );
  });
});

async function volumes(written: string, more = ''): Promise<readonly Volume[] | readonly string[]> {
  const { application, told } = await read(
    tako({ web: `{ image: x, volumes: [${JSON.stringify(written)}] }` }, more),
  );
  return told.length > 0 ? told : (application?.services[0]?.volumes ?? []);
}

describe('volumes', () => {
  test.each<readonly [string, Volume]>([
    ['data:/var/lib/data', { source: 'shop_production_data', target: '/var/lib/data', readOnly: false }],
    ['data:/var/lib/data:ro', { source: 'shop_production_data', target: '/var/lib/data', readOnly: true }],
    ['/srv/data:/data', { source: '/srv/data', target: '/data', readOnly: false }],
    ['/srv/data:/data:rw', { source: '/srv/data', target: '/data', readOnly: false }],
    ['/var/lib/data', { source: 'shop_production__var_lib_data', target: '/var/lib/data', readOnly: false }],
  ])('%s', async (written, expected) => {
    expect(await volumes(written)).toEqual([expected]);
  });

  test('that are defined have the name that is defined', async () => {
    const defined =
      'volumes: { a: { name: own }, b: { external: true }, c: { driver: local }, d: { driver: nfs } }';
    const sourceOf = async (name: string): Promise<unknown> => (await volumes(`${name}:/d`, defined))[0];
    expect(await sourceOf('a')).toMatchObject({ source: 'own' });
    expect(await sourceOf('b')).toMatchObject({ source: 'b' });
    expect(await sourceOf('c')).toMatchObject({ source: 'shop_production_c' });
    expect(await sourceOf('d')).toMatch(/^error 8: volumes.d has a driver or options/);
  });

  test.each(['./data:/data', '../x:/data', '~/x:/data', 'C:\\x:/data', 'nfs:share:/data', 'a b:/data'])(
    '%s has no place on a server',
    async written => {
      expect(await volumes(written)).toEqual([expect.stringMatching(/^error 7: web.volumes\[0\] is n/)]);
    },
  );

  test.each([
    '',
    'data',
    'data:',
    'data:data',
    ':/data',
    'a:/b:ro:x',
    'a:/b:exec',
    'a:/b,readonly',
    'a:/b",source=/',
    '/a\n:/b',
    '/\u0000:/b',
  ])('%j is none', async written => {
    expect(await volumes(written)).toEqual([expect.stringMatching(/^error 7: web.volumes\[0\] is not /)]);
  });

  test('whatever is written, what is mounted is a name or a whole path', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.string(), fc.stringMatching(/^[a-z/:.,~-]{0,20}$/)), async written => {
        const { application } = await read(
          tako({ web: `{ image: x, volumes: [${JSON.stringify(written)}] }` }),
        );
        for (const { source, target } of application?.services[0]?.volumes ?? []) {
          expect(source).toMatch(/^(\/[^:,"\u0000-\u001f]*|[A-Za-z0-9][\w.-]*)$/);
          expect(target).toMatch(/^\/[^:,"\u0000-\u001f]*$/);
        }
      }),
      { numRuns: 150 },
    );
  });
});

describe('the environment', () => {
  test('is made of files, of what is written, and of secrets, each over the one before', async () => {
    const { application, told } = await read(
      {
        ...tako({
          web: '{ image: x, envFile: a.env, envFiles: [b.env, c/c.env], env: { B: written, N: 1.10, YES: true, NONE: , V: "${V}" }, secrets: [S, ALIAS:OTHER] }',
        }),
        '.env': 'V=from-env-file\nS=sss-123456\nOTHER=ooo-123456\nPLAIN=unused',
        'a.env': '# a comment\nA=1\nexport B=a\nC="two words"\nS=lost',
        'b.env': "C='${PLAIN}'\nD=x # remark",
        'c/c.env': 'E=${MINE}',
      },
      { variables: { MINE: 'of this machine', V: 'of this machine' } },
    );
    expect(told).toEqual([]);
    expect(Object.fromEntries(application?.services[0]?.environment ?? [])).toEqual({
      A: '1',
      B: 'written',
      C: 'unused',
      D: 'x # remark',
      E: 'of this machine',
      N: '1.10',
      YES: 'true',
      NONE: '',
      V: 'of this machine',
      S: 'sss-123456',
      ALIAS: 'ooo-123456',
    });
    expect(application?.secrets).toEqual(
      expect.arrayContaining(['sss-123456', 'ooo-123456', 'of this machine']),
    );
  });

  test('may be a list', async () => {
    const { environment } = await readOne('{ image: x, env: ["A=1", "B=a=b", "C="] }');
    expect([...environment]).toEqual([
      ['A', '1'],
      ['B', 'a=b'],
      ['C', ''],
    ]);
  });

  test('a secret of a word alone is masked, too', async () => {
    const { application } = await read(tako({ web: '{ image: x, secrets: [SESSION] }' }), {
      variables: { SESSION: 'password' },
    });
    expect(application?.secrets).toContain('password');
  });

  test.each([
    [
      '{ image: x, secrets: [GONE] }',
      'error 7: The secret GONE has no value: it is neither in the environment nor in .env. What Tako keeps in .tako/secrets is never read here; set it in one of them.',
    ],
    ['{ image: x, env: { "A B": 1 } }', 'error 7: A B is no name of an environment variable.'],
    ['{ image: x, env: { "-e": 1 } }', undefined],
    ['{ image: x, env: ["A"] }', 'error 7: web.env[0] is not a variable like NAME=value.'],
    ['{ image: x, env: { A: [1] } }', 'error 7: web.env.A is not a text.'],
    ['{ image: x, env: { A: "a\\0b" } }', 'error 7: web.env.A is not a text.'],
    [
      '{ image: x, env: { A: "${constructor}" } }',
      'error 7: ${constructor} has no value: it is neither in the environment nor in .env.',
    ],
    [
      '{ image: x, env: { A: "${GONE:-else}" } }',
      'error 7: ${GONE:-else} has no value: it is neither in the environment nor in .env.',
    ],
    ['{ image: x, envFile: gone.env }', 'error 7: web.envFile names gone.env, which is not there.'],
    [
      '{ image: x, envFile: ../../etc/hostname }',
      expect.stringMatching(/^error 7: web.envFile names .*, which is not/),
    ],
    [
      '{ image: x, envFile: /etc/passwd }',
      expect.stringMatching(/, which is not read: it lies outside of the project, or in .tako.$/),
    ],
    [
      '{ image: x, envFile: .tako/secrets }',
      expect.stringMatching(/, which is not read: it lies outside of the project, or in .tako.$/),
    ],
    [
      '{ image: x, envFile: needs.env }',
      'error 7: ${GONE} has no value: it is neither in the environment nor in .env.',
    ],
  ])('%s', async (service, expected) => {
    const files = { '.tako/secrets': 'GONE=really-secret', 'needs.env': 'A=${GONE}' };
    expect(await toldOf(service, files)).toEqual(expected === undefined ? [] : [expected]);
  });

  test('a value is byte for byte what a file says, whatever it says', async () => {
    const value = fc
      .string({ unit: 'binary' })
      .filter(each => !/[\0\r\n]|\$\{/.test(each) && each.isWellFormed());
    await fc.assert(
      fc.asyncProperty(value, async each => {
        const { environment } = await readOne('{ image: x, envFile: a.env }', {
          'a.env': `A='${each}'\nB=1`,
        });
        expect(environment.get('A')).toBe(each);
        expect(environment.get('B')).toBe('1');
      }),
      { numRuns: 60 },
    );
  });

  test('a # in quotes is one, and a comment of a script names no variable', async () => {
    const hash = await readOne('{ image: x, env: { HASH: "a #${WORD}" } }', {}, { variables: { WORD: 'b' } });
    expect(hash.environment.get('HASH')).toBe('a #b');
    const script =
      '\n        image: x\n        env:\n          S: |\n            # ${UNUSED:-x}\n            go';
    expect((await readOne(script)).environment.get('S')).toContain('# ${UNUSED:-x}\ngo');
  });

  test('a file is read as Tako reads it, and .env knows itself', async () => {
    const written =
      'PASSWORD=p#ss$1-long\nCOLOR=#ff0000\nMSG="say \\"hi\\" now"\nURL=postgres://${PASSWORD}@db\n';
    const { application, told } = await read({
      ...tako({ web: '{ image: x, envFile: a.env, secrets: [URL, MSG], env: { C: "${COLOR}" } }' }),
      '.env': written,
      'a.env': 'PASSWORD=p#ss$1-long\nOF=${PASSWORD}',
    });
    expect(told).toEqual([]);
    expect(Object.fromEntries(application?.services[0]?.environment ?? [])).toEqual({
      PASSWORD: 'p#ss$1-long',
      OF: 'p#ss$1-long',
      C: '#ff0000',
      URL: 'postgres://p#ss$1-long@db',
      MSG: String.raw`say \"hi\" now`,
    });
    expect(application?.secrets).toEqual(
      expect.arrayContaining(['p#ss$1-long', 'postgres://p#ss$1-long@db', String.raw`say \"hi\" now`]),
    );
  });

  test('of a value of several lines, which Tako reads one of, every line is masked', async () => {
    const { application } = await read({
      ...tako({ web: '{ image: x }' }),
      '.env': 'KEY="-----BEGIN-----\nAbc+1234567/\n-----END-----"\nA=${GONE}',
    });
    expect(application?.secrets).toEqual(expect.arrayContaining(['Abc+1234567/', '"-----BEGIN-----']));
  });

  test('a reference in .env to what has no value is told', async () => {
    const { told } = await read({ ...tako({ web: '{ image: x }' }), '.env': 'A=${GONE}' });
    expect(told).toEqual(['warning -: ${GONE} has no value: it is neither in the environment nor in .env.']);
  });

  test('nothing that is told holds a value', async () => {
    const { findings } = await read({
      ...tako({
        web: '{ image: "${X}", ports: ["${X}"], volumes: ["${X}"], user: "${X}", restart: "${X}", labels: { a: "${X}" }, envFile: "${X}", secrets: ["${X}"], env: ["${X}=1"], dependsOn: ["${X}"], port: 1, proxy: { domain: "${X}" } }',
      }),
      '.env': 'X=-sup3r-s3cret value',
    });
    expect(findings.length).toBeGreaterThan(4);
    expect(JSON.stringify(findings)).not.toContain('s3cret');
  });
});
