import { describe, expect, it, onTestFinished } from 'vitest';
import { MASK } from '../../../../src/base/clean.ts';
import type { Project } from '../../../../src/state/model.ts';
import { CORE_TABLES, STATE_TABLES } from '../../../kit/sloth-schema.ts';
import { workspace } from '../../../kit/workspace.ts';
import { read, stackOf, textOf, writeDatabase } from './reading.ts';

const ALL_TABLES = CORE_TABLES + STATE_TABLES;

function stack(id: string, columns: Readonly<Record<string, string>> = {}): string {
  const all = { id: `'${id}'`, name: `'${id}'`, ...columns };
  return `INSERT INTO stacks (${Object.keys(all).join()}) VALUES (${Object.values(all).join()});`;
}

async function readSql(sql: string): Promise<Project> {
  return read(await writeDatabase(workspace(onTestFinished).file('stacks.db'), sql));
}

function texts({ findings }: Project): string[] {
  return findings.map(({ severity, text }) => `${severity}: ${text}`);
}

describe('what is not there', () => {
  it('is normal for the tables of the state backend', async () => {
    const project = await readSql(CORE_TABLES + stack('one'));
    expect(project.findings).toEqual([]);
    expect(stackOf(project, 'one')).toMatchObject({
      snapshots: [],
      drift: [],
      activity: [],
      lock: undefined,
      moreSnapshots: false,
    });
  });

  it('is normal for columns', async () => {
    const project = await readSql(
      `CREATE TABLE stacks (id TEXT, name TEXT); INSERT INTO stacks VALUES ('a', 'one'), ('b', NULL);
       CREATE TABLE resources (id TEXT, stack_id TEXT); INSERT INTO resources VALUES ('r', 'a');`,
    );
    expect(project.findings).toEqual([]);
    expect(project.stacks.map(({ name, outcome }) => [name, outcome])).toEqual([
      ['one', 'unknown'],
      ['b', 'unknown'],
    ]);
    expect(stackOf(project, 'one').resources).toMatchObject([{ id: 'r', name: 'r', type: '' }]);
  });

  it('may be every value there can be', async () => {
    const nullable = ALL_TABLES.replaceAll('NOT NULL', '');
    const tables = [...nullable.matchAll(/CREATE TABLE IF NOT EXISTS (\w+)/g)].map(([, name]) => name ?? '');
    const rows = tables.map(table =>
      table === 'stacks'
        ? `INSERT INTO stacks (id, status) VALUES ('a', NULL), (NULL, NULL), (NULL, NULL); UPDATE stacks SET created_at = NULL, updated_at = NULL;`
        : table === 'resource_dependencies'
          ? ''
          : `INSERT OR IGNORE INTO ${table} (stack_id) VALUES ('a'), ('a');`,
    );
    const project = await readSql(nullable + rows.join(''));
    expect(project.stacks.map(({ name }) => name)).toEqual(['a', '2', '3']);
    const [stack] = project.stacks;
    for (const list of [
      project.stacks,
      stack?.resources,
      stack?.activity,
      stack?.events,
      stack?.executions,
    ]) {
      expect(list?.length).toBeGreaterThan(1);
      expect(new Set(list?.map(({ key }) => key)).size).toBe(list?.length);
    }
    // A snapshot without a number cannot be shown; nothing else is missed.
    expect(texts(project)).toEqual([
      'warning: Stack a: state_versions.version is not a number; it is left out.',
    ]);
    expect(stack).toMatchObject({ status: '', outcome: 'unknown', lock: { verdict: 'stale' } });
  });
});

describe('what is odd', () => {
  it('in JSON is one finding with the name of the stack, and the row stays', async () => {
    const project = await readSql(
      ALL_TABLES +
        stack('one', { outputs: `'{"a":1'`, metadata: `'[1]'`, configuration: `'null'` }) +
        stack('two', { outputs: `'{"b":2}'` }) +
        `INSERT INTO state_activity (stack_id, activity_type, details) VALUES ('one','x','{'), ('one','y','{');`,
    );
    expect(texts(project)).toEqual([
      'warning: Stack one: stacks.outputs is not valid JSON; it is left out.',
      'warning: Stack one: stacks.metadata is not an object; it is left out.',
      'warning: Stack one: state_activity.details is not valid JSON; it is left out.',
    ]);
    const [finding] = project.findings;
    expect(finding).toMatchObject({ code: 'json-syntax', key: stackOf(project, 'one').key });
    expect(finding?.at?.file).toMatch(/stacks\.db$/);
    expect(stackOf(project, 'one')).toMatchObject({ outputs: {}, configuration: {}, metadata: {} });
    expect(stackOf(project, 'one').activity.map(({ type }) => type)).toEqual(['y', 'x']);
    expect(stackOf(project, 'two').outputs).toEqual({ b: 2 });
  });

  it('in a type is left out and told', async () => {
    const project = await readSql(
      ALL_TABLES +
        stack('one', { execution_count: `'many'`, last_duration: `x'00'`, updated_at: `'yesterday'` }) +
        `INSERT INTO state_versions (id, stack_id, version, state_snapshot) VALUES ('a','one','x','{}'), ('b','one',2,'{}');`,
    );
    expect(texts(project)).toEqual([
      'warning: Stack one: stacks.last_duration is too long, or no text; it is left out.',
      'warning: Stack one: state_versions.version is not a number; it is left out.',
      'warning: Stack one: stacks.updated_at is not a time; it is left out.',
      'warning: Stack one: stacks.execution_count is not a number; it is left out.',
    ]);
    expect(stackOf(project, 'one').snapshots.map(({ version }) => version)).toEqual([2]);
  });

  it('in a status is a stack of unknown outcome', async () => {
    const project = await readSql(
      CORE_TABLES +
        ['success', 'ROLLED_BACK', 'pending', 'running', 'paused']
          .map(status => stack(status, { status: `'${status}'` }))
          .join(''),
    );
    expect(Object.fromEntries(project.stacks.map(({ status, outcome }) => [status, outcome]))).toEqual({
      success: 'succeeded',
      ROLLED_BACK: 'rolled-back',
      pending: 'pending',
      running: 'running',
      paused: 'unknown',
    });
  });

  it('in size is not loaded', async () => {
    const project = await readSql(
      ALL_TABLES + stack('one', { last_error: `hex(zeroblob(3000000))`, description: `'short'` }),
    );
    expect(texts(project)).toEqual([
      'warning: Stack one: stacks.last_error is too long, or no text; it is left out.',
    ]);
    expect(stackOf(project, 'one').description).toBe('short');
  });

  it('in number is bounded, and told', async () => {
    const project = await readSql(
      `${CORE_TABLES} WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1203)
       INSERT INTO stacks (id, name, updated_at) SELECT i, 's' || i, datetime(1700000000 + i, 'unixepoch') FROM n;`,
    );
    expect(project.stacks).toHaveLength(1000);
    expect(project.stacks[0]?.name).toBe('s1203');
    expect(texts(project)).toEqual(['warning: Only the newest 1000 of 1203 stacks are read.']);
  });

  it('in findings is bounded, too', async () => {
    const stacks = Array.from({ length: 50 }, (_, index) => stack(`s${index}`, { outputs: `'{'` }));
    const project = await readSql(CORE_TABLES + stacks.join(''));
    expect(project.stacks).toHaveLength(50);
    expect(project.findings).toHaveLength(31);
    expect(project.findings.at(-1)?.text).toBe('20 more findings in this file.');
  });
});

describe('times', () => {
  it('are compared as times, whatever their form and zone', async () => {
    const forms = {
      oldest: `'2026-11-20 20:00:00-03:00'`, // 23:00 UTC
      second: `'2026-11-20 23:30:00'`, // UTC
      third: `'2026-11-21T01:00:00.5+01:00'`, // 00:00:00.5 UTC
      fourth: '1795219201', // 00:00:01 UTC, in seconds
      newest: `'2026-11-20 21:00:02-03:00'`, // 00:00:02 UTC
    };
    const stacks = Object.entries(forms).map(([id, updated_at]) => stack(id, { updated_at }));
    const project = await readSql(
      CORE_TABLES.replaceAll('updated_at DATETIME', 'updated_at') + stacks.join(''),
    );
    expect(project.findings).toEqual([]);
    expect(project.stacks.map(({ name }) => name)).toEqual(Object.keys(forms).reverse());
  });

  it('beyond what a date can hold do not stop anything', async () => {
    const project = await readSql(
      ALL_TABLES + stack('one') + `INSERT INTO state_locks VALUES ('one','l','op','ana',9e18,9e18,'');`,
    );
    expect(stackOf(project, 'one').lock).toMatchObject({ by: 'ana', verdict: 'stale' });
  });
});

describe('what people may not see', () => {
  const CANARY = 'canary-Zx81';

  it('is masked in every place of the model and in documents', async () => {
    const secret = `'{"db_password":"${CANARY}","nested":{"apiToken":"${CANARY}"},"cmd":"login --password=${CANARY}"}'`;
    const text = `'token=${CANARY}'`;
    const file = await writeDatabase(
      workspace(onTestFinished).file('stacks.db'),
      ALL_TABLES +
        stack('one', {
          description: text,
          last_error: text,
          outputs: secret,
          configuration: secret,
          metadata: secret,
        }) +
        `INSERT INTO resources (id, stack_id, type, name, module, properties, error_message) VALUES ('r','one','t','n','m',${secret},${text});
         INSERT INTO state_versions VALUES ('v','one',1,${secret},'2026-11-20 23:57:21','ana',${text},'');
         INSERT INTO drift_detections (stack_id, resource_id, expected_state, actual_state, drift_fields) VALUES ('one','r',${secret},${secret},'[]');
         INSERT INTO state_locks VALUES ('one','l',${text},${text},'','2099-01-01 00:00:00','');
         INSERT INTO stack_tags VALUES ('one',${text},'');
         INSERT INTO state_activity (stack_id, activity_type, details, user) VALUES ('one','x','{"message":"token=${CANARY}"}',${text});
         INSERT INTO state_events VALUES ('e','x','2026-11-20 23:57:21',${text},'one','one','{"reason":"token=${CANARY}"}','info');
         INSERT INTO stack_executions (stack_id, status, error_message) VALUES ('one','failed',${text});
         INSERT INTO state_backups (id, stack_id, version, backup_path) VALUES ('b','one',1,${text});
         CREATE TABLE state_config (key TEXT PRIMARY KEY, value TEXT);
         INSERT INTO state_config VALUES ('password','${CANARY}');`,
    );
    const project = await read(file);
    const one = stackOf(project, 'one');
    expect(one.drift).toHaveLength(1);
    expect(one.outputs).toEqual({
      db_password: MASK,
      nested: { apiToken: MASK },
      cmd: `login --password=${MASK}`,
    });
    const documents = [await textOf(file, one.key), await textOf(file, one.snapshots[0]?.key ?? one.key)];
    expect(documents[1]).toContain(`login --password=${MASK}`);
    expect(JSON.stringify(project) + documents.join('')).not.toContain(CANARY);
  });

  it('is not shown of a snapshot that is not valid JSON', async () => {
    const file = await writeDatabase(
      workspace(onTestFinished).file('stacks.db'),
      ALL_TABLES +
        stack('one') +
        `INSERT INTO state_versions (id, stack_id, version, state_snapshot) VALUES ('v','one',1,'{"salt":"${CANARY}"');`,
    );
    const [snapshot] = stackOf(await read(file), 'one').snapshots;
    expect(await textOf(file, snapshot?.key ?? stackOf(await read(file), 'one').key)).toBe(
      'This snapshot is not valid JSON and is not shown.',
    );
  });

  it('are control and direction characters in names', async () => {
    const name = `'a' || char(8238) || 'b' || char(27) || '[31mc' || char(10) || 'd'`;
    const project = await readSql(CORE_TABLES + stack('x', { name }));
    expect(project.stacks[0]?.name).toBe('abc d');
  });
});

it('shows a long snapshot in full and says how large one is that is not shown', async () => {
  const file = await writeDatabase(
    workspace(onTestFinished).file('stacks.db'),
    ALL_TABLES +
      stack('one') +
      `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 700)
         INSERT INTO state_versions (id, stack_id, version, state_snapshot)
         SELECT 'a', 'one', 1, json_group_array(json_object('name', printf('%0*d', 400, i))) FROM n;
       INSERT INTO state_versions (id, stack_id, version, state_snapshot) VALUES ('b', 'one', 2, '"' || hex(zeroblob(34000000)) || '"');`,
  );
  const [large, long] = stackOf(await read(file), 'one').snapshots;
  if (!large || !long) throw new Error('no snapshots');
  expect(await textOf(file, large.key)).toBe('This snapshot has 68 MB. Up to 67 MB are read.');
  const items = JSON.parse(await textOf(file, long.key)) as { name: string }[];
  expect(items).toHaveLength(700);
  expect(items.at(-1)?.name).toBe('700'.padStart(400, '0'));
});
