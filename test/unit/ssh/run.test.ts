import { writeFileSync } from 'node:fs';
import { describe, expect, onTestFinished, test } from 'vitest';
import { hasSshd, startSshd } from '../../kit/sshd.ts';
import { connectionsWith, using } from './servers.ts';

describe.skipIf(!hasSshd)('scripts', () => {
  test('run and tell how they ended', async () => {
    const sshd = await startSshd(onTestFinished);
    writeFileSync(sshd.file('known_hosts'), sshd.knownHosts);
    const connections = connectionsWith(onTestFinished, sshd.entry('a'));
    await using(connections, 'a', async server => {
      expect(await server.run('echo "$1-$2"; echo oops >&2; exit 7', ['x', 'y'])).toEqual({
        code: 7,
        signal: undefined,
        output: 'x-y\n',
        errors: 'oops\n',
      });
    });
  });
});
