import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { deployScript } from '../../../src/deploy/scripts.ts';
import { workspace } from '../../kit/workspace.ts';

const SHELLS = [['dash'], ['busybox', 'sh'], ['bash', '--norc', '--posix']].filter(
  ([program = '', ...args]) => spawnSync(program, [...args, '-c', 'exit 0']).status === 0,
);

/** A container that was started three times, the second time for a moment only, and is removed then. */
const DOCKER = `#!/bin/sh
here=\${0%/*}
count() { echo >>"$here/$1"; wc -l <"$here/$1"; }
line() { printf '2026-11-22T10:00:0%s.000000000Z %s\\n' "$1" "$2"; }
case "$*" in
ps*) echo abc ;;
inspect*slot*) echo 2 ;;
inspect*)
  case $(count states) in
  1) echo 'true at-1' ;;
  2) echo 'false at-1' ;;
  3) echo 'false at-2' ;;
  4) echo 'Cannot connect to the Docker daemon' >&2; exit 1 ;;
  5) echo 'true at-3' ;;
  *) echo 'Error: No such object: abc' >&2; : >"$here/gone"; exit 1 ;;
  esac ;;
logs*)
  runs=$(count runs)
  printf '%s\\n' "$*" >>"$here/asked"
  [ "$runs" = 1 ] && line 1 one
  line 2 'two -n \\\\ \\t'
  [ "$runs" -lt 2 ] || { line 3 three; line 3 three; }
  [ "$runs" -lt 3 ] || { echo 'what docker says itself' >&2; line 4 '  four'; } ;;
esac
`;

describe.each(SHELLS)('following what containers print, with %s %s,', (...shell) => {
  const [program = '', ...before] = shell;

  test('goes on when one is started again, with no line twice and none left out', async () => {
    const { root, file, write } = workspace(onTestFinished);
    write({
      docker: { text: DOCKER, mode: 0o755 },
      sleep: { text: '#!/bin/sh\nexec /bin/sleep 0.05\n', mode: 0o755 },
    });
    const words = ['shop', 'production', 'web', '200'];
    const child = spawn(program, [...before, '-c', deployScript('follow.sh'), 'sh', ...words], {
      detached: true,
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { PATH: `${root}:/usr/bin:/bin` },
    });
    onTestFinished(() => void process.kill(-(child.pid ?? 0), 'SIGKILL'));
    let printed = '';
    child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()));
    await vi.waitUntil(() => existsSync(file('gone')) && printed.includes('four'), { timeout: 30_000 });
    expect(
      printed
        .replaceAll(/2026-11-22T10:00:0(\d)\.0+Z/g, '$1')
        .trim()
        .split('\n'),
    ).toEqual(['2 1 one', '2 2 two -n \\\\ \\t', '2 3 three', '2 3 three', '2 4   four']);
  });
});
