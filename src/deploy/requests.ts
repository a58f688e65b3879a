/** What deploying and going back are given, as plain data. */
import type { Tool } from '../state/model.ts';
import type { ServerRef } from '../servers/server.ts';
import type { Clean } from '../base/clean.ts';

/** An environment of a project. */
export interface EnvironmentRef {
  readonly tool: Extract<Tool, 'tako' | 'stagecraft'>;
  readonly root: string;
  readonly environment: string;
  readonly project: Clean;
  /** It is production, by the settings. */
  readonly isProduction: boolean;
  /** In the order in which the configuration names them. What Stagecraft deploys to no server it deploys to this machine. */
  readonly servers: readonly ServerRef[];
}

/** What Git says about the folder, asked by the editor. Nothing where it is no repository. */
export interface Commit {
  readonly id: string;
  readonly branch?: Clean;
  /** There are changes that are not committed. */
  readonly dirty: boolean;
  /** Whether a remote has it, where that is known. */
  readonly pushed?: boolean;
  readonly subject?: Clean;
}

/** Brings an environment to what its configuration says now. */
export interface DeployInput {
  readonly where: EnvironmentRef;
  readonly commit?: Commit;
  readonly by?: Clean;
  /** Only these services; else all. */
  readonly services?: readonly string[];
  /** Servers that do not answer are left out; a person was told so. */
  readonly without?: readonly string[];
  /** Also what did not change. */
  readonly force?: boolean;
}

/** Makes an environment run the images of a release again. Never builds. */
export interface RollBackInput {
  readonly where: EnvironmentRef;
  /** The id of the release. */
  readonly to: string;
  readonly by?: Clean;
  readonly services?: readonly string[];
  readonly without?: readonly string[];
}

/** Deploys the images that another environment of the project runs. Never builds. */
export interface PromoteInput {
  readonly from: EnvironmentRef;
  readonly where: EnvironmentRef;
  readonly by?: Clean;
}

export interface ScaleInput {
  readonly where: EnvironmentRef;
  readonly service: string;
  readonly replicas: number;
  readonly by?: Clean;
}

export interface RestartInput {
  readonly where: EnvironmentRef;
  readonly service: string;
  readonly by?: Clean;
}

/** Takes over the lock that somebody left on servers. Only with evidence that nobody is at it any more, else typed. */
export interface TakeOverInput {
  readonly where: EnvironmentRef;
  readonly by?: Clean;
}
