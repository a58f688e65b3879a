import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readDotenv, type DotenvForm, type Reading } from '../../../src/base/dotenv.ts';

function valuesOf(text: string, form: DotenvForm, reading: Partial<Reading> = {}): Record<string, string> {
  return Object.fromEntries(readDotenv(text, form, { lookup: () => undefined, ...reading }));
}

describe('a value is what the tool takes it for', () => {
  test.each<readonly [written: string, tako: string, stagecraft: string, compose: string]>([
    ['p#ss$1', 'p#ss$1', 'p', 'p#ss$1'],
    ['#ff0000', '#ff0000', '', '#ff0000'],
    ['word # said', 'word # said', 'word', 'word'],
    ['"a # b" # said', '"a # b" # said', 'a # b', 'a # b'],
    [String.raw`"say \"hi\" now"`, String.raw`say \"hi\" now`, 'say "hi" now', 'say "hi" now'],
    [String.raw`"1\n2\\n"`, String.raw`1\n2\\n`, '1\n2\\n', '1\n2\\n'],
    [String.raw`'1\n2'`, String.raw`1\n2`, String.raw`1\n2`, String.raw`1\n2`],
    ["'a$B#c'", 'a$B#c', 'a$B#c', 'a$B#c'],
    [String.raw`"\$B$$C"`, String.raw`\$B$$C`, String.raw`\$B$$C`, '$B$C'],
    ['a"b', 'a"b', 'a"b', 'a"b'],
    ['  spaces at both ends  ', ...three('spaces at both ends')],
    ['" kept "', ...three(' kept ')],
    ['a=b=c', ...three('a=b=c')],
    ['', ...three('')],
    ['"', ...three('"')],
  ])('%s', (written, tako, stagecraft, compose) => {
    const text = `# first\n\nexport A=${written}\r\n  B = next\nnothing\n`;
    expect(valuesOf(text, 'tako')).toEqual({ A: tako, B: 'next' });
    expect(valuesOf(text, 'stagecraft')).toEqual({ A: stagecraft, B: 'next' });
    expect(valuesOf(text, 'compose')).toEqual({ A: compose, B: 'next' });
  });

  test('several lines in quotes are one value of Compose, a line each of the others', () => {
    const text = 'KEY="-----BEGIN\nabc=\n-----END"\nB=1';
    expect(valuesOf(text, 'compose')).toEqual({ KEY: '-----BEGIN\nabc=\n-----END', B: '1' });
    const lines = { KEY: '"-----BEGIN', abc: '', B: '1' };
    expect(valuesOf(text, 'tako')).toEqual(lines);
    expect(valuesOf(text, 'stagecraft')).toEqual(lines);
  });

  test('a name that stands alone has the value of Compose that it has outside', () => {
    const lookup = (name: string): string | undefined => (name === 'A' ? 'outside' : undefined);
    expect(valuesOf('A\nB\nC: yaml', 'compose', { lookup })).toEqual({ A: 'outside', C: 'yaml' });
  });

  test('what a comment of Stagecraft cuts off is told', () => {
    const cut: string[] = [];
    valuesOf('A=p#ss\nB="p#ss"\nC=p # ss\nD=#ff0000', 'stagecraft', { cut: name => cut.push(name) });
    expect(cut).toEqual(['A', 'D']);
  });
});

const three = (text: string): readonly [string, string, string] => [text, text, text];

describe('variables in values', () => {
  const URL = 'URL=postgres://app:${PASSWORD}@db\nPASSWORD=p$1\n';

  test('are those outside of the file, then those in it', () => {
    const lookup = (name: string): string | undefined => (name === 'PASSWORD' ? 'outside' : undefined);
    expect(valuesOf(URL, 'tako').URL).toBe('postgres://app:p$1@db');
    expect(valuesOf(URL, 'stagecraft').URL).toBe('postgres://app:p$1@db');
    // Compose reads from top to bottom.
    expect(valuesOf(URL, 'compose').URL).toBe('postgres://app:@db');
    expect(valuesOf(`PASSWORD=p$$1\n${URL}`, 'compose').URL).toBe('postgres://app:p$1@db');
    for (const form of ['tako', 'stagecraft', 'compose'] as const)
      expect(valuesOf(URL, form, { lookup }).URL).toBe('postgres://app:outside@db');
  });

  test('that have no value are told, also where a file does not know itself', () => {
    const missing: string[] = [];
    const told = { missing: (name: string) => missing.push(name) };
    expect(valuesOf('A=${B}-${C:-x}\nB=1', 'tako', told)).toEqual({ A: '1-', B: '1' });
    expect(valuesOf('A=${B}\nB=1', 'tako', { ...told, knowsItself: false })).toEqual({ A: '', B: '1' });
    expect(missing).toEqual(['C:-x', 'B']);
  });

  test('values that double each other do not grow for ever', () => {
    const lines = Array.from({ length: 60 }, (_, index) => `A${index + 1}=\${A${index}}\${A${index}}`);
    for (const form of ['tako', 'stagecraft', 'compose'] as const) {
      const values = valuesOf(`A0=1234567890\n${lines.join('\n')}`, form);
      expect(Object.values(values).join('').length).toBeLessThan(4 * 1024 * 1024);
    }
  });
});

describe('a value that was written in quotes comes back as it was', () => {
  const QUOTED: Readonly<Record<DotenvForm, (value: string) => string>> = {
    tako: value => `"${value}"`,
    stagecraft: value => `"${value.replaceAll(/["\\]/g, String.raw`\$&`)}"`,
    compose: value => `"${value.replaceAll(/["\\$]/g, String.raw`\$&`)}"`,
  };
  const WORDS = fc.oneof(
    fc.string({ unit: fc.constantFrom(...Array.from('#"\'$\\=:{} \tanexport\u2028é')) }),
    fc.string({ unit: 'binary' }).filter(each => !/[\r\n]/.test(each)),
  );

  test.each(['tako', 'stagecraft', 'compose'] as const)('%s', form => {
    fc.assert(
      fc.property(
        WORDS.filter(each => !each.includes('${') || form === 'compose'),
        value => {
          const text = `A=${QUOTED[form](value)}\nB=1`;
          expect(valuesOf(text, form)).toEqual({ A: value, B: '1' });
        },
      ),
    );
  });

  test('in single quotes nothing means anything to Compose', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...Array.from('#"$={}\n a')) }), value => {
        expect(valuesOf(`A='${value}'\nB=1`, 'compose')).toEqual({ A: value, B: '1' });
      }),
    );
  });
});
