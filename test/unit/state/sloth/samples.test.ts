import { chmodSync, copyFileSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { clean, MASK } from '../../../../src/base/clean.ts';
import { keyBelow, keyOf } from '../../../../src/base/finding.ts';
import { utcText } from '../../../../src/base/time.ts';
import type { Stack } from '../../../../src/state/model.ts';
import { slothSource } from '../../../../src/state/sloth/source.ts';
import { workspace } from '../../../kit/workspace.ts';
import { footprint, never, NOW, placeOf, read, stackOf, textOf, writeDatabase } from './reading.ts';
import { placesIn } from '../read-project.ts';

const PROD_WEB = '7b0f4f0e-3f7e-4f6c-9a55-0c1d5e2a9b11';
const STAGING_DB = 'c5d2a8b4-1f4b-4c8e-8b0a-6f2e9d7c3a22';

function sample(name: string): string {
  return workspace(onTestFinished).sample(`sloth-runner/${name}`);
}

function count(stacks: readonly Stack[], list: (stack: Stack) => readonly unknown[]): number {
  return stacks.flatMap(list).length;
}

describe('a stack database', () => {
  it('is read in full', async () => {
    const { stacks, findings, tool, environments } = await read(sample('stacks.db'));
    expect(findings.map(({ code }) => code)).toEqual(['dangling-dependency']);
    expect({ tool, environments }).toEqual({ tool: 'sloth-runner', environments: [] });
    expect(stacks.map(({ name, outcome, ownOperations }) => [name, outcome, ownOperations])).toEqual([
      ['prod-web', 'succeeded', false],
      ['staging-db', 'failed', false],
      ['workflow-executions', 'pending', true],
    ]);
    expect({
      resources: count(stacks, stack => stack.resources),
      snapshots: count(stacks, stack => stack.snapshots),
      tags: count(stacks, stack => stack.tags),
      activity: count(stacks, stack => stack.activity),
      executions: count(stacks, stack => stack.executions),
      events: count(stacks, stack => stack.events),
    }).toEqual({ resources: 12, snapshots: 6, tags: 3, activity: 13, executions: 6, events: 4 });
    expect(stacks.some(stack => stack.moreSnapshots || stack.moreActivity || stack.moreExecutions)).toBe(
      false,
    );
  });

  it('tells what a stack is and came to', async () => {
    const project = await read(sample('stacks.db'));
    const web = stackOf(project, 'prod-web');
    expect(web).toMatchObject({
      id: PROD_WEB,
      status: 'completed',
      workflowFile: '/srv/infra/deploy-web.sloth',
      executionCount: 4,
      lastDurationSeconds: 9.07345122,
      tags: ['critical', 'production'],
      outputs: { hosts: { 1: 'web-01', 2: 'web-02' }, replicas: 4, url: 'https://www.example.com' },
      configuration: { REGION: 'us-east-1', TIER: 'prod' },
    });
    expect(web.lastError).toBeUndefined();
    // Written as 11:00:00.123456844-03:00.
    expect(utcText(web.at ?? 0)).toBe('2025-10-10T14:00:00.123Z');
    expect(stackOf(project, 'staging-db')).toMatchObject({
      outcome: 'failed',
      lastError: "task execution failed: task 'migrate' failed: connection refused",
      completedAt: undefined,
    });
  });

  it('numbers snapshots from the newest and says who made them, in UTC', async () => {
    const { snapshots } = stackOf(await read(sample('stacks.db')), 'prod-web');
    expect(
      snapshots.map(({ version, by, description, at }) => [version, by, description, utcText(at ?? 0)]),
    ).toEqual([
      [3, 'admin', 'Before deployment', '2025-10-10T14:13:30.000Z'],
      [2, 'system', 'Post-execution snapshot (success) for deploy-web', '2025-10-10T14:00:01.000Z'],
      [1, 'system', 'Pre-execution snapshot for deploy-web', '2025-10-10T12:01:00.000Z'],
    ]);
  });

  it('tells a held lock from one that ran out', async () => {
    const { stacks } = await read(sample('stacks.db'));
    expect(stacks.map(({ lock }) => lock && [lock.by, lock.operation, lock.verdict, lock.evidence])).toEqual([
      ['admin', 'deployment', 'held', 'Not released; runs out at 2100-01-01 02:59 UTC.'],
      [
        'ci-runner',
        'deployment',
        'stale',
        'Ran out at 2025-10-10 13:48 UTC. sloth-runner leaves such locks in place.',
      ],
      undefined,
    ]);
    const file = sample('stacks.db');
    const source = slothSource(undefined, () => Date.UTC(2025, 9, 10, 13, 30));
    expect(stackOf(await read(file, {}, source), 'staging-db').lock?.verdict).toBe('held');
  });

  it('takes the last look at each resource for its drift', async () => {
    const project = await read(sample('stacks.db'));
    expect(
      stackOf(project, 'prod-web').drift.map(({ resource, drifted, resolution, fields }) => [
        resource.slice(PROD_WEB.length),
        drifted,
        resolution,
        fields,
      ]),
    ).toEqual([
      ['/systemd/service/nginx', true, 'pending', ['state', 'replicas']],
      ['/pkg/package/nginx', false, 'pending', []], // an older look found drift, which is resolved
    ]);
    expect(stackOf(project, 'staging-db').drift[1]).toMatchObject({
      drifted: true,
      resolution: 'ignored',
      expected: { engine: 'postgres', instance_type: 'db.t3.medium', version: '14.5' },
      actual: { engine: 'postgres', instance_type: 'db.t3.large', multi_az: false, version: '14.9' },
    });
  });

  it('joins both places where dependencies are kept and names what does not exist', async () => {
    const project = await read(sample('stacks.db'));
    const ends = ({ dependencies }: Stack) =>
      dependencies.map(({ from, to, type, dangling }) => [from.slice(37), to.slice(37), type, dangling]);
    expect(ends(stackOf(project, 'prod-web'))).toEqual([
      ['file_ops/file//etc/nginx/nginx.conf', 'pkg/package/nginx', 'explicit', false],
      ['systemd/service/nginx', 'pkg/package/nginx', 'explicit', false],
      ['systemd/service/nginx', 'file_ops/file//etc/nginx/nginx.conf', 'explicit', false],
      ['firewall/rule/allow-https', 'systemd/service/nginx', 'implicit', false],
      ['dns/record/www', 'firewall/rule/allow-https', 'explicit', false],
    ]);
    expect(ends(stackOf(project, 'staging-db')).filter(([, , , dangling]) => dangling)).toEqual([
      ['postgres/user/app', 'vault/secret/missing', 'explicit', true],
    ]);
  });

  it('keeps activity in the order of writing, and events by their time', async () => {
    const { activity, events, executions } = stackOf(await read(sample('stacks.db')), 'staging-db');
    expect(activity.map(({ type, text, by }) => [type, text, by])).toEqual([
      ['lock', 'State locked for deployment', 'ci-runner'],
      ['drift_detected', 'Drift detected in 3 fields', 'system'],
      ['snapshot', 'Created version 2', 'system'],
      ['unlock', 'State unlocked', 'system'],
      ['lock', 'State locked for manual', 'cli-user'],
      ['snapshot', 'Created version 1', 'cli-user'],
    ]);
    expect(events.map(({ type, text }) => [type, text])).toEqual([
      ['validation.failed', `resource app has orphaned dependency: ${STAGING_DB}/vault/secret/missing`],
      ['snapshot.created', 'Manual snapshot'],
    ]);
    expect(
      executions.map(({ outcome, durationSeconds, tasks, failed }) => [
        outcome,
        durationSeconds,
        tasks,
        failed,
      ]),
    ).toEqual([
      ['failed', 1.5, 3, 1],
      ['succeeded', 1.2, 2, 0],
    ]);
  });

  it('is read a page at a time', async () => {
    const file = sample('stacks.db');
    const stack = keyBelow(keyOf('sloth-runner', file), 'stacks', PROD_WEB);
    const rows = Object.fromEntries(
      ['snapshots', 'activity', 'executions'].map(list => [keyBelow(stack, list), 2]),
    );
    const web = stackOf(await read(file, rows), 'prod-web');
    expect(web.snapshots.map(({ version }) => version)).toEqual([3, 2]);
    expect([web.activity.length, web.executions.length]).toEqual([2, 2]);
    expect([web.moreSnapshots, web.moreActivity, web.moreExecutions]).toEqual([true, true, true]);
  });

  it('is the one that the real migration made, too', async () => {
    const { stacks, findings } = await read(sample('golden/stacks-after-go-migrate.db'));
    expect(findings).toEqual([]);
    expect(stacks.map(({ name, outcome, resources }) => [name, outcome, resources.length])).toEqual([
      ['deploy-prod', 'failed', 1],
      ['deploy-prod', 'succeeded', 1],
    ]);
  });

  it('of before stacks is shown without stacks, and says so', async () => {
    const { stacks, findings } = await read(sample('state.db'));
    expect(stacks).toEqual([]);
    expect(findings).toMatchObject([{ severity: 'info', code: 'old-database' }]);
    expect(findings[0]?.text).toContain('with 3 workflows');
  });
});

describe('documents', () => {
  it('show a snapshot in full, with what is secret masked', async () => {
    const file = sample('stacks.db');
    const [newest] = stackOf(await read(file), 'prod-web').snapshots;
    if (!newest) throw new Error('no snapshot');
    const text = await textOf(file, newest.key);
    const body = JSON.parse(text) as {
      version: number;
      stack_state: { metadata: object };
      resources: object[];
    };
    expect(body.version).toBe(3);
    expect(body.resources).toHaveLength(5);
    expect(body.stack_state.metadata).toEqual({ encryption_salt: MASK });
    expect(text).not.toContain('c2FsdHNhbHRzYWx0c2FsdA');
  });

  it('show a stack with its outputs', async () => {
    const file = sample('stacks.db');
    const { key } = stackOf(await read(file), 'prod-web');
    const text = await textOf(file, key);
    expect(JSON.parse(text)).toMatchObject({
      name: 'prod-web',
      outputs: { replicas: 4 },
      metadata: { encryption_salt: MASK },
    });
  });

  it('say when there is nothing under a key any more', async () => {
    const file = sample('stacks.db');
    const { key } = stackOf(await read(file), 'prod-web');
    for (const gone of [keyBelow(key, 'snapshots', '99'), keyBelow(key, 'snapshots', 'x'), keyOf('else')])
      expect(await textOf(file, gone)).toBe('Nothing is recorded under this name any more.');
  });
});

describe('places', () => {
  it('are databases with the tables of sloth-runner, whatever they are called', async () => {
    const folder = workspace(onTestFinished);
    copyFileSync(folder.sample('sloth-runner/stacks.db'), folder.file('infra.db'));
    folder.sample('sloth-runner/state.db');
    await writeDatabase(folder.file('other.db'), 'CREATE TABLE users (id); CREATE VIEW stacks AS SELECT 1');
    folder.write({
      'empty.db': '',
      'text.db': 'not a database',
      'broken.db': 'SQLite format 3\0 and then nothing',
    });
    mkdirSync(folder.file('folder.db'));
    const places = await placesIn(slothSource(), folder.root);
    expect(places.map(({ files }) => path.basename(files[0] ?? '')).sort()).toEqual([
      'infra.db',
      'stacks.db',
      'state.db',
    ]);
    const [place] = places.filter(({ files }) => files[0] === folder.file('infra.db'));
    expect(place).toEqual({
      tool: 'sloth-runner',
      key: keyOf('sloth-runner', folder.file('infra.db')),
      root: folder.root,
      files: [folder.file('infra.db')],
      watch: ['infra.db', 'infra.db-wal', 'infra.db-journal', '.shipshape/facts.jsonl'].map(name =>
        folder.file(name),
      ),
    });
  });

  it('may have any name when a person gave it', async () => {
    const folder = workspace(onTestFinished);
    copyFileSync(folder.sample('sloth-runner/stacks.db'), folder.file('state.sqlite'));
    expect((await read(folder.file('state.sqlite'))).stacks).toHaveLength(3);
  });

  it('are found through a link, and what it leads to is watched', async () => {
    const folder = workspace(onTestFinished);
    const real = folder.sample('sloth-runner/stacks.db', 'etc');
    symlinkSync(real, folder.file('stacks.db'));
    symlinkSync(folder.file('nowhere'), folder.file('other.db'));
    const places = await placesIn(slothSource(), folder.root);
    expect(places).toHaveLength(1);
    expect(places[0]?.watch).toEqual(expect.arrayContaining([real, `${real}-wal`]));
  });

  it('are kept for a stacks.db that cannot be read, and for one that could be before', async () => {
    const folder = workspace(onTestFinished);
    folder.write({ 'stacks.db': 'not a database' });
    copyFileSync(path.join(folder.sample('sloth-runner/state.db', 'a')), folder.file('mine.db'));
    const source = slothSource();
    expect(await placesIn(source, folder.root)).toHaveLength(2);
    writeFileSync(folder.file('mine.db'), 'overwritten');
    const places = await placesIn(source, folder.root);
    expect(places).toHaveLength(2);
    for (const place of places) {
      const { findings } = await source.read(place, {}, never);
      expect(findings).toMatchObject([
        { severity: 'error', code: 'no-database', at: { file: place.files[0] } },
      ]);
    }
  });

  it('are named by their folder where the file has the usual name', async () => {
    const folder = workspace(onTestFinished);
    expect((await read(folder.sample('sloth-runner/stacks.db', 'infra'))).name).toBe(clean('infra/stacks'));
    copyFileSync(folder.file('infra', 'stacks.db'), folder.file('billing.db'));
    expect((await read(folder.file('billing.db'))).name).toBe(clean('billing'));
  });
});

describe('reading', () => {
  it('leaves no trace, in a folder that nobody may write either', async () => {
    const folder = workspace(onTestFinished);
    const file = folder.sample('sloth-runner/stacks.db');
    chmodSync(file, 0o444);
    chmodSync(folder.root, 0o555);
    const before = footprint(folder.root);
    const source = slothSource(undefined, () => NOW);
    const project = await read(file, {}, source);
    await textOf(file, stackOf(project, 'prod-web').key);
    await placesIn(source, folder.root);
    expect(footprint(folder.root)).toEqual(before);
  });

  it('stops when it is told to', async () => {
    const source = slothSource();
    const place = await placeOf(sample('stacks.db'), source);
    const stop = new AbortController();
    const reading = source.read(place, {}, stop.signal);
    stop.abort();
    await expect(reading).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('shows what was read last while the database cannot be read', async () => {
    const file = sample('stacks.db');
    const source = slothSource(undefined, () => NOW);
    const place = await placeOf(file, source);
    await source.read(place, {}, never);
    writeFileSync(file, Buffer.alloc(8192, 7));
    const { stacks, findings } = await source.read(place, {}, never);
    expect(stacks).toHaveLength(3);
    expect(findings[0]?.text).toMatch(/^Not an SQLite database\. Showing what was read at \d\d:\d\d\.$/);
  });
});
