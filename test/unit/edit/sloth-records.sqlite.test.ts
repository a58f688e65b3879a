import os from 'node:os';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, onTestFinished, test } from 'vitest';
import { parseTime } from '../../../src/base/time.ts';
import type { Request } from '../../../src/operations/operation.ts';
import { perform, plan } from '../../kit/operate.ts';
import { writeOpenDatabase } from '../../kit/sloth-database.ts';
import { change, rowsIn } from '../../kit/rows.ts';
import { insertStack } from '../../kit/sloth.ts';
import { MINUTE } from '../../kit/times.ts';
import { workspace } from '../../kit/workspace.ts';
import { NOW, placeOf, read } from '../state/sloth/reading.ts';

const now = () => NOW;

/** Of the sample: locked by somebody until 2099, with a lock that has run out, and never locked. */
const LOCKED = '7b0f4f0e-3f7e-4f6c-9a55-0c1d5e2a9b11';
const EXPIRED = 'c5d2a8b4-1f4b-4c8e-8b0a-6f2e9d7c3a22';
const FREE = 'e9a1c7d6-5b3a-4d2f-a6c8-1b4e7f0d8c33';

async function sample() {
  const space = workspace(onTestFinished);
  return databaseIn(space.sample('sloth-runner/stacks.db'));
}

/** Only the three tables that `stack new` makes. */
async function core() {
  const { file } = workspace(onTestFinished);
  writeOpenDatabase(
    file('stacks.db'),
    database => insertStack(database, { id: FREE, name: 'shop', at: NOW }),
    {
      tables: 'core',
    },
  );
  return databaseIn(file('stacks.db'));
}

async function databaseIn(file: string) {
  const place = await placeOf(file);
  return {
    file,
    place,
    stack: async (id: string) => (await read(file)).stacks.find(stack => stack.id === id),
    /** Somebody else writes. */
    write: (sql: string) => change(file, sql),
    rows: (sql: string) => {
      const database = new DatabaseSync(file);
      const rows = database.prepare(sql).all();
      database.close();
      return rows.map(row => ({ ...row }));
    },
  };
}

function lockRow(stack: string, id: string, until = '2099-01-01 00:00:00+00:00'): string {
  return `INSERT INTO state_locks VALUES ('${stack}', '${id}', 'deploy', 'eva@far', '', '${until}', '')`;
}

type Database = Awaited<ReturnType<typeof sample>>;

interface Case {
  readonly request: (database: Database) => Request | Promise<Request>;
  /** What somebody writes after the operation was applied, such that a look has to see it. */
  readonly breaks: string;
}

const CASES: Readonly<Record<string, Case>> = {
  'sloth.add-tag': {
    request: ({ place }) => ({ operation: 'sloth.add-tag', input: { place, stack: FREE, tag: "it's" } }),
    breaks: 'DELETE FROM stack_tags',
  },
  'sloth.remove-tag': {
    request: ({ place }) => ({
      operation: 'sloth.remove-tag',
      input: { place, stack: EXPIRED, tag: 'staging' },
    }),
    breaks: `INSERT INTO stack_tags (stack_id, tag) VALUES ('${EXPIRED}', 'staging')`,
  },
  'sloth.lock': {
    request: ({ place }) => ({
      operation: 'sloth.lock',
      input: { place, stack: FREE, operation: 'deploy', minutes: 30 },
    }),
    breaks: `DELETE FROM state_locks WHERE stack_id = '${FREE}'`,
  },
  'sloth.unlock': {
    request: ({ place }) => ({
      operation: 'sloth.unlock',
      input: { place, stack: EXPIRED, lockId: 'lock-1760102300' },
    }),
    breaks: lockRow(EXPIRED, 'lock-1760102300'),
  },
  'sloth.break-lock': {
    request: ({ place }) => ({ operation: 'sloth.break-lock', input: { place, stack: LOCKED } }),
    breaks: lockRow(LOCKED, 'lock-1760105620'),
  },
  'sloth.resolve-drift': {
    request: ({ place }) => ({
      operation: 'sloth.resolve-drift',
      input: { place, detection: 4, status: 'resolved' },
    }),
    breaks: `UPDATE drift_detections SET resolution_status = 'ignored'`,
  },
  'sloth.detect-drift': {
    request: ({ place }) => ({
      operation: 'sloth.detect-drift',
      input: { place, stack: EXPIRED, actual: { source: 'snapshot', version: 2 } },
    }),
    breaks: 'DELETE FROM drift_detections WHERE id = 9',
  },
  'sloth.ignore-drift': {
    request: database => ({
      operation: 'sloth.ignore-drift',
      input: { ...openDrift(database), until: NOW + MINUTE, reason: 'It is cheaper so' },
    }),
    breaks: `UPDATE drift_detections SET resolution_status = 'pending'`,
  },
  'sloth.adopt-drift': {
    request: database => ({ operation: 'sloth.adopt-drift', input: openDrift(database) }),
    breaks: `UPDATE resources SET properties = '{}'`,
  },
  'sloth.begin-run': {
    request: database => runOf(database, 'sloth.begin-run'),
    breaks: 'DELETE FROM state_locks',
  },
  'sloth.renew-lock': {
    request: database => begunRunOf(database, 'sloth.renew-lock'),
    breaks: 'DELETE FROM state_locks',
  },
  'sloth.end-run': {
    request: database => begunRunOf(database, 'sloth.end-run'),
    breaks: lockRow(FREE, 'run-1'),
  },
};

function openDrift({ place, write }: Database) {
  write(`UPDATE drift_detections SET resolution_status = 'pending' WHERE id = 4`);
  return { place, detection: 4 };
}

function runOf({ place }: Database, operation: string): Request {
  return { operation, input: { place, stack: FREE, lockId: 'run-1', workflow: 'deploy.sloth' } };
}

async function begunRunOf(database: Database, operation: string): Promise<Request> {
  await perform(runOf(database, 'sloth.begin-run'), { now: () => NOW - MINUTE });
  return runOf(database, operation);
}

describe.each(Object.entries(CASES))('%s', (_, { request: make, breaks }) => {
  test('is planned without a trace, done, verified and undone row by row', async () => {
    const database = await sample();
    const request = await make(database);
    const before = rowsIn(database.file);
    const { title, target, undoable } = await plan(request, now);
    expect(rowsIn(database.file)).toEqual(before);
    expect([title, target].every(text => text.length > 0)).toBe(true);
    const { verdict, undo } = await perform(request, { now });
    expect(verdict).toEqual({ state: 'verified' });
    expect(rowsIn(database.file)).not.toEqual(before);
    expect(undoable).toBe(true);
    if (!undo) throw new Error('no undo');
    expect((await perform(undo, { now })).verdict).toEqual({ state: 'verified' });
    expect(rowsIn(database.file)).toEqual(before);
  });

  test('says that it failed when the world is another one by the time it is looked at', async () => {
    const database = await sample();
    const { verdict } = await perform(await make(database), {
      now,
      step: ({ step, state }) => {
        if (step === 'verify' && state === 'started') database.write(breaks);
      },
    });
    expect(verdict.state).toBe('failed');
  });

  test('refuses a stack that is not recorded, and one that somebody deletes on the way', async () => {
    const database = await sample();
    const request = await make(database);
    const input = { ...(request.input as object), stack: 'none', detection: 99 };
    await expect(perform({ ...request, input }, { now })).rejects.toMatchObject({ code: 'refused' });
    const late = perform(request, {
      now,
      step: ({ step, state }) => {
        if (step === 'apply' && state === 'started')
          database.write('PRAGMA foreign_keys = ON; DELETE FROM stacks');
      },
    });
    await expect(late).rejects.toMatchObject({ name: 'UserError' });
  });
});

describe('a tag', () => {
  const tag = (operation: string, { place }: Database, stack: string, text: string) =>
    perform({ operation, input: { place, stack, tag: text } }, { now });

  test('is written as sloth-runner writes it, and makes the table it needs', async () => {
    const database = await core();
    const { undo } = await tag('sloth.add-tag', database, FREE, 'production');
    expect(database.rows('SELECT * FROM stack_tags')).toEqual([
      { stack_id: FREE, tag: 'production', created_at: '2025-10-10 15:00:00' },
    ]);
    expect((await database.stack(FREE))?.tags).toEqual(['production']);
    if (!undo) throw new Error('no undo');
    await perform(undo, { now });
    expect(database.rows('SELECT * FROM stack_tags')).toEqual([]);
  });

  test('is not added twice, nor removed where it is not, nor anything that is no tag', async () => {
    const database = await sample();
    const before = rowsIn(database.file);
    for (const [operation, text] of [
      ['sloth.add-tag', 'staging'],
      ['sloth.remove-tag', 'production'],
      ['sloth.add-tag', ''],
      ['sloth.add-tag', 'a\nb'],
    ] as const) {
      await expect(tag(operation, database, EXPIRED, text)).rejects.toMatchObject({ code: 'refused' });
    }
    expect(rowsIn(database.file)).toEqual(before);
  });

  test('is left to whoever has locked the stack', async () => {
    const database = await sample();
    const before = rowsIn(database.file);
    await expect(tag('sloth.add-tag', database, LOCKED, 'x')).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringContaining('admin has locked it') as unknown,
    });
    expect(rowsIn(database.file)).toEqual(before);
  });

  test('that somebody else writes in between, or locks, is refused at the last moment', async () => {
    for (const [meanwhile, code] of [
      [`INSERT INTO stack_tags (stack_id, tag) VALUES ('${FREE}', 'x')`, 'changed-meanwhile'],
      [lockRow(FREE, 'l'), 'locked'],
    ] as const) {
      const database = await sample();
      const late = perform(
        { operation: 'sloth.add-tag', input: { place: database.place, stack: FREE, tag: 'x' } },
        {
          now,
          step: ({ step, state }) => {
            if (step === 'apply' && state === 'started') database.write(meanwhile);
          },
        },
      );
      await expect(late).rejects.toMatchObject({ code });
    }
  });
});

test('a lock that has run out is removed by whatever changes its stack, and the log says so', async () => {
  const database = await sample();
  const input = { place: database.place, stack: EXPIRED, tag: 'cleaned' };
  await perform({ operation: 'sloth.add-tag', input }, { now });
  expect(database.rows(`SELECT * FROM state_locks WHERE stack_id = '${EXPIRED}'`)).toEqual([]);
  const [unlocked, tagged] = database.rows('SELECT * FROM state_activity ORDER BY id DESC LIMIT 2').reverse();
  expect(unlocked).toMatchObject({
    activity_type: 'unlock',
    details: '{"message":"Expired lock of ci-runner removed"}',
  });
  expect(tagged).toMatchObject({ activity_type: 'tag', details: '{"message":"Tag cleaned added"}' });
});

describe('a run', () => {
  const run = (database: Database, operation: string, at: number) =>
    perform(runOf(database, operation), { now: () => at });
  const versions = ({ rows }: Database) =>
    rows(`SELECT version, description FROM state_versions WHERE stack_id = '${FREE}' ORDER BY version`).map(
      ({ description }) => description,
    );

  test('is locked while it is alive, and what was there before and after it is kept once', async () => {
    const database = await sample();
    const before = versions(database);
    await run(database, 'sloth.begin-run', NOW);
    for (const minutes of [20, 40, 60]) await run(database, 'sloth.renew-lock', NOW + minutes * MINUTE);
    const lock = (await database.stack(FREE))?.lock;
    expect([lock?.operation, lock?.until]).toEqual(['run deploy.sloth', NOW + 90 * MINUTE]);
    database.write(`UPDATE stacks SET status = 'completed', execution_count = 1 WHERE id = '${FREE}'`);
    await run(database, 'sloth.end-run', NOW + 70 * MINUTE);
    expect((await database.stack(FREE))?.lock).toBeUndefined();
    const kept = [...before, 'Before run of deploy.sloth', 'After run of deploy.sloth'];
    expect(versions(database)).toEqual(kept);
    await run(database, 'sloth.begin-run', NOW + 80 * MINUTE);
    await run(database, 'sloth.end-run', NOW + 81 * MINUTE);
    expect(versions(database)).toEqual(kept);
  });

  test('is not begun while anybody holds the stack, and its lock is not renewed when it was broken', async () => {
    const database = await sample();
    await run(database, 'sloth.begin-run', NOW);
    await expect(run(database, 'sloth.begin-run', NOW + MINUTE)).rejects.toMatchObject({ code: 'refused' });
    database.write('DELETE FROM state_locks');
    await expect(run(database, 'sloth.renew-lock', NOW + MINUTE)).rejects.toMatchObject({ code: 'refused' });
    await run(database, 'sloth.end-run', NOW + MINUTE);
  });
});

describe('a lock', () => {
  const me = `${os.userInfo().username}@${os.hostname()}`;
  const lock = ({ place }: Database, stack: string, operation = 'deploy <v2>', minutes = 30) =>
    perform({ operation: 'sloth.lock', input: { place, stack, operation, minutes } }, { now });
  const refused = { code: 'refused' };

  test('is written as sloth-runner writes it, with its line in the log, and makes the tables', async () => {
    const database = await core();
    await lock(database, FREE);
    const [row = {}] = database.rows('SELECT * FROM state_locks');
    expect(row).toMatchObject({ stack_id: FREE, operation: 'deploy <v2>', who: me, info: '' });
    expect(row.created_at).toMatch(/^2025-10-1\d \d\d:\d\d:00[+-]\d\d:\d\d$/);
    expect([parseTime(row.created_at), parseTime(row.expires_at)]).toEqual([NOW, NOW + 30 * MINUTE]);
    const { id, verdict } = (await database.stack(FREE))?.lock ?? {};
    expect(verdict).toBe('held');
    await perform(
      { operation: 'sloth.unlock', input: { place: database.place, stack: FREE, lockId: id } },
      { now },
    );
    expect(database.rows('SELECT * FROM state_locks')).toEqual([]);
    const line = { stack_id: FREE, resource_id: '', user: me, created_at: '2025-10-10 15:00:00' };
    expect(database.rows('SELECT * FROM state_activity')).toEqual([
      {
        ...line,
        id: 1,
        activity_type: 'lock',
        details: '{"message":"State locked for deploy \\u003cv2\\u003e"}',
      },
      { ...line, id: 2, activity_type: 'unlock', details: '{"message":"State unlocked"}' },
    ]);
  });

  test('that has not run out is taken over by nobody, not even by its own holder', async () => {
    const database = await sample();
    await expect(lock(database, LOCKED)).rejects.toMatchObject(refused);
    await lock(database, FREE);
    const before = rowsIn(database.file);
    await expect(lock(database, FREE)).rejects.toMatchObject(refused);
    expect(rowsIn(database.file)).toEqual(before);
  });

  test('that has run out is replaced; one without a purpose or an end is none', async () => {
    const database = await sample();
    for (const [operation, minutes] of [
      ['', 5],
      ['x', 0],
      ['x', Infinity],
      ['x', Number.NaN],
    ] as const) {
      await expect(lock(database, EXPIRED, operation, minutes)).rejects.toMatchObject(refused);
    }
    await lock(database, EXPIRED);
    expect((await database.stack(EXPIRED))?.lock).toMatchObject({ by: me, verdict: 'held' });
  });

  test('that somebody takes at the last moment is theirs', async () => {
    const database = await sample();
    const request = {
      operation: 'sloth.lock',
      input: { place: database.place, stack: FREE, operation: 'x', minutes: 5 },
    };
    const late = perform(request, {
      now,
      step: ({ step, state }) => {
        if (step === 'apply' && state === 'started') database.write(lockRow(FREE, 'theirs'));
      },
    });
    await expect(late).rejects.toMatchObject({ code: 'locked' });
    expect((await database.stack(FREE))?.lock).toMatchObject({ id: 'theirs' });
  });

  test("is let go only by its holder's hand; breaking it asks as much as it should, with evidence", async () => {
    const database = await sample();
    const { place } = database;
    const unlock = { operation: 'sloth.unlock', input: { place, stack: LOCKED, lockId: 'lock-1760105620' } };
    await expect(perform(unlock, { now })).rejects.toMatchObject(refused);
    const another = { operation: 'sloth.unlock', input: { place, stack: EXPIRED, lockId: 'lock-1' } };
    await expect(perform(another, { now })).rejects.toMatchObject(refused);
    const breaking = (stack: string) => ({ operation: 'sloth.break-lock', input: { place, stack } });
    const live = await plan(breaking(LOCKED), now);
    expect(live).toMatchObject({ risk: 'typed', target: 'prod-web' });
    expect(live.findings.map(({ severity, text }) => [severity, text])).toEqual([
      ['info', 'admin, deployment, 2025-10-10T14:13:40.123Z'],
      ['warning', 'Not released; runs out at 2100-01-01 02:59 UTC.'],
    ]);
    expect((await plan(breaking(EXPIRED), now)).risk).toBe('confirm');
    await expect(perform(breaking(FREE), { now })).rejects.toMatchObject(refused);
    const late = perform(breaking(LOCKED), {
      now,
      step: ({ step, state }) => {
        if (step === 'apply' && state === 'started')
          database.write(`UPDATE state_locks SET lock_id = 'theirs'`);
      },
    });
    await expect(late).rejects.toMatchObject({ code: 'changed-meanwhile' });
  });
});

describe('the resolution of a drift', () => {
  const resolve = ({ place }: Database, detection: number, status: string) =>
    perform({ operation: 'sloth.resolve-drift', input: { place, detection, status } }, { now });

  test('changes that one value of that one row, with a line in the log, and opens it again', async () => {
    const database = await sample();
    database.write('DELETE FROM state_locks'); // one has run out, and would be removed as well
    const before = rowsIn(database.file);
    for (const status of ['resolved', 'pending'] as const) {
      await resolve(database, 4, status);
      const drifts = before.drift_detections?.map(row =>
        row.id === 4 ? { ...row, resolution_status: status } : row,
      );
      const { state_activity: activity = [], ...rows } = rowsIn(database.file);
      expect({ ...rows, state_activity: before.state_activity }).toEqual({
        ...before,
        drift_detections: drifts,
      });
      expect(activity.at(-1)).toMatchObject({
        activity_type: 'drift',
        resource_id: `${EXPIRED}/terraform/database/postgres-staging`,
        details: `{"message":"Drift ${status === 'resolved' ? 'resolved' : 'opened again'}"}`,
      });
      const drift = (await database.stack(EXPIRED))?.drift.find(({ drifted }) => drifted);
      expect(drift?.resolution).toBe(status);
    }
  });

  test('is refused where it is so already, older than the newest, nowhere, or on a locked stack', async () => {
    const database = await sample();
    const before = rowsIn(database.file);
    for (const [detection, status] of [
      [5, 'pending'],
      [2, 'pending'],
      [99, 'resolved'],
      [6, 'resolved'],
    ] as const) {
      await expect(resolve(database, detection, status)).rejects.toMatchObject({ code: 'refused' });
    }
    expect(rowsIn(database.file)).toEqual(before);
  });
});
