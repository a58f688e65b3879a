import type { Finding } from '../../base/finding.ts';
import type { ServerRef } from '../../servers/server.ts';
import type { BuildDefinition } from '../../state/tako/configured.ts';

/**
 * What an environment is to run, as its configuration says it now. Values are real and may be secret: they go to servers and
 * into hashes, and are never shown, logged or kept.
 */
export interface Application {
  readonly tool: 'tako' | 'stagecraft';
  readonly root: string;
  readonly project: string;
  readonly environment: string;
  /** Of the configuration, where it says one. */
  readonly version?: string;
  /** The file it stands in: "tako.yaml". */
  readonly source: string;
  /** SHA-256 of what is configured for the environment, with a name in front: "sha256:…". */
  readonly configHash: string;
  /** In the order in which they start: what others depend on comes first. */
  readonly services: readonly AppService[];
  /** Where images are kept between servers: the only one configured; else they travel from server to server. */
  readonly registry?: Registry;
  /** All that images may be pulled from with a name and a password. */
  readonly registries: readonly Registry[];
  /** Values that no log, plan or message may hold. */
  readonly secrets: readonly string[];
  /** Where Compose runs it. */
  readonly compose?: ComposeFiles;
  /** What its databases need besides, of projects of Stagecraft. */
  readonly migrations?: readonly Migrations[];
}

/** SQL files of a database in PostgreSQL. Each is run once, in the order of their names. */
export interface Migrations {
  readonly database: string;
  /** Before what is new starts, or after it is healthy. */
  readonly moment: 'before' | 'after';
  /** What `psql` connects by: variables of libpq with their values. */
  readonly connection: ReadonlyMap<string, string>;
  /** The service that the database is in: `psql` is run in its container. Else on the server. */
  readonly service?: string;
  /** Every server has one of its own; else they share it. */
  readonly everywhere: boolean;
  readonly files: ReadonlyMap<string, Uint8Array>;
}

/** What Docker Compose reads of a project. */
export interface ComposeFiles {
  /** That the Compose file says it is of. What is put over it has to be of the same. */
  readonly version?: string;
  /** Those that stand in it, with their values. */
  readonly variables: ReadonlyMap<string, string>;
  /** By their paths in the project: the Compose file, and those that it names. */
  readonly files: ReadonlyMap<string, string>;
}

/**
 * What came of reading a configuration. With an error among the findings it must not be deployed: what could be read of it is
 * there for going back only.
 */
export interface ReadApplication {
  readonly application?: Application;
  readonly findings: readonly Finding[];
}

/** Of projects, environments and services: they go into paths, labels and names of containers. */
export const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;

export interface Registry {
  /** `registry.example.com:5000`, as it stands in front of the names of images. */
  readonly host: string;
  readonly username: string;
  readonly password: string;
}

/** What an image is built from, with the real values of its arguments. `args` is what may be recorded of them. */
export interface AppBuild extends BuildDefinition {
  /** Not built from a Dockerfile, but in the folder `context` by this program of this machine. */
  readonly program?: 'encore';
  readonly values: ReadonlyMap<string, string>;
  /** The stage of the Dockerfile. */
  readonly target?: string;
}

/** A service, job or run of an application. */
export interface AppService {
  readonly name: string;
  /** `job` and `run` are run once, and are done then. */
  readonly kind: 'service' | 'job' | 'run';
  /** One of both: what its image is built from, or the image itself. */
  readonly build?: AppBuild;
  readonly image?: string;
  /** What the image belongs to, where several share it: it is built once. `build` or `image` are those of that. */
  readonly imageFrom?: string;
  /** On every server with plain Docker; of the whole swarm in a swarm. */
  readonly replicas: number;
  /** One on every server, also in a swarm; `replicas` is 1. */
  readonly everywhere: boolean;
  /** It is said to keep data: two of it would write to the same files. */
  readonly isPersistent?: true;
  /** Names of the servers it is on; else all of them. */
  readonly servers?: readonly string[];
  /** Where it answers inside; the first is what health and routes mean. */
  readonly ports: readonly PublishedPort[];
  readonly command?: readonly string[];
  readonly entrypoint?: readonly string[];
  readonly environment: ReadonlyMap<string, string>;
  readonly volumes: readonly Volume[];
  readonly domains: readonly string[];
  /** All labels but our own, those of Traefik among them (`traefik.ts`). */
  readonly labels: ReadonlyMap<string, string>;
  readonly health?: HealthCheck;
  readonly dependsOn: readonly string[];
  readonly strategy: Strategy;
  /** Commands that are run once in a container of the new image: before what is new starts, and after it is healthy. */
  readonly hooks: { readonly before?: readonly string[]; readonly after?: readonly string[] };
  readonly restart: string;
  readonly user?: string;
  readonly workingFolder?: string;
  readonly stopSeconds: number;
  readonly limits: { readonly memory?: string; readonly cpus?: string };
  /** Of all that makes its containers but the image: a service with the same image and the same hash has nothing to replace. */
  readonly hash: string;
}

/**
 * `recreate`: the old one stops first. `rolling`: one replica after the other, each healthy before an old one stops.
 * `blue_green`: all new ones are healthy before the first old one stops.
 */
export type Strategy = 'recreate' | 'rolling' | 'blue_green';

export interface PublishedPort {
  readonly container: number;
  /** On the server itself. Two containers cannot share one, so that the old one has to stop first. */
  readonly host?: number;
  readonly address?: string;
  readonly protocol: 'tcp' | 'udp';
}

export interface Volume {
  /** The name of a volume, or an absolute path of the server. */
  readonly source: string;
  readonly target: string;
  readonly readOnly: boolean;
}

export interface HealthCheck {
  /** What is run in the container; else one of the two below. */
  readonly command?: readonly string[];
  /** Asked for over HTTP at the first port: any answer below 400 is healthy. */
  readonly path?: string;
  /** Has to accept a connection. */
  readonly tcpPort?: number;
  readonly intervalSeconds: number;
  readonly timeoutSeconds: number;
  readonly retries: number;
  readonly startSeconds: number;
}

/** What runs services on the servers of an environment, judged by what the servers answered. */
export type Engine =
  /** Plain Docker: every server runs the whole application, because nothing joins their networks. */
  | { readonly kind: 'containers'; readonly servers: readonly ServerRef[] }
  /** A swarm: changed through one of its managers. The servers are all that were named. */
  | { readonly kind: 'swarm'; readonly manager: ServerRef; readonly servers: readonly ServerRef[] }
  /** Docker Compose, for projects of Stagecraft; here, where there is no server. */
  | { readonly kind: 'compose'; readonly servers: readonly ServerRef[] };
