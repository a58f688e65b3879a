import { expect, onTestFinished, test } from 'vitest';
import { clean } from '../../../src/base/clean.ts';
import { slothSource } from '../../../src/state/sloth/source.ts';
import { snapshotKey } from '../../../src/state/sloth/snapshots.ts';
import { snapshotPage } from '../../../src/words/snapshot-diff.ts';
import { compared } from '../../kit/compared.ts';
import { pageLines } from '../../kit/pages.ts';
import { workspace } from '../../kit/workspace.ts';
import { placeOf, read, stackOf } from '../state/sloth/reading.ts';

async function linesOf(from: number, to: number): Promise<readonly string[]> {
  const file = workspace(onTestFinished).sample('sloth-runner/stacks.db');
  const source = slothSource();
  const place = await placeOf(file, source);
  const { key, name } = stackOf(await read(file), 'prod-web');
  const comparison = await compared(source, place, snapshotKey(key, from), snapshotKey(key, to));
  const names = [clean(`Snapshot ${from}`), clean(`Snapshot ${to}`)] as const;
  return pageLines(snapshotPage(name, names, comparison));
}

test('two snapshots are told apart in sentences, and field by field with resources first', async () => {
  const lines = await linesOf(1, 2);
  expect(lines.slice(0, 4)).toEqual([
    'prod-web: Snapshot 1 → Snapshot 2 [Open as Text]',
    'Stack: status created → completed, outputs +hosts +replicas +url',
    'Resources that are new: firewall/rule/allow-https, dns/record/www',
    'Resources that differ: pkg/package/nginx, file_ops/file//etc/nginx/nginx.conf, systemd/service/nginx',
  ]);
  expect(lines).toContain('# Changes: Resource | What | Change | From | To');
  expect(lines).toContain('systemd/service/nginx | state | changed | pending | drift');
  expect(lines.at(-1)).toBe('the stack | outputs / url | added | nothing | https://www.example.com');
});

test('what does not differ is said, and what could not be compared as well', async () => {
  expect(await linesOf(2, 2)).toEqual([
    'prod-web: Snapshot 2 → Snapshot 2 [Open as Text]',
    'Nothing recorded differs.',
    '# Changes: Resource | What | Change | From | To',
    'No differences.',
  ]);
  expect((await linesOf(2, 99)).slice(0, 3)).toEqual([
    'prod-web: Snapshot 2 → Snapshot 99 [Open as Text]',
    'Nothing that could be compared differs.',
    'Nothing is recorded under this name any more.',
  ]);
});
