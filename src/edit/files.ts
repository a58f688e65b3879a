import { readFile, stat } from 'node:fs/promises';
import type { Clean } from '../base/clean.ts';
import { ignoreMissing, placeInside } from '../base/inside.ts';
import { stateLock } from '../base/own.ts';
import { sha256 } from '../base/digest.ts';
import type { FileWrite } from '../base/write.ts';
import type { NamedLock, Operation, Plan, Request, Run } from '../operations/operation.ts';

/** A plan that writes files below one folder. */
export interface FilePlan extends Plan {
  readonly files: readonly FileWrite[];
}

/** What an operation on recorded state is made of. Nothing in it writes. */
export interface FileEdit<In, P extends FilePlan = FilePlan> {
  readonly id: string;
  root(input: In): string;
  /** Where it is not the lock of the folder's state files. */
  lock?(input: In): NamedLock;
  plan(input: In, run: Run): Promise<P>;
  /** Looks at the result the way the views see it, not the way it was written. What is not as planned, in words. */
  check(input: In, plan: P, run: Run): Promise<Clean | undefined>;
}

/** The operation that commits the files of an edit and can put back what stood there before. */
export function fileOperation<In, P extends FilePlan = FilePlan>(edit: FileEdit<In, P>): Operation<In, P> {
  return {
    id: edit.id,
    root: input => edit.root(input),
    locks: input => [edit.lock?.(input) ?? namedStateLock(edit.root(input))],
    plan: (input, run) => edit.plan(input, run),
    async apply(input, { files, undoable }, [held], run) {
      if (!held) throw new Error('Nothing is written without a lock');
      const root = edit.root(input);
      const before = undoable ? await Promise.all(files.map(file => standing(root, file))) : undefined;
      run.signal.throwIfAborted();
      await held.commit(files);
      return before && ({ operation: PUT_BACK, input: { root, files: before } } satisfies Request<PutBack>);
    },
    async verify(input, plan, run) {
      const why = await edit.check(input, plan, run);
      return why === undefined ? { state: 'verified' } : { state: 'failed', why };
    },
  };
}

/** The lock of the state files in a folder, for {@link Operation.locks}. */
export function namedStateLock(root: string): NamedLock {
  const lock = stateLock(root);
  return { name: root, acquire: (operation, signal) => lock.acquire(operation, signal) };
}

/** What stood where something was written. */
export interface PutBack {
  readonly root: string;
  readonly files: readonly {
    readonly path: string;
    /** In base 64; `null`: there was no file. */
    readonly content: string | null;
    readonly mode?: number;
    readonly modified?: number;
    /** The digest of what was written, `null` when the file was removed. Anything else is not touched. */
    readonly after: string | null;
  }[];
}

export const PUT_BACK = 'put-back';

async function standing(root: string, { path, content }: FileWrite): Promise<PutBack['files'][number]> {
  const file = await placeInside(root, path);
  const after = content === null ? null : sha256(content);
  const found = await stat(file).catch(ignoreMissing);
  if (!found) return { path, content: null, after };
  const bytes = await readFile(file);
  return {
    path,
    content: bytes.toString('base64'),
    mode: found.mode & 0o7777,
    modified: found.mtimeMs,
    after,
  };
}
