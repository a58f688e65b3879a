import { expect, onTestFinished, test } from 'vitest';
import { openReader, readOnce } from '../../../src/engine.ts';
import type { Row } from '../../../src/words/row.ts';
import { rowsOf } from '../../../src/words/rows.ts';
import { pythonState } from '../../kit/ftl2.ts';
import { workspace } from '../../kit/workspace.ts';

const NOW = Date.UTC(2026, 10, 20, 12);

function flat(rows: readonly Row[]): readonly Row[] {
  return rows.flatMap(row => [row, ...flat(row.children ?? [])]);
}

test('a host stands below each of its groups, each time with a key of its own and what was provisioned for it', async () => {
  const { write, root } = workspace(onTestFinished);
  const hosts = [
    { name: 'web01', address: '10.0.0.1', groups: ['web', 'production'], at: NOW },
    { name: 'db01', address: '10.0.0.2', groups: ['production'], at: NOW },
  ];
  const resources = [{ name: 'web01', provider: 'hetzner', at: NOW }];
  write(pythonState({ createdAt: NOW, updatedAt: NOW, hosts, resources }));
  const state = await readOnce(openReader({}), [root]);
  const rows = rowsOf('servers', state, NOW);
  expect(rows.map(({ label, description }) => [label, description])).toEqual([
    ['production', '2 hosts'],
    ['web', '1 host'],
  ]);
  const [server] = state.projects.flatMap(({ servers }) => servers).filter(({ name }) => name === 'web01');
  const [resource] = state.projects.flatMap(project => project.resources);
  const all = flat(rows);
  expect(new Set(all.map(({ key }) => key)).size).toBe(all.length);
  const twice = all.filter(({ subject }) => subject === server?.key);
  expect(twice.map(({ key }) => key)).toEqual(
    ['production', 'web'].map(group => `groups/${group}/${encodeURIComponent(server?.key ?? '')}`),
  );
  for (const { key, children } of twice)
    expect(children?.map(row => [row.key, row.subject])).toEqual([
      [`${key}/${encodeURIComponent(resource?.key ?? '')}`, resource?.key],
    ]);
});
