import { existsSync } from 'node:fs';
import path from 'node:path';
import { test, vi } from 'vitest';
import type { Debian, openLab } from './lab.ts';

const WAIT = { timeout: 20_000 };

export interface Disturbed<Server> {
  readonly how: string;
  readonly disturb: (server: Server) => unknown;
  readonly mend: (server: Server) => unknown;
  /** What the next connection is told. */
  readonly next: RegExp;
  /** Whether what was running went on to its end nevertheless. */
  readonly finishes: boolean;
}

/** What can be done to any. That a connection is lost says nothing about what was running. */
export const DISTURBED: readonly Disturbed<Debian>[] = [
  {
    how: 'killed',
    disturb: server => server.kill(),
    mend: server => server.boot(),
    next: /Connection refused/,
    finishes: false,
  },
  {
    how: 'frozen',
    disturb: server => server.freeze(),
    mend: server => server.thaw(),
    next: /timed out during banner exchange/,
    finishes: false,
  },
  {
    how: 'left without its sshd',
    disturb: server => server.stopSshd(),
    mend: server => server.startSshd(),
    next: /Connection refused/,
    finishes: true,
  },
];

/** Whether a file is on a server's disk, seen from outside. */
const has = (server: Debian, file: string): boolean => existsSync(path.join(server.files, file));

/** Tests that a server tells its clients the truth while it is disturbed, and that one beside it does not notice. */
export function testDisturbed<Server extends Debian>(
  all: readonly Disturbed<Server>[],
  pair: (whenDone: Parameters<typeof openLab>[0]) => Promise<readonly [Server, Server]>,
): void {
  for (const { how, disturb, mend, next, finishes } of all) {
    test.concurrent(how, async context => {
      const [one, two] = await pair(close => context.onTestFinished(close));
      const running = one.ssh('touch /root/before; sleep 1; touch /root/after');
      await vi.waitUntil(() => has(one, 'root/before'), WAIT);
      await disturb(one);
      context.expect((await running).code).toBe(255);
      context.expect((await one.ssh('true')).stderr).toMatch(next);
      context.expect((await two.ssh('touch /root/after')).code).toBe(0);
      if (finishes) await vi.waitUntil(() => has(one, 'root/after'), WAIT);
      context.expect(has(one, 'root/after')).toBe(finishes);
      await mend(one);
      context.expect((await one.ssh('true')).code).toBe(0);
    });
  }
}
