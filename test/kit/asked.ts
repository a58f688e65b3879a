/** A project whose servers were asked, and what they answered. */
import { onTestFinished } from 'vitest';
import { clean } from '../../src/base/clean.ts';
import { openReader, readOnce } from '../../src/engine.ts';
import { machinesOf } from '../../src/state/machines.ts';
import type { State } from '../../src/state/model.ts';
import type { NoAnswer, Observation, ServerAnswer, SetupRun, Upgrading } from '../../src/state/observed.ts';
import type { Row } from '../../src/words/row.ts';
import { rowsOf, type Beside } from '../../src/words/rows.ts';
import { MINUTE } from './times.ts';
import { workspace } from './workspace.ts';

// The clock on the wall here, which rows show.
export const NOW = new Date(2026, 10, 20, 12, 0).getTime();
export const AT = NOW - 2 * MINUTE;

export type Seen = ServerAnswer | NoAnswer | Observation;

/** A project whose servers were seen so, in the order of their names. */
export async function seen(
  servers: Readonly<Record<string, Seen | undefined>>,
  upgrading: Readonly<Record<string, Upgrading>> = {},
  files: Readonly<Record<string, string>> = {},
): Promise<State> {
  const { root, write } = workspace(onTestFinished);
  const names = Object.keys(servers);
  write({
    'tako.yaml': [
      'project: { name: shop, version: 1.0.0 }',
      'servers:',
      ...names.map((name, index) => `  ${name}: { host: 10.0.0.${index + 1}, user: deploy }`),
      'environments:',
      '  production:',
      `    servers: [${names.join(', ')}]`,
      '    services:',
      '      web: { build: ., port: 3000 }',
      '',
    ].join('\n'),
    ...files,
  });
  const state = await readOnce(
    openReader({}, undefined, () => NOW),
    [root],
  );
  const ids = new Map(machinesOf(state).map(({ id, server }) => [String(server.name), id]));
  return {
    ...state,
    observed: Object.fromEntries(
      Object.entries(servers).flatMap(([name, each]) =>
        each ? [[ids.get(name) ?? '', observation(each)]] : [],
      ),
    ),
    upgrading: Object.fromEntries(
      Object.entries(upgrading).map(([name, each]) => [ids.get(name) ?? '', each]),
    ),
  };
}

function observation(seen: Seen): Observation {
  if ('at' in seen) return seen;
  return 'setup' in seen ? { at: AT, answer: seen } : { at: AT, failure: seen };
}

export const failure = (code: string): NoAnswer => ({
  code,
  what: clean('It did not answer.'),
  next: clean('Try again.'),
});

export const run = (about: Partial<SetupRun>): SetupRun => ({
  id: 'run-7',
  active: false,
  state: 'underway',
  step: clean('1.2.0'),
  last: clean('verify failed'),
  ...about,
});

export function rowOf(state: State, name: string, beside?: Beside): Row {
  const row = rowsOf('servers', state, NOW, beside).find(({ label }) => label === name);
  if (!row) throw new Error(`no row ${name}`);
  return row;
}
