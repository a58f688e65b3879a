/** Every fault in a swarm of three, of which the first server is the manager. */
import {
  booted,
  broken,
  emptied,
  fill,
  filledBefore,
  forgotten,
  killed,
  mended,
  struck,
  twoPeople,
  whenIn,
  type Fault,
} from './faults.ts';

const KILLED: readonly Fault[] = (
  [
    ['build', 0],
    ['push', 0],
    ['migrate_pre', 1_500],
    ['rollout', 0],
    ...[600, 2_000, 4_000, 7_000].map(after => ['rollout', after] as const),
    ['migrate_post', 1_500],
    ['finalize', 0],
    ['finalize', 120],
    ['verify', 0],
  ] as const
).map(([step, after]) => ({
  name: `editor killed ${after} ms into ${step}`,
  usual: { migrates: step.startsWith('migrate') },
  attempt: killed({ step, after }),
}));

export const SWARM_FAULTS: readonly Fault[] = [
  { name: 'build fails', attempt: broken('build') },
  { name: 'health never comes', attempt: broken('health') },
  { name: 'a worker dies in the rollout', attempt: struck(server => server.kill(), booted) },
  {
    name: 'a worker dies while the image is brought',
    attempt: struck(server => server.kill(), booted, whenIn('push')),
  },
  { name: 'a worker is cut off in the rollout', attempt: struck(server => server.drop(), mended) },
  {
    name: 'the manager is cut off in the rollout',
    attempt: struck(server => server.drop(), mended, undefined, 0),
    mayDiffer: true,
  },
  {
    name: 'the manager dies in the rollout',
    attempt: struck(server => server.kill(), booted, undefined, 0),
    mayDiffer: true,
  },
  { name: 'disk full on a worker before it', attempt: filledBefore(1) },
  { name: 'disk full on a worker as the rollout begins', attempt: struck(fill, emptied, whenIn('rollout')) },
  { name: 'disk full on a worker in the rollout', attempt: struck(fill, emptied) },
  { name: 'disk full on the manager in the rollout', attempt: struck(fill, emptied, undefined, 0) },
  {
    name: 'new image deleted on a worker before the rollout',
    usual: { migrates: true },
    attempt: struck(
      server => server.run(`docker rmi -f $(docker images -q shop/web | head -n 1)`),
      () => ({}),
      whenIn('migrate_pre'),
    ),
  },
  { name: 'two at once, of two people', attempt: twoPeople },
  ...KILLED,
  {
    name: 'editor killed between two services',
    changes: { api: 2 as const },
    attempt: killed({ line: ': api\\.\\d+ on \\w+: running$' }),
    mayDiffer: true,
  },
  { name: 'going back: image deleted on a worker', isBack: true, attempt: forgotten(([, two]) => [two]) },
  { name: 'going back: image deleted on all servers', isBack: true, attempt: forgotten(all => all) },
  ...[600, 4_000].map(after => ({
    name: `going back: editor killed ${after} ms into rollout`,
    isBack: true,
    attempt: killed({ step: 'rollout', after }),
  })),
].map(each => ({ ...each, isSwarm: true }));
