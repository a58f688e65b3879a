/** Every fault on two servers. */
import type { Server } from '../lab.ts';
import { startEditor } from './desk.ts';
import {
  booted,
  broken,
  emptied,
  fill,
  filledBefore,
  forgotten,
  killed,
  mended,
  oneOf,
  PORT,
  struck,
  twoPeople,
  whenIn,
  whenSaid,
  type Fault,
} from './faults.ts';

const KILLED: readonly Fault[] = (
  [
    ['build', 0],
    ['build', 1_500],
    ['push', 0],
    ['push', 300],
    ['migrate_pre', 0],
    ['migrate_pre', 1_500],
    ['rollout', 0],
    ...[400, 1_000, 1_600, 2_200, 3_000, 4_000].map(after => ['rollout', after] as const),
    ['migrate_post', 0],
    ['migrate_post', 1_500],
    ['finalize', 0],
    ['finalize', 30],
    ['finalize', 120],
    ['verify', 0],
  ] as const
).map(([step, after]) => ({
  name: `editor killed ${after} ms into ${step}`,
  usual: { migrates: true },
  attempt: killed({ step, after }),
}));

const KILLED_AT_PORT: readonly Fault[] = [300, 900, 1_500, 2_100, 2_700, 3_300].map(after => ({
  name: `editor killed ${after} ms into rollout, at a port`,
  usual: PORT,
  attempt: killed({ step: 'rollout', after }),
  mayDiffer: true,
}));

/** One of two changed services is done on both servers, and the other one is not, or has just begun. */
const KILLED_BETWEEN: readonly Fault[] = (
  [
    ['done', PORT, '^two: \\S+_web-\\S+ is healthy$'],
    ['begun', {}, '^two: \\S+_api-\\S+ started$'],
    ['begun, at a port', PORT, '^two: \\S+_api-\\S+ started$'],
  ] as const
).map(([name, usual, line]) => ({
  name: `editor killed between two services, the second ${name}`,
  usual,
  changes: { api: 2 },
  attempt: killed({ line }),
  mayDiffer: true,
}));

export const BACK_FAULTS: readonly Fault[] = (
  [
    { name: 'image deleted on one server', attempt: forgotten(([, two]) => [two]) },
    { name: 'image deleted on all servers', attempt: forgotten(servers => servers) },
    {
      name: 'image deleted as the rollout begins',
      attempt: struck(removeOld, () => ({}), whenIn('rollout')),
    },
    { name: 'network cut in the rollout', attempt: struck(server => server.drop(), mended) },
    {
      name: 'network cut in the rollout, at a port',
      usual: PORT,
      attempt: struck(server => server.drop(), mended),
    },
    { name: 'a server dies in the rollout', attempt: struck(server => server.kill(), booted) },
    {
      name: 'a server dies in the rollout, at a port',
      usual: PORT,
      attempt: struck(server => server.kill(), booted),
    },
    { name: 'disk full before it', attempt: filledBefore(1) },
    { name: 'disk full in the rollout', attempt: struck(fill, emptied) },
    { name: 'two at once, of two people', attempt: twoPeople },
    ...(
      [
        ['push', 0],
        ['rollout', 0],
        ['rollout', 900],
        ['rollout', 2_500],
        ['finalize', 0],
        ['verify', 0],
      ] as const
    ).map(([step, after]) => ({
      name: `editor killed ${after} ms into ${step}`,
      attempt: killed({ step, after }),
    })),
    ...[300, 1_500, 2_700].map(after => ({
      name: `editor killed ${after} ms into rollout, at a port`,
      usual: PORT,
      attempt: killed({ step: 'rollout', after }),
      mayDiffer: true,
    })),
  ] as readonly Fault[]
).map(each => ({ ...each, name: `going back: ${each.name}`, isBack: true }));

/** The image of v1, which nothing runs. */
function removeOld(server: Server): Promise<unknown> {
  return server.run(`docker images -q --no-trunc shop/web | while read -r id; do
    [ "$(docker ps -q --filter ancestor="$id")" ] || { docker ps -aq --filter ancestor="$id" | xargs -r docker rm -f; docker rmi -f "$id"; }
  done`);
}

export const FAULTS: readonly Fault[] = [
  { name: 'build fails', attempt: broken('build') },
  { name: 'health never comes', attempt: broken('health') },
  { name: 'health never comes, at a port', usual: PORT, attempt: broken('health') },
  { name: 'disk full before it', attempt: filledBefore(1) },
  {
    name: 'disk full while the image is brought',
    attempt: struck(fill, emptied, whenIn('push')),
  },
  { name: 'disk full in the rollout', attempt: struck(fill, emptied) },
  { name: 'disk full in the rollout, at a port', usual: PORT, attempt: struck(fill, emptied) },
  { name: 'a server dies in the rollout', attempt: struck(server => server.kill(), booted) },
  {
    name: 'a server dies in the rollout, at a port',
    usual: PORT,
    attempt: struck(server => server.kill(), booted),
  },
  {
    name: 'a server dies while the image is brought',
    attempt: struck(server => server.kill(), booted, whenIn('push')),
  },
  { name: 'network cut in the rollout', attempt: struck(server => server.drop(), mended) },
  {
    name: 'network cut in the rollout, at a port',
    usual: PORT,
    attempt: struck(server => server.drop(), mended),
  },
  {
    name: 'a server dies while what is new is watched',
    attempt: struck(server => server.kill(), booted, whenSaid(/^Watching for/)),
  },
  { name: 'connections reset in the rollout', attempt: struck(server => server.reject(), mended) },
  {
    name: 'new image deleted before the rollout',
    usual: { migrates: true },
    attempt: struck(
      server => server.run(`docker rmi -f $(docker images -q shop/web | head -n 1)`),
      () => ({}),
      whenIn('migrate_pre'),
    ),
  },
  {
    name: 'two at once, of one folder',
    async attempt({ servers, bundle, request, whenDone }) {
      const editors = [1, 2].map(() => startEditor(bundle, servers, { request }, whenDone));
      return oneOf(
        (await Promise.all(editors.map(({ ended }) => ended))).map(last => ({ last, version: 'v2' })),
      );
    },
  },
  { name: 'two at once, of two people', attempt: twoPeople },
  ...KILLED,
  ...KILLED_AT_PORT,
  ...KILLED_BETWEEN,
];
