/** `billing/`: what Stagecraft's program recorded of the invoices service. */
import type { Files } from '../test/kit/files.ts';
import {
  BUILD_ONLY,
  COMPLETED,
  failedIn,
  releasesFile,
  runningIn,
  type Phases,
} from '../test/kit/stagecraft.ts';
import { DAY } from '../test/kit/times.ts';
import type { CommitName, History } from './history.ts';

/** Central European winter time; the program writes the time of the machine it ran on. */
const ZONE = 60;

const RELEASES: readonly (readonly [days: number, string, version: string, CommitName, Phases])[] = [
  [30, 'staging', 'v1.0.0', 'invoices', COMPLETED],
  [29, 'prod', 'v1.0.0', 'invoices', COMPLETED],
  [19.8, 'staging', 'v1.1.0', 'pdf', COMPLETED],
  [19, 'prod', 'v1.1.0', 'pdf', COMPLETED],
  [11.2, 'staging', 'v2.0.0', 'vat', failedIn('migrate_pre')],
  [11, 'staging', 'v2.0.0', 'vat', COMPLETED],
  [10, 'prod', 'v2.0.0', 'vat', failedIn('rollout')],
  // A rollback: nothing but the repeated version tells.
  [9.98, 'prod', 'v1.1.0', 'pdf', COMPLETED],
  [8, 'prod', 'v2.0.0', 'vat', COMPLETED],
  [2.2, 'staging', 'v2.1.0', 'dunning', COMPLETED],
  [1.9, 'prod', 'v2.1.0', 'dunning', COMPLETED],
  // Stopped by Ctrl+C: it stays as it was.
  [0.8, 'staging', 'v2.2.0-rc1', 'dunning', runningIn('rollout')],
  [0.01, 'staging', 'v2.2.0', 'credit', BUILD_ONLY],
];

export function billingFiles(history: History, now: number): Files {
  const releases = RELEASES.map(([days, environment, version, commit, phases]) => {
    return { at: Math.floor(now - days * DAY), environment, version, commit: history[commit].id, phases };
  });
  return releasesFile('program', releases, ZONE);
}
