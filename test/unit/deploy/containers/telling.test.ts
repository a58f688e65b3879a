import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { workspace } from '../../../kit/workspace.ts';

const BASE = readFileSync(
  path.join(import.meta.dirname, '../../../../src/deploy/scripts/containers/base.sh'),
  'utf8',
);
const SHELLS = [['dash'], ['bash'], ['busybox', 'sh']].filter(
  ([program = '']) => spawnSync(program, ['-c', ':']).error === undefined,
);

// An editor that was killed listens no more, in the middle of what it had begun.
test.for(SHELLS)(
  'in %s what was begun comes to its end, though nobody listens any more',
  async ([shell = '', ...args]) => {
    const { file } = workspace(onTestFinished);
    const script = `${BASE}
    tell stopped old
    read -r go
    tell started new && tell healthy new && echo done >"$1"`;
    const words = [...args, '-c', script, 'sh', 'shop', 'production', 'deploy-1', file('end')];
    const running = spawn(shell, words, { stdio: ['pipe', 'pipe', 'ignore'] });
    const [told] = (await once(running.stdout, 'data')) as [Buffer]; // what Node passes
    expect(told.toString()).toBe('stopped\told\n');
    running.stdout.destroy();
    running.stdin.end('go\n');
    expect(await once(running, 'exit')).toEqual([0, null]);
    expect(readFileSync(file('end'), 'utf8')).toBe('done\n');
  },
);
