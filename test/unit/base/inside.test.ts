import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { appendLine, beginFile } from '../../../src/base/append.ts';
import { readDocument } from '../../../src/base/document.ts';
import { UserError } from '../../../src/base/errors.ts';
import { thisProcess } from '../../../src/base/evidence.ts';
import { acquireFlock } from '../../../src/base/flock.ts';
import { placeInside } from '../../../src/base/inside.ts';
import { LockFolder } from '../../../src/base/lock.ts';
import { workspace } from '../../kit/workspace.ts';

const NAMES = 500;
const never = new AbortController().signal;

/** A project with links in it, beside what must not be touched. */
function project(): { root: string; outside: string } {
  const { file, write } = workspace(onTestFinished);
  write({ 'project/a/b.json': '{}', 'project/file': '', 'project/.git/hooks/': '', 'outside/key': 'secret' });
  const root = file('project');
  for (const [name, target] of [
    ['in', 'a'],
    ['out', '../outside'],
    ['out-file', '../outside/key'],
    ['absolute', file('outside')],
    ['chain', 'out'],
    ['back', 'a/../..'],
    ['loop', 'loop'],
    ['nowhere', 'missing'],
    ['git', '.git'],
  ] as const) {
    symlinkSync(target, path.join(root, name));
  }
  return { root, outside: file('outside') };
}

const PARTS = [
  '..',
  '.',
  '',
  'a',
  'in',
  'out',
  'out-file',
  'absolute',
  'chain',
  'back',
  'loop',
  'nowhere',
  'git',
  'file',
  '.git',
  '.GIT',
  'new',
  '...',
  '..\\..',
  'C:',
  '~',
  '%2e%2e',
  '\u0000',
  'a\u0000b',
  '\n',
  '\ud800',
  'key',
  '．．',
  '\u202e',
  'é',
  'x'.repeat(255),
  'x'.repeat(256),
  'prod',
  'hooks',
  '-rf',
  '$(id)',
  'nul',
];

const hostile = fc.oneof(
  fc.array(fc.constantFrom(...PARTS), { minLength: 1, maxLength: 5 }).map(parts => parts.join('/')),
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.string({ unit: fc.constantFrom('.', '/', '\\', 'a', '\u0000'), maxLength: 12 }),
);

test('no name leads out of the project', async () => {
  const { root } = project();
  const real = realpathSync(root);
  let accepted = 0;
  await fc.assert(
    fc.asyncProperty(hostile, async name => {
      const place = await placeInside(root, name).catch((error: unknown) => {
        if (!(error instanceof UserError)) throw error;
      });
      if (place === undefined) return;
      accepted++;
      expect(place.startsWith(`${real}${path.sep}`)).toBe(true);
      expect(path.normalize(place)).toBe(place);
      expect(place.toLowerCase()).not.toContain(`${path.sep}.git`);
    }),
    { numRuns: NAMES },
  );
  expect(accepted).toBeGreaterThan(0);
});

/** The lock of a holder who died when a write of that file was marked. */
async function leave(root: string, name: string): Promise<void> {
  const who = { version: 1, user: 'me', host: 'here', operation: 'test', since: 0, leaseMs: 0 };
  const folder = path.join(root, 'dead.lock', '00000000-1-1-0123456789abcdef');
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    path.join(folder, 'holder.json'),
    JSON.stringify({ ...(await thisProcess()), ...who, boot: 'another' }),
  );
  writeFileSync(path.join(folder, '0'), 'x');
  const step = { target: name, remove: false, before: null };
  writeFileSync(path.join(folder, 'commit'), JSON.stringify({ version: 1, steps: [step] }));
}

test('nothing that makes a path of a hostile name touches anything outside', async () => {
  const { root, outside } = project();
  const around = path.dirname(root);
  const held = await new LockFolder(root, 'state').acquire('test', never);
  let [done, refused] = [0, 0];
  await fc.assert(
    fc.asyncProperty(hostile, async name => {
      const soon = (): AbortSignal => AbortSignal.timeout(500);
      await leave(root, name);
      const attempts: readonly (() => Promise<unknown>)[] = [
        () => held.commit([{ path: name, content: 'x' }]),
        () => held.commit([{ path: name, content: null }]),
        () => readDocument(root, name),
        () => appendLine(root, name, 'x'),
        () => beginFile(root, name, 'x'),
        () => new LockFolder(root, name).acquire('test', soon()).then(own => own.release()),
        () => acquireFlock(root, name, 'test', soon()).then(own => own.release()),
        () => new LockFolder(root, 'dead').finishInterrupted(),
      ];
      for (const attempt of attempts) {
        try {
          await attempt();
          done++;
        } catch (error) {
          if (!(error instanceof UserError)) throw error;
          refused++;
        }
      }
    }),
    { numRuns: NAMES },
  );
  await held.release();
  expect(readdirSync(around).sort()).toEqual(['outside', 'project']);
  expect(readdirSync(outside)).toEqual(['key']);
  expect(readFileSync(path.join(outside, 'key'), 'utf8')).toBe('secret');
  expect(readdirSync(path.join(root, '.git'), { recursive: true })).toEqual(['hooks']);
  expect([done, refused].every(times => times > NAMES)).toBe(true);
});

test.each([
  ['a/b.json', 'a/b.json'],
  ['in/b.json', 'a/b.json'],
  ['new/deep/c.json', 'new/deep/c.json'],
  ['in/new/c.json', 'a/new/c.json'],
  ['a/..b', 'a/..b'],
])('%s is %s', async (name, expected) => {
  const { root } = project();
  expect(await placeInside(root, name)).toBe(path.join(realpathSync(root), expected));
});

test('a project that is reached by a link is written where it really lies', async () => {
  const { root } = project();
  const folder = mkdtempSync(path.join(path.dirname(root), 'by-'));
  symlinkSync(root, path.join(folder, 'link'));
  expect(await placeInside(path.join(folder, 'link'), 'a')).toBe(path.join(realpathSync(root), 'a'));
});

test.each([
  ['out/key', 'out of the project'],
  ['chain/key', 'out of the project'],
  ['back/outside/key', 'out of the project'],
  ['loop', 'leads nowhere'],
  ['nowhere', 'leads nowhere'],
  ['file/x', 'A file stands'],
  ['.GIT/hooks/x', 'folder of Git'],
  ['git/hooks/x', 'folder of Git'],
  ['../outside/key', 'not the name'],
])('%s is refused: %s', async (name, reason) => {
  const { root } = project();
  await expect(placeInside(root, name)).rejects.toThrow(reason);
});
