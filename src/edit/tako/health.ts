import { clean, say } from '../../base/clean.ts';
import type { Operation } from '../../operations/operation.ts';
import type { Place, Reader } from '../../state/source.ts';
import { recordHealth, type ServiceHealth } from '../../state/tako/health.ts';
import { takoLock } from '../../state/tako/hold.ts';
import { fileOperation, type FilePlan } from '../files.ts';
import { projectAt } from '../look.ts';

export interface RecordHealth {
  readonly place: Place;
  readonly seen: readonly ServiceHealth[];
}

/** Keeps what was seen of services, when a person asks for it. */
export function recordServiceHealth(
  reader: () => Reader,
  now: () => number,
): Operation<RecordHealth, FilePlan> {
  return fileOperation({
    id: 'tako.health',
    root: ({ place }) => place.root,
    lock: ({ place: { root } }) => ({ name: root, ...takoLock(root) }),

    async plan({ place, seen }) {
      const at = now();
      const files = await Promise.all(seen.map(each => recordHealth(place.root, each, at)));
      return {
        title:
          seen.length === 1
            ? say('Record the health of {0}', clean(seen[0]?.service))
            : say('Record the health of {0} services', seen.length),
        target: clean(place.root),
        risk: 'none',
        changes: seen.flatMap(({ service, checks }) =>
          checks.map(({ status }) => ({
            path: [clean(service), say('health')],
            kind: 'added',
            to: clean(status),
          })),
        ),
        findings: [],
        steps: [],
        undoable: true,
        files: files.flat(),
      };
    },

    async check({ place, seen }, _plan, { signal }) {
      const { services } = await projectAt(reader(), place, signal);
      const lost = seen.find(({ service, checks }) => {
        const isSeen = services.some(
          ({ name, health }) => name === service && checks.some(({ status }) => status === health),
        );
        return checks.length > 0 && !isSeen;
      });
      return lost && say('The health of {0} is not recorded so.', clean(lost.service));
    },
  });
}
