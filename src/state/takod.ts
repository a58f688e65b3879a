/** What takod answered about an environment, through the tako program. It stands beside what is recorded and never replaces it. */
import type { Clean } from '../base/clean.ts';
import type { RecordedTime } from '../base/fields.ts';
import { keyOf, type Key } from '../base/finding.ts';
import type { Instant } from '../base/time.ts';
import type { NoAnswer } from './observed.ts';

/** The last look at one environment. `at` is when it ended, by the clock here. */
export type TakodObservation =
  | { readonly at: Instant; readonly answer: TakodAnswer; readonly failure?: undefined }
  | { readonly at: Instant; readonly answer?: undefined; readonly failure: NoAnswer };

/** Codes of failures that mean: the tako program is not there, or too old. A person can choose another one. */
export const NO_PROGRAM: ReadonlySet<string> = new Set(['tako-missing', 'tako-version']);

/** What an observation of an environment is kept under. */
export function takodKey({
  root,
  environment,
}: {
  readonly root: string;
  readonly environment: string;
}): Key {
  return keyOf('takod', root, environment);
}

/** Each part is asked by itself; one that is not there is told among `missing`. */
export interface TakodAnswer {
  readonly services?: readonly TakodService[];
  /** Newest first. */
  readonly history?: readonly TakodDeployment[];
  readonly drift?: TakodDrift;
  readonly checks?: readonly TakodCheck[];
  readonly state?: TakodState;
  readonly missing: readonly { readonly part: Clean; readonly why: Clean }[];
}

/** What runs of a service. */
export interface TakodService {
  readonly name: Clean;
  readonly desired: number;
  readonly running: number;
  /** running, stopped, degraded, scaling, scheduled… */
  readonly status: Clean;
  /** healthy, starting, unhealthy; nothing where it has no check. */
  readonly health?: Clean;
  readonly image?: Clean;
  readonly revision?: Clean;
  readonly nodes: readonly { readonly name: Clean; readonly running: number; readonly health?: Clean }[];
  /** A job runs by its schedule, not all the time. */
  readonly isJob: boolean;
}

/** A deployment as the servers record it. */
export interface TakodDeployment {
  /** `<nanoseconds>_<process>`: the only id by which it can be gone back to. */
  readonly id: Clean;
  readonly commit?: Clean;
  readonly time?: RecordedTime;
  readonly version?: Clean;
  readonly status: Clean;
  readonly message?: Clean;
  readonly error?: Clean;
}

/** What tako can go back to. */
export const isStable = ({ status }: TakodDeployment): boolean =>
  status === 'success' || status === 'rolled_back';

/** What a release is found by. */
interface RecordedDeployment {
  readonly id: string;
  readonly at?: Instant;
  readonly status: string;
  readonly commit?: string;
}

/**
 * What the servers record of a release. They have ids of their own: the record of a folder names the same deployment by another id,
 * and by the same second, status and commit.
 */
export function deploymentOf(
  { id, at, status, commit }: RecordedDeployment,
  history: readonly TakodDeployment[],
): TakodDeployment | undefined {
  const second = (time: Instant | undefined): number | undefined => time && Math.floor(time / 1_000);
  return (
    history.find(each => each.id === id) ??
    history.find(
      each =>
        at !== undefined &&
        second(each.time?.at) === second(at) &&
        each.status.toLowerCase() === status.toLowerCase() &&
        (!commit || !each.commit || commit.startsWith(each.commit)),
    )
  );
}

export interface TakodDrift {
  readonly drifted: boolean;
  readonly drifts: readonly {
    readonly service: Clean;
    readonly type: Clean;
    readonly severity: Clean;
    readonly expected: Clean;
    readonly actual: Clean;
  }[];
  readonly well: readonly Clean[];
}

export interface TakodCheck {
  readonly name: Clean;
  /** pass, warn, fail, skip. */
  readonly status: Clean;
  readonly detail: Clean;
  readonly remediation?: Clean;
}

/** How the record here stands to those on the servers. */
export interface TakodState {
  readonly nodes: readonly {
    readonly name: Clean;
    readonly reachable: boolean;
    readonly agent?: Clean;
    /** Who holds the lease of the environment there. */
    readonly lease?: Clean;
    readonly error?: Clean;
  }[];
  readonly recommendations: readonly Clean[];
}
