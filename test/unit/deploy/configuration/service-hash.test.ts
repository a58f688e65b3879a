import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { AppService } from '../../../../src/deploy/configuration/application.ts';
import { changedSettings, settingsOf } from '../../../../src/deploy/configuration/service-hash.ts';
import { read, readOne, tako } from '../configured.ts';

const WHOSE = { project: 'shop', environment: 'production' };
const PARTS = [
  'image: x',
  'port: 3000',
  'ports: ["53:53/udp"]',
  'env: { A: "1", B: "2" }',
  'labels: { a: b, c: d }',
  'volumes: ["d:/d", "/srv:/srv:ro"]',
  'proxy: { domain: a.test }',
  'healthCheck: { path: / }',
  'command: [run]',
  'user: app',
  'resources: { memory: 1g, cpus: "1" }',
  'stopGracePeriod: 5s',
  'deploy: { strategy: recreate }',
];

const written = (parts: readonly string[]): string => `{ ${parts.join(', ')} }`;

function changed(before: AppService, now: AppService): readonly string[] {
  return changedSettings(settingsOf(before, WHOSE), settingsOf(now, WHOSE));
}

describe('the hash of a service', () => {
  test('is the same however the file is ordered', async () => {
    const { hash } = await readOne(written(PARTS));
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray(PARTS, { minLength: PARTS.length }), async parts => {
        expect((await readOne(written(parts))).hash).toBe(hash);
      }),
      { numRuns: 20 },
    );
    const other = [
      'env: { B: "2", A: 1 }',
      'labels: { c: d, a: b }',
      'volumes: ["/srv:/srv:ro", "d:/d"]',
      'stopGracePeriod: 5000ms',
    ];
    const names = other.map(each => each.split(':')[0]);
    const rest = PARTS.filter(each => !names.includes(each.split(':')[0]));
    expect((await readOne(written([...rest, ...other]))).hash).toBe(hash);
  });

  test('is another one for whatever makes another container, and no other', async () => {
    const base = await readOne(written(PARTS));
    const with_ = async (from: string, to: string): Promise<AppService> => {
      const text = written(PARTS);
      expect(text).toContain(from);
      return readOne(text.replace(from, to));
    };
    const another: readonly (readonly [from: string, to: string, told: readonly string[]])[] = [
      ['port: 3000', 'port: 3001', ['ports', 'routes']],
      ['53:53/udp', '53:53/tcp', ['ports']],
      ['A: "1"', 'A: "3"', ['variable A']],
      ['A: "1", ', '', ['variable A']],
      ['a: b', 'a: b, e: f', ['label e']],
      ['d:/d', 'd:/e', ['volume at /d', 'volume at /e']],
      ['/srv:ro', '/srv', ['volume at /srv']],
      ['domain: a.test', 'domain: b.test', ['domains', 'routes']],
      ['path: /', 'path: /health', ['health', 'routes']],
      ['[run]', '[run, now]', ['command']],
      ['user: app', 'user: root', ['user']],
      ['memory: 1g', 'memory: 2g', ['limits']],
      ['5s', '6s', ['time to stop']],
    ];
    for (const [from, to, told] of another) {
      const service = await with_(from, to);
      expect(service.hash, to).not.toBe(base.hash);
      expect([...changed(base, service)].sort(), to).toEqual(told);
    }
    const same: readonly (readonly [from: string, to: string, told: readonly string[]])[] = [
      ['image: x', 'image: y', ['image']],
      ['image: x', 'build: { context: ., args: { A: b } }', ['build', 'image']],
      ['image: x', 'image: x, placement: { strategy: pinned, servers: [web01] }', ['servers']],
      ['strategy: recreate', 'strategy: recreate, release: { command: [migrate] }', ['hooks']],
    ];
    for (const [from, to, told] of same) {
      const service = await with_(from, to);
      expect(service.hash, to).toBe(base.hash);
      expect([...changed(base, service)].sort(), to).toEqual(told);
    }
    expect(changed(base, await readOne(written(PARTS)))).toEqual([]);
    const [one, two] = [await readOne('{ image: x }'), await readOne('{ image: x, replicas: 2 }')];
    expect(two.hash).toBe(one.hash);
    expect(changed(one, two)).toEqual(['replicas']);
  });

  test('is another one in another environment, and for another secret', async () => {
    const service = '{ image: x, secrets: [PIN] }';
    const hashWith = async (pin: string, project = 'shop'): Promise<string | undefined> => {
      const files = tako({ web: service });
      const { application } = await read(
        { 'tako.yaml': files['tako.yaml'].replace('name: shop', `name: ${project}`) },
        { variables: { PIN: pin } },
      );
      return application?.services[0]?.hash;
    };
    const hashes = [await hashWith('1234'), await hashWith('1235'), await hashWith('1234', 'shop2')];
    expect(new Set(hashes).size).toBe(3);
    expect(hashes[0]).toBe(await hashWith('1234'));
  });

  test('and what is kept of settings holds no value', async () => {
    const service = await readOne(
      '{ image: x, env: { API_TOKEN: "v3ry-s3cret" }, labels: { constructor: "v3ry-s3cret" } }',
    );
    expect(JSON.stringify(settingsOf(service, WHOSE))).not.toContain('s3cret');
    expect(Object.keys(settingsOf(service, WHOSE))).toContain('variable API_TOKEN');
  });

  test('nothing is named that did not change, and what did is named but for one in 256', async () => {
    const base = await readOne('{ image: x }');
    const kept = (value: string): Readonly<Record<string, string>> =>
      settingsOf(
        {
          ...base,
          environment: new Map([
            ['A', 'a'],
            ['X', value],
          ]),
        },
        WHOSE,
      );
    const before = kept('');
    let named = 0;
    for (let pin = 0; pin < 10_000; pin++) {
      const names = changedSettings(before, kept(String(pin)));
      if (names.length > 0) expect(names).toEqual(['variable X']);
      named += names.length;
    }
    expect(named).toBeGreaterThan(9_900);
    // So that a guess is right for dozens of all passwords this short.
    expect(named).toBeLessThan(9_990);
  });
});
