import { expect, test } from 'vitest';
import { clean, say } from '../../../src/base/clean.ts';
import { dryRunDocument } from '../../../src/words/dry-run.ts';

const side = (mode: string, about: object = {}) => ({ mode: clean(mode), owner: clean('0:0'), ...about });

test('a dry run says that nothing was changed, then every file and command', () => {
  const document = dryRunDocument(say('Upgrade web01 to 1.1.0, dry run'), {
    files: [
      { path: clean('/etc/a'), after: side('644', { text: clean('x') }) },
      { path: clean('/etc/b'), before: side('600'), after: side('644', { owner: clean('1:1') }) },
      { path: clean('/etc/c'), before: side('644') },
      {
        path: clean('/etc/d'),
        before: side('644', { why: 'binary' }),
        after: side('644', { why: 'binary' }),
      },
    ],
    commands: [clean('systemctl restart systemd-journald')],
    notes: [],
    tried: true,
  });
  expect(document).toBe(`Upgrade web01 to 1.1.0, dry run
Nothing was changed.

Files
+ /etc/a (mode 644, owner 0:0)
~ /etc/b (mode 600 → 644, owner 0:0 → 1:1)
− /etc/c
~ /etc/d (not text)

Commands
systemctl restart systemd-journald
`);
});

test('that there is nothing to do is said, with the reason', () => {
  const nothing = { files: [], commands: [], notes: [say('This server has version 1.1.0.')], tried: true };
  expect(dryRunDocument(say('Dry run'), nothing)).toBe(`Dry run
Nothing was changed.

This server has version 1.1.0.

Files
No file would differ.

Commands
No command would act.
`);
});
