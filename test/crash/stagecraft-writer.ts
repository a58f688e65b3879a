/** Records releases one after the other, each under the lock, and prints each id: `node stagecraft-writer.mjs <root> <times>`. */
import { readDocument } from '../../src/base/document.ts';
import { stateLock } from '../../src/base/own.ts';
import { createRelease } from '../../src/state/stagecraft/write.ts';

const [root = '', times = ''] = process.argv.slice(2);

for (let count = 0; count < Number(times); count++) {
  const held = await stateLock(root).acquire('record', new AbortController().signal);
  const { id, files } = createRelease(
    await readDocument(root, '.stagecraft/releases.json'),
    await readDocument(root, '.stagecraft/.gitignore'),
    { environment: 'prod', version: `v${process.pid}.${count}`, commit: '' },
    Date.now(),
  );
  await held.commit(files);
  process.stdout.write(`${id}\n`);
  await held.release();
}
