/** What servers answered when they were asked, and when. It stands beside what is recorded and never replaces it. */
import type { Clean } from '../base/clean.ts';
import type { RecordedTime } from '../base/fields.ts';
import type { Instant } from '../base/time.ts';

/** The last look at one server. `at` is when it ended, by the clock here. */
export type Observation =
  | { readonly at: Instant; readonly answer: ServerAnswer; readonly failure?: undefined }
  | { readonly at: Instant; readonly answer?: undefined; readonly failure: NoAnswer };

/** Why there is no answer. It says nothing about how the server is. */
export interface NoAnswer {
  /** Of the `UserError` it failed with: `host-key-unknown`, `unreachable`… */
  readonly code: string;
  readonly what: Clean;
  /** As whom it was asked and where; of a host key also the file and the line that speak against it. */
  readonly where?: Clean;
  readonly next: Clean;
}

export interface ServerAnswer {
  readonly setup: Setup;
  /** `version.json` byte for byte, with its SHA-256 on the server. Not cleaned: to be edited, not to be shown. */
  readonly versionFile?: { readonly text: string; readonly digest: string };
  /** Versions that are really there, by component. */
  readonly components: { readonly [name: string]: Clean };
  /** Features that can be seen to be there, whatever is recorded. */
  readonly features: readonly Clean[];
  /** As `/etc/os-release` names it: "debian 12". */
  readonly system?: Clean;
  readonly systemd: boolean;
  /** Who logs in there, and whether that is root or becomes it without a password. */
  readonly user: Clean;
  readonly root: boolean;
  readonly disks: readonly Disk[];
  /** In bytes. */
  readonly memory?: { readonly total: number; readonly available: number };
  /** Over 1, 5 and 15 minutes. */
  readonly load: readonly number[];
  readonly processors?: number;
  /** How far its clock is ahead of the one here, in seconds, give or take half the time the question took. */
  readonly clockSkew?: number;
  readonly upSince?: Instant;
  readonly rebootRequired: boolean;
  /** Who holds the package manager, where somebody does. */
  readonly packagesHeldBy?: Clean;
  /** Deployments that are seen to be in progress there, each with its evidence. */
  readonly deploying: readonly Clean[];
  readonly docker: Docker;
  readonly containers: readonly ObservedContainer[];
  /** Of the swarm, where this server manages one. */
  readonly services: readonly SwarmService[];
  readonly networks?: readonly SwarmNetwork[];
  /** All of the swarm, where this server manages it. */
  readonly nodes?: readonly SwarmNode[];
  /** The newest change of the setup that was begun there. */
  readonly run?: SetupRun;
  /** Names of the backups of its setup, the newest first. */
  readonly backups: readonly string[];
  /** SHA-256 of the files of setup steps that lie there already and need not travel again. */
  readonly stored: readonly string[];
  /** The newest images that are there; nothing where Docker does not tell. */
  readonly images?: readonly ObservedImage[];
  /** What was deployed to it from an editor, by what lies there; nothing where only root may look. */
  readonly deployed?: readonly DeployedThere[];
}

export interface ObservedImage {
  readonly id: Clean;
  /** `shop/web:a1b2c3d`; none where it has no name any more. */
  readonly references: readonly Clean[];
  /** To three digits. */
  readonly bytes: number;
}

/** An environment of a project that was deployed to a server from an editor. */
export interface DeployedThere {
  readonly project: Clean;
  readonly environment: Clean;
  /** Ids of the releases whose services can be made again as they were, the newest first. */
  readonly releases: readonly Clean[];
  readonly hold?: DeployHold;
}

/** Who holds an environment on a server, by what its lock there says. */
export interface DeployHold {
  /** What the lock is taken over from. */
  readonly token: string;
  readonly by: Clean;
  readonly operation: Clean;
  /** The release that is being made, and may be half done. */
  readonly release?: Clean;
  readonly since: Instant;
  /** When its holder was last at work there. What the server's clock says is told by the one here. */
  readonly lastSign: Instant;
  /** After that it may be taken over. */
  readonly until: Instant;
  /** By the server's clock. */
  readonly isOver: boolean;
}

/** What made a container or a service of a swarm, by its labels; nothing where nothing of ours did. `hash`: of its settings. */
export type DeployedBy = Readonly<Record<'project' | 'environment' | 'service' | 'release' | 'hash', Clean>>;

/** How a server was set up. What could not be asked is "unknown", never guessed into another answer. */
export type Setup =
  | { readonly kind: 'versioned'; readonly version: string; readonly record: SetupRecord }
  /** Set up before there was a version file: 1.0.0. */
  | { readonly kind: 'legacy'; readonly version: '1.0.0'; readonly since?: Instant }
  /** Run by takod, so its setup is the Tako CLI's. */
  | { readonly kind: 'takod'; readonly version?: string; readonly evidence: Clean }
  | { readonly kind: 'not-set-up' }
  | { readonly kind: 'damaged'; readonly why: Clean }
  | { readonly kind: 'unknown'; readonly why: Clean };

/** What `version.json` says. */
export interface SetupRecord {
  readonly installed?: RecordedTime;
  readonly lastUpgrade?: RecordedTime;
  readonly components: { readonly [name: string]: Clean };
  readonly features: readonly Clean[];
  readonly cliVersion?: Clean;
}

/** A file system, in bytes and inodes. */
export interface Disk {
  readonly path: Clean;
  readonly total: number;
  readonly free: number;
  readonly inodes: number;
  readonly inodesFree: number;
}

export interface Docker {
  /** `silent`: it is there and does not answer, or may not be asked. */
  readonly state: 'none' | 'answers' | 'silent';
  readonly swarm?: 'manager' | 'worker';
  /** The version of Docker Compose, `none` where there is none; nothing where that was not told. */
  readonly compose?: Clean;
  /** Not all that is there was told: what is not among it may be there. */
  readonly partly?: boolean;
}

export interface ObservedContainer {
  readonly id: Clean;
  readonly name: Clean;
  readonly image: Clean;
  readonly imageId: Clean;
  /** running, exited, restarting, paused… as Docker says it. */
  readonly state: Clean;
  /** healthy, unhealthy, starting; nothing where it has no check. */
  readonly health?: Clean;
  readonly restarts: number;
  readonly startedAt?: Instant;
  /** Of a swarm, a Compose project, or Tako. */
  readonly service?: Clean;
  /** Host names that its Traefik labels route to it. */
  readonly sites: readonly Clean[];
  /** Names of the networks it is in. */
  readonly networks?: readonly Clean[];
  /** The Compose files that it was made with, on its server. */
  readonly composeFiles?: Clean;
  readonly deployed?: DeployedBy;
  /** Those of its labels that say whose it is. */
  readonly labels?: Readonly<Record<string, Clean>>;
  /** Where it answers inside, as far as its labels tell. */
  readonly ports?: readonly number[];
}

export interface SwarmService {
  readonly name: Clean;
  readonly image: Clean;
  /** Of that image, where this server has it. */
  readonly imageId?: Clean;
  readonly running: number;
  readonly desired: number;
  /** How its last change went, as Docker says it: updating, completed, paused, rollback_completed… */
  readonly update?: Clean;
  /** Those that are to run. One with a health check is "running" when it is healthy. */
  readonly tasks?: readonly SwarmTask[];
  readonly sites: readonly Clean[];
  /** Names of the networks it is in. */
  readonly networks?: readonly Clean[];
  /** The network in which its labels tell Traefik to look for it. */
  readonly proxyNetwork?: Clean;
  /** The stack that it was deployed with. */
  readonly stack?: Clean;
  readonly deployed?: DeployedBy;
  /** Its variables or its command are not those that it was deployed with: a digest of what they are. */
  readonly byHand?: Clean;
  /** Those of its labels that say whose it is. */
  readonly labels?: Readonly<Record<string, Clean>>;
  /** Where it answers inside, as far as its labels tell. */
  readonly ports?: readonly number[];
}

/** A place in which a service of a swarm runs, or is to run. */
export interface SwarmTask {
  /** The host name of the node; nothing where none takes it. */
  readonly node?: Clean;
  /** running, starting, preparing, pending… */
  readonly state: Clean;
  readonly image: Clean;
  /** Why it does not run. */
  readonly error?: Clean;
}

export interface SwarmNode {
  /** Its host name. */
  readonly name: Clean;
  /** ready, down, unknown… */
  readonly state: Clean;
  /** active, pause, drain. */
  readonly availability: Clean;
}

/** An overlay network of a swarm that services are in. */
export interface SwarmNetwork {
  readonly name: Clean;
  readonly encrypted: boolean;
}

/** A change of a server's setup, as the journal there tells it. */
export interface SetupRun {
  readonly id: string;
  /** Somebody is at it now. */
  readonly active: boolean;
  /** `finished`: the new version; `undone`: the old one. Any other waits to be resumed. */
  readonly state: 'finished' | 'undone' | 'stuck' | 'paused' | 'underway';
  /** The step it is or was in, and what was written down last. */
  readonly step?: Clean;
  readonly last: Clean;
  readonly at?: Instant;
}

/** An upgrade that this window follows. */
export interface Upgrading {
  readonly run: string;
  readonly from?: string;
  readonly to: string;
  /** Counts from 1; 0 before the first step. */
  readonly step: number;
  readonly steps: number;
  /** What it is at: "backing up", "Monitoring and metrics: verifying". */
  readonly doing: Clean;
  readonly since: Instant;
}
