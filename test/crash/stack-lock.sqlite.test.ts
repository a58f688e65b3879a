import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, onTestFinished, test } from 'vitest';
import { child } from '../kit/child.ts';
import { writeOpenDatabase } from '../kit/sloth-database.ts';
import { insertStack } from '../kit/sloth.ts';
import { workspace } from '../kit/workspace.ts';
import { figures, LOCK_ATTEMPTS } from './counts.ts';

const PROCESSES = 4;

test(
  'a stack has never two holders of its lock, whatever several processes try',
  { timeout: 3_600_000 },
  async () => {
    const file = workspace(onTestFinished).file('stacks.db');
    // Without the tables of locks: they are made by whoever comes first.
    writeOpenDatabase(file, database => insertStack(database, { id: 'one', name: 'one', at: 0 }), {
      tables: 'core',
    });
    const locker = path.join(import.meta.dirname, 'stack-locker.ts');
    const lockers = Array.from({ length: PROCESSES }, () =>
      child(locker, [file, 'one', String(LOCK_ATTEMPTS)]),
    );
    const taken = await Promise.all(lockers.map(async ({ line }) => Number(await line())));
    const codes = await Promise.all(lockers.map(({ ended }) => ended));
    const times = taken.reduce((sum, each) => sum + each, 0);
    figures(`${PROCESSES} processes tried ${LOCK_ATTEMPTS} times each to lock a stack`, [
      `${times} times taken, ${codes.filter(code => code !== 0).length} met another holder`,
    ]);
    expect(codes).toEqual(codes.map(() => 0));
    expect(times).toBeGreaterThan(0);
    expect(times).toBeLessThan(PROCESSES * LOCK_ATTEMPTS); // they did meet
    const database = new DatabaseSync(file);
    const log = database
      .prepare('SELECT activity_type AS type, count(*) AS n FROM state_activity GROUP BY 1')
      .all();
    database.close();
    expect(log.map(each => ({ ...each }))).toEqual([
      { type: 'lock', n: times },
      { type: 'unlock', n: times },
    ]);
  },
);
