import { expect, test } from 'vitest';
import { clean } from '../../../src/base/clean.ts';
import { keyOf } from '../../../src/base/finding.ts';
import type { Activity } from '../../../src/state/model.ts';
import { activityCsv, activityJson } from '../../../src/words/activity.ts';

const ACTIVITY: readonly Activity[] = [
  {
    key: keyOf('1'),
    type: clean('lock'),
    text: clean('State locked for "deploy", quickly'),
    by: clean('ana'),
    at: Date.UTC(2026, 0, 2, 3, 4, 5),
  },
  { key: keyOf('2'), type: clean('snapshot'), text: clean('=HYPERLINK("http://example.test")') },
];

test('activity is a table that spreadsheets read, without formulas', () => {
  expect(activityCsv(ACTIVITY)).toBe(
    'time,type,user,resource,message\r\n' +
      '2026-01-02T03:04:05Z,lock,ana,,"State locked for ""deploy"", quickly"\r\n' +
      `,snapshot,,,"'=HYPERLINK(""http://example.test"")"\r\n`,
  );
});

test('activity is a list that programs read', () => {
  expect(JSON.parse(activityJson(ACTIVITY))).toEqual([
    {
      time: '2026-01-02T03:04:05Z',
      type: 'lock',
      user: 'ana',
      resource: '',
      message: 'State locked for "deploy", quickly',
    },
    { time: '', type: 'snapshot', user: '', resource: '', message: '=HYPERLINK("http://example.test")' },
  ]);
});
