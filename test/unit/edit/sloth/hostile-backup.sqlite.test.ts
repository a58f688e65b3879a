import { createHash } from 'node:crypto';
import { readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { perform } from '../../../kit/operate.ts';
import { change } from '../../../kit/rows.ts';
import { read } from '../../state/sloth/reading.ts';
import { DELETE, dump, now, stacks } from './backed-up.ts';

describe('a backup of which nobody knows where it comes from is refused, and nothing is changed', () => {
  interface Files {
    readonly manifest: string;
    readonly data: string;
  }

  const edit = ({ manifest }: Files, more: (was: Record<string, unknown>) => object) => {
    const was = JSON.parse(readFileSync(manifest, 'utf8')) as Record<string, unknown>;
    writeFileSync(manifest, JSON.stringify({ ...was, ...more(was) }));
  };

  /** Other rows, and a manifest that fits them. */
  const forge = (files: Files, line: (was: string) => string) => {
    const text = gunzipSync(readFileSync(files.data)).toString();
    const content = Buffer.from(text.split('\n').map(line).join('\n'));
    const compressed = gzipSync(content);
    writeFileSync(files.data, compressed);
    const sizeOf = (of: Buffer) => ({
      bytes: of.length,
      sha256: createHash('sha256').update(of).digest('hex'),
    });
    edit(files, () => ({ content: sizeOf(content), compressed: sizeOf(compressed) }));
  };

  test.each<[string, (files: Files) => void]>([
    [
      'with a byte of its file changed',
      ({ data }) => {
        const bytes = readFileSync(data);
        bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
        writeFileSync(data, bytes);
      },
    ],
    ['cut off', ({ data }) => writeFileSync(data, readFileSync(data).subarray(0, -9))],
    ['without its file', ({ data }) => rmSync(data)],
    ['with no manifest', ({ manifest }) => rmSync(manifest)],
    ['with a manifest that is no JSON', ({ manifest }) => writeFileSync(manifest, '{"format":1')],
    ['with foreign JSON for a manifest', ({ manifest }) => writeFileSync(manifest, '[{"format":1}]')],
    ['of a newer format', files => edit(files, () => ({ format: 2 }))],
    ['with sizes that are none', files => edit(files, () => ({ content: { bytes: -1, sha256: '' } }))],
    ['with other counts', files => edit(files, () => ({ rows: { stacks: 2 } }))],
    ['of another stack', files => edit(files, () => ({ stack: 'db' }))],
    ['of another database', files => edit(files, () => ({ database: 'other.db' }))],
    [
      'that unpacks to far more than it says',
      files => {
        const bomb = gzipSync(Buffer.alloc(200_000_000, ' '));
        writeFileSync(files.data, bomb);
        const sha256 = createHash('sha256').update(bomb).digest('hex');
        edit(files, () => ({ compressed: { bytes: bomb.length, sha256 } }));
      },
    ],
    ['with rows of another stack', files => forge(files, line => line.replaceAll(`"'web'"`, `"'db'"`))],
    [
      'with rows of a table that is none of a stack',
      files => forge(files, line => line.replace('"stacks"', '"sqlite_master"')),
    ],
    [
      'with statements among its values',
      files => forge(files, line => line.replace(`"'1.0.0'"`, `"'1'); DROP TABLE stacks; --'"`)),
    ],
    [
      'with expressions among its values',
      files => forge(files, line => line.replace(`"'1.0.0'"`, `"(SELECT 1)"`)),
    ],
    [
      'with columns that there are not',
      files => forge(files, line => line.replace('"workflow_file"', '"nothing"')),
    ],
    ['with lines that are no rows', files => forge(files, () => '{}')],
    [
      'whose file is a link that leads out',
      ({ data }) => {
        renameSync(data, `${data}.away`);
        symlinkSync('/etc/passwd', data);
      },
    ],
  ])('%s', async (_, damage) => {
    const { database, folder, restoring } = await stacks();
    const request = await restoring();
    change(database, DELETE);
    const before = dump(database);
    const { backup } = request.input;
    damage({ manifest: `${folder}/${backup}.json`, data: `${folder}/${backup}.jsonl.gz` });
    await expect(perform(request, { now })).rejects.toMatchObject({ name: 'UserError' });
    expect(dump(database)).toEqual(before);
  });

  test.each(['../facts', '', '/etc/passwd', 'none', '..'])('called %j', async backup => {
    const { restoring } = await stacks();
    const request = await restoring();
    const other = { ...request, input: { ...request.input, backup } };
    await expect(perform(other, { now })).rejects.toMatchObject({ code: 'damaged-backup' });
  });

  test('a manifest that is none is found, and the rest is shown', async () => {
    const { database, folder, backUp } = await stacks();
    await backUp();
    writeFileSync(`${folder}/x.json`, '{}');
    const { backups, findings } = await read(database);
    expect(backups).toHaveLength(1);
    expect(findings).toMatchObject([{ code: 'damaged-backup', at: { file: `${folder}/x.json` } }]);
  });
});
