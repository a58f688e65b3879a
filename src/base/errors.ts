import { clean, join, say, type Clean } from './clean.ts';

/** An act that could not be done, told so that a person can go on: what happened, where, and what to do next. */
export class UserError extends Error {
  override readonly name = 'UserError';
  readonly code: string;
  readonly what: Clean;
  readonly where: Clean;
  readonly next: Clean;

  constructor(
    code: string,
    { what, where, next }: { readonly what: Clean; readonly where: string; readonly next: Clean },
    options?: ErrorOptions,
  ) {
    const place = clean(where, 1_000);
    super(join([what, place, next], ' · '), options);
    this.code = code;
    this.what = what;
    this.where = place;
    this.next = next;
  }
}

/**
 * What an error of the operating system means to a person; `file` where it does not say itself which file it was. Any other
 * error comes back as it is.
 */
export function fileError(error: unknown, file: string): unknown {
  const path = error instanceof Error && 'path' in error ? error.path : undefined;
  return systemError(error, typeof path === 'string' ? path : file);
}

/** Does something with a file. What the system refuses is told of that file, also where it was another one on the way. */
export async function told<T>(file: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw systemError(error, file);
  }
}

function systemError(error: unknown, where: string): unknown {
  const code = systemCode(error);
  if (code === undefined) return error;
  const [what, next] = SYSTEM[code]?.() ?? [
    say('The system refused: {0}.', clean(code)),
    say('Look at the file and try again.'),
  ];
  return new UserError(code, { what, where, next }, { cause: error });
}

const SYSTEM: Readonly<Partial<Record<string, () => readonly [what: Clean, next: Clean]>>> = {
  ENOSPC: () => [say('The disk is full.'), say('Make room and try again.')],
  EDQUOT: () => [say('Your share of the disk is full.'), say('Make room and try again.')],
  EACCES: () => [say('Access is denied.'), say('Check the permissions of the file and its folders.')],
  EPERM: () => [say('Access is denied.'), say('Check the permissions of the file and its folders.')],
  EROFS: () => [say('The file system is read-only.'), say('Make it writable and try again.')],
  ENOENT: () => [say('It is not there.'), say('Look where it went and try again.')],
  EIO: () => [say('The disk reported an error.'), say('Check the disk before you try again.')],
};

/** The code of an error of the operating system, such as `ENOENT`. */
export function systemCode(error: unknown): string | undefined {
  const isOwn = error instanceof UserError || !(error instanceof Error) || !('code' in error);
  return !isOwn && typeof error.code === 'string' ? error.code : undefined;
}
