import type { Clean } from '../base/clean.ts';
import type { Finding } from '../base/finding.ts';
import type { Span } from '../base/span.ts';
import type { Difference } from './difference.ts';

/** A configuration as it stands in an editor, saved or not. */
export interface LiveText {
  readonly file: string;
  readonly text: string;
  /** The workspace is trusted: Git may be run to look at what was committed. */
  readonly trusted: boolean;
}

/** Where in a configuration its environments and services are, and what is wrong with it. */
export interface Outline {
  /** Nothing where the text cannot be parsed: half of a line is written. */
  readonly keys?: readonly OutlinedKey[];
  readonly findings: readonly Finding[];
}

/** The key of an environment, of a service in one, or of a service that is in all of them. */
export interface OutlinedKey extends Span {
  readonly environment?: Clean;
  readonly service?: Clean;
  /** Of an environment. */
  readonly difference?: Difference;
}

export const NO_OUTLINE: Outline = { keys: [], findings: [] };

/** The names of the configurations of the tools that have one, in the order in which the tools look for them. */
export const CONFIG_NAMES = {
  // `tako.yml` is named with `--config`.
  tako: ['tako.yaml', 'tako.yml', 'tako.json'],
  stagecraft: ['stagecraft.yml', 'stagecraft.yaml'],
} as const;
