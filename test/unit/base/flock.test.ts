import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, renameSync, statSync, symlinkSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { UserError } from '../../../src/base/errors.ts';
import { acquireFlock, withFlock, type Flock } from '../../../src/base/flock.ts';
import { LockFolder } from '../../../src/base/lock.ts';
import { FileCache } from '../../../src/state/cache.ts';
import { takoSource } from '../../../src/state/tako/source.ts';
import { child, program } from '../../kit/child.ts';
import { workspace, type Workspace } from '../../kit/workspace.ts';
import { placesIn } from '../state/read-project.ts';

const LOCK = '.tako/.lock';
const never = new AbortController().signal;
const writer = program('writer', afterAll);
const ENDED = spawnSync(process.execPath, ['-e', '']).pid;
const ME = `${os.userInfo().username}@${os.hostname()}`;
const soon = (): AbortSignal => AbortSignal.timeout(200);

interface Space extends Workspace {
  readonly lock: string;
  readonly take: (signal?: AbortSignal) => Promise<Flock>;
  readonly fails: (signal?: AbortSignal) => Promise<UserError>;
}

function space(): Space {
  const made = workspace(onTestFinished);
  const take = (signal = never): Promise<Flock> => acquireFlock(made.root, LOCK, 'deploy', signal);
  const fails = async (signal = soon()): Promise<UserError> => {
    const error: unknown = await take(signal).then(
      held => held.release(),
      (reason: unknown) => reason,
    );
    if (error instanceof UserError) return error;
    throw new Error('It did not fail.', { cause: error });
  };
  return { ...made, lock: made.file(LOCK), take, fails };
}

/** Whether flock(1), as any other program that locks the file, gets it now. */
function isFree(file: string): boolean {
  return spawnSync('flock', ['-xn', file, 'true']).status === 0;
}

/** Another program that locks the file the way the system knows, until it is told to let go. */
async function stranger(file: string): Promise<{ readonly letGo: () => Promise<unknown> }> {
  const other = spawn('flock', ['-x', file, '-c', 'echo held; read line'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  onTestFinished(() => void other.kill('SIGKILL'));
  const ended = once(other, 'close');
  await once(other.stdout, 'data');
  return {
    letGo: () => {
      other.stdin.end();
      return ended;
    },
  };
}

/** What a holder writes, as Tako does. */
function text(changes: object = {}): string {
  const created = new Date().toISOString();
  return JSON.stringify(
    { id: '1-2', operation: 'rollback', who: ME, created, pid: process.pid, ...changes },
    null,
    2,
  );
}

describe.runIf(process.platform === 'linux')("Tako's lock", () => {
  test('excludes another program while it is held, and is removed', async () => {
    const { lock, take } = space();
    const held = await take();
    expect(isFree(lock)).toBe(false);
    await held.check();
    await held.release();
    expect(existsSync(lock)).toBe(false);
    expect(isFree(lock)).toBe(true);
  });

  test('is written as Tako writes it, for nobody else to read, and renewed in place', async () => {
    vi.useFakeTimers({ toFake: ['Date', 'setInterval', 'clearInterval'], now: 1_700_000_000_000 });
    onTestFinished(() => void vi.useRealTimers());
    const { lock, take, write } = space();
    write({ [LOCK]: text({ operation: 'x'.repeat(5_000) }) });
    const held = await take();
    const inode = statSync(lock).ino;
    const written = (created: string): string =>
      `{\n  "id": "${process.pid}-1700000000000000000",\n  "operation": "deploy",\n  "who": "${ME}",\n` +
      `  "created": "${created}",\n  "pid": ${process.pid}\n}`;
    expect(readFileSync(lock, 'utf8')).toBe(written('2023-11-14T22:13:20.000Z'));
    vi.advanceTimersByTime(5 * 60_000);
    await vi.waitFor(() => expect(readFileSync(lock, 'utf8')).toBe(written('2023-11-14T22:18:20.000Z')), {
      timeout: 20_000,
    });
    expect(statSync(lock).ino).toBe(inode);
    await held.release();
    await (await take()).release();
  });

  test('is a new file only its owner may read', async () => {
    const { lock, take } = space();
    const held = await take();
    expect(statSync(lock).mode & 0o777).toBe(0o600);
    await held.release();
  });

  test('is seen as held by the reader', async () => {
    const { root, take } = space();
    const held = await take();
    const source = takoSource(new FileCache(), {}, Date.now);
    const [place] = await placesIn(source, root);
    const project = place && (await source.read(place, {}, never));
    expect(project?.lock).toMatchObject({ verdict: 'held', by: ME, operation: 'deploy' });
    await held.release();
  });

  test('waits for another program that holds it', async () => {
    const { lock, take, fails, write } = space();
    write({ [LOCK]: text() });
    const other = await stranger(lock);
    const error = await fails();
    expect(error.code).toBe('not-acquired');
    expect(error.where).toBe(lock);
    expect(error.what).toContain(`Somebody else holds the lock. ${ME}: rollback, since `);
    expect(error.what).toContain(`A process ${process.pid} is running`);
    const taken = take();
    await other.letGo();
    await (await taken).release();
  });

  test.each([
    ['no sign of life for 30 minutes', text({ created: new Date(Date.now() - 31 * 60_000).toISOString() })],
    [`Its process ${ENDED} has ended`, text({ pid: ENDED })],
    ['cannot be seen from here', text({ who: 'me@far' })],
    ['cannot be seen from here', text({ pid: -1 })],
    ['does not say who holds it', '{'],
    ['does not say who holds it', '[]'],
    ['cannot be read', 'x'.repeat(70_000)],
  ])('tells the evidence: %s', async (evidence, content) => {
    const { lock, fails, write } = space();
    write({ [LOCK]: content });
    await stranger(lock);
    expect((await fails()).what).toContain(evidence);
    expect(readFileSync(lock, 'utf8')).toBe(content);
  });

  test('does not mind what a dead holder left', async () => {
    const { take, write } = space();
    write({ [LOCK]: text() });
    await (await take()).release();
  });

  test('notices that the file was replaced while it was being locked', async () => {
    const { lock, take, write, file } = space();
    // Its holder removes it and lets go when we have opened it already: what we lock is then nobody's lock any more.
    const replaces = [
      '#!/bin/sh',
      `PATH=${process.env.PATH}`,
      `[ -e '${file('old')}' ] || mv '${lock}' '${file('old')}'`,
      'exec flock "$@"',
    ].join('\n');
    write({ 'bin/flock': { text: replaces, mode: 0o755 } });
    vi.stubEnv('PATH', file('bin'));
    onTestFinished(() => void vi.unstubAllEnvs());
    const held = await take();
    vi.unstubAllEnvs();
    expect(existsSync(file('old'))).toBe(true);
    expect([isFree(file('old')), isFree(lock)]).toEqual([true, false]);
    await held.release();
    expect(existsSync(lock)).toBe(false);
  });

  test('leaves alone what another one put in its place', async () => {
    const { root, lock, write, file } = space();
    const folder = new LockFolder(root, 'state');
    const held = await withFlock(folder, root, LOCK).acquire('deploy', never);
    await held.commit([{ path: '.tako/current.json', content: 'mine' }]);
    // What Tako does with a lock that shows no sign of life.
    renameSync(lock, file('old'));
    write({ [LOCK]: 'theirs' });
    const late = held.commit([{ path: '.tako/current.json', content: 'late' }]);
    await expect(late).rejects.toMatchObject({ code: 'lock-broken', where: lock });
    await held.release();
    expect(readFileSync(lock, 'utf8')).toBe('theirs');
    expect(readFileSync(file('.tako/current.json'), 'utf8')).toBe('mine');
    expect((await folder.lookAt()).state).toBe('free');
  });

  test('is let go when the lock it belongs to is not had', async () => {
    const { root, lock } = space();
    const folder = new LockFolder(root, 'state');
    const held = await folder.acquire('deploy', never);
    const both = withFlock(folder, root, LOCK).acquire('rollback', soon());
    await expect(both).rejects.toMatchObject({ code: 'not-acquired' });
    expect(existsSync(lock)).toBe(false);
    await held.release();
  });

  test('is freed by the system when its holder is killed', async () => {
    const { root, lock, take } = space();
    const holder = child(writer, ['flock', root]);
    expect(await holder.line()).toBe('held');
    expect(isFree(lock)).toBe(false);
    holder.signal('SIGKILL');
    await holder.ended;
    expect(existsSync(lock)).toBe(true);
    await (await take()).release();
    expect(existsSync(lock)).toBe(false);
  });

  test('is had by one process after the other', async () => {
    const { root, take } = space();
    const held = await take();
    const next = child(writer, ['flock', root]);
    await held.release();
    expect(await next.line()).toBe('held');
    next.tell('go');
    expect(await next.ended).toBe(0);
  });

  test('of itself it is had once', async () => {
    const { take, fails } = space();
    const held = await take();
    expect((await fails()).what).toContain(`${ME}: deploy, since `);
    await held.release();
  });

  test('is not taken through a link, a folder or a pipe', async () => {
    const { lock, fails, write, file } = space();
    write({ victim: 'mine', '.tako/': '' });
    symlinkSync('../victim', lock);
    expect((await fails()).code).toBe('not-a-lock');
    renameSync(lock, file('1'));
    mkdirSync(lock);
    expect((await fails()).code).toBe('not-a-lock');
    renameSync(lock, file('2'));
    execFileSync('mkfifo', [lock]);
    expect((await fails()).code).toBe('not-a-lock');
    expect(readFileSync(file('victim'), 'utf8')).toBe('mine');
  });

  test('is not taken outside of the project', async () => {
    const { root, fails, write } = space();
    const outside = workspace(onTestFinished);
    write({ '.tako': { link: outside.root } });
    expect((await fails()).code).toBe('outside');
    expect(existsSync(outside.file('.lock'))).toBe(false);
    expect(existsSync(path.join(root, '.lock'))).toBe(false);
  });
});

describe('where there is no flock(1)', () => {
  const without = (): Space => {
    vi.stubEnv('PATH', '/nowhere');
    onTestFinished(() => void vi.unstubAllEnvs());
    return space();
  };

  test('the lock is taken and removed', async () => {
    const { lock, take } = without();
    const held = await take();
    await held.check();
    expect(JSON.parse(readFileSync(lock, 'utf8'))).toMatchObject({ who: ME });
    await held.release();
    expect(existsSync(lock)).toBe(false);
  });

  test('one whose text says so is busy', async () => {
    const { lock, fails, write } = without();
    for (const content of [text(), text({ who: 'me@far' }), 'x'.repeat(70_000)]) {
      write({ [LOCK]: content });
      expect((await fails()).code).toBe('not-acquired');
      expect(readFileSync(lock, 'utf8')).toBe(content);
    }
  });

  test('one of a dead holder is taken', async () => {
    const { take, write } = without();
    for (const content of [text({ pid: ENDED }), text({ created: '2020-01-01T00:00:00Z' }), '{']) {
      write({ [LOCK]: content });
      await (await take()).release();
    }
  });
});
