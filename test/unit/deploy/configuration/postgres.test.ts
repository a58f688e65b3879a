import { expect, test } from 'vitest';
import { connectionOf } from '../../../../src/deploy/configuration/postgres.ts';

const TIME = { PGCONNECT_TIMEOUT: '10' };

test.each<readonly [string, Readonly<Record<string, string>>]>([
  [
    'postgres://app:p%40ss%2Fw@db:5433/shop?sslmode=require',
    {
      PGHOST: 'db',
      PGPORT: '5433',
      PGUSER: 'app',
      PGPASSWORD: 'p@ss/w',
      PGDATABASE: 'shop',
      PGSSLMODE: 'require',
    },
  ],
  [
    'postgresql://[::1]/shop?connect_timeout=3',
    { PGHOST: '::1', PGDATABASE: 'shop', PGCONNECT_TIMEOUT: '3' },
  ],
  [
    'postgres:///shop?host=/run/postgresql&user=app',
    { PGHOST: '/run/postgresql', PGUSER: 'app', PGDATABASE: 'shop' },
  ],
  // What is no setting of a connection is one of the session.
  [
    'postgres://db/shop?search_path=a%2C%20b&options=-c%20lock_timeout%3D1s',
    { PGHOST: 'db', PGDATABASE: 'shop', PGOPTIONS: '-c search_path=a,\\ b -c lock_timeout=1s' },
  ],
  [
    `host=db user = app password='it\\'s a \\\\' dbname=shop`,
    { PGHOST: 'db', PGUSER: 'app', PGPASSWORD: `it's a \\`, PGDATABASE: 'shop' },
  ],
])('%s', (text, expected) => {
  expect(Object.fromEntries(connectionOf(text) ?? [])).toEqual({ ...TIME, ...expected });
});

test.each([
  ['mysql://app@db/shop'],
  ['postgres://a:1,b:2/shop'],
  ['dbname=shop'],
  ['host=db nonsense'],
  ["host='db"],
  ['postgres://db/shop%0Aname'],
  ['postgres://db/shop?a%20-c%20b=c'],
  [''],
])('%j is none', text => {
  expect(connectionOf(text)).toBeUndefined();
});
