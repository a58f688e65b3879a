import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { describe, expect, onTestFinished, test } from 'vitest';
import { isUnreadable, readStamp, type Stamp } from '../../../src/base/files.ts';
import { LockFolder, type Held } from '../../../src/base/lock.ts';
import { sha256 } from '../../../src/base/digest.ts';
import { carryOut, prepare, seal } from '../../../src/base/write.ts';
import { workspace, type Workspace } from '../../kit/workspace.ts';

const IS_ROOT = process.getuid?.() === 0;

async function writing(): Promise<Workspace & { held: Held }> {
  const space = workspace(onTestFinished);
  space.write({ 'a.json': 'old', 'b.json': 'old b' });
  const held = await new LockFolder(space.root, 'state').acquire('test', new AbortController().signal);
  onTestFinished(() => held.release());
  return { ...space, held };
}

async function stamp(file: string): Promise<Stamp> {
  const found = await readStamp(file);
  if (isUnreadable(found)) throw new Error(found.kind);
  return found;
}

describe('what was read before', () => {
  test.each(['digest', 'stamp'])('goes ahead while it is so (%s)', async kind => {
    const { held, file } = await writing();
    const expected = kind === 'digest' ? sha256('old') : await stamp(file('a.json'));
    await held.commit([{ path: 'a.json', content: 'new', expected }]);
    expect(readFileSync(file('a.json'), 'utf8')).toBe('new');
  });

  test.each(['digest', 'stamp'])('is refused when it changed (%s)', async kind => {
    const { held, file, write } = await writing();
    const expected = kind === 'digest' ? sha256('old') : await stamp(file('a.json'));
    write({ 'a.json': 'foreign' });
    const files = [
      { path: 'b.json', content: 'new b' },
      { path: 'a.json', content: 'new', expected },
    ];
    await expect(held.commit(files)).rejects.toMatchObject({
      code: 'changed-meanwhile',
      where: file('a.json'),
    });
    expect(readFileSync(file('a.json'), 'utf8')).toBe('foreign');
    expect(readFileSync(file('b.json'), 'utf8')).toBe('old b');
    await held.commit([{ path: 'a.json', content: 'new', expected: sha256('foreign') }]);
    expect(readFileSync(file('a.json'), 'utf8')).toBe('new');
  });

  test('is refused when a file came or went', async () => {
    const { held, file } = await writing();
    const came = held.commit([{ path: 'a.json', content: 'new', expected: null }]);
    await expect(came).rejects.toMatchObject({ code: 'changed-meanwhile' });
    const went = held.commit([{ path: 'c.json', content: 'new', expected: sha256('was here') }]);
    await expect(went).rejects.toMatchObject({ code: 'changed-meanwhile' });
    await held.commit([{ path: 'c.json', content: 'new', expected: null }]);
    expect(readFileSync(file('c.json'), 'utf8')).toBe('new');
  });

  test('is compared again when the new contents are on the disk', async () => {
    const { root, file, write } = workspace(onTestFinished);
    write({ 'a.json': 'old', 'b.json': 'old b', 'lock/token/': '' });
    const folder = file('lock', 'token');
    const files = [
      { path: 'a.json', content: 'new', expected: sha256('old') },
      { path: 'b.json', content: 'new b' },
    ];
    const steps = await prepare(folder, root, files);
    write({ 'a.json': 'foreign' });
    await expect(seal(folder, root, steps)).rejects.toMatchObject({ code: 'changed-meanwhile' });
    expect(await carryOut(folder, steps)).toEqual({ moved: 1, left: [file('a.json')] });
    expect(readFileSync(file('a.json'), 'utf8')).toBe('foreign');
    expect(readFileSync(file('b.json'), 'utf8')).toBe('new b');
  });
});

describe('mode and owner', () => {
  test.each([0o600, 0o644, 0o664, 0o755, 0o4755])('a file of mode %o keeps it', async mode => {
    const { held, file } = await writing();
    chmodSync(file('a.json'), mode);
    await held.commit([{ path: 'a.json', content: 'new', mode: 0o666 }]);
    expect(statSync(file('a.json')).mode & 0o7777).toBe(mode);
  });

  test('a new file has the given mode, whatever the umask', async () => {
    const { held, file } = await writing();
    await held.commit([
      { path: 'c.json', content: 'new', mode: 0o666 },
      { path: 'd.json', content: 'new', mode: 0o600 },
      { path: 'e.json', content: 'new' },
    ]);
    const modes = ['c.json', 'd.json', 'e.json'].map(name => statSync(file(name)).mode & 0o777);
    expect(modes).toEqual([0o666, 0o600, 0o644]);
  });

  test.runIf(IS_ROOT)('a file of another user stays theirs', async () => {
    const { held, file } = await writing();
    chownSync(file('a.json'), 1234, 5678);
    await held.commit([{ path: 'a.json', content: 'new' }]);
    expect(statSync(file('a.json'))).toMatchObject({ uid: 1234, gid: 5678 });
  });
});

describe('what stands there', () => {
  test('a link inside the project stays, and its target is replaced', async () => {
    const { held, file } = await writing();
    symlinkSync('b.json', file('link.json'));
    await held.commit([{ path: 'link.json', content: 'new' }]);
    expect(lstatSync(file('link.json')).isSymbolicLink()).toBe(true);
    expect(readFileSync(file('b.json'), 'utf8')).toBe('new');
  });

  test('a link that leads outside is refused, and nothing is written', async () => {
    const { held, file } = await writing();
    const other = workspace(onTestFinished);
    other.write({ key: 'secret' });
    symlinkSync(other.file('key'), file('link.json'));
    const files = [
      { path: 'a.json', content: 'new' },
      { path: 'link.json', content: 'new' },
    ];
    await expect(held.commit(files)).rejects.toMatchObject({ code: 'outside' });
    expect(readFileSync(other.file('key'), 'utf8')).toBe('secret');
    expect(readFileSync(file('a.json'), 'utf8')).toBe('old');
  });

  test('a folder or a FIFO is refused', async () => {
    const { held, file } = await writing();
    mkdirSync(file('folder'));
    execFileSync('mkfifo', [file('fifo')]);
    for (const path of ['folder', 'fifo']) {
      await expect(held.commit([{ path, content: 'new' }])).rejects.toMatchObject({ code: 'not-a-file' });
    }
  });

  test('another name of the same file keeps the old content', async () => {
    const { held, file } = await writing();
    linkSync(file('a.json'), file('hard.json'));
    await held.commit([{ path: 'a.json', content: 'new' }]);
    expect(readFileSync(file('hard.json'), 'utf8')).toBe('old');
  });
});

describe('a commit', () => {
  test('creates, replaces and removes together, and leaves nothing', async () => {
    const { held, file, root } = await writing();
    await held.commit([
      { path: 'new/deep/c.json', content: new Uint8Array([0, 255]) },
      { path: 'a.json', content: '' },
      { path: 'b.json', content: null, expected: sha256('old b') },
      { path: 'never.json', content: null },
    ]);
    await held.commit([]);
    await held.release();
    expect(readFileSync(file('new/deep/c.json'))).toEqual(Buffer.from([0, 255]));
    expect(readFileSync(file('a.json'), 'utf8')).toBe('');
    expect(readdirSync(root).sort()).toEqual(['a.json', 'new']);
  });

  test('waits for the one before it, and the release for both', async () => {
    const { held, file, root } = await writing();
    const first = held.commit([{ path: 'a.json', content: '1' }]);
    const second = held.commit([{ path: 'a.json', content: '2', expected: sha256('1') }]);
    await held.release();
    await Promise.all([first, second]);
    expect(readFileSync(file('a.json'), 'utf8')).toBe('2');
    expect(readdirSync(root).sort()).toEqual(['a.json', 'b.json']);
  });

  test('names one file once', async () => {
    const { held, file } = await writing();
    symlinkSync('a.json', file('same.json'));
    const files = [
      { path: 'a.json', content: '1' },
      { path: 'same.json', content: '2' },
    ];
    await expect(held.commit(files)).rejects.toThrow('Two writes of one file');
    expect(readFileSync(file('a.json'), 'utf8')).toBe('old');
  });
});
