import { execFileSync } from 'node:child_process';
import { chmodSync } from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { placeOf } from '../../../kit/operate.ts';
import { workspace } from '../../../kit/workspace.ts';
import { footprint } from '../../state/sloth/reading.ts';

/** Neither root, who may write everything, nor the owner of the files. */
const NOBODY = 65_534;
const FREE = 'e9a1c7d6-5b3a-4d2f-a6c8-1b4e7f0d8c33'; // a stack of the sample that nobody has locked

test.each([
  ['database', 0o644, 0o777],
  ['folder', 0o666, 0o755],
])(
  'a change names the %s that may not be written, and everything is read',
  async (what, ofFile, ofFolder) => {
    const { root, sample } = workspace(onTestFinished);
    const database = sample('sloth-runner/stacks.db');
    chmodSync(database, process.getuid?.() === 0 ? ofFile : 0o444);
    chmodSync(root, process.getuid?.() === 0 ? ofFolder : 0o555);
    onTestFinished(() => chmodSync(root, 0o755));
    const place = await placeOf(root, 'sloth-runner');
    const request = { operation: 'sloth.add-tag', input: { place, stack: FREE, tag: 'x' } };
    const before = footprint(root);
    const program = path.join(import.meta.dirname, 'plan-as.ts');
    const args = ['--no-warnings', program, String(NOBODY), JSON.stringify(request)];
    const where = what === 'database' ? database : root;
    expect(JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' }))).toEqual({
      findings: [`${where} is not writable for you; who owns it can change that. Reading works.`],
      stacks: 3,
    });
    expect(footprint(root)).toEqual(before);
  },
);
