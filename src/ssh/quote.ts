import { say } from '../base/clean.ts';
import { UserError } from '../base/errors.ts';

/** Quotes a value for a POSIX shell, where it is one word then, byte for byte, whatever is in it. */
export function quote(value: string): string {
  // No argument of a program can hold a zero byte, and half a character would arrive as another one.
  if (value.includes('\0') || !value.isWellFormed()) {
    throw new UserError('not-an-argument', {
      what: say('A value holds a character that cannot be passed to a program.'),
      where: value,
      next: say('Nothing was run. Correct the value.'),
    });
  }
  return `'${value.replaceAll("'", `'\\''`)}'`;
}
