import { clean } from '../../base/clean.ts';
import { whoHere } from '../../base/identity.ts';
import type { Reader } from '../../state/source.ts';
import { adoptedDeployment } from '../../state/tako/adopt.ts';
import { takoLock } from '../../state/tako/hold.ts';
import { readRecord, takoPath } from '../../state/tako/recorded.ts';
import { saveDeployment } from '../../state/tako/save.ts';
import type { Ledger } from '../adopt.ts';
import { projectIn } from '../look.ts';

/** How Tako records what servers were seen to run. */
export function takoLedger(reader: () => Reader): Ledger {
  return {
    tool: 'tako',
    hasPlace: true,
    lock: root => ({ name: root, ...takoLock(root) }),
    async recorded({ root, environment, seen, at }, signal) {
      const current = await readRecord(root, takoPath('deployments', environment, 'current.json'));
      if (!current) return undefined;
      const project = await projectIn(reader(), 'tako', root, signal);
      const deployment = adoptedDeployment(current, environment, seen, { by: whoHere(), at });
      return {
        release: current.record.id,
        services: current.record.services,
        draft: async () => ({
          id: deployment.id,
          files: await saveDeployment(root, deployment, { name: project?.name ?? clean(environment) }),
        }),
      };
    },
  };
}
