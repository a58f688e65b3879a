import type { Clean } from '../base/clean.ts';
import type { Request } from '../operations/operation.ts';

/** What is asked before something is done. */
export interface Question {
  readonly text: Clean;
  readonly action: Clean;
  /** What else can be looked at. */
  readonly shows?: readonly Choice<unknown>[];
}

/** Ways out where it cannot be done so. */
export interface Remedies<In> {
  readonly text: Clean;
  /** What each comes to is planned next. */
  readonly choices: readonly Choice<Request<In> | undefined>[];
}

/** Something that a button does. */
export interface Choice<T> {
  readonly title: Clean;
  readonly run: () => Promise<T>;
}
