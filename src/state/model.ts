/**
 * What is deployed, as the state files of the four tools record it. Immutable; every text in it is clean.
 * *Recorded* is what a file says. What a server answers is *observed* and is kept apart from it.
 */
import type { Clean, CleanJson } from '../base/clean.ts';
import type { At, Finding, Key } from '../base/finding.ts';
import type { Instant } from '../base/time.ts';
import type { Observation, Upgrading } from './observed.ts';
import type { TakodObservation } from './takod.ts';

export type Tool = 'tako' | 'stagecraft' | 'ftl2' | 'sloth-runner';

export interface State {
  readonly projects: readonly Project[];
  /** What belongs to no project: a folder that could not be searched, a limit that was reached. */
  readonly findings: readonly Finding[];
  /** The folders and files that were searched, so that "nothing found" can say where. */
  readonly searched: readonly string[];
  /** False until everything was read once. */
  readonly ready: boolean;
  /** Servers that the settings name and no project does. */
  readonly ownServers: readonly Server[];
  /** What servers answered, by the id of the machine. */
  readonly observed: { readonly [machine: string]: Observation };
  /** What takod answered about environments, by `takodKey`. */
  readonly takod: { readonly [environment: Key]: TakodObservation };
  /** Upgrades of servers that run now, by the id of the machine. */
  readonly upgrading: { readonly [machine: string]: Upgrading };
}

/** One tool's state in one folder (for sloth-runner: one database). */
export interface Project {
  readonly key: Key;
  readonly tool: Tool;
  readonly name: Clean;
  /** Absolute folder, not cleaned: for opening, not for showing. */
  readonly root: string;
  /** The file a person would open to see this project. */
  readonly source?: At;
  readonly environments: readonly Environment[];
  readonly services: readonly Service[];
  readonly stacks: readonly Stack[];
  readonly servers: readonly Server[];
  readonly resources: readonly Resource[];
  readonly lock?: Lock;
  /** Folders of migrations below the root, where they are configured. */
  readonly migrations?: readonly Clean[];
  /** What was seen to run otherwise than recorded, and is let be. */
  readonly ignoredDrift?: readonly IgnoredDrift[];
  /** Backups of its stacks that lie here, the newest first; also of stacks that are gone. */
  readonly backups?: readonly Backup[];
  /** What it says about upgrades of its servers. */
  readonly setup?: ProjectSetup;
  /** Other things recorded about the project, for tooltips: what it is, and the value. */
  readonly facts: readonly Fact[];
  readonly findings: readonly Finding[];
}

/** `of` a drift of a service; of another one something else was `seen`. */
export interface IgnoredDrift {
  readonly of: string;
  readonly seen: string;
  readonly until: Instant;
  readonly reason: Clean;
}

/**
 * What a repository says about upgrades of its servers, as it is written there. It can propose, and tighten what the settings of
 * a person allow; it starts nothing.
 */
export interface ProjectSetup {
  /** Whether it wants to be told of newer versions. */
  readonly checks?: boolean;
  /** Whether it wants them to start by themselves. */
  readonly upgrades?: boolean;
  readonly strategy?: Clean;
  /** Nothing where it is not enabled. */
  readonly window?: { readonly days?: readonly Clean[]; readonly start?: Clean; readonly end?: Clean };
  readonly source: At;
}

/** A named value for tooltips and details. `name` is already a user text. */
export interface Fact {
  readonly name: Clean;
  readonly value: Clean;
}

export interface Environment {
  readonly key: Key;
  readonly name: Clean;
  /** Id of the release recorded as current. What runs is known only after servers were asked. */
  readonly current?: Clean;
  /** Newest first; older ones than asked for are not read. */
  readonly releases: readonly Release[];
  /** There are older releases that were not read. */
  readonly more: boolean;
  /** Ids of the releases marked as safe to go back to, newest first. */
  readonly rollbackPoints: readonly Clean[];
  /** Names of its servers. */
  readonly servers: readonly Clean[];
  /** Where the environment is configured, else the file its current release is recorded in. */
  readonly source?: At;
  readonly facts: readonly Fact[];
}

/** The release that an environment is at by what is recorded: the current one, else the newest. */
export function recordedRelease({ current, releases }: Environment): Release | undefined {
  return releases.find(({ id }) => id === current) ?? releases[0];
}

/**
 * The release that servers should run. Of Stagecraft the newest is the current one whatever became of it: what failed was put back, and
 * a build is no deployment.
 */
export function deployedRelease(
  { tool }: Pick<Project, 'tool'>,
  environment: Environment,
): Release | undefined {
  if (tool !== 'stagecraft') return recordedRelease(environment);
  return environment.releases.find(({ outcome }) => outcome === 'succeeded');
}

/** What a release came to. `interrupted`: a phase is recorded as running, but nothing can still be running it. */
export type Outcome =
  'succeeded' | 'failed' | 'partial' | 'running' | 'pending' | 'interrupted' | 'rolled-back' | 'unknown';

export type ReleaseKind = 'deploy' | 'rollback' | 'scale' | 'promote' | 'import' | 'build';

/** One deployment of an environment. */
export interface Release {
  readonly key: Key;
  readonly id: Clean;
  /** As recorded; for Stagecraft as its CLI derives it from the phases. */
  readonly status: Clean;
  readonly outcome: Outcome;
  readonly kind: ReleaseKind;
  readonly version?: Clean;
  readonly commit?: Clean;
  /** As recorded, with its own zone. */
  readonly timestamp: Clean;
  readonly at?: Instant;
  readonly by?: Clean;
  readonly durationSeconds?: number;
  readonly phases: readonly Phase[];
  /** Id of the release before it, where the tool records that. */
  readonly previous?: Clean;
  readonly notes?: Clean;
  readonly rollbackPoint: boolean;
  readonly services: readonly RecordedService[];
  readonly servers: readonly Clean[];
  readonly configHash?: Clean;
  readonly facts: readonly Fact[];
  /** The file it is recorded in. */
  readonly source: At;
  /** Other files that record it, too: they may say what the first one does not. */
  readonly copies?: readonly string[];
  /** Its log, where there is one. */
  readonly log?: string;
}

/** What a release is found and named by among thousands. */
export type ReleaseEntry = Pick<
  Release,
  | 'key'
  | 'id'
  | 'status'
  | 'outcome'
  | 'kind'
  | 'version'
  | 'commit'
  | 'at'
  | 'by'
  | 'notes'
  | 'phases'
  | 'rollbackPoint'
  | 'log'
> & { readonly services: readonly Pick<RecordedService, 'image'>[] };

/** One step of a release. `status` as recorded; unknown names and statuses are kept. */
export interface Phase {
  readonly name: Clean;
  readonly status: Clean;
  readonly at?: Instant;
  /** When it began, where that is known besides when it ended. */
  readonly startedAt?: Instant;
}

/** A service as a release records it. */
export interface RecordedService {
  readonly name: Clean;
  readonly image?: Clean;
  readonly imageId?: Clean;
  readonly replicas?: number;
  readonly ports: readonly Clean[];
  readonly domains: readonly Clean[];
  readonly health?: Clean;
  readonly containers: readonly Container[];
  /** Of its settings, where it was deployed from an editor. */
  readonly hash?: Clean;
  /** What it was deployed from, where that is another commit than its release is of. */
  readonly commit?: Clean;
}

export interface Container {
  readonly id: Clean;
  readonly node?: Clean;
  readonly status?: Clean;
  readonly startedAt?: Instant;
}

/** A service of an environment: what is configured, and what was recorded about it last. */
export interface Service extends RecordedService {
  readonly key: Key;
  readonly environment?: Clean;
  /** It stands in the configuration. */
  readonly declared: boolean;
  /** Its image is built from the repository, by the configuration. */
  readonly built?: true;
  /** It stands in the record of a deployment or in a state file of its own. */
  readonly recorded: boolean;
  readonly version?: Clean;
  readonly status?: Clean;
  /** When status and health were recorded. */
  readonly at?: Instant;
  readonly deployedAt?: Instant;
  readonly dependsOn: readonly Clean[];
  /** Past versions, newest first. */
  readonly history: readonly {
    readonly version: Clean;
    readonly deployedAt?: Instant;
    readonly retiredAt?: Instant;
    readonly reason?: Clean;
  }[];
  /** Limits and use, health checks, metrics, build cache, artifacts, routes, certificates: whatever is recorded. */
  readonly facts: readonly Fact[];
  readonly source: At;
}

/** A machine. FTL2 says host. */
export interface Server {
  readonly key: Key;
  readonly name: Clean;
  /** `stagecraft`: settings say that it is deployed to. `here`: the machine that the editor runs on. */
  readonly kind: 'tako' | 'swarm' | 'ftl2' | 'stagecraft' | 'here' | 'settings';
  readonly address?: Clean;
  /** What differs really from what is shown, and the key to log in with. Not cleaned: to connect with, not to be shown. */
  readonly reach?: {
    readonly host?: string;
    readonly port?: number;
    readonly user?: string;
    readonly keyFile?: string;
  };
  /** Equal for equal addresses; says nothing about the address, which may come from a secret variable. */
  readonly identity?: string;
  readonly port?: number;
  readonly user?: Clean;
  readonly role?: Clean;
  readonly status?: Clean;
  readonly groups: readonly Clean[];
  /** Names of the environments that run on it. */
  readonly environments: readonly Clean[];
  /** Keys of the resources that belong to it. */
  readonly resources: readonly Key[];
  readonly at?: Instant;
  readonly variables: { readonly [name: string]: CleanJson };
  readonly facts: readonly Fact[];
  readonly source: At;
}

/** Something provisioned: an FTL2 cloud resource, or a resource of a stack. */
export interface Resource {
  readonly key: Key;
  readonly id: Clean;
  readonly type: Clean;
  readonly name: Clean;
  readonly provider?: Clean;
  readonly module?: Clean;
  readonly status?: Clean;
  readonly error?: Clean;
  readonly at?: Instant;
  readonly tags: { readonly [name: string]: CleanJson };
  readonly properties: { readonly [name: string]: CleanJson };
  /** Ids of the resources it depends on, as recorded; they may be missing. */
  readonly dependsOn: readonly Clean[];
  /** How many others of its stack need it, directly or through others; nothing where none does. */
  readonly dependents?: number;
  readonly source: At;
}

export interface Stack {
  readonly key: Key;
  readonly id: Clean;
  readonly name: Clean;
  readonly description?: Clean;
  readonly version?: Clean;
  readonly status: Clean;
  readonly outcome: Outcome;
  readonly createdAt?: Instant;
  readonly at?: Instant;
  readonly completedAt?: Instant;
  readonly workflowFile?: Clean;
  readonly executionCount: number;
  readonly lastDurationSeconds?: number;
  readonly lastError?: Clean;
  /** Made by sloth-runner itself to track its own operations. */
  readonly ownOperations: boolean;
  readonly resources: readonly Resource[];
  readonly snapshots: readonly Snapshot[];
  readonly moreSnapshots: boolean;
  readonly lock?: Lock;
  /** The newest detection of each resource, newest first. */
  readonly drift: readonly Drift[];
  readonly tags: readonly Clean[];
  readonly activity: readonly Activity[];
  readonly moreActivity: boolean;
  readonly events: readonly Activity[];
  readonly executions: readonly Execution[];
  readonly moreExecutions: boolean;
  /** Edges between resources, from both places upstream keeps them, and those that properties tell. */
  readonly dependencies: readonly Dependency[];
  readonly backups: readonly {
    readonly id: Clean;
    readonly path: Clean;
    readonly at?: Instant;
    readonly bytes?: number;
  }[];
  readonly outputs: { readonly [name: string]: CleanJson };
  readonly configuration: { readonly [name: string]: CleanJson };
  readonly metadata: { readonly [name: string]: CleanJson };
  readonly source: At;
}

/** Rows of a stack in a file of ours. `archive`: old snapshots that were moved out of the database. */
export interface Backup {
  readonly id: Clean;
  readonly kind: 'backup' | 'archive';
  /** The id of the stack, and its name. */
  readonly stack: Clean;
  readonly name: Clean;
  /** The number of the newest snapshot then. */
  readonly version: number;
  readonly at?: Instant;
  readonly by: Clean;
  readonly reason: Clean;
  readonly bytes: number;
}

/** A numbered version of a stack. Its body is read only when it is opened. */
export interface Snapshot {
  readonly key: Key;
  readonly version: number;
  readonly at?: Instant;
  readonly by?: Clean;
  readonly description?: Clean;
}

export interface Drift {
  readonly key: Key;
  readonly resource: Clean;
  readonly at?: Instant;
  readonly drifted: boolean;
  /** pending, resolved, ignored, or whatever is recorded. */
  readonly resolution: Clean;
  /** Until when an ignored one is, and why, where that was said here. After that it is pending again. */
  readonly ignored?: { readonly until: Instant; readonly reason: Clean };
  /** Where the actual values come from, where that is known. */
  readonly source?: Clean;
  readonly fields: readonly Clean[];
  readonly expected: CleanJson;
  readonly actual: CleanJson;
}

export interface Activity {
  readonly key: Key;
  readonly type: Clean;
  readonly text?: Clean;
  readonly by?: Clean;
  readonly resource?: Clean;
  readonly at?: Instant;
}

export interface Execution {
  readonly key: Key;
  readonly status: Clean;
  readonly outcome: Outcome;
  readonly startedAt?: Instant;
  readonly completedAt?: Instant;
  readonly durationSeconds?: number;
  readonly tasks: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly error?: Clean;
}

export interface Dependency {
  readonly from: Clean;
  readonly to: Clean;
  readonly type: Clean;
  /** The other end does not exist. */
  readonly dangling: boolean;
  /** Recorded nowhere, but told by a reference in the properties. */
  readonly inferred: boolean;
}

/** Who holds a project or stack, judged by what is recorded. */
export interface Lock {
  readonly id?: Clean;
  readonly operation?: Clean;
  readonly by?: Clean;
  readonly since?: Instant;
  readonly until?: Instant;
  /** `held`: nothing speaks against it. `stale`: its process is gone or its time is over. */
  readonly verdict: 'held' | 'stale';
  /** The evidence for the verdict, in words. */
  readonly evidence: Clean;
}

/** Projects in the order in which they are shown: by folder. */
export function byFolder(a: Project, b: Project): number {
  if (a.root !== b.root) return a.root < b.root ? -1 : 1;
  return a.key < b.key ? -1 : 1;
}

export const EMPTY_STATE: State = {
  projects: [],
  findings: [],
  searched: [],
  ready: false,
  ownServers: [],
  observed: {},
  takod: {},
  upgrading: {},
};
