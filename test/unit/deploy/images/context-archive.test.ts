import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { archiveOf } from '../../../../src/deploy/images/context-archive.ts';
import { hashContext, listContext } from '../../../../src/state/tako/build-context.ts';
import { workspace } from '../../../kit/workspace.ts';

const never = new AbortController().signal;
const DEFINITION = { context: '.', args: {} };

/** Packs a context and unpacks it with the tar of the system. */
async function unpacked(root: string, dockerfile = 'Dockerfile'): Promise<string> {
  const { root: folder } = workspace(onTestFinished);
  const files = await listContext(root, { ...DEFINITION, dockerfile }, never);
  const tar = spawn('tar', ['-xpf', '-', '-C', folder], { stdio: ['pipe', 'inherit', 'inherit'] });
  const ended = new Promise<number | null>(resolve => tar.once('close', resolve));
  await pipeline(archiveOf(files, dockerfile, never), tar.stdin);
  expect(await ended).toBe(0);
  return folder;
}

const name = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('a', 'b', 'src', 'x y', 'ü', '文件', '-rf', '@a', '=', 'run.sh') },
  { weight: 1, arbitrary: fc.integer({ min: 95, max: 200 }).map(length => 'n'.repeat(length)) },
);
const size = fc.oneof(fc.constantFrom(0, 1, 511, 512, 513, 1024), fc.integer({ min: 0, max: 200_000 }));
const entry = fc.oneof(
  fc.record({ kind: fc.constant('file' as const), size, executable: fc.boolean() }),
  fc.record({
    kind: fc.constant('link' as const),
    target: fc.constantFrom('a', '../b', '/etc/hostname', `${'deep/'.repeat(40)}x`),
  }),
);
const tree = fc.uniqueArray(fc.tuple(fc.array(name, { minLength: 1, maxLength: 4 }), entry), {
  selector: ([parts]) => parts.join('/'),
  maxLength: 12,
});
const ignored = fc.array(
  fc.constantFrom('a', '**/b', 'src', '!src/a', '*.sh', 'Dockerfile', '.dockerignore'),
  {
    maxLength: 3,
  },
);

test('what docker build gets is what is hashed: the same files, bytes, links and executables', async () => {
  let compared = 0;
  await fc.assert(
    fc.asyncProperty(tree, ignored, async (entries, lines) => {
      const { root } = workspace(onTestFinished);
      writeFileSync(path.join(root, 'Dockerfile'), 'FROM scratch\n');
      writeFileSync(path.join(root, '.dockerignore'), lines.join('\n'));
      for (const [parts, made] of entries) {
        const file = path.join(root, ...parts);
        try {
          mkdirSync(path.dirname(file), { recursive: true });
          if (made.kind === 'link') symlinkSync(made.target, file);
          else writeFileSync(file, 'x'.repeat(made.size), { mode: made.executable ? 0o755 : 0o640 });
        } catch {
          continue; // a file stands where a folder would be, or the other way
        }
      }
      const sums = await hashContext(root, DEFINITION, never);
      compared += sums.size;
      // What it leaves out is left out of what it left in as well.
      expect(await hashContext(await unpacked(root), DEFINITION, never)).toEqual(sums);
    }),
    { numRuns: 60 },
  );
  expect(compared).toBeGreaterThan(200);
});

test('a Dockerfile that is a link arrives as its text, and last', async () => {
  const space = workspace(onTestFinished);
  space.write({ 'build/real': 'FROM scratch', 'app/z.txt': 'z' });
  symlinkSync('../build/real', path.join(space.root, 'app/Dockerfile'));
  const files = await listContext(space.root, { context: 'app', args: {} }, never);
  const file = path.join(space.root, 'archive.tar');
  const chunks: Buffer[] = [];
  for await (const chunk of archiveOf(files, 'Dockerfile', never)) chunks.push(chunk);
  writeFileSync(file, Buffer.concat(chunks));
  const list = execFileSync('tar', ['-tvf', file], { encoding: 'utf8' });
  expect(list.trim().split('\n')).toEqual([
    expect.stringMatching(/^-rw-.* z\.txt$/),
    expect.stringMatching(/^-rw-.* Dockerfile$/),
  ]);
  expect(execFileSync('tar', ['-xOf', file, 'Dockerfile'], { encoding: 'utf8' })).toBe('FROM scratch');
});

test('a file that shrinks or grows while it is sent ends it', async () => {
  for (const text of ['', 'x'.repeat(200_000)]) {
    const space = workspace(onTestFinished);
    space.write({ Dockerfile: 'FROM scratch', big: 'x'.repeat(100_000) });
    const files = await listContext(space.root, DEFINITION, never);
    const archive = archiveOf(files, 'Dockerfile', never);
    await archive.next(); // its header, with its size
    writeFileSync(path.join(space.root, 'big'), text);
    const rest = (async () => {
      for await (const chunk of archive) expect(chunk.length).toBeGreaterThan(0);
    })();
    await expect(rest).rejects.toMatchObject({ code: 'build-context', where: path.join(space.root, 'big') });
  }
});
