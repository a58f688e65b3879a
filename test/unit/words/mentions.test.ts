import fc from 'fast-check';
import { expect, test } from 'vitest';
import { mentionsIn } from '../../../src/words/mentions.ts';

const filesIn = (text: string) =>
  [...mentionsIn(text)].flatMap(({ file }) =>
    file ? [`${file.name}${file.line ? ` line ${file.line}` : ''}`] : [],
  );

test('files are named with and without a line', () => {
  expect(filesIn('at ./web/shop.js:12:5 ("tako.yaml:3") in worker/Dockerfile, see README.md.')).toEqual([
    'web/shop.js line 12',
    'tako.yaml line 3',
    'worker/Dockerfile',
    'README.md',
  ]);
});

test('what belongs to an address or to another folder names no file', () => {
  expect(
    filesIn('https://acme.test/web/shop.js file:///etc/passwd.txt /etc/hosts.conf C:\\web\\shop.js'),
  ).toEqual([]);
  expect(filesIn('command:workbench.action.quit')).toEqual([]);
});

test('ids and commits are words, from where they begin to where they end', () => {
  const text = '{ "id": "deploy-20261120-185651", "git_commit": "a1b2c3d" } (rel-7).';
  const words = [...mentionsIn(text)].map(each => [each.text, text.slice(each.start, each.end)]);
  for (const [word, there] of words) expect(word).toBe(there);
  expect(words.map(([word]) => word)).toEqual(['deploy-20261120-185651', 'git_commit', 'a1b2c3d', 'rel-7']);
});

test('mentions follow each other, whatever the text', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom('a', 'b', '.', '/', ':', '1', '@', ' ', '-', '"', '\\', '\n') }),
      text => {
        let end = 0;
        for (const mention of mentionsIn(text)) {
          expect(mention.start).toBeGreaterThanOrEqual(end);
          expect(text.slice(mention.start, mention.end)).toBe(mention.text);
          ({ end } = mention);
        }
      },
    ),
  );
});
