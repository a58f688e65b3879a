import type { Clean } from '../../base/clean.ts';
import type { ProjectSetup, Server } from '../model.ts';
import type { Position } from './config-text.ts';

/** `tako.yaml` or `tako.json`. A text that holds the value of a variable is shown as it stands: `${NAME}`. */
export interface TakoConfig {
  readonly file: string;
  readonly project: { readonly name?: Clean; readonly version?: Clean };
  readonly servers: readonly ConfiguredServer[];
  readonly environments: readonly ConfiguredEnvironment[];
  readonly setup?: ProjectSetup;
  /** Where the environments begin. */
  readonly line: number;
}

export interface ConfiguredServer
  extends Position, Pick<Server, 'address' | 'identity' | 'reach' | 'port' | 'user'> {
  readonly name: Clean;
  readonly role?: Clean;
  readonly labels: { readonly [name: string]: Clean };
}

export interface ConfiguredEnvironment extends Position {
  readonly name: Clean;
  readonly servers: readonly Clean[];
  readonly services: readonly ConfiguredService[];
}

export interface ConfiguredService extends Position {
  readonly name: Clean;
  readonly build?: Clean;
  readonly buildDefinition?: BuildDefinition;
  readonly image?: Clean;
  readonly replicas?: number;
  readonly ports: readonly Clean[];
  readonly domains: readonly Clean[];
  readonly dependsOn: readonly Clean[];
  /** `service`, `job` or `run`, where it is given. */
  readonly kind?: Clean;
  /** How servers are chosen for it, where that is given. */
  readonly placement?: Clean;
  readonly healthCheckPath?: Clean;
}

/** What an image is built from, as the file says it. Not cleaned: to find files with, not to be shown. */
export interface BuildDefinition {
  /** Empty where a variable has no value. */
  readonly context: string;
  /** Below the context; the Tako CLI looks for one when none is named. */
  readonly dockerfile?: string;
  /** A value that comes from a variable is `${NAME}`. */
  readonly args: { readonly [name: string]: string };
}
