/** The tako program in one project: what all that is done with it has in common. */
import { say, type Clean } from '../../base/clean.ts';
import { UserError } from '../../base/errors.ts';
import { applicationOf } from '../configuration/application-of.ts';
import type { TakoAccess } from '../access.ts';
import { NAME } from '../configuration/application.ts';
import type { EnvironmentRef } from '../requests.ts';
import type { TakoDocument } from './document.ts';
import { isDone, takoFailed } from './failure.ts';
import { findTako, type TakoProgram } from './program.ts';
import { runTako, type TakoEnded, type TakoRun } from './run.ts';

export class Tako {
  readonly program: TakoProgram;
  readonly #where: EnvironmentRef;
  readonly #secrets: readonly string[];
  readonly #log: (line: Clean) => void;

  private constructor(
    program: TakoProgram,
    where: EnvironmentRef,
    secrets: readonly string[],
    log: (line: Clean) => void,
  ) {
    this.program = program;
    this.#where = where;
    this.#secrets = secrets;
    this.#log = log;
  }

  /** `log` takes what the program prints for people. */
  static async in(
    where: EnvironmentRef,
    { settings }: Pick<TakoAccess, 'settings'>,
    { log, signal }: { readonly log: (line: Clean) => void; readonly signal: AbortSignal },
  ): Promise<Tako> {
    // Else it could be taken for an option.
    if (!NAME.test(where.environment)) throw notAName(where);
    const program = await findTako(settings().takoPath, signal);
    // A configuration that cannot be read has no secrets that are known.
    const { application } = await applicationOf(where, signal);
    return new Tako(program, where, application?.secrets ?? [], log);
  }

  run(
    args: readonly string[],
    signal: AbortSignal,
    how: Pick<TakoRun, 'onEvent' | 'patience'> = {},
  ): Promise<TakoEnded> {
    const { root, environment } = this.#where;
    return runTako(this.program, {
      root,
      environment,
      args,
      signal,
      log: this.#log,
      secrets: this.#secrets,
      ...how,
    });
  }

  /** What it answers with a document of this kind, changing nothing; rejects where it does not. */
  async ask(kind: string, args: readonly string[], signal: AbortSignal): Promise<TakoDocument> {
    const ended = await this.run(args, signal, { patience: 0 });
    signal.throwIfAborted();
    if (!isDone(ended) || ended.document?.kind !== kind) throw takoFailed(ended, this.#where.environment);
    return ended.document;
  }
}

function notAName({ environment }: EnvironmentRef): UserError {
  return new UserError('tako-name', {
    what: say('The tako program cannot be given this name of an environment.'),
    where: environment,
    next: say('Give the environment another name.'),
  });
}
