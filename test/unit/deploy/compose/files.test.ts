import path from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Files } from '../../../kit/files.ts';
import { read, type Read } from '../configured.ts';

const CONFIG = 'project: { name: shop }\nenvironments: { prod: { driver: compose } }\n';

function readHere(compose: string, files: Files = {}, variables: NodeJS.ProcessEnv = {}): Promise<Read> {
  return read(
    { 'stagecraft.yml': CONFIG, 'docker-compose.yml': compose, ...files },
    { tool: 'stagecraft', environment: 'prod', variables },
  );
}

describe('what Compose reads of a project', () => {
  test('goes along with a release, with the values of its variables, but for those that a server has itself', async () => {
    const { application, told } = await readHere(
      `version: "3.8"
services:
  web:
    image: web:\${TAG}
    env_file: [ web.env, { path: maybe.env, required: false } ]
    environment: { A: "$$NOT", B: $PLAIN, C: "\${HOME}", D: "\${DOCKER_HOST}", E: "\${MISSING:-else}" }
    volumes: [ "./conf:/etc/web:ro", "data:/data", "/srv:/srv", { type: bind, source: ./one, target: /one, read_only: true } ]
configs: { c: { file: ./c.txt } }
`,
      {
        'web.env': 'PASSWORD=s3cret-s3cret',
        'conf/a': 'a',
        'conf/deep/b': 'b',
        one: '1',
        'c.txt': 'c',
        '.env': 'TAG=7\nPLAIN=p',
      },
      { HOME: '/home/ana', DOCKER_HOST: 'ssh://elsewhere', NOT: 'x' },
    );
    expect(told).toEqual([]);
    expect(application?.compose?.version).toBe('3.8');
    expect(Object.fromEntries(application?.compose?.variables ?? [])).toEqual({ TAG: '7', PLAIN: 'p' });
    const files = [...(application?.compose?.files ?? [])];
    expect(files.map(([name]) => name).sort()).toEqual(
      ['c.txt', 'conf/a', 'conf/deep/b', 'docker-compose.yml', 'one', 'web.env'].sort(),
    );
    for (const [name, file] of files) expect(file).toBe(path.join(application?.root ?? '', name));
    expect(application?.secrets).toContain('s3cret-s3cret');
  });

  test('makes a service another one where what it takes is, and no other', async () => {
    const compose = `services:
  web: { image: "web:\${TAG}", env_file: web.env }
  db: { image: "db:1" }
`;
    const hashes = async (tag: string, value: string): Promise<readonly (string | undefined)[]> => {
      const { application } = await readHere(compose, { 'web.env': `A=${value}`, '.env': `TAG=${tag}` });
      return ['web', 'db'].map(name => application?.services.find(each => each.name === name)?.hash);
    };
    const [web, db] = await hashes('1', 'a');
    expect(await hashes('1', 'a')).toEqual([web, db]);
    for (const [otherWeb, sameDb] of [await hashes('2', 'a'), await hashes('1', 'b')])
      expect([otherWeb === web, sameDb === db]).toEqual([false, true]);
  });

  test.each([
    [
      'volumes: [ "./data:/data" ]',
      'services.web.volumes[0] is a folder beside the Compose file, and would be another one with every release: give the volume a name, or mount it for reading only.',
    ],
    [
      'env_file: ../outside.env',
      'services.web.env_file names what is not in the project: it cannot go along.',
    ],
    ['env_file: nowhere.env', 'services.web.env_file names what is not in the project: it cannot go along.'],
    [
      'extends: { file: other.yml, service: x }',
      'services.web.extends.file names another Compose file: write it out in docker-compose.yml.',
    ],
  ])('tells what cannot go along: %s', async (setting, expected) => {
    const { told } = await readHere(`services:\n  web:\n    image: web:1\n    ${setting}\n`);
    expect(told).toEqual([`error 4: ${expected}`]);
  });
});
