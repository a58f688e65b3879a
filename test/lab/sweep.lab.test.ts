import { readdirSync, readFileSync } from 'node:fs';
import { expect, onTestFinished, test, vi } from 'vitest';
import { child, program } from '../kit/child.ts';
import { sweep } from './claim.ts';
import { openLab, type SshServer } from './lab.ts';
import { must } from './process.ts';
import { labSuite } from './suite.ts';

type Traces = Readonly<Record<string, readonly string[]>>;

/** Everything of the machine that has a lab's name, its addresses or its folder in it. Others may run meanwhile. */
async function traces(address: string): Promise<Traces> {
  const number = /^\d+\.77\.(\d+)\./.exec(address)?.[1] ?? '';
  const name = new RegExp(`\\bship-${number}\\b|runs/${number}\\b|\\.77\\.${number}\\.`);
  const ofLab = (text: string): readonly string[] => text.split('\n').filter(line => name.test(line));
  return {
    mounts: ofLab(readFileSync('/proc/mounts', 'utf8')),
    links: ofLab(readdirSync('/sys/class/net').join('\n')),
    addresses: ofLab(await must('ip', ['-o', 'address'])),
    groups: ofLab(await must('find', ['/sys/fs/cgroup', '-type', 'd', '-name', 'ship-*'])),
    processes: ofLab(await must('ps', ['-e', '-o', 'args='])),
    folders: ofLab(
      await must('find', ['/run/systemd/nspawn', '/run/netns', '-mindepth', '1']).catch(() => ''),
    ),
  };
}

const NONE: Traces = { mounts: [], links: [], addresses: [], groups: [], processes: [], folders: [] };

labSuite('The broom', { needs: 'full' }, () => {
  test('removes what a killed runner left, and nothing of a lab beside it', async () => {
    const beside = await openLab(onTestFinished);
    const servers = await Promise.all([beside.server(), beside.sshd()]);
    const answering = async (each: readonly SshServer[]): Promise<readonly number[]> =>
      Promise.all(each.map(async server => (await server.ssh('true')).code));
    expect(await answering(servers)).toEqual([0, 0]);

    const runner = child(program('../lab/left', onTestFinished), []);
    onTestFinished(() => runner.signal('SIGKILL'));
    const [, address = '', mark = ''] = /^(\S+) (.+)$/.exec((await runner.line()) ?? '') ?? [];
    const marked = async (): Promise<boolean> => (await must('ps', ['-e', '-o', 'args='])).includes(mark);
    await vi.waitUntil(marked, { timeout: 20_000 });
    runner.signal('SIGKILL');
    await runner.ended;
    const { mounts, links, groups, processes } = await traces(address);
    expect([mounts, links, groups, processes].map(each => each?.length)).not.toContain(0);

    await sweep();
    expect(await traces(address)).toEqual(NONE);
    expect(await marked()).toBe(false);
    expect(await answering(servers)).toEqual([0, 0]);
  });

  test('has nothing to do where a lab is closed', async () => {
    const closers: (() => Promise<void>)[] = [];
    const lab = await openLab(close => closers.push(close));
    const [{ address }] = await Promise.all([lab.server(), lab.server({ kind: 'plain' }), lab.sshd()]);
    expect(await traces(address)).not.toEqual(NONE);
    await closers[0]?.();
    expect(await traces(address)).toEqual(NONE);
  });
});
