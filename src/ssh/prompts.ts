import type { Clean } from '../base/clean.ts';
import type { UnknownHostKey } from './known-hosts.ts';

/**
 * Who is asked, and where secrets are kept. `undefined` is "not now", and is not asked again with the same prompts. One
 * object for each thing that a person started, so that they share what was refused.
 */
export interface Prompts {
  /** The passphrase of a key. `wrong`: the one given before was not it, so one that is kept is to be forgotten. */
  passphrase(keyFile: Clean, wrong: boolean, signal: AbortSignal): Promise<string | undefined>;
  /** What a server asks when somebody logs in: a password, a code. `where` is the server. */
  answer(where: Clean, question: Question, signal: AbortSignal): Promise<string | undefined>;
  /** Host keys that are not known, in one list. Returns those that a person has compared and accepts. */
  review(keys: readonly UnknownHostKey[], signal: AbortSignal): Promise<readonly UnknownHostKey[]>;
}

export interface Question {
  readonly text: Clean;
  /** What is typed is not to be seen. */
  readonly secret: boolean;
}

/** Whom a connection asks, and how it waits meanwhile. */
export interface Asking {
  readonly prompts: Prompts;
  /** Waits for an answer; the time that a server has does not pass. */
  readonly during: <T>(question: Promise<T>) => Promise<T>;
}

/** For what runs in the background: it never asks anybody. */
export function askNobody(): Prompts {
  return {
    passphrase: () => Promise.resolve(undefined),
    answer: () => Promise.resolve(undefined),
    review: () => Promise.resolve([]),
  };
}
