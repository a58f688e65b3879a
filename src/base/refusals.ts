import { clean, join, say, type Clean } from './clean.ts';
import { fileError, UserError } from './errors.ts';

/** What stands where the lock should be is left alone. */
export function notALock(lock: string): UserError {
  return new UserError('not-a-lock', {
    what: say('Something that is no lock stands where the lock should be.'),
    where: lock,
    next: say('Look at it and move it away.'),
  });
}

/** A file is not any more what was read before. */
export function changed(file: string): UserError {
  return new UserError('changed-meanwhile', {
    what: say('The file was changed meanwhile.'),
    where: file,
    next: say('Nothing was written. Look at it and try again.'),
  });
}

/** Something that is not written to, whatever its content. */
export function refusal(code: string, file: string, what: Clean): UserError {
  return new UserError(code, { what, where: file, next: say('Nothing was written.') });
}

/** The lock was taken away from its holder. With a mark, whoever took it finishes what was begun. */
export function broken(lock: string, hasMark: boolean): UserError {
  return new UserError('lock-broken', {
    what: say('The lock was taken away.'),
    where: lock,
    next: hasMark
      ? say('Whoever took it finishes what was begun. Look at the files before you go on.')
      : say('Nothing was written. Look at the files and try again.'),
  });
}

/** A write was marked, and something of it failed since. */
export function unfinished(error: unknown, lock: string): UserError {
  const reason = fileError(error, lock);
  return new UserError(
    'unfinished',
    {
      what: join(
        [
          say('The write was begun and could not be finished.'),
          reason instanceof UserError ? reason.what : undefined,
        ],
        ' ',
      ),
      where: reason instanceof UserError ? reason.where : lock,
      next: say('It is finished before the next one. Remove the cause, then finish it or write again.'),
    },
    { cause: error },
  );
}

/** Of several files that were marked, one was changed by somebody else. */
export function partlyWritten(file: string, aside: string): UserError {
  return new UserError('partly-written', {
    what: say('The file was changed while several were being written, and was left as it is.'),
    where: file,
    next: say('The new content lies in {0}. Compare the two.', clean(aside, 1_000)),
  });
}
