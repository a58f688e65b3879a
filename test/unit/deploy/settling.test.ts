import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, onTestFinished, test } from 'vitest';
import { deployScript } from '../../../src/deploy/scripts.ts';
import { workspace } from '../../kit/workspace.ts';

const SHELLS = [['dash'], ['busybox', 'sh'], ['bash', '--norc', '--posix']].filter(
  ([program = '', ...args]) => spawnSync(program, [...args, '-c', 'exit 0']).status === 0,
);

/** Tells of the containers, or the services of a swarm, that the file "there" has: a line for each. */
const DOCKER = `#!/bin/sh
here=\${0%/*}
for last; do :; done
case "$1 $2" in
'ps -aq' | 'service ls') sed 's/ .*//' "$here/there" ;;
'inspect -f') case $3 in
  '{{.ID}} '*) cat "$here/there" ;;
  *swarm.task.id*) grep "^$last .*task" "$here/there" ;;
  '{{.Image}} '*) echo sha256:1 web:1 ;;
  esac ;;
'service inspect') grep "^$last " "$here/there" | cut -d ' ' -f 2- ;;
'rm '*) grep -v "^$2 " "$here/there" >"$here/left"; mv "$here/left" "$here/there" ;;
esac
`;

const settings = (image: string): string =>
  `# Secret: settings of a service with their values.\nimage='sha256:${image}'\nreference='${image}'\nreplicas=1\n# whole\n`;
const line = (id: number, release: string, service: string, state = 'running', policy = 'always'): string =>
  `${id} ${state} ${policy}:0 1 ${release} ${service} /${service}${id}\n`;

describe.each(SHELLS)('settling, with %s %s,', (...shell) => {
  const [program = '', ...before] = shell;

  function settle(
    scripts: readonly string[],
    there: string,
    files: Readonly<Record<string, string>>,
    keep: readonly string[],
  ) {
    const space = workspace(onTestFinished);
    const inFolder = Object.entries(files).map(([name, text]) => [`env/releases/${name}`, text] as const);
    space.write({
      docker: { text: DOCKER, mode: 0o755 },
      there,
      'env/releases/.keep': '',
      ...Object.fromEntries(inFolder),
    });
    const text = scripts.map(each => deployScript(`${each}.sh`)).join('\n');
    const words = ['shop', 'production', 'r4', ...keep];
    const { status, stderr } = spawnSync(program, [...before, '-c', text, 'sh', ...words], {
      encoding: 'utf8',
      env: { PATH: `${space.root}:/usr/bin:/bin`, folder: space.file('env') },
    });
    expect([status, stderr]).toEqual([0, '']);
    const root = space.file('env/releases');
    const kept = readdirSync(root, { recursive: true, withFileTypes: true })
      .filter(each => each.isFile() && each.name !== '.keep')
      .map(each => `${each.parentPath.slice(root.length + 1)}/${each.name}`)
      .sort();
    const read = (name: string): string => readFileSync(space.file('env/releases', name), 'utf8');
    return { kept, read, there: readFileSync(space.file('there'), 'utf8') };
  }

  const CONTAINERS = ['containers/base', 'containers/images', 'containers/settle'];

  test('what a service lives by stays as long as it does, whoever knows of the release, and nothing beside it', () => {
    const living = line(1, 'r1', 'db') + line(4, 'r4', 'web');
    const { kept, there } = settle(
      CONTAINERS,
      living + line(2, 'r1', 'web', 'exited', 'no') + line(3, 'r2', 'web', 'exited', 'no'),
      {
        'r1/db': settings('db'),
        'r1/web': settings('web'),
        'r1/.journal': 'service web\n',
        'r2/db': settings('db'),
        'r2/web': settings('web'),
        'r2/.journal': 'stopping web 2 always:0 running\n',
        'r4/web': settings('web'),
        'r4/.journal': 'stopping web 3 always:0 running\n',
      },
      [],
    );
    expect(kept).toEqual(['r1/db', 'r4/.journal', 'r4/db', 'r4/web']);
    expect(there).toBe(living);
  });

  test('in Compose the files of what did not change belong to the release, too', () => {
    const { kept, read } = settle(
      CONTAINERS,
      line(1, 'r1', 'db') + line(2, 'r4', 'web'),
      {
        'r1/db': settings('db'),
        'r1/.compose-db/files/docker-compose.yml': 'as it was',
        'r1/web': settings('web'),
        'r1/.compose-web/files/docker-compose.yml': 'old',
        'r4/web': settings('web'),
        'r4/.compose-web/files/docker-compose.yml': 'new',
      },
      [],
    );
    expect(kept).toEqual(
      [
        'r1/db',
        'r1/.compose-db/files/docker-compose.yml',
        'r4/db',
        'r4/.compose-db/files/docker-compose.yml',
        'r4/web',
        'r4/.compose-web/files/docker-compose.yml',
      ].sort(),
    );
    expect(read('r4/.compose-db/files/docker-compose.yml')).toBe('as it was');
  });

  test('in a swarm likewise', () => {
    const { kept } = settle(
      ['containers/base', 'swarm/base', 'swarm/settle'],
      '1 db r1 - 2\n2 web r4 - 1\n',
      {
        'r1/db@swarm': settings('db'),
        'r1/web@swarm': settings('web'),
        'r2/web@swarm': settings('web'),
        'r4/web@swarm': settings('web'),
      },
      [],
    );
    expect(kept).toEqual(['r1/db@swarm', 'r4/db@swarm', 'r4/web@swarm']);
  });

  test('on a server of a swarm what ended is removed, but not what somebody else made', () => {
    const stays =
      line(1, '-', 'byhand', 'exited', 'no') + line(2, 'r4', 'web', 'exited', 'no') + line(3, '-', 'task');
    const goes =
      line(4, 'r1', 'web', 'exited', 'no') +
      line(5, '-', 'task', 'exited', 'no') +
      line(6, '-', 'task', 'dead', 'no');
    const { there } = settle(['containers/base', 'containers/images', 'swarm/prune'], stays + goes, {}, [
      'r2',
    ]);
    expect(there).toBe(stays);
  });
});
