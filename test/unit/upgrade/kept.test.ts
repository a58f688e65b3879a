import { describe, expect, test } from 'vitest';
import { changesTo, thingsOf, together, unlike } from '../../../src/upgrade/kept.ts';

const digest = (letter: string): string => letter.repeat(64);
const file = (path: string, letter = 'a', mode = '644', owner = '0 0'): string =>
  `f ${mode} ${owner} .${path} -> \n${digest(letter)}  .${path}\n`;

describe('What was kept and what stands', () => {
  test('differ in content, mode, owner, kind and where links lead', () => {
    const wanted = thingsOf(
      file('/etc/a') +
        file('/etc/b') +
        file('/etc/c') +
        file('/etc/d') +
        'l 777 0 0 ./etc/e -> there\n' +
        file('/etc/f'),
    );
    const standing = thingsOf(
      file('/etc/a') +
        file('/etc/b', 'b', '600', '1 1') +
        'd 755 0 0 ./etc/c -> \n' +
        'l 777 0 0 ./etc/e -> elsewhere\n' +
        file('/etc/f') +
        file('/etc/g'),
    );
    expect(changesTo(wanted, standing)).toEqual([
      { path: ['/etc/b'], kind: 'changed', to: 'other content, mode 600 → 644, owner 1:1 → 0:0' },
      { path: ['/etc/c'], kind: 'changed', to: 'another kind of file, other content, mode 755 → 644' },
      { path: ['/etc/d'], kind: 'added' },
      { path: ['/etc/e'], kind: 'changed', to: 'other content' },
      { path: ['/etc/g'], kind: 'removed' },
    ]);
    expect(changesTo(wanted, wanted)).toEqual([]);
  });

  test('are told by the first that differs, and how many others do', () => {
    const told = (standing: string) => unlike(changesTo(thingsOf(''), thingsOf(standing)));
    expect(told('')).toBeUndefined();
    expect(told(file('/etc/a'))).toBe('/etc/a is not as it was kept');
    expect(told(file('/etc/a') + file('/etc/b'))).toBe('/etc/a is not as it was kept, and one other');
    expect(told(file('/etc/a') + file('/etc/b') + file('/etc/c'))).toBe(
      '/etc/a is not as it was kept, and 2 others',
    );
  });

  test('also differ where names are hostile or lines are nothing', () => {
    const odd =
      file('/etc/x -> y') +
      file("/etc/'; $(touch EXECUTED)") +
      '\\' +
      digest('c') +
      '  ./etc/new\\nline\nrest\n';
    expect(changesTo(thingsOf(odd), thingsOf(odd))).toEqual([]);
    for (const spoiled of [
      odd.replace('rest', 'more'),
      odd.replace(digest('c'), digest('d')),
      odd.replace('x ->', 'z ->'),
    ])
      expect(changesTo(thingsOf(odd), thingsOf(spoiled))).not.toEqual([]);
  });

  test('lie one over the other: what was kept first comes last, and takes away what came below its paths', () => {
    const late = {
      paths: ['/etc/cni', '/etc/new'],
      things: thingsOf('d 755 0 0 ./etc/cni -> \n' + file('/etc/cni/late')),
    };
    const first = { paths: ['/etc/cni', '/etc/old'], things: thingsOf(file('/etc/old', 'b')) };
    expect([...together([late, first]).keys()]).toEqual(['/etc/old']);
    expect([...together([first, late]).keys()]).toEqual(['/etc/old', '/etc/cni', '/etc/cni/late']);
    const beside = { paths: ['/etc/cn'], things: thingsOf('') };
    expect(together([late, beside]).has('/etc/cni/late')).toBe(true);
  });
});
