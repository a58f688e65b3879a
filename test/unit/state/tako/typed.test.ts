import fc from 'fast-check';
import { expect, test } from 'vitest';
import { shifted, type Replacement } from '../../../../src/base/span.ts';
import { parseConfig } from '../../../../src/state/tako/config.ts';

test('keys move along with what is typed, to where parsing finds them then', () => {
  const block = fc.record({
    name: fc.constantFrom('prod', 'staging', 'dev', 'test'),
    services: fc.uniqueArray(fc.constantFrom('web', 'api', 'db'), { maxLength: 3 }),
  });
  const typing = fc.record({
    kind: fc.constantFrom('insert', 'value', 'service', 'environment', 'append'),
    at: fc.nat(),
    line: fc.constantFrom('', '  # prod:', '      # web: {}\t', '    '),
  });
  fc.assert(
    fc.property(
      fc.uniqueArray(block, { selector: ({ name }) => name, minLength: 1 }),
      fc.constantFrom('\n', '\r\n'),
      fc.array(typing, { minLength: 1, maxLength: 6 }),
      (blocks, eol, edits) => {
        const lines = blocks.flatMap(({ name, services }) => [
          `  ${name}:`,
          '    services:',
          ...services.map(each => `      ${each}: { replicas: 1 }`),
        ]);
        let text = ['environments:', ...lines, ''].join(eol);
        let keys: readonly Named[] = keysIn(text);
        for (const edit of edits) {
          const change = changeOf(edit, text, eol);
          text =
            text.slice(0, change.rangeOffset) +
            change.text +
            text.slice(change.rangeOffset + change.rangeLength);
          keys = shifted(keys, [change]);
        }
        expect(keys).toEqual(keysIn(text).filter(({ name }) => name !== 'new'));
      },
    ),
    { numRuns: 1_000 },
  );
});

interface Named {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

/** The keys that parsing finds. */
function keysIn(text: string): readonly Named[] {
  const report = (): void => undefined;
  const config = parseConfig({ file: '', text, report }, { lookup: () => undefined, secrets: [] })?.config;
  return (config?.environments ?? []).flatMap(({ name, start, end, services }) => [
    { name, start, end },
    ...services.map(each => ({ name: each.name, start: each.start, end: each.end })),
  ]);
}

/** A line put in somewhere, another value, or a service or an environment that is taken out or added. */
function changeOf(edit: { kind: string; at: number; line: string }, text: string, eol: string): Replacement {
  const replace = (from: number, to: number, typed: string): Replacement => ({
    rangeOffset: from,
    rangeLength: to - from,
    text: typed,
  });
  const pick = (places: readonly number[]): number => places[edit.at % places.length] ?? text.length;
  const starts = (pattern: RegExp): number[] => [...text.matchAll(pattern)].map(({ index }) => index);
  if (edit.kind === 'append') return replace(text.length, text.length, `  new:${eol}`);
  if (edit.kind === 'value') {
    const at = pick(starts(/(?<=replicas: )1/g));
    return replace(at, Math.min(at + 1, text.length), at < text.length ? '12' : '');
  }
  if (edit.kind === 'service') {
    const at = pick(starts(/^ {6}\w/gm));
    const next = text.indexOf('\n', at);
    return replace(at, next === -1 ? text.length : next + 1, '');
  }
  if (edit.kind === 'environment') {
    const all = starts(/^ {2}\w/gm);
    const at = pick(all);
    return replace(at, all.find(each => each > at) ?? text.length, '');
  }
  const at = pick(starts(/(?<=\n)/g));
  return replace(at, at, `${edit.line}${eol}`);
}
