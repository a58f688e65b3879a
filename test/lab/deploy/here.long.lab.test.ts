import { chmodSync, copyFileSync, cpSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { clean } from '../../../src/base/clean.ts';
import { thisMachine } from '../../../src/servers/server.ts';
import type { EnvironmentRef } from '../../../src/deploy/requests.ts';
import type { Request } from '../../../src/operations/operation.ts';
import type { Release } from '../../../src/state/model.ts';
import { writeFiles, type Files } from '../../kit/files.ts';
import { makeImage } from '../image.ts';
import { openLab, type Server } from '../lab.ts';
import { labSuite, timed } from '../suite.ts';
import { releasesIn } from './app.ts';
import { bundleEditor, type Death, type Told } from './desk.ts';
import { installCompose } from './install-compose.ts';
import { NEVER_HEALTHY, SHOP, TELLS, TOLD, versionOf } from './stagecraft-shop.ts';
import { answersOf, containersOf, imageId } from './there.ts';

const KEPT = '/home/ana/.local/state/shipshape/deploy/Shop/prod';

/** An editor on a machine of the lab, of a person who may speak to Docker there, and is not root. */
labSuite(
  'Deploying a project of Stagecraft to the machine that the editor runs on',
  { needs: 'full' },
  () => {
    let closeLab = (): Promise<void> => Promise.resolve();
    const closing: (() => void)[] = [];
    let machine: Server;
    const where: EnvironmentRef = {
      tool: 'stagecraft',
      root: '/home/ana/shop',
      environment: 'prod',
      isProduction: true,
      project: clean('Shop'),
      servers: [thisMachine()],
    };

    beforeAll(async () => {
      const lab = await openLab(close => (closeLab = close));
      machine = await lab.server({ kind: 'docker' });
      const file = (name: string): string => path.join(machine.files, name);
      copyFileSync(process.execPath, file('usr/local/bin/node'));
      chmodSync(file('usr/local/bin/node'), 0o755);
      cpSync(path.dirname(bundleEditor(close => closing.push(close))), file('opt/editor'), {
        recursive: true,
      });
      // On a disk of one piece: of an overlay's files and folders some say that they are of another.
      await machine.run(
        'chmod 755 /opt/editor && mkdir /home/ana && mount -t tmpfs tmpfs /home/ana && useradd -G docker ana',
      );
      for (const name of ['lab/base:1', 'lab/store:1']) await makeImage(machine, name, name);
      await write(SHOP);
    });
    afterAll(async () => {
      closing.forEach(close => close());
      await closeLab();
    });

    const write = async (files: Files): Promise<void> => {
      writeFiles(path.join(machine.files, 'root/shop'), files);
      await machine.run('cp -r /root/shop /home/ana && chown -R ana: /home/ana');
    };
    const perform = async (request: Request, death?: Death): Promise<readonly Told[]> => {
      writeFiles(machine.files, { 'opt/about.json': JSON.stringify({ request, death }) });
      const { stdout, stderr } = await machine.attempt(
        'cd / && runuser -u ana -- env HOME=/home/ana node /opt/editor/editor.mjs /dev/null ~ana/storage /opt/about.json',
      );
      const told = stdout
        .split('\n')
        .filter(Boolean)
        .map(line => JSON.parse(line) as Told); // an editor of ours says it
      if (told.length === 0 && death === undefined) throw new Error(stderr);
      return told;
    };
    const deploy = (version: string, death?: Death): Promise<readonly Told[]> => {
      const commit = { id: version.padEnd(40, '0'), branch: clean('main'), dirty: false };
      return perform({ operation: 'deploy', input: { where, commit, by: clean('ana') } }, death);
    };
    const releases = async (): Promise<readonly Release[]> => {
      await machine.run('rm -rf /root/seen && cp -r /home/ana/shop /root/seen');
      return releasesIn(path.join(machine.files, 'root/seen'), 'stagecraft');
    };
    const expectWell = (told: readonly Told[]): void => {
      const end = told.at(-1);
      expect(end, told.map(({ log, end: last }) => log ?? last).join('\n')).toEqual({ end: 'verified' });
    };

    test('without Docker Compose it is not begun', async () => {
      await write(versionOf('v1'));
      const told = await deploy('1111111');
      expect(told.at(-1)).toMatchObject({
        end: 'refused',
        why: expect.stringContaining('On this machine there is no Docker Compose') as string,
      });
    });

    test('v1, v2, one that never gets healthy and is put back, v1 again, and what is configured no more ends', async () => {
      await installCompose(machine, '2.26.1');
      expectWell(await timed('v1, the first deployment', () => deploy('1111111')));
      expect(await answersOf(machine, 'backend')).toEqual(['v1']);
      expect(await machine.run(TELLS)).toBe(TOLD);
      expect(await machine.run(`stat -c '%a %U' ${KEPT}; ls ${KEPT}`)).toBe('700 ana\nlock\nreleases\n');
      const v1 = await imageId(machine, 'shop/backend:1111111');
      const [first] = await releases();
      expect(first).toMatchObject({ outcome: 'succeeded', commit: '1111111'.padEnd(40, '0') });

      await write(versionOf('v2'));
      expectWell(await timed('v2', () => deploy('2222222')));
      expect(await answersOf(machine, 'backend')).toEqual(['v2']);
      const before = await containersOf(machine);

      await write(versionOf('bad', NEVER_HEALTHY));
      const failed = await timed('one that does not get healthy', () => deploy('3333333'));
      expect(failed.at(-1)).toMatchObject({
        end: 'rollout-failed',
        why: expect.stringContaining('prod runs 2222222 on 1 of 1 servers') as string,
      });
      expect(await answersOf(machine, 'backend')).toEqual(['v2']);
      expect(await containersOf(machine)).toEqual(before);

      const back: Request = { operation: 'roll-back', input: { where, to: first?.id ?? '' } };
      expectWell(await timed('back to v1', () => perform(back)));
      expect(await answersOf(machine, 'backend')).toEqual(['v1']);
      expect((await containersOf(machine)).filter(each => each.includes('backend'))).toEqual([
        expect.stringContaining(` ${v1} running `),
      ]);
      expect((await releases()).map(({ outcome }) => outcome)).toEqual([
        'succeeded',
        'failed',
        'succeeded',
        'succeeded',
      ]);

      await write({
        ...versionOf('v4'),
        'docker-compose.yml': SHOP['docker-compose.yml'].replace(/ {4}depends_on[^]*(?=^volumes)/m, ''),
      });
      expectWell(await timed('without the store', () => deploy('4444444')));
      expect(await answersOf(machine, 'backend')).toEqual(['v4']);
      expect(await machine.run("docker ps -a --format '{{.Names}}' | grep -c store || true")).toBe('0\n');
    });

    test('after the editor was killed, the next one ends what it left and goes on', async () => {
      await write(versionOf('v5'));
      await deploy('5555555', { step: 'rollout', after: 500 });
      const held = await deploy('5555555');
      expect(held.at(-1)).toMatchObject({
        end: 'refused',
        why: expect.stringMatching(/ana holds it/) as string,
      });
      // What it had begun comes to its end.
      await machine.run(`flock ${KEPT}/lock true; touch -d '10 minutes ago' ${KEPT}/holder`);
      expectWell(await deploy('5555555'));
      expect(await answersOf(machine, 'backend')).toEqual(['v5']);
      expect((await releases()).slice(0, 2).map(({ outcome }) => outcome)).toEqual(['succeeded', 'failed']);
    });
  },
);
