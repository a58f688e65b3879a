import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { describe, expect, onTestFinished, test } from 'vitest';
import { sha256 } from '../../../src/base/digest.ts';
import type { Connection } from '../../../src/ssh/connection.ts';
import { download, upload } from '../../../src/ssh/files.ts';
import { hasSshd, startSshd, type Sshd } from '../../kit/sshd.ts';
import { connectionsWith, using } from './servers.ts';

const never = new AbortController().signal;

async function onServer(
  work: (server: Connection, file: (...parts: readonly string[]) => string, sshd: Sshd) => Promise<void>,
): Promise<void> {
  const sshd = await startSshd(onTestFinished);
  writeFileSync(sshd.file('known_hosts'), sshd.knownHosts);
  mkdirSync(sshd.file('there'));
  mkdirSync(sshd.file('here'));
  await using(connectionsWith(onTestFinished, sshd.entry('a')), 'a', server => work(server, sshd.file, sshd));
}

const LARGE = Buffer.alloc(20_000_000, 'every byte of it, \0 and \r\n too\u00ff');

describe.skipIf(!hasSshd)('files', () => {
  test('go there and back as they are, with their mode, in place of what was there', () =>
    onServer(async (server, file) => {
      const there = file('there', "it's $HOME; a file\n");
      writeFileSync(file('here', 'large'), LARGE);
      chmodSync(file('here', 'large'), 0o751);
      writeFileSync(there, 'before');
      expect(await upload(server, { file: file('here', 'large') }, there, never)).toEqual({
        sha256: sha256(LARGE),
      });
      expect([sha256(readFileSync(there)), statSync(there).mode & 0o777]).toEqual([sha256(LARGE), 0o751]);
      chmodSync(there, 0o640);
      expect(await download(server, there, file('here', 'back'), never)).toEqual({ sha256: sha256(LARGE) });
      expect([
        sha256(readFileSync(file('here', 'back'))),
        statSync(file('here', 'back')).mode & 0o777,
      ]).toEqual([sha256(LARGE), 0o640]);
      await upload(server, { bytes: Buffer.alloc(0), mode: 0o600 }, there, never);
      await download(server, there, file('here', 'back'), never);
      expect(readFileSync(file('here', 'back'))).toHaveLength(0);
      expect(readdirSync(file('there'))).toHaveLength(1);
      expect(readdirSync(file('here')).sort()).toEqual(['back', 'large']);
    }));

  test('what is no file is left alone, on both sides', () =>
    onServer(async (server, file) => {
      mkdirSync(file('there', 'folder'));
      symlinkSync('elsewhere', file('there', 'link'));
      const sent = { bytes: Buffer.from('x'), mode: 0o644 };
      await expect(upload(server, sent, file('there', 'folder'), never)).rejects.toMatchObject({
        code: 'not-transferred',
      });
      await expect(upload(server, sent, file('missing', 'x'), never)).rejects.toMatchObject({
        code: 'not-transferred',
      });
      await expect(
        upload(server, { file: file('nothing') }, file('there', 'x'), never),
      ).rejects.toMatchObject({ code: 'ENOENT' });
      await upload(server, sent, file('there', 'link'), never);
      expect(lstatSync(file('there', 'link')).isFile()).toBe(true);
      for (const name of ['folder', 'missing']) {
        const down = download(server, file('there', name), file('here', 'x'), never);
        await expect(down).rejects.toMatchObject({ code: 'not-transferred' });
      }
      await expect(
        download(server, file('there', 'link'), file('nowhere', 'x'), never),
      ).rejects.toMatchObject({ code: 'ENOENT' });
      expect(readdirSync(file('here'))).toEqual([]);
      expect(existsSync(file('there', 'elsewhere'))).toBe(false);
      expect((await server.run('echo well')).output).toBe('well\n');
    }));

  test('an upload that is cut off or cancelled leaves what was there', () =>
    onServer(async (server, file, sshd) => {
      writeFileSync(file('here', 'large'), LARGE);
      writeFileSync(file('there', 'x'), 'before');
      const cancel = new AbortController();
      const cancelled = upload(server, { file: file('here', 'large') }, file('there', 'x'), cancel.signal);
      await expect.poll(() => readdirSync(file('there')).length).toBe(2);
      cancel.abort();
      await expect(cancelled).rejects.toMatchObject({ name: 'AbortError' });
      await expect.poll(() => readdirSync(file('there'))).toEqual(['x']);
      const sending = upload(server, { file: file('here', 'large') }, file('there', 'x'), never);
      const cut = expect(sending).rejects.toMatchObject({ code: 'connection-lost' });
      await expect.poll(() => readdirSync(file('there')).length).toBe(2);
      await sshd.kill();
      await cut;
      expect(readFileSync(file('there', 'x'), 'utf8')).toBe('before');
    }));

  test('a file that grows while it is read does not arrive', () =>
    onServer(async (server, file) => {
      writeFileSync(file('there', 'log'), LARGE);
      const stop = new AbortController();
      const growing = server.run('while :; do echo more >>"$1"; done', [file('there', 'log')], {
        signal: stop.signal,
      });
      growing.catch(() => undefined);
      await expect.poll(() => statSync(file('there', 'log')).size).toBeGreaterThan(LARGE.length);
      const down = download(server, file('there', 'log'), file('here', 'log'), never);
      await expect(down).rejects.toMatchObject({
        code: 'not-transferred',
        what: expect.stringContaining('changed') as string,
      });
      expect(readdirSync(file('here'))).toEqual([]);
      stop.abort();
    }));
});
