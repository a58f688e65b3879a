import type { Instant } from '../base/time.ts';
import type { Connections } from '../ssh/connections.ts';
import type { Prompts } from '../ssh/prompts.ts';
import type { Key } from '../base/finding.ts';
import type { Observation } from '../state/observed.ts';
import type { TakodObservation } from '../state/takod.ts';

/** What deploying works with. */
export interface Access {
  readonly connections: Connections;
  /** Whom it may ask. */
  readonly prompts: Prompts;
  readonly now: () => Instant;
  /** Is told what a server answered, by the id of the machine. */
  observed(machine: string, observation: Observation): void;
}

/** What operations that deploy work with. */
export interface DeployAccess extends Access {
  readonly settings: () => DeploySettings;
  /** Is told what takod answered about an environment, by `takodKey`. */
  askedTakod?(environment: Key, observation: TakodObservation): void;
}

/** What is done through the tako program connects to no server from here. */
export type TakoAccess = Pick<DeployAccess, 'settings' | 'now' | 'askedTakod'>;

export interface DeploySettings {
  /** For how many of the newest releases servers keep what going back to them needs. */
  readonly keepReleases: number;
  /** How long what is new has to stay well before it is kept. */
  readonly healthSeconds: number;
  /** Where images are built: on a server, here, or here where no server has room. */
  readonly buildStrategy: 'remote' | 'local' | 'auto';
  /** How many archives of what was built are kept of each service in the project. */
  readonly keepArtifacts: number;
  /** Who deploys with Tako's configuration: `auto` is the tako program where takod runs the servers. */
  readonly engine: 'auto' | 'cli' | 'builtin';
  /** The tako program: a name on the PATH, or an absolute path. */
  readonly takoPath: string;
}

export const DEPLOY_SETTINGS: DeploySettings = {
  keepReleases: 5,
  healthSeconds: 30,
  buildStrategy: 'auto',
  keepArtifacts: 0,
  engine: 'auto',
  takoPath: 'tako',
};
