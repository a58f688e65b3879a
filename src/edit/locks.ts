import path from 'node:path';
import { clean, join, say } from '../base/clean.ts';
import type { Finding } from '../base/finding.ts';
import type { LockLook } from '../base/lock.ts';
import { stateLock } from '../base/own.ts';
import { utcText } from '../base/time.ts';
import type { Operation, Plan } from '../operations/operation.ts';

export interface FolderLock {
  readonly root: string;
}

/** Finishes what a process that died had committed, and discards the rest. The next write would do the same. */
export const finishWrite: Operation<FolderLock, Plan> = {
  id: 'finish-write',
  root: ({ root }) => root,
  locks: () => [],

  async plan({ root }) {
    const look = await stateLock(root).lookAt();
    const isDead = look.state === 'stale' || look.state === 'interrupted';
    return {
      title: say('Finish the interrupted write'),
      target: clean(path.basename(root)),
      risk: 'confirm',
      changes: filesOf(root, look),
      findings: [isDead ? evidence('info', look) : nothingLeft(look)],
      steps: [],
      undoable: false,
    };
  },

  async apply({ root }) {
    await stateLock(root).finishInterrupted();
    return undefined;
  },

  async verify({ root }) {
    const { state, evidence: why } = await stateLock(root).lookAt();
    return state === 'interrupted' || state === 'stale' ? { state: 'failed', why } : { state: 'verified' };
  },
};

export interface BreakLock extends FolderLock {
  /** Of the lock that was looked at; without it, the one that is there when it is planned. */
  readonly token?: string;
}

/** Takes our own lock away from its holder, alive or not. The holder cannot write any more from then on. */
export const breakLock: Operation<BreakLock, Plan> = {
  id: 'break-lock',
  root: ({ root }) => root,
  locks: () => [],

  async plan({ root, token }) {
    const look = await stateLock(root).lookAt();
    const { holder, state } = look;
    // The time tells one lock of a process from its next one.
    const who =
      holder &&
      say('{0} on {1}, since {2}', clean(holder.user), clean(holder.host), clean(utcText(holder.since)));
    const isDead = state === 'stale' || state === 'interrupted';
    return {
      title: join([say('Break the lock'), holder && say('of {0}', clean(holder.operation))], ' '),
      target: clean(path.basename(root)),
      risk: isDead ? 'confirm' : 'typed',
      changes: filesOf(root, look),
      findings:
        look.token !== undefined && look.token === (token ?? look.token)
          ? [
              ...(who ? [{ severity: 'info', code: 'holder', text: who } as const] : []),
              evidence(isDead ? 'info' : 'warning', look),
            ]
          : [nothingLeft(look)],
      steps: [],
      undoable: false,
    };
  },

  async apply({ root, token }) {
    const lock = stateLock(root);
    const found = token ?? (await lock.lookAt()).token;
    if (found !== undefined) await lock.breakLock(found);
    return undefined;
  },

  async verify({ root, token }) {
    const look = await stateLock(root).lookAt();
    const isThere = token !== undefined && look.token?.startsWith(token) === true;
    return isThere ? { state: 'failed', why: look.evidence } : { state: 'verified' };
  },
};

function filesOf(root: string, { committed }: LockLook): Plan['changes'] {
  return committed.map(file => ({ path: [clean(path.relative(root, file))], kind: 'changed' }));
}

function evidence(severity: Finding['severity'], { evidence: text }: LockLook): Finding {
  return { severity, code: 'evidence', text };
}

function nothingLeft({ evidence: why }: LockLook): Finding {
  return { severity: 'error', code: 'nothing-left', text: join([say('Nothing is left to do.'), why], ' ') };
}
