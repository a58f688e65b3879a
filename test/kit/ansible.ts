/** Ansible's own reading of an inventory: the judge of what is written for it. */
import { execFileSync, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import type { Json } from '../../src/base/json.ts';

export const hasAnsible = spawnSync('ansible-inventory', ['--version']).status === 0;

/** Hosts with all that counts for them, and the members of groups. */
export interface Understood {
  readonly variables: Readonly<Record<string, Readonly<Record<string, Json>>>>;
  readonly groups: Readonly<Record<string, readonly string[]>>;
}

interface Listed {
  readonly [group: string]: {
    readonly hosts?: readonly string[];
    /** Of `_meta`. */
    readonly hostvars?: Understood['variables'];
  };
}

/** What Ansible understands of an inventory. JSON is what it expects of a program, so one prints it. */
export function ansible(file: string): Understood {
  const isJson = file.endsWith('.json');
  const program = `${file}.sh`;
  if (isJson) writeFileSync(program, `#!/bin/sh\ncat '${file}'\n`, { mode: 0o755 });
  const output = execFileSync('ansible-inventory', ['-i', isJson ? program : file, '--list'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    // A part of an inventory that cannot be read is an error.
    env: { ...process.env, ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FATAL: 'true' },
  });
  const { _meta, ...groups } = JSON.parse(output) as Listed;
  const members = Object.entries(groups).flatMap(([group, { hosts = [] }]) =>
    hosts.length > 0 ? [[group, hosts.toSorted()] as const] : [],
  );
  return { variables: _meta?.hostvars ?? {}, groups: Object.fromEntries(members) };
}
