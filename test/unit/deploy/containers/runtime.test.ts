import { spawnSync } from 'node:child_process';
import { chmodSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { AppService } from '../../../../src/deploy/configuration/application.ts';
import { bareService } from '../../../../src/deploy/configuration/bare-service.ts';
import { settingsText } from '../../../../src/deploy/containers/settings.ts';
import { workspace } from '../../../kit/workspace.ts';

const FOLDER = path.join(import.meta.dirname, '../../../../src/deploy/scripts/containers');
const SHELLS = [['dash'], ['bash', '--posix'], ['busybox', 'sh']] as const;

const has = (program: string): boolean => spawnSync(program, ['--help']).error === undefined;

const web = bareService('web', { restart: 'always', hash: 'abc' });

/** What stands in for docker prints its arguments and the variables that it was asked for by name, then its input. */
const DOCKER = `#!/bin/bash
for each; do printf '%s\\0' "$each"; done
printf 'END\\0'
while [ $# -gt 0 ]; do
  [ "$1" != --env ] || { [[ $2 == *=* ]] && printf '%s\\0' "$2" || printf '%s=%s\\0' "$2" "\${!2}"; }
  shift
done
printf 'END\\0'
exec cat
`;

interface Created {
  readonly args: readonly string[];
  readonly environment: ReadonlyMap<string, string>;
}

/** What Docker would be asked to make of settings by a shell. */
function created(shell: readonly string[], service: AppService): Created {
  const { root } = workspace(onTestFinished);
  writeFileSync(path.join(root, 'docker'), DOCKER);
  chmodSync(path.join(root, 'docker'), 0o755);
  writeFileSync(path.join(root, 'settings'), settingsText(service, 'shop', 'production'));
  const [program = '', ...args] = shell;
  const { stdout, stderr, status } = spawnSync(
    program,
    [
      ...args,
      '-c',
      `PATH="$1:$PATH"; . "$1/settings"; with_image() { "$@" IMAGE; }
      environment | with_options with_service with_image with_command run_docker create --env-file /dev/stdin`,
      'sh',
      root,
    ],
    { maxBuffer: 10_000_000 },
  );
  expect([status, stderr.toString()]).toEqual([0, '']);
  const [words = '', named = '', input = ''] = stdout.toString().split(/(?<=^|\0)END\0/);
  const pairs = [...named.split('\0').slice(0, -1), ...input.split('\n').filter(Boolean)];
  return {
    args: words.split('\0').slice(0, -1),
    environment: new Map(
      pairs.map(each => [each.slice(0, each.indexOf('=')), each.slice(each.indexOf('=') + 1)]),
    ),
  };
}

const text = fc.string({ unit: 'binary' }).map(each => each.replaceAll('\0', '').toWellFormed());
const hostile = fc.oneof(
  text,
  fc.constantFrom(
    `'; exit 1; '`,
    '$(exit 1)',
    '`exit 1`',
    'a\nb',
    'a\r',
    '\n',
    ' # ',
    '\\',
    '"',
    '-e',
    '*',
    '# whole\n',
  ),
);
const name = fc.oneof(
  fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,10}$/),
  fc.stringMatching(/^[A-Za-z][A-Za-z0-9.-]{0,10}$/),
  fc.constantFrom('PATH', 'HOME', 'IFS', 'LD_PRELOAD', 'DOCKER_HOST', 'image', 'service', 'PWD', '_'),
);

describe('The settings of a service', () => {
  for (const shell of SHELLS) {
    test.skipIf(!has(shell[0]))(`arrive through ${shell[0]} byte for byte`, () => {
      fc.assert(
        fc.property(
          fc.uniqueArray(fc.tuple(name, hostile), { selector: ([each]) => each }),
          fc.array(hostile),
          fc.array(hostile),
          fc.uniqueArray(fc.tuple(name, hostile), { selector: ([each]) => each }),
          (variables, command, entrypoint, labels) => {
            const { args, environment } = created(shell, {
              ...web,
              environment: new Map(variables),
              labels: new Map(labels),
              command,
              ...(entrypoint.length > 0 && { entrypoint }),
            });
            expect(environment).toEqual(new Map(variables));
            const [first, ...rest] = entrypoint;
            expect(args.slice(args.indexOf('IMAGE') + 1)).toEqual([...rest, ...command]);
            if (first !== undefined) expect(args[args.indexOf('--entrypoint') + 1]).toBe(first);
            for (const [label, value] of labels) expect(args).toContain(`${label}=${value}`);
          },
        ),
        { numRuns: 40 },
      );
    });
  }

  test('say no value on a command line that can be said otherwise', () => {
    const secret = 'first\nsecond';
    const { args } = created(['sh'], {
      ...web,
      environment: new Map([
        ['A', 'plain'],
        ['B', secret],
      ]),
    });
    expect(args.join('\n')).not.toMatch(/plain|second/);
  });

  test('refuse names that no variable has', () => {
    for (const bad of ['', 'a b', '#a', 'a=b', 'a\nb'])
      expect(() =>
        settingsText({ ...web, environment: new Map([[bad, 'x']]) }, 'shop', 'production'),
      ).toThrow(expect.objectContaining({ code: 'not-a-name' }) as Error);
  });
});

describe('The scripts for containers', () => {
  const all = readdirSync(FOLDER);
  const before = ['base.sh', 'health.sh', 'put-back.sh', 'images.sh'];
  const whole = all
    .filter(each => !before.includes(each))
    .map(
      each =>
        [
          each,
          [...before, each].map(file => readFileSync(path.join(FOLDER, file), 'utf8')).join('\n'),
        ] as const,
    );

  test.skipIf(!has('shellcheck')).for(whole)('%s has nothing that shellcheck objects to', ([, input]) => {
    const { stdout } = spawnSync('shellcheck', ['-s', 'sh', '-'], { input, encoding: 'utf8' });
    expect(stdout).toBe('');
  });

  for (const [program, ...args] of SHELLS)
    test.skipIf(!has(program))(`are understood by ${program}`, () => {
      for (const [, input] of whole)
        expect(spawnSync(program, [...args, '-n'], { input, encoding: 'utf8' })).toMatchObject({
          stderr: '',
          status: 0,
        });
    });
});
