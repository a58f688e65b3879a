import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { detected, type Setup } from '../../../src/upgrade/detection.ts';

const SAMPLES = path.join(import.meta.dirname, '../../samples/tako/etc-tako');

interface Answer {
  readonly file?: string;
  readonly state?: string;
  readonly more?: readonly string[];
}

/** What the script prints. */
function answer({ file, state = file === undefined ? 'absent' : 'file', more = [] }: Answer): string {
  const json =
    file === undefined
      ? []
      : [`version-json\t${Buffer.from(file).toString('base64')}`, 'version-digest\tabc'];
  return ['detect\t1', 'user\t0', `version-file\t${state}`, ...json, ...more, 'end\t1', ''].join('\n');
}

const setup = (given: Answer): Setup => detected({ code: 0, out: answer(given), err: '' }).setup;

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

  test.for<readonly [Answer, Setup['kind']]>([
    [{}, 'not-set-up'],
    [{ more: ['setup-complete\t1763285412'] }, 'legacy'],
    [{ more: ['setup-complete\t'] }, 'legacy'],
    [{ more: ['takod\t/usr/local/bin/takod'] }, 'takod'],
    [{ file: '{"version": "1.1.0", "own": [1.0, null]}' }, 'versioned'],
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
  ])('%j is %s', ([given, kind]) => {
    expect(setup(given).kind).toBe(kind);
  });

  test('is unknown wherever the answer was cut off, and never throws', () => {
    const whole = answer({ file: '{"version": "1.1.0"}', more: ['setup-complete\t1', 'feature\tnginx'] });
    for (let length = 0; length < whole.trimEnd().length - '\t1'.length; length++) {
      expect(detected({ code: 255, out: whole.slice(0, length), err: 'lost' }).setup.kind).toBe('unknown');
    }
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        out => detected({ code: 0, out, err: '' }).setup.kind === 'unknown',
      ),
    );
  });

  test('comes with components, features, backups and the newest run', () => {
    const more = [
      ...['component\tdocker 20.10.24', 'feature\tnginx', 'backup\tbackup-20260101-000000', 'backup\tmine'],
      ...[
        'journal\t2026-01-01T00:00:00Z run-7 started',
        'journal\t2026-01-01T00:00:01Z run-7 begin 1.1.0',
        'run\tactive',
      ],
    ];
    const { components, features, backups, run } = detected({ code: 0, out: answer({ more }), err: '' });
    expect({ components: [...components], features, backups, run }).toEqual({
      components: [['docker', '20.10.24']],
      features: ['nginx'],
      backups: ['backup-20260101-000000'],
      run: { id: 'run-7', events: ['started', 'begin 1.1.0'], active: true },
    });
  });
});
