import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clean, cleanJson, cleanLines, isSecretName, MASK } from '../../../src/base/clean.ts';

const CANARY = 'cAnArY7f3a9b2c';

describe('clean', () => {
  it('masks secrets in every form people write them', () => {
    const texts = [
      `password=${CANARY}`,
      `PASSWORD: "${CANARY} with spaces"`,
      `login failed with --password ${CANARY} on web01`,
      `DB_PASSWORD=${CANARY};next=1`,
      `postgres://shop:${CANARY}@db:5432/shop`,
      `https://:${CANARY}@registry.example.com/v2`,
      `Authorization: Bearer ${CANARY}`,
      `authorization: basic ${CANARY}==`,
      `SWMTKN-1-${CANARY}-abc`,
      `token ghp_${CANARY}0123456789`,
      `{"api_key":"${CANARY}","a":1}`,
      `'client_secret' => '${CANARY}'`,
      `-----BEGIN OPENSSH PRIVATE KEY-----\n${CANARY}\n-----END OPENSSH PRIVATE KEY-----`,
      `key eyJhbGciOiJI.${CANARY}payload.sig`,
      `root_pass=${CANARY}`,
      `${CANARY}AbCdEf0123456789xyzXYZ`,
      `pwd=${CANARY}`,
      `token:${CANARY}`,
      `pass\u0000word=${CANARY}`,
      `pass\u200bword=${CANARY}`,
    ];
    for (const text of texts) {
      expect(clean(text), text).not.toContain(CANARY);
      expect(cleanLines(text), text).not.toContain(CANARY);
    }
  });

  it('leaves what is no secret as it is', () => {
    const texts = [
      'Deployed 2 services to swarm',
      'sha256:4f2c9ab7d0e1c2b3a4958677f6e5d4c3b2a190804f2c9ab7d0e1c2b3a4958677',
      '4f2c9ab7d0e1c2b3a4958677f6e5d4c3b2a19080',
      '7b0f4f0e-3f7e-4f6c-9a55-0c1d5e2a9b11/pkg/package/nginx',
      'myapp/web:v1.0.0',
      'http://api:4000/health',
      '2026-07-18T09:30:12.345678901-04:00',
      'Größe: 3 × „web“',
      '日本語',
    ];
    for (const text of texts) expect(clean(text)).toBe(text);
  });

  it('masks the values it is told of', () => {
    expect(clean('connect to hunter2-db', 300, ['hunter2-db'])).toBe(`connect to ${MASK}`);
  });

  it('makes one bounded line without control and bidirectional characters', () => {
    expect(clean('a\u202eb\u2066c\u0007d')).toBe('abcd');
    expect(clean('\u001b[31mred\u001b[0m \u001b]8;;http://x\u0007link')).toBe('red link');
    expect(clean('one\n\n  two\tthree\r\nfour')).toBe('one two three four');
    expect(clean('x'.repeat(1000), 10)).toBe(`${'x'.repeat(9)}…`);
    expect(clean({ a: 1 })).toBe('');
    expect(clean('\ud800')).toBe('\ufffd');
  });

  it('never lets a control character through, whatever comes in', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), text => {
        const result = clean(text, 100);
        expect(result.length).toBeLessThanOrEqual(100);
        expect(result).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2066-\u2069]/);
        expect(result.isWellFormed()).toBe(true);
      }),
    );
  });

  it('takes time in proportion to the text, whatever stands in it', () => {
    const words = [
      'eyJ',
      'a-',
      'token',
      'password ',
      ' ',
      '\t',
      '://',
      'x',
      '-----BEGIN PRIVATE KEY-----',
      '\u001b]',
      'a_pass',
      'bearer ',
    ];
    for (const word of words) {
      const time = (length: number): number => {
        const text = word.repeat(Math.ceil(length / word.length));
        const start = performance.now();
        cleanLines(text);
        return performance.now() - start;
      };
      time(2_000); // warm
      // Quadratic behaviour would be a factor of 10,000, proportion is 100.
      expect(time(200_000) / Math.max(0.5, time(2_000)), word).toBeLessThan(1_000);
    }
  });

  it('keeps the lines of a longer text', () => {
    expect(cleanLines('a\r\nb\u001b[1m\n\tc')).toBe('a\nb\n\tc');
  });
});

describe('cleanJson', () => {
  it('masks by name, at any depth', () => {
    const value = {
      ansible_password: CANARY,
      ansible_become_pass: CANARY,
      nested: [{ apiToken: CANARY, db: { 'root-pass': CANARY } }],
      encryption_salt: CANARY,
      private_key: { pem: CANARY },
      secret: CANARY,
      api_keys: [CANARY],
    };
    expect(JSON.stringify(cleanJson(value))).not.toContain(CANARY);
  });

  it('keeps what only sounds like a secret', () => {
    const value = {
      ssh_private_key_file: '~/.ssh/id',
      token_env: 'DO_TOKEN',
      replicas: 3,
      enabled: true,
      none: null,
    };
    expect(cleanJson(value)).toEqual(value);
  });

  it('survives depth, size and names that poison objects', () => {
    let deep: unknown = 'x';
    for (let level = 0; level < 5000; level++) deep = [deep];
    expect(JSON.stringify(cleanJson(deep)).length).toBeLessThan(200);
    expect(cleanJson(JSON.parse('{"__proto__":{"polluted":1}}'))).toEqual(
      JSON.parse('{"__proto__":{"polluted":1}}'),
    );
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
    expect((cleanJson(Array.from({ length: 10_000 }, (_, index) => index)) as number[]).length).toBe(500); // a list stays one
  });
});

describe('isSecretName', () => {
  it.each([
    'password',
    'ansible_ssh_pass',
    'DB_PASSWD',
    'apiKey',
    'access_key_id',
    'GITHUB_TOKEN',
    'client-secret',
    'salt',
  ])('%s', name => expect(isSecretName(name)).toBe(true));
  it.each([
    'compass',
    'bypass_cache',
    'ssh_private_key_file',
    'token_env',
    'monkey',
    'keyboard',
    'passenger',
  ])('not %s', name => expect(isSecretName(name)).toBe(false));
});
