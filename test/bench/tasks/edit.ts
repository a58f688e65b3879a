/** One value of a large state file is changed: by its span, and by parsing and printing the whole. */
import { editJson } from '../../../src/base/edit.ts';
import type { Measured } from '../harness.ts';

const HOSTS = 45_000;
const ROUNDS = 5;

export function edit(): Measured {
  const text = hostsText();
  const path = ['hosts', `host-${HOSTS - 10}`, 'port'];
  const span: number[] = [];
  const print: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    span.push(time(() => editJson(text, [{ kind: 'set', path, value: 2222 + round }])));
    print.push(time(() => JSON.stringify(JSON.parse(text) as unknown, null, 2)));
  }
  return { megabytes: text.length / 1_000_000, ms: Math.min(...span), print: Math.min(...print) };
}

function time(work: () => unknown): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}

function hostsText(): string {
  const hosts = Array.from({ length: HOSTS }, (_, index): [string, object] => [
    `host-${index}`,
    {
      name: `host-${index}`,
      address: `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`,
      port: 22,
      user: 'deploy',
      group: index % 3 === 0 ? 'web' : 'db',
      vars: { index, note: 'A host among many, with a note of some length' },
      created_at: '2024-01-15T10:30:00Z',
      updated_at: '2024-01-15T10:30:00Z',
    },
  ]);
  return JSON.stringify(
    { metadata: { version: '1.0' }, hosts: Object.fromEntries(hosts), resources: {} },
    null,
    2,
  );
}
