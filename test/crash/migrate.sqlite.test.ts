import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { createDatabase } from '../../src/state/sloth/create.ts';
import { random } from '../kit/random.ts';
import { placeOf } from '../kit/operate.ts';
import { change, integrityOf, rowsIn } from '../kit/rows.ts';
import { workspace } from '../kit/workspace.ts';
import { figures, MIGRATIONS_KILLED } from './counts.ts';
import { operator } from './killed.ts';

const SEED = 20_261_121;
const WORKFLOWS = 500;

const MANY = `
  WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${WORKFLOWS})
  INSERT INTO workflow_states (id, name, status, metadata) SELECT 'w' || i, 'w' || i, 'success', '{}' FROM n;
  INSERT INTO workflow_resources (id, workflow_id, type, name, action, status)
  SELECT 'r' || id, id, 'file', 'x', 'create', 'success' FROM workflow_states`;

/** What is in a database, without the times at which it came there. */
function content(file: string): unknown {
  const { stacks = [], state_activity = [], ...rest } = rowsIn(file);
  const undated = [...stacks, ...state_activity].map(row => ({ ...row, updated_at: '', created_at: '' }));
  return { ...rest, undated };
}

test(
  `a migration that is killed is done or not, in ${MIGRATIONS_KILLED} cases`,
  { timeout: 7_200_000 },
  async () => {
    const { file, sample } = workspace(onTestFinished);
    const old = sample('sloth-runner/state.db', 'old');
    change(old, MANY);
    const bytes = readFileSync(old);
    const place = await placeOf(path.dirname(old), 'sloth-runner');
    const existing = file('existing.db');
    await createDatabase(existing, each => {
      each.run(`INSERT INTO stacks (id, name) VALUES ('mine', 'mine')`);
    });

    // What both kinds of target are to be afterwards, and how long that takes.
    const before = content(existing);
    const [made, filled] = [file('made', 'stacks.db'), file('filled', 'stacks.db')];
    const took: number[] = [];
    for (const target of [made, filled]) {
      mkdirSync(path.dirname(target));
      if (target === filled) copyFileSync(existing, target);
      const process = await operator();
      process.tell(JSON.stringify({ operation: 'sloth.migrate', input: { place, target } }));
      expect(await process.line()).toBe('started');
      const start = performance.now();
      expect(await process.line()).toBe('completed');
      took.push(performance.now() - start);
      process.signal('SIGKILL');
      await process.ended;
    }
    const after = [made, filled].map(content);

    const found = { before: 0, after: 0, begun: 0 };
    // Aimed such that about half of them are done in time, however busy the machine is.
    const spans = took.map(each => 2 * each);
    const chance = random(SEED);
    for (let kill = 0; kill < MIGRATIONS_KILLED; kill++) {
      const isNew = kill % 2 === 0;
      const target = file(`kill-${kill}`, 'stacks.db');
      mkdirSync(path.dirname(target));
      if (!isNew) copyFileSync(existing, target);
      const process = await operator();
      process.tell(JSON.stringify({ operation: 'sloth.migrate', input: { place, target } }));
      expect(await process.line()).toBe('started');
      const kind = isNew ? 0 : 1;
      const span = spans[kind] ?? 0;
      await sleep(chance.next() * span);
      process.signal('SIGKILL');
      expect(await process.ended).toBeNull();

      expect(readFileSync(old).equals(bytes)).toBe(true);
      const all = readdirSync(path.dirname(target));
      if (all.some(name => name.includes('.tmp') || name === 'stacks.db-wal')) found.begun++;
      const names = all.filter(name => !name.includes('.tmp'));
      const known = [
        'stacks.db',
        'stacks.db-wal',
        'stacks.db-shm',
        'stacks.db-journal',
        'migration_report.json',
      ];
      expect(known).toEqual(expect.arrayContaining(names));
      let isBefore = !existsSync(target);
      if (isBefore) expect([isNew, names]).toEqual([true, []]);
      else {
        const now = content(target);
        isBefore = !isNew && JSON.stringify(now) === JSON.stringify(before);
        if (!isBefore) expect(now).toEqual(after[kind]);
        expect(integrityOf(target)).toEqual(['ok']);
      }
      found[isBefore ? 'before' : 'after']++;
      spans[kind] = span * (isBefore ? 1.1 : 0.9);
    }
    expect(found.before + found.after).toBe(MIGRATIONS_KILLED);
    expect(Math.min(found.before, found.after, found.begun)).toBeGreaterThan(0);
    figures(`${MIGRATIONS_KILLED} migrations killed (seed ${SEED})`, [
      `${found.before} as before, ${found.after} done, 0 between; ${found.begun} had files open`,
      `they take ${took.map(Math.round).join(' and ')} ms`,
    ]);
  },
);
