/** What is done through the tako program, as plain data. */
import type { Clean } from '../../base/clean.ts';
import type { EnvironmentRef } from '../requests.ts';

export interface TakoPlanInput {
  readonly where: EnvironmentRef;
  /** Only this one; else all. */
  readonly service?: string;
  /** Also what is not committed: a person was told so. */
  readonly allowDirty?: boolean;
}

/** A plan that tako has made. It carries that one out, or refuses where it would be another one by now. */
export interface TakoDeployInput extends TakoPlanInput {
  readonly by?: Clean;
  readonly planned: TakoPlanned;
}

export interface TakoPlanned {
  /** The document, byte for byte. */
  readonly text: string;
  /** Of the program. */
  readonly version: string;
}

/** Makes services run what they did in a deployment. What is built from the repository is built anew from its commit. */
export interface TakoRollBackInput {
  readonly where: EnvironmentRef;
  /** The id of a release as it is recorded here, or of a deployment as the servers record it. */
  readonly to: string;
  /** Else those that the release is recorded with, else all that are configured. */
  readonly services?: readonly string[];
  readonly by?: Clean;
}
