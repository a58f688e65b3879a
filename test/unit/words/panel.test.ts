import fc from 'fast-check';
import { expect, test } from 'vitest';
import { clean } from '../../../src/base/clean.ts';
import { keyOf } from '../../../src/base/finding.ts';
import type { Page } from '../../../src/words/page.ts';
import { actionOn, messageFrom, subjectFrom } from '../../../src/words/panel.ts';

const KEY = keyOf('stack', 'a');

const PAGE: Page = {
  title: clean('Page'),
  summary: [],
  actions: [{ id: 'shipshape.checkDrift', title: clean('Check') }],
  tables: [
    {
      title: clean('Table'),
      empty: clean('Empty'),
      columns: [clean('Column')],
      rows: [
        {
          id: 'row',
          cells: [{ text: clean('Cell') }],
          actions: [{ id: 'shipshape.resolveDrift', title: clean('Resolve'), key: KEY }],
        },
      ],
    },
  ],
};

test('a message is one of the protocol, and nothing else of it is taken over', () => {
  expect(messageFrom({ type: 'ready', id: 'x' })).toEqual({ type: 'ready' });
  expect(messageFrom({ type: 'act', id: 'x', extra: 1 })).toEqual({ type: 'act', id: 'x' });
  expect(messageFrom({ type: 'act', id: 'x', key: 'y' })).toEqual({ type: 'act', id: 'x', key: 'y' });
});

test.each([
  undefined,
  null,
  'ready',
  7,
  [],
  [{ type: 'ready' }],
  {},
  { type: 'page' },
  { type: 'act' },
  { type: 'act', id: 7 },
  { type: 'act', id: 'x', key: null },
  { type: 'act', id: 'x', key: ['y'] },
  { type: 'command', command: 'workbench.action.closeWindow' },
])('%j is no message', value => {
  expect(messageFrom(value)).toBeUndefined();
});

test('what can be started is what the page offers, with the key it offers it for', () => {
  expect(actionOn(PAGE, { id: 'shipshape.checkDrift' })?.title).toBe('Check');
  expect(actionOn(PAGE, { id: 'shipshape.resolveDrift', key: KEY })?.title).toBe('Resolve');
  expect(actionOn(PAGE, { id: 'shipshape.checkDrift', key: KEY })).toBeUndefined();
  expect(actionOn(PAGE, { id: 'shipshape.resolveDrift' })).toBeUndefined();
  expect(actionOn(PAGE, { id: 'shipshape.resolveDrift', key: keyOf('stack', 'b') })).toBeUndefined();
  expect(actionOn(PAGE, { id: 'workbench.action.closeWindow' })).toBeUndefined();
});

test('whatever a webview sends, only offered actions come of it', () => {
  const offered = [...PAGE.actions, ...PAGE.tables.flatMap(({ rows }) => rows.flatMap(row => row.actions))];
  const word = fc.constantFrom(
    'type',
    'act',
    'ready',
    'id',
    'key',
    '__proto__',
    'shipshape.deleteStack',
    KEY,
  );
  const text = fc.oneof(word, fc.string(), fc.constantFrom(...offered.map(({ id }) => id)));
  const value = fc.oneof(
    fc.jsonValue(),
    fc.dictionary(word, text),
    fc.record({ type: text, id: text, key: text }),
  );
  fc.assert(
    fc.property(value, sent => {
      const message = messageFrom(sent);
      if (message?.type !== 'act') return;
      const action = actionOn(PAGE, message);
      if (action) expect(offered).toContain(action);
    }),
  );
});

test('a panel is about what it kept, where that is whole', () => {
  const subject = { use: 'drift', keys: [KEY] };
  expect(subjectFrom({ subject, filter: 'x' })).toEqual(subject);
  for (const damaged of [
    undefined,
    null,
    {},
    { use: 'drift' },
    { use: 1, keys: [] },
    { use: 'drift', keys: [1] },
  ])
    expect(subjectFrom({ subject: damaged })).toBeUndefined();
  expect(subjectFrom(undefined)).toBeUndefined();
});
