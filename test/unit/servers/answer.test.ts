import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Setup } from '../../../src/state/observed.ts';
import { answer, answerTo, printed, type Told } from './answers.ts';

const SAMPLES = path.join(import.meta.dirname, '../../samples/tako/etc-tako');

const MANY = Array.from({ length: 300 }, (_, index) => `mine-${index}`);

const setup = (told: Told): Setup => answer(told).setup;

describe('How a server was set up', () => {
  test.for(readdirSync(SAMPLES))('is read of %s', name => {
    const file = readFileSync(path.join(SAMPLES, name), 'utf8');
    const isOld = name.includes('v0.0.1');
    const found = setup({ file });
    expect([found.kind, 'version' in found && found.version]).toEqual(
      isOld ? ['versioned', '1.2.0'] : ['takod', '1.2.1'],
    );
    if (found.kind !== 'versioned') return;
    const never = name.includes('after-upgrade') ? found.record.installed : found.record.lastUpgrade;
    expect(never).toEqual({ text: '0001-01-01T00:00:00Z', at: undefined });
  });

  test.for<readonly [Told, Setup['kind']]>([
    [{}, 'not-set-up'],
    [{ more: ['setup-complete\t1763285412'] }, 'legacy'],
    [{ more: ['setup-complete\t'] }, 'legacy'],
    [{ more: ['takod\t/usr/local/bin/takod'] }, 'takod'],
    [{ file: '{"version": "1.1.0", "own": [1.0, null]}' }, 'versioned'],
    [{ file: JSON.stringify({ version: '1.1.0', features: MANY }) }, 'versioned'],
    [{ file: JSON.stringify({ version: '1.1.0', features: [...MANY, 'tako-proxy'] }) }, 'takod'],
    [{ file: '{"version": "v2.3.4", "features": null, "components": null}' }, 'versioned'],
    [{ file: '' }, 'damaged'],
    [{ file: '{"version": "1.1' }, 'damaged'],
    [{ file: '[]' }, 'damaged'],
    [{ file: '{"version": ""}' }, 'damaged'],
    [{ file: '{"version": "latest"}' }, 'damaged'],
    [{ file: '{"version": 1.2}' }, 'damaged'],
    [{ state: 'other' }, 'damaged'],
    [{ state: 'closed' }, 'unknown'],
    [{ state: 'file' }, 'unknown'],
    [{ state: 'something new' }, 'unknown'],
  ])('%j is %s', ([told, kind]) => {
    expect(setup(told).kind).toBe(kind);
  });

  test('is unknown wherever the answer was cut off, and never throws', () => {
    const whole = printed({ file: '{"version": "1.1.0"}', more: ['setup-complete\t1', 'feature\tnginx'] });
    for (let length = 0; length < whole.trimEnd().length - '\t1'.length; length++) {
      expect(answerTo(whole.slice(0, length), 'lost').setup.kind).toBe('unknown');
    }
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), output => answerTo(output).setup.kind === 'unknown'),
    );
  });
});

test('An answer has images, whole swarm services, and who holds an environment by the clock there', () => {
  const id = (digit: string): string => `sha256:${digit.repeat(64)}`;
  const service = (image: string, more: object = {}): string =>
    JSON.stringify({
      ID: 'abcdef',
      Spec: { Name: 'shop_web', TaskTemplate: { ContainerSpec: { Image: image } } },
      ...more,
    });
  const holder = Buffer.from('ab12\n1000 300\n{"by":"ana","operation":"Deploy shop","release":"r-9"}\n');
  const hold = (times: string): string => `hold\tshop/production ${times} ${holder.toString('base64')}`;
  const more = [
    'docker\t{"version":"20.10","swarm":"active","manager":true}',
    'images\tnewest',
    `image\t${id('1')} 1.23GB shop/web:new`,
    `image\t${id('2')} 12kB <none>:<none>`,
    `image\t${id('1')} 1.23GB localhost:5000/shop/web:new`,
    'image\tcut off',
    'tasks\tabcdef 1/2',
    `service\t${service(`shop/web:new@${id('3')}`, { UpdateStatus: { State: 'paused' } })}`,
    'task\t{"Name":"shop_web.1","Node":"web1","CurrentState":"Running 3 days ago","Error":"","Image":"shop/web:new"}',
    'task\t{"Name":"shop_web.2","Node":"","CurrentState":"Pending 3 days ago","Error":"no suitable node","Image":"shop/web:new"}',
    'task\t{"Name":"shop_worker.1","Node":"web1","CurrentState":"Running"}',
    'node\t{"Hostname":"web1","Status":"Ready","Availability":"Active"}',
    'deployed\tshop/production r-9 r-8 ',
    'deployed\tnot a name',
  ];
  const found = answer({ more: [...more, hold('2000 1950 no')] });
  expect(found).toMatchObject({
    images: [
      { id: id('1'), references: ['shop/web:new', 'localhost:5000/shop/web:new'], bytes: 1_230_000_000 },
      { id: id('2'), references: [], bytes: 12_000 },
    ],
    services: [
      {
        name: 'shop_web',
        imageId: id('1'),
        running: 1,
        desired: 2,
        update: 'paused',
        tasks: [
          { node: 'web1', state: 'running', image: 'shop/web:new' },
          { state: 'pending', image: 'shop/web:new', error: 'no suitable node' },
        ],
      },
    ],
    nodes: [{ name: 'web1', state: 'ready', availability: 'active' }],
    deploying: ['production of shop · ana · Deploy shop'],
    // It is second 2000 there and 102 here.
    deployed: [
      {
        project: 'shop',
        environment: 'production',
        releases: ['r-9', 'r-8'],
        hold: {
          token: 'ab12',
          by: 'ana',
          operation: 'Deploy shop',
          release: 'r-9',
          isOver: false,
          since: -898_000,
          lastSign: 52_000,
          until: 352_000,
        },
      },
    ],
  });
  const holdAt = (times: string) => answer({ more: [...more, hold(times)] }).deployed?.[0]?.hold;
  expect(holdAt('2000 1500 no')).toMatchObject({ lastSign: -398_000, isOver: true });
  expect(holdAt('2000 1500 yes')).toMatchObject({ lastSign: 102_000, isOver: false });
  expect(answer({ more: [...more, hold('2000 1500 no')] }).deploying).toEqual([]);
  expect(answer({ more: ['docker\tsilent'] })).not.toHaveProperty('images');
  expect(answer({ more: ['docker\t{"version":"20.10"}', 'images\tnewest'] }).images).toEqual([]);
});

test('An answer has components, features, backups and the newest run', () => {
  const more = [
    'component\tnginx 1.22.1',
    'feature\tnginx',
    'backup\tbackup-20260101-000000',
    'backup\tmine',
    'journal\t2026-01-01T00:00:00Z run-7 started',
    'journal\t2026-01-01T00:00:01Z run-7 begin 1.1.0',
    'run\tactive',
  ];
  expect(answer({ more })).toMatchObject({
    components: { nginx: '1.22.1' },
    features: ['nginx'],
    backups: ['backup-20260101-000000'],
    run: {
      id: 'run-7',
      active: true,
      state: 'underway',
      step: '1.1.0',
      last: 'begin 1.1.0',
      at: Date.UTC(2026, 0, 1, 0, 0, 1),
    },
  });
});
