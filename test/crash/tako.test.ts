import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { stateLock } from '../../src/base/own.ts';
import { openReader } from '../../src/engine.ts';
import type { Project } from '../../src/state/model.ts';
import { takoLock } from '../../src/state/tako/hold.ts';
import { child, program, type Child } from '../kit/child.ts';
import { placeOf } from '../kit/operate.ts';
import { workspace } from '../kit/workspace.ts';
import { DEPLOYMENTS_KILLED, figures, RELEASES } from './counts.ts';

const PROCESSES = 8;

const never = new AbortController().signal;
const writer = program('../crash/tako-writer', afterAll);

function start(root: string, times: number): Child {
  const started = child(writer, [root, String(times)]);
  onTestFinished(() => started.signal('SIGKILL'));
  return started;
}

async function linesOf(process: Child): Promise<readonly string[]> {
  const lines = [];
  for (let line = await process.line(); line !== undefined; line = await process.line()) lines.push(line);
  return lines;
}

/** Everything that is recorded, as the views read it. */
async function read(root: string): Promise<Project> {
  const place = await placeOf(root, 'tako');
  return openReader({}).read(place, { '*': Number.MAX_SAFE_INTEGER }, never);
}

function idIn(file: string): string {
  return (JSON.parse(readFileSync(file, 'utf8')) as { deployment_id: string }).deployment_id;
}

test('no deployment is lost among several processes', { timeout: 3_600_000 }, async () => {
  const { root, write } = workspace(onTestFinished);
  write({ '.tako/.gitignore': '*\n' });
  const processes = Array.from({ length: PROCESSES }, () => start(root, RELEASES));
  const told = (await Promise.all(processes.map(linesOf))).flat();
  expect(new Set(told).size).toBe(PROCESSES * RELEASES);

  const { environments, findings } = await read(root);
  expect(findings).toEqual([]);
  const [production] = environments;
  expect(production?.releases.map(({ id }) => id).sort()).toEqual([...told].sort());
  expect(production?.releases.every(({ log, phases }) => log !== undefined && phases.length === 1)).toBe(
    true,
  );
  expect(readdirSync(root).sort()).toEqual(['.shipshape', '.tako']);
  expect(readdirSync(`${root}/.tako`)).not.toContain('.lock');
  figures('Tako: 8 processes deploy', [`${told.length} of ${PROCESSES * RELEASES} present`]);
});

test(
  'a deployment is recorded in all files or in none, whenever its process is killed',
  { timeout: 3_600_000 },
  async () => {
    const { root, write, file } = workspace(onTestFinished);
    write({ '.tako/.gitignore': '*\n' });
    const found: Record<string, number> = {};
    const told: string[] = [];
    for (let kill = 0; kill < DEPLOYMENTS_KILLED; kill++) {
      const process = start(root, 1_000);
      const first = await process.line();
      if (first !== undefined) told.push(first);
      const killed = sleep(Math.random() * 80).then(() => process.signal('SIGKILL'));
      told.push(...(await linesOf(process)));
      await Promise.all([killed, process.ended]);
      const { state } = await stateLock(root).lookAt();
      found[state] = (found[state] ?? 0) + 1;
      if (kill % 3 === 0) continue; // the next process finishes what was left
      await stateLock(root).finishInterrupted();
      const current = idIn(file('.tako/deployments/production/current.json'));
      const global = JSON.parse(readFileSync(file('.tako/state.json'), 'utf8')) as {
        environments: { production: { deployment_id: string } };
      };
      const service = JSON.parse(readFileSync(file('.tako/services/web/state.json'), 'utf8')) as {
        current: { version: string };
      };
      expect([global.environments.production.deployment_id, service.current.version]).toEqual([
        current,
        current,
      ]);
      const history = readdirSync(file('.tako/deployments/production/history'));
      const recorded = history.map(name => idIn(file('.tako/deployments/production/history', name)));
      expect(recorded).toContain(current);
      expect(told.filter(id => !recorded.includes(id))).toEqual([]);
      expect(new Set(recorded).size).toBe(recorded.length);
      expect(readdirSync(file('.shipshape')).filter(name => name.includes('.lock'))).toEqual([]);
    }
    await (await takoLock(root).acquire('look', never)).release();
    const { environments, findings } = await read(root);
    expect(findings).toEqual([]);
    expect(environments[0]?.releases.map(({ id }) => id)).toEqual(expect.arrayContaining(told));
    expect(found.interrupted).toBeGreaterThan(0);
    expect(found.stale).toBeGreaterThan(0);
    figures(`Tako: ${DEPLOYMENTS_KILLED} deployments killed`, [
      `${told.length} acknowledged, 0 lost`,
      JSON.stringify(found),
    ]);
  },
);
