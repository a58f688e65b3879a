import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { UserError } from '../../../src/base/errors.ts';
import { LockFolder, type Held } from '../../../src/base/lock.ts';
import { prepare, seal, type FileWrite } from '../../../src/base/write.ts';
import type { Files } from '../../kit/files.ts';
import { workspace, type Workspace } from '../../kit/workspace.ts';

const never = new AbortController().signal;
const ENDED = spawnSync(process.execPath, ['-e', '']).pid;

interface Locked extends Workspace {
  readonly lock: LockFolder;
  readonly held: Held;
  readonly token: string;
  /** The token folder. */
  readonly folder: string;
  /** Writes into the lock that somebody else holds it. */
  readonly pretend: (holder: object) => void;
}

async function locked(): Promise<Locked> {
  const space = workspace(onTestFinished);
  space.write({ 'a.json': 'old a', 'b.json': 'old b' });
  const lock = new LockFolder(space.root, 'a.json');
  const held = await lock.acquire('deploy', never);
  onTestFinished(() => held.release());
  const token = (await lock.lookAt()).token ?? '';
  const folder = space.file('a.json.lock', token);
  const holder = path.join(folder, 'holder.json');
  const pretend = (changes: object): void => {
    const own = JSON.parse(readFileSync(holder, 'utf8')) as object;
    writeFileSync(holder, JSON.stringify({ ...own, ...changes }));
  };
  return { ...space, lock, held, token, folder, pretend };
}

const NEW: readonly FileWrite[] = [
  { path: 'a.json', content: 'new a' },
  { path: 'sub/c.json', content: 'new c' },
  { path: 'b.json', content: null },
];

/** Leaves what a process leaves that dies right after it has marked its write. */
async function interrupt({ folder, root, pretend }: Locked, files = NEW): Promise<void> {
  await seal(folder, root, await prepare(folder, root, files));
  pretend({ pid: ENDED });
}

function failure(promise: Promise<unknown>): Promise<UserError> {
  return promise.then(
    () => {
      throw new Error('It did not fail.');
    },
    (error: unknown) => {
      if (error instanceof UserError) return error;
      throw error;
    },
  );
}

/** Everything below a folder, by path. */
function tree(root: string): Record<string, string> {
  const files = readdirSync(root, { recursive: true, withFileTypes: true }).filter(each => each.isFile());
  const paths = files.map(each => path.join(each.parentPath, each.name));
  return Object.fromEntries(paths.map(each => [path.relative(root, each), readFileSync(each, 'utf8')]));
}

describe('evidence', () => {
  test('a lock held by a living process is held', async () => {
    const { lock } = await locked();
    expect(await lock.lookAt()).toMatchObject({
      state: 'held',
      evidence: `Its process ${process.pid} is running.`,
      holder: { operation: 'deploy', pid: process.pid },
    });
  });

  test.runIf(process.platform === 'linux').each([
    ['stale', 'has ended', { pid: ENDED }],
    ['stale', 'now belongs to another one', { started: '1' }],
    ['stale', 'restarted', { boot: 'another' }],
    ['unclear', 'another container', { processes: 'pid:[1]' }],
    ['unclear', 'another machine, far, which gave a sign of life', { machine: 'another', host: 'far' }],
    ['unclear', 'cannot be read', { version: 2 }],
    ['unclear', 'cannot be read', { pid: -1 }],
  ])('is %s: %s', async (state, evidence, holder) => {
    const { lock, pretend } = await locked();
    pretend(holder);
    const look = await lock.lookAt();
    expect(look.state).toBe(state);
    expect(look.evidence).toContain(evidence);
  });

  test('a lease that ended on another machine changes the words and not the verdict', async () => {
    const { lock, folder, pretend } = await locked();
    pretend({ machine: 'another' });
    utimesSync(path.join(folder, 'holder.json'), 1_000, 1_000);
    const look = await lock.lookAt();
    expect(look.state).toBe('unclear');
    expect(look.evidence).toContain('no sign of life for a while');
  });

  test.runIf(process.platform === 'linux')('a dead process that nobody has buried is dead', async () => {
    const { lock, pretend } = await locked();
    const parent = spawn('sh', ['-c', 'sleep 0.1 & echo $!; exec sleep 60'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(() => void parent.kill('SIGKILL'));
    const [line] = (await once(parent.stdout, 'data')) as [Buffer];
    const pid = Number(line.toString());
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ');
    pretend({ pid, started: fields?.[19] });
    await expect.poll(async () => (await lock.lookAt()).state).toBe('stale');
  });

  test('who holds it cannot be read: a person decides', async () => {
    const { lock, folder } = await locked();
    writeFileSync(path.join(folder, 'holder.json'), '{');
    expect((await lock.lookAt()).state).toBe('unclear');
    rmSync(path.join(folder, 'holder.json'));
    expect((await lock.lookAt()).state).toBe('stale');
  });
});

describe('taking the lock', () => {
  test('waits until it is released', async () => {
    const { lock, held, root } = await locked();
    const order: string[] = [];
    const second = lock.acquire('second', never).then(next => {
      order.push('taken');
      return next;
    });
    await held.commit([{ path: 'a.json', content: 'first' }]);
    order.push('released');
    await held.release();
    await (await second).release();
    expect(order).toEqual(['released', 'taken']);
    expect(readdirSync(root).sort()).toEqual(['a.json', 'b.json']);
    expect((await lock.lookAt()).state).toBe('free');
  });

  test('ends when cancelled, says who holds it and leaves nothing', async () => {
    const { lock, root } = await locked();
    const error = await failure(lock.acquire('second', AbortSignal.timeout(50)));
    expect(error.code).toBe('not-acquired');
    expect(error.what).toContain(`deploy. Its process ${process.pid} is running.`);
    expect(readdirSync(root).sort()).toEqual(['a.json', 'a.json.lock', 'b.json']);
    expect(readdirSync(path.join(root, 'a.json.lock'))).toHaveLength(1);
  });

  test('takes what a dead holder left', async () => {
    const { lock, pretend, file } = await locked();
    pretend({ pid: ENDED });
    const next = await lock.acquire('next', never);
    await next.commit([{ path: 'a.json', content: 'next' }]);
    await next.release();
    expect(readFileSync(file('a.json'), 'utf8')).toBe('next');
  });

  test('never takes what may be held elsewhere, until a person breaks it', async () => {
    const { lock, pretend, token } = await locked();
    pretend({ machine: 'another' });
    expect((await failure(lock.acquire('next', AbortSignal.timeout(50)))).code).toBe('not-acquired');
    expect(await lock.finishInterrupted()).toEqual([]);
    expect((await lock.lookAt()).state).toBe('unclear');
    await lock.breakLock(token);
    await (await lock.acquire('next', never)).release();
  });

  test('makes the folder it lies in', async () => {
    const { root } = workspace(onTestFinished);
    const held = await new LockFolder(root, '.tako/state').acquire('initialise', never);
    await held.commit([{ path: '.tako/current.json', content: '{}' }]);
    await held.release();
    expect(tree(root)).toEqual({ '.tako/current.json': '{}' });
  });

  test('sweeps what a process left that died before it had the lock', async () => {
    const { lock, held, token, root } = await locked();
    await held.release();
    const dead = token.replace(`-${process.pid}-`, `-${ENDED}-`);
    const elsewhere = token.replace(/^[0-9a-f]{8}/, '00000000');
    const old = token.replace(/^[0-9a-f]{8}/, '11111111');
    for (const each of [dead, elsewhere, old])
      mkdirSync(path.join(root, `a.json.lock.${each}`, each), { recursive: true });
    utimesSync(path.join(root, `a.json.lock.${old}`), 1_000, 1_000);
    await lock.finishInterrupted();
    expect(readdirSync(root).sort()).toEqual(['a.json', `a.json.lock.${elsewhere}`, 'b.json']);
  });

  test.each<Files>([{ 'a.json.lock': 'mine' }, { 'a.json.lock/notes.txt': 'mine' }])(
    'leaves alone what is no lock',
    async files => {
      const { root, write } = workspace(onTestFinished);
      write(files);
      const lock = new LockFolder(root, 'a.json');
      expect((await failure(lock.acquire('deploy', never))).code).toBe('not-a-lock');
      expect((await failure(lock.lookAt())).code).toBe('not-a-lock');
      expect(tree(root)).toEqual(files);
    },
  );
});

describe('breaking the lock', () => {
  test('ends all writing of its holder', async () => {
    const { lock, held, token, file } = await locked();
    await lock.breakLock(token);
    const next = await lock.acquire('next', never);
    expect((await failure(held.commit([{ path: 'a.json', content: 'late' }]))).code).toBe('lock-broken');
    expect((await failure(held.commit(NEW))).code).toBe('lock-broken');
    await held.release();
    expect((await lock.lookAt()).holder?.operation).toBe('next');
    await next.release();
    expect(readFileSync(file('a.json'), 'utf8')).toBe('old a');
    expect(existsSync(file('sub'))).toBe(false);
  });

  test('breaks only the lock that was looked at', async () => {
    const { lock, held, token } = await locked();
    await held.release();
    const next = await lock.acquire('next', never);
    await lock.breakLock(token);
    expect((await lock.lookAt()).state).toBe('held');
    await next.release();
  });
});

describe('a write that was interrupted', () => {
  test('is only told by looking', async () => {
    const all = await locked();
    await interrupt(all);
    const before = tree(all.root);
    const look = await all.lock.lookAt();
    expect(look.state).toBe('interrupted');
    expect(look.committed).toEqual(['a.json', 'sub/c.json', 'b.json'].map(name => all.file(name)));
    expect(tree(all.root)).toEqual(before);
  });

  test('is finished by the next one who takes the lock', async () => {
    const all = await locked();
    await interrupt(all);
    const next = await all.lock.acquire('next', never);
    expect(tree(all.root)).toMatchObject({ 'a.json': 'new a', 'sub/c.json': 'new c' });
    expect(next.recovered).toEqual([
      { finished: ['a.json', 'sub/c.json', 'b.json'].map(name => all.file(name)), left: [] },
    ]);
    await next.release();
    expect(tree(all.root)).toEqual({ 'a.json': 'new a', 'sub/c.json': 'new c' });
  });

  test('is finished once by many at the same time', async () => {
    const all = await locked();
    await interrupt(all);
    await Promise.all(Array.from({ length: 8 }, () => all.lock.finishInterrupted()));
    expect(tree(all.root)).toEqual({ 'a.json': 'new a', 'sub/c.json': 'new c' });
    expect(readdirSync(all.root).sort()).toEqual(['a.json', 'sub']);
  });

  test('is finished by another one where somebody broke the lock and died', async () => {
    const all = await locked();
    await interrupt(all);
    all.pretend({ pid: process.pid });
    const broken = `${all.folder}.broken`;
    renameSync(all.folder, broken);
    expect((await all.lock.lookAt()).state).toBe('interrupted');
    await all.lock.finishInterrupted();
    expect(tree(all.root)).toEqual({ 'a.json': 'new a', 'sub/c.json': 'new c' });
  });

  test('leaves a file that somebody changed since, and keeps the new content aside', async () => {
    const all = await locked();
    await interrupt(all);
    all.write({ 'a.json': 'foreign' });
    const [recovered] = await all.lock.finishInterrupted();
    expect(recovered?.left).toEqual([all.file('a.json')]);
    expect(recovered?.finished).toEqual([all.file('sub/c.json'), all.file('b.json')]);
    expect(tree(all.root)).toMatchObject({ 'a.json': 'foreign', 'sub/c.json': 'new c' });
    expect(readFileSync(path.join(recovered?.aside ?? '', '0'), 'utf8')).toBe('new a');
    expect((await all.lock.lookAt()).state).toBe('free');
  });

  test('is discarded where it was not committed', async () => {
    const all = await locked();
    await prepare(all.folder, all.root, NEW);
    all.pretend({ pid: ENDED });
    expect((await all.lock.lookAt()).state).toBe('stale');
    expect(await all.lock.finishInterrupted()).toEqual([]);
    expect(tree(all.root)).toEqual({ 'a.json': 'old a', 'b.json': 'old b' });
  });

  test.each([
    '{',
    '{"version":2,"steps":[]}',
    '{"version":1,"steps":[{"target":"../x","remove":false,"before":null}]}',
  ])('is kept aside where the mark is none of ours: %s', async mark => {
    const all = await locked();
    all.pretend({ pid: ENDED });
    writeFileSync(path.join(all.folder, '0'), 'hostile');
    writeFileSync(path.join(all.folder, 'commit'), mark);
    const [recovered] = await all.lock.finishInterrupted();
    expect(readFileSync(path.join(recovered?.aside ?? '', '0'), 'utf8')).toBe('hostile');
    expect(existsSync(path.join(all.root, '..', 'x'))).toBe(false);
  });

  test('is not finished where nobody is written down as its holder', async () => {
    const all = await locked();
    await interrupt(all);
    rmSync(path.join(all.folder, 'holder.json'));
    await all.lock.finishInterrupted();
    expect(tree(all.root)).toEqual({ 'a.json': 'old a', 'b.json': 'old b' });
  });
});

const SOMEBODY = 65_534;

/** Root may do everything, so it becomes somebody else for a while. */
async function asOrdinaryUser<T>(work: () => Promise<T>): Promise<T> {
  const isRoot = process.getuid?.() === 0;
  if (isRoot) process.seteuid?.(SOMEBODY);
  try {
    return await work();
  } finally {
    if (isRoot) process.seteuid?.(0);
  }
}

describe.skipIf(process.platform === 'win32')('where the system refuses', () => {
  /** A project of an ordinary user. */
  function open(): Workspace & { lock: LockFolder } {
    const space = workspace(onTestFinished);
    space.write({ 'a.json': 'old a', 'sub/b.json': 'old b' });
    if (process.getuid?.() === 0) {
      for (const each of ['', 'sub', 'a.json', 'sub/b.json']) chownSync(space.file(each), SOMEBODY, 0);
    }
    return { ...space, lock: new LockFolder(space.root, 'a.json') };
  }

  test('a project that is not there is told', async () => {
    const lock = new LockFolder(path.join(workspace(onTestFinished).root, 'gone'), 'a.json');
    for (const attempt of [() => lock.acquire('deploy', never), () => lock.lookAt()]) {
      const { code, what } = await failure(attempt());
      expect([code, what]).toEqual(['ENOENT', 'It is not there.']);
    }
  });

  test('a lock that may not be looked at is told', async () => {
    const { lock, file } = open();
    await asOrdinaryUser(async () => {
      const held = await lock.acquire('deploy', never);
      chmodSync(file('a.json.lock'), 0);
      for (const attempt of [() => lock.lookAt(), () => lock.acquire('second', never)]) {
        expect(await failure(attempt())).toMatchObject({ code: 'EACCES', where: file('a.json.lock') });
      }
      chmodSync(file('a.json.lock'), 0o755);
      await held.release();
    });
  });

  test('what cannot be let go is let go when the next lock is taken, also while its process lives', async () => {
    const { lock, root, file } = open();
    await asOrdinaryUser(async () => {
      const held = await lock.acquire('deploy', never);
      const { token = '' } = await lock.lookAt();
      for (const each of ['a.json.lock', `a.json.lock/${token}`]) chmodSync(file(each), 0o500);
      expect((await failure(held.release())).code).toBe('EACCES');
      for (const each of ['a.json.lock', `a.json.lock/${token}`]) chmodSync(file(each), 0o755);
      await (await lock.acquire('next', never)).release();
    });
    expect(readdirSync(root).sort()).toEqual(['a.json', 'sub']);
  });

  test('what was marked and cannot be finished is told, and finished by the next one', async () => {
    const { lock, file, root } = open();
    chmodSync(file('sub'), 0o555);
    await asOrdinaryUser(async () => {
      const held = await lock.acquire('deploy', never);
      const files = ['a.json', 'sub/b.json'].map(name => ({ path: name, content: `new ${name}` }));
      const { code, what, where } = await failure(held.commit(files));
      expect([code, where]).toEqual(['unfinished', file('sub/b.json')]);
      expect(what).toBe('The write was begun and could not be finished. Access is denied.');
      expect((await lock.lookAt()).state).toBe('interrupted');
      await held.release();
    });
    chmodSync(file('sub'), 0o777);
    const next = await lock.acquire('next', never);
    expect(next.recovered).toMatchObject([{ finished: [file('a.json'), file('sub/b.json')], left: [] }]);
    await next.release();
    expect(tree(root)).toEqual({ 'a.json': 'new a.json', 'sub/b.json': 'new sub/b.json' });
  });

  test('a file that somebody changes while several are written is left, and told', async () => {
    const { file, held, folder, root } = await locked();
    const change = (): unknown =>
      existsSync(path.join(folder, 'commit'))
        ? writeFileSync(file('b.json'), 'foreign')
        : setImmediate(change);
    setImmediate(change);
    const error = await failure(held.commit(NEW));
    expect([error.code, error.where]).toEqual(['partly-written', file('b.json')]);
    const [, aside = ''] = /lies in (.*)\. Compare/.exec(error.next) ?? [];
    expect(existsSync(aside)).toBe(true);
    expect(tree(root)).toMatchObject({ 'a.json': 'new a', 'sub/c.json': 'new c', 'b.json': 'foreign' });
    const next = await new LockFolder(root, 'a.json').acquire('next', never);
    expect(next.recovered).toEqual([]);
    await next.release();
  });
});
