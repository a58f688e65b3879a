import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, onTestFinished, test } from 'vitest';
import { deployScript } from '../../../src/deploy/scripts.ts';
import { workspace } from '../../kit/workspace.ts';

const SHELLS = [['dash'], ['busybox', 'sh'], ['bash', '--norc', '--posix']].filter(
  ([program = '', ...args]) => spawnSync(program, [...args, '-c', 'exit 0']).status === 0,
);

/** Has one image, by the names in the file "tags". */
const DOCKER = `#!/bin/sh
here=\${0%/*}
case $1 in
image) cat "$here/tags" ;;
rmi) echo "$2" >>"$here/removed" ;;
esac
`;

describe.each(SHELLS)('an image that nothing needs, with %s %s,', (...shell) => {
  const [program = '', ...before] = shell;

  test('loses the names of its repository, however that is written, and no other ones', () => {
    const removed = (name: string, tags: string): string => {
      const { root, file, write } = workspace(onTestFinished);
      write({ docker: { text: DOCKER, mode: 0o755 }, removed: '', tags: tags.replaceAll(' ', '\n') });
      const text = ['base', 'images'].map(each => deployScript(`containers/${each}.sh`)).join('\n');
      const words = ['shop', 'production', 'r1', name];
      spawnSync(
        program,
        [...before, '-c', `${text}\nneeded=''\nremove_image sha256:1 "$1"`, 'sh', ...words],
        {
          env: { PATH: `${root}:/usr/bin:/bin`, folder: root },
        },
      );
      return readFileSync(file('removed'), 'utf8').trim().replaceAll('\n', ' ');
    };
    expect(removed('shop/web:1', 'shop/web:1 shop/web:2 shop/api:1')).toBe('shop/web:1 shop/web:2');
    for (const name of ['docker.io/shop/web:1', 'index.docker.io/shop/web:1'])
      expect(removed(name, 'shop/web:1 ghcr.io/shop/web:1')).toBe('shop/web:1');
    expect(removed('docker.io/library/redis:7', 'redis:7 library:1')).toBe('redis:7');
    expect(removed('redis:7@sha256:2', 'redis:7')).toBe('redis:7');
    expect(removed('redis@sha256:2', '')).toBe('sha256:1');
    expect(removed('redis', 'redis:latest')).toBe('redis:latest');
    expect(removed('localhost:5000/web', 'localhost:5000/web:latest localhost:5000/api:1')).toBe(
      'localhost:5000/web:latest',
    );
  });
});
