import type { Change } from '../base/change.ts';
import type { Clean } from '../base/clean.ts';
import type { Finding } from '../base/finding.ts';
import type { Held, Lock } from '../base/lock.ts';

/** Something to be done, as plain data that crosses threads: what a menu, a quick fix and an undo have in common. */
export interface Request<In = unknown> {
  readonly operation: string;
  readonly input: In;
}

/**
 * How much a person is asked. `none`: done at once, with an undo. `confirm`: one question. `production`: one question whose
 * first answer is harmless. `typed`: the name of the target has to be typed.
 */
export type Risk = 'none' | 'confirm' | 'production' | 'typed';

/** What an operation would do, for a person to judge. Plain data, clean texts. */
export interface Plan {
  /** As a sentence in the infinitive: "Mark 9d1c0aa as a rollback point". */
  readonly title: Clean;
  /** The name of what it is done to; what is typed where the risk asks for it. */
  readonly target: Clean;
  readonly risk: Risk;
  readonly changes: readonly Change[];
  /** Warnings, and checks that passed. One of severity `error` means that it cannot be done. */
  readonly findings: readonly Finding[];
  readonly steps: readonly Clean[];
  readonly undoable: boolean;
  /** The whole new text of a file, to be compared with the one that stands there. */
  readonly preview?: { readonly file: string; readonly text: string };
}

/** What an independent look found after the act. */
export type Verdict =
  /** `text`: what was seen, where that says more. */
  | { readonly state: 'verified'; readonly text?: Clean }
  /** It could not be looked at. */
  | { readonly state: 'unverified'; readonly why: Clean }
  /** It is not as planned. */
  | { readonly state: 'failed'; readonly why: Clean };

/** A step of a run that begins or ends. */
export interface StepEvent {
  readonly step: string;
  readonly state: 'started' | 'completed' | 'failed';
}

/** What an operation runs with. */
export interface Run {
  readonly signal: AbortSignal;
  /** A line for the log. */
  log(line: Clean): void;
  /** Does a part of the work that is told of: progress, phase and journal entry in one. */
  step<T>(id: string, work: () => Promise<T>): Promise<T>;
}

/**
 * One thing that can be done. `plan` only reads. `apply` gets the plan made last, under the locks. `verify` looks at the
 * result by another way than the one it was made by.
 */
export interface Operation<In, P extends Plan> {
  readonly id: string;
  /** The folder whose journal tells of it. */
  root(input: In): string;
  locks(input: In): readonly NamedLock[];
  plan(input: In, run: Run): Promise<P>;
  /** Returns the undo, where there is one. */
  apply(input: In, plan: P, held: readonly Held[], run: Run): Promise<Request | undefined>;
  verify(input: In, plan: P, run: Run): Promise<Verdict>;
}

/** Locks are taken in the order of their names, so that two operations never wait for each other. */
export interface NamedLock extends Lock {
  readonly name: string;
}
