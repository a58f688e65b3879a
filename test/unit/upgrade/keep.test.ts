import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { sharedScript } from '../../../src/upgrade/migrations.ts';
import { workspace } from '../../kit/workspace.ts';

// Whoever asks whether it failed switches `set -e` off in it.
const KEEP = 'set -eu; STEP=/; . "$1/lib.sh"; cd /; keep "$1/kept" <"$1/paths" && echo kept || echo failed';

test.for(['none', 'mkdir', 'chmod', 'sort', 'cp', 'find', 'sha256sum', 'cmp', 'sync', 'mv'])(
  'What cannot be kept whole is not kept: %s fails',
  program => {
    const { root, file, write } = workspace(onTestFinished);
    write({
      'lib.sh': sharedScript('lib.sh'),
      paths: `${file('there')}\n${file('nowhere/file')}\n`,
      'there/file': 'x',
      [`bin/${program}`]: '#!/bin/sh\nexit 1\n',
    });
    spawnSync('chmod', ['755', file('bin', program)]);
    const { stdout } = spawnSync('sh', ['-c', KEEP, 'sh', root], {
      encoding: 'utf8',
      env: { PATH: `${file('bin')}:/usr/bin:/bin` },
    });
    expect(stdout).toBe(program === 'none' ? 'kept\n' : 'failed\n');
    expect(existsSync(file('kept'))).toBe(program === 'none');
  },
);
