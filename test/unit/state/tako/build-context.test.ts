import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { UserError } from '../../../../src/base/errors.ts';
import { hashContext } from '../../../../src/state/tako/build-context.ts';
import { writeFiles, type Files } from '../../../kit/files.ts';
import { workspace, type Workspace } from '../../../kit/workspace.ts';
import { never } from './writing.ts';

const DEFINITION = { context: '.', args: {} };

function context(files: Files): Workspace {
  const space = workspace(onTestFinished);
  space.write({ Dockerfile: 'FROM node', ...files });
  return space;
}

async function names(
  root: string,
  about: Partial<Parameters<typeof hashContext>[1]> = {},
): Promise<string[]> {
  return [...(await hashContext(root, { ...DEFINITION, ...about }, never)).keys()];
}

function sha256(text: string | Buffer): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}

async function refusal(work: Promise<unknown>): Promise<UserError> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof UserError) return error;
  throw new Error('It was not refused.', { cause: error });
}

describe('checksums of a build context', () => {
  test('are the SHA-256 of the bytes, by path', async () => {
    const texts = { Dockerfile: 'FROM node', empty: '', 'src/deep/a b.txt': 'ü', 'src/index.js': 'run();\n' };
    const { root } = context(texts);
    const sums = await hashContext(root, DEFINITION, never);
    expect(sums).toEqual(new Map(Object.entries(texts).map(([name, text]) => [name, sha256(text)])));
    expect(sums.get('empty')).toBe('sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
  });

  test('leave out where builds are recorded', async () => {
    const { root } = context({
      '.tako/state.json': '',
      '.shipshape/journal.jsonl': '',
      'a/.tako/x': '',
      b: '',
    });
    expect(await names(root)).toEqual(['Dockerfile', 'b']);
  });

  test('tell an executable file from one that is not', async () => {
    const { root, file } = context({ 'run.sh': 'true\n' });
    const before = (await hashContext(root, DEFINITION, never)).get('run.sh');
    chmodSync(file('run.sh'), 0o755);
    expect((await hashContext(root, DEFINITION, never)).get('run.sh')).not.toBe(before);
    chmodSync(file('run.sh'), 0o600);
    expect((await hashContext(root, DEFINITION, never)).get('run.sh')).toBe(before);
  });

  test('are those of what links say, not of what they lead to', async () => {
    const outside = context({ secret: 'one' });
    const { root, file, write } = context({ 'lib/a': '1', target: 'x' });
    symlinkSync('target', file('link'));
    symlinkSync('lib', file('folder'));
    symlinkSync(outside.file('secret'), file('far'));
    symlinkSync('nowhere', file('broken'));
    symlinkSync('.', file('circle'));
    const before = await hashContext(root, DEFINITION, never);
    expect([...before.keys()]).toEqual([
      'Dockerfile',
      'broken',
      'circle',
      'far',
      'folder',
      'lib/a',
      'link',
      'target',
    ]);
    write({ target: 'y' });
    outside.write({ secret: 'two' });
    const after = await hashContext(root, DEFINITION, never);
    const changed = [...after].filter(([name, sum]) => before.get(name) !== sum).map(([name]) => name);
    expect(changed).toEqual(['target']);
    expect(after.get('link')).not.toBe(sha256('target'));
  });

  test('leave pipes alone', async () => {
    const { root, file } = context({});
    execFileSync('mkfifo', [file('pipe')]);
    expect(await names(root)).toEqual(['Dockerfile']);
  });

  test('are of the context and not of the project', async () => {
    const { root } = context({
      'app/Dockerfile': 'FROM a',
      'app/a': '',
      'app/.dockerignore': 'b',
      'app/b': '',
    });
    expect(await names(root, { context: './app/' })).toEqual(['.dockerignore', 'Dockerfile', 'a']);
  });

  test('have the Dockerfile that is named, wherever in the project it is', async () => {
    const { root, file, write } = context({ 'app/a': '', 'docker/web.Dockerfile': 'FROM a', real: 'FROM b' });
    const about = { context: 'app', dockerfile: '../docker/web.Dockerfile' };
    expect(await names(root, about)).toEqual(['../docker/web.Dockerfile', 'a']);
    symlinkSync('../real', file('app/Dockerfile'));
    const linked = { ...DEFINITION, context: 'app' };
    const before = (await hashContext(root, linked, never)).get('Dockerfile');
    expect(before).toBe(sha256('FROM b'));
    write({ real: 'FROM c' });
    expect((await hashContext(root, linked, never)).get('Dockerfile')).not.toBe(before);
  });
});

describe('.dockerignore', () => {
  test.each<[name: string, rules: string, sent: readonly string[]]>([
    ['nothing', '', ['a.md', 'b.md', 'node_modules/x/README.md', 'src/a.js', 'src/a.md', 'src/b/c.md']],
    ['a folder', 'node_modules', ['a.md', 'b.md', 'src/a.js', 'src/a.md', 'src/b/c.md']],
    ['a folder with a slash', '/src/', ['a.md', 'b.md', 'node_modules/x/README.md']],
    ['one level', '*.md', ['node_modules/x/README.md', 'src/a.js', 'src/a.md', 'src/b/c.md']],
    ['every level', '**/*.md', ['src/a.js']],
    ['an exception', '**/*.md\n!src/**/c.md', ['src/a.js', 'src/b/c.md']],
    [
      'the last rule counts',
      '!a.md\n*.md\n!b.md',
      ['b.md', 'node_modules/x/README.md', 'src/a.js', 'src/a.md', 'src/b/c.md'],
    ],
    ['all but one folder', '*\n!src/b', ['src/b/c.md']],
    ['all but one folder by a pattern', '**\n!*/b/*', ['src/b/c.md']],
    [
      'comments, blanks and line ends of Windows',
      '# src\r\n\r\n  src  \r\n#a.md',
      ['a.md', 'b.md', 'node_modules/x/README.md'],
    ],
    [
      'case counts',
      'SRC\nA.md',
      ['a.md', 'b.md', 'node_modules/x/README.md', 'src/a.js', 'src/a.md', 'src/b/c.md'],
    ],
    [
      'one character and classes',
      '?.md\nsrc/[a-b].[!x]s',
      ['node_modules/x/README.md', 'src/a.js', 'src/a.md', 'src/b/c.md'],
    ],
    ['a byte order mark', '\ufeffsrc', ['a.md', 'b.md', 'node_modules/x/README.md']],
  ])('leaves out: %s', async (_, rules, sent) => {
    const { root } = context({
      '.dockerignore': rules,
      'a.md': '',
      'b.md': '',
      'src/a.js': '',
      'src/a.md': '',
      'src/b/c.md': '',
      'node_modules/x/README.md': '',
    });
    expect(await names(root)).toEqual(['.dockerignore', 'Dockerfile', ...sent]);
  });

  test('never leaves out the Dockerfile and itself', async () => {
    const { root } = context({ '.dockerignore': '**', 'docker/web': 'FROM a', a: '' });
    expect(await names(root)).toEqual(['.dockerignore', 'Dockerfile']);
    expect(await names(root, { dockerfile: './docker/web' })).toEqual(['.dockerignore', 'docker/web']);
  });

  test('of the Dockerfile comes before the one of the context', async () => {
    const { root } = context({
      '.dockerignore': 'a',
      'b.Dockerfile': 'FROM b',
      'b.Dockerfile.dockerignore': 'b',
      a: '',
      b: '',
    });
    expect(await names(root)).toEqual([
      '.dockerignore',
      'Dockerfile',
      'b',
      'b.Dockerfile',
      'b.Dockerfile.dockerignore',
    ]);
    expect(await names(root, { dockerfile: 'b.Dockerfile' })).toEqual([
      '.dockerignore',
      'Dockerfile',
      'a',
      'b.Dockerfile',
      'b.Dockerfile.dockerignore',
    ]);
  });

  test('takes characters that mean nothing to Docker as they are', async () => {
    const odd = ['app/(shop)/x', 'a+b', 'a{1}', 'x|y', 'a.b', '$x'];
    const { root } = context({
      '.dockerignore': odd.join('\n'),
      ...Object.fromEntries(odd.map(each => [each, ''])),
      aab: '',
      aXb: '',
      a: '',
    });
    expect(await names(root)).toEqual(['.dockerignore', 'Dockerfile', 'a', 'aXb', 'aab']);
  });

  test('does not look into what is ignored as a whole', async () => {
    const { root } = context({ '.dockerignore': 'node_modules\n*.md\n!README.md', 'README.md': '' });
    const many = Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`node_modules/${index}`, '']));
    writeFiles(root, many);
    const sums = await hashContext(root, DEFINITION, never, { files: 10, bytes: 1e6 });
    expect([...sums.keys()]).toEqual(['.dockerignore', 'Dockerfile', 'README.md']);
  });

  const part = fc.constantFrom('a', 'b', 'ab', 'a+b', '(a)', '.a', 'A');
  const pathOf = fc.array(part, { minLength: 1, maxLength: 3 }).map(parts => parts.join('/'));

  test('a list of paths leaves out exactly these and what is below them', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(pathOf, { maxLength: 12 }),
        fc.array(pathOf, { maxLength: 4 }),
        async (paths, rules) => {
          const { root } = context({});
          const files = paths.filter(
            each => !paths.some(other => other !== each && other.startsWith(`${each}/`)),
          );
          writeFiles(root, {
            ...Object.fromEntries(files.map(each => [each, each])),
            '.dockerignore': rules.join('\n'),
          });
          const isOut = (each: string): boolean =>
            rules.some(rule => each === rule || each.startsWith(`${rule}/`));
          const sent = files.filter(each => !isOut(each));
          expect(await names(root)).toEqual([...sent, 'Dockerfile', '.dockerignore'].sort());
        },
      ),
      { numRuns: 60 },
    );
  });

  test('an exception for a path brings back exactly it and what is below it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(pathOf, { maxLength: 12 }), pathOf, async (paths, exception) => {
        const { root } = context({});
        const files = paths.filter(
          each => !paths.some(other => other !== each && other.startsWith(`${each}/`)),
        );
        writeFiles(root, {
          ...Object.fromEntries(files.map(each => [each, each])),
          '.dockerignore': `**\n!${exception}`,
        });
        const sent = files.filter(each => each === exception || each.startsWith(`${exception}/`));
        expect(await names(root)).toEqual([...sent, 'Dockerfile', '.dockerignore'].sort());
      }),
      { numRuns: 40 },
    );
  });
});

describe('a context that is not looked at', () => {
  test.each<[what: string, about: object, says: string]>([
    ['none', { context: 'gone' }, 'The build needs gone, which is not there.'],
    ['outside', { context: '..' }, 'The build needs .., which lies outside of the project.'],
    ['absolute', { context: '/' }, 'The build needs /, which lies outside of the project.'],
    ['through a link', { context: 'out' }, 'The build needs out, which lies outside of the project.'],
    ['without a value', { context: '' }, 'The build context is a variable without a value.'],
    ['a file', { context: 'file' }, 'The build needs Dockerfile, which is not there.'],
    ['without a Dockerfile', { context: 'app' }, 'The build needs Dockerfile, which is not there.'],
    [
      'Dockerfile outside',
      { dockerfile: '../../../../../../etc/passwd' },
      'The build needs ../../../../../../etc/passwd, which lies outside of the project.',
    ],
  ])('%s', async (_, about, says) => {
    const { root, file } = context({ file: '', 'app/a': '' });
    symlinkSync('/usr', file('out'));
    const error = await refusal(hashContext(root, { ...DEFINITION, ...about }, never));
    expect(error.what).toBe(says);
  });

  test('too many files, too many bytes, too deep', async () => {
    const { root, write } = context({ a: 'x'.repeat(600), b: 'x'.repeat(600), c: '' });
    const hash = (files: number, bytes: number) => hashContext(root, DEFINITION, never, { files, bytes });
    expect((await hash(4, 1209)).size).toBe(4);
    expect((await refusal(hash(3, 1e9))).message).toContain('holds more than 3 files');
    expect((await refusal(hash(4, 1208))).message).toContain(
      'Name what the build does not need in .dockerignore.',
    );
    write({ [`${'d/'.repeat(70)}x`]: '' });
    expect((await refusal(hash(1000, 1e9))).what).toContain('more than 64 folders inside each other');
  });

  test.each([
    ['[z-a]', 'A pattern in it is not valid.'],
    ['**/*a*a*a*b', 'A pattern in it has more than 4 wildcards.'],
  ])('a pattern like %s', async (pattern, says) => {
    const { root } = context({ '.dockerignore': pattern, a: '' });
    const error = await refusal(hashContext(root, DEFINITION, never));
    expect([error.what, path.basename(error.where)]).toEqual([says, '.dockerignore']);
  });

  test('patterns of four wildcards take no time', async () => {
    const { root } = context({
      '.dockerignore': '**/**/**/**/**/**/**/*a*a*b\n*a*a*a*b',
      ['a'.repeat(200)]: '',
      [`${'a'.repeat(40)}/`.repeat(20) + 'a'.repeat(200)]: '',
    });
    expect(await names(root)).toHaveLength(4);
  });

  test('a cancelled one', async () => {
    const { root } = context({ a: '' });
    const gone = AbortSignal.abort(new Error('enough'));
    await expect(hashContext(root, DEFINITION, gone)).rejects.toThrow('enough');
  });
});
