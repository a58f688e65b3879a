import { say, type Clean } from '../../base/clean.ts';
import type { Document } from '../../base/document.ts';
import { UserError } from '../../base/errors.ts';

/** Why nothing can be written into a document. */
export function refused({ file }: Document, what: Clean, line?: number): UserError {
  const where = line === undefined ? file : `${file}:${line}`;
  return new UserError('refused', { what, where, next: say('Nothing was written.') });
}
