/** A process that records releases, one after the other. `node releaser.mjs stagecraft|tako <root> <count>` */
import { readDocument } from '../../src/base/document.ts';
import { stateLock } from '../../src/base/own.ts';
import { createRelease } from '../../src/state/stagecraft/write.ts';
import { takoLock } from '../../src/state/tako/hold.ts';
import { saveDeployment } from '../../src/state/tako/save.ts';

const [tool = '', root = '', count = ''] = process.argv.slice(2);
const never = new AbortController().signal;

async function recordInStagecraft(version: string): Promise<void> {
  const held = await stateLock(root).acquire('record', never);
  const state = await readDocument(root, '.stagecraft/releases.json');
  const gitignore = await readDocument(root, '.stagecraft/.gitignore');
  const release = { environment: 'prod', version, commit: '' };
  const { files } = createRelease(state, gitignore, release, Date.now());
  await held.commit(files);
  await held.release();
}

async function recordInTako(id: string): Promise<void> {
  const held = await takoLock(root).acquire('record', never);
  const deployment = {
    id,
    timestamp: Date.now(),
    environment: 'production',
    mode: 'single',
    status: 'success',
    durationSeconds: 1,
    services: null,
    network: null,
    volumes: null,
    config: { hash: '', source: '' },
    rollbackPoint: false,
    notes: '',
  } as const;
  await held.commit(await saveDeployment(root, deployment, { name: 'shop' }));
  await held.release();
}

for (let round = 0; round < Number(count); round++) {
  const name = `deploy-${process.pid}-${round}`;
  await (tool === 'tako' ? recordInTako(name) : recordInStagecraft(name));
}
