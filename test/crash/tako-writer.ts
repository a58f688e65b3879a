/** Deploys again and again, each time under the lock, and prints each id that is recorded: `node tako-writer.mjs <root> <times>`. */
import { takoLock } from '../../src/state/tako/hold.ts';
import { beginDeployment } from '../../src/state/tako/ledger.ts';

const [root = '', times = ''] = process.argv.slice(2);
const never = new AbortController().signal;

for (let count = 0; count < Number(times); count++) {
  const held = await takoLock(root).acquire('deploy', never);
  const ledger = await beginDeployment(
    root,
    held,
    { environment: 'production', kind: 'deploy', secrets: [] },
    Date.now,
  );
  await ledger.phase('rollout', 'started');
  const web = { imageId: '', replicas: 1, ports: [80], domains: null, health: 'healthy', containers: null };
  await ledger.phase('rollout', 'completed');
  await ledger.end(
    {
      mode: 'single',
      status: 'success',
      services: { web: { ...web, image: `web:${ledger.id}` } },
      network: null,
      volumes: null,
      config: { hash: '', source: 'tako.yaml' },
      rollbackPoint: count % 2 === 0,
      notes: '',
    },
    { name: 'myapp' },
  );
  process.stdout.write(`${ledger.id}\n`);
  await held.release();
}
