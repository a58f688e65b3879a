import { chmodSync, writeFileSync } from 'node:fs';
import { afterAll, expect, it, onTestFinished } from 'vitest';
import { built, inspect } from '../../../kit/build.ts';
import { workspace, type Workspace } from '../../../kit/workspace.ts';
import { footprint } from './reading.ts';

/** Neither root, who may read and write everything, nor the owner of the files. */
const NOBODY = 65_534;

const build = built(afterAll);

/** A database in a folder that nobody but its owner may write to: as the machine's own one in /etc. */
function installed(): Workspace & { readonly database: string } {
  const folder = workspace(onTestFinished);
  const database = folder.sample('sloth-runner/stacks.db');
  chmodSync(database, 0o644);
  chmodSync(folder.root, 0o755);
  return { ...folder, database };
}

/** What there is to say about the sample anyway. */
const DANGLING =
  'dangling-dependency: Stack staging-db: user app needs vault/secret/missing, which is not recorded.';

function look({ root }: Workspace): { stacks: string[]; findings: string[] } {
  const { projects, findings } = JSON.parse(inspect(build, [root], { user: NOBODY })) as {
    projects: { stacks: { name: string }[] }[];
    findings: { code: string; text: string }[];
  };
  return {
    stacks: projects.flatMap(({ stacks }) => stacks.map(({ name }) => name)),
    findings: findings.map(({ code, text }) => `${code}: ${text}`),
  };
}

it('reads what an ordinary user may read and not write, and leaves no trace', () => {
  const folder = installed();
  const before = footprint(folder.root);
  expect(look(folder)).toEqual({
    stacks: ['prod-web', 'staging-db', 'workflow-executions'],
    findings: [DANGLING],
  });
  expect(footprint(folder.root)).toEqual(before);
});

it('says when the database may not be read', () => {
  const folder = installed();
  chmodSync(folder.database, 0o600);
  expect(look(folder)).toEqual({
    stacks: [],
    findings: ['denied: No permission to read it. Check the owner and mode of the file.'],
  });
});

it('says when its log may not be read, because what is shown is old then', () => {
  const folder = installed();
  writeFileSync(`${folder.database}-wal`, 'anything', { mode: 0o600 });
  const { stacks, findings } = look(folder);
  expect(stacks).toHaveLength(3);
  expect(findings).toEqual([
    'denied: No permission to read it. Check the owner and mode of the file. What is shown lacks the newest changes.',
    DANGLING,
  ]);
});

it('says when a journal may not be read, because what is shown may be half of a change', () => {
  const folder = installed();
  writeFileSync(`${folder.database}-journal`, 'anything', { mode: 0o600 });
  const { stacks, findings } = look(folder);
  expect(stacks).toHaveLength(3);
  expect(findings).toEqual([
    'denied: No permission to read it. Check the owner and mode of the file. What is shown may be in the middle of a change.',
    DANGLING,
  ]);
});
