import { readdirSync, readFileSync } from 'node:fs';
import { expect, onTestFinished, test, vi } from 'vitest';
import { child, program } from '../kit/child.ts';
import { sweep } from './claim.ts';
import { openLab, type SshServer } from './lab.ts';
import { lacking } from './level.ts';
import { attempt, must } from './process.ts';
import { labSuite } from './suite.ts';

type Traces = Readonly<Record<string, readonly string[]>>;

/** What is killed ends a moment later. */
const SOON = { timeout: 20_000 };

/** Everything of the machine that has a lab's name, its addresses or its folder in it. Others may run meanwhile. */
async function traces(address: string): Promise<Traces> {
  const number = /^\d+\.77\.(\d+)\./.exec(address)?.[1] ?? '';
  const name = new RegExp(`\\bship-${number}\\b|runs/${number}\\b|\\.77\\.${number}\\.`);
  const ofLab = (text: string): readonly string[] => text.split('\n').filter(line => name.test(line));
  return {
    mounts: ofLab(readFileSync('/proc/mounts', 'utf8')),
    links: ofLab(readdirSync('/sys/class/net').join('\n')),
    addresses: ofLab(await must('ip', ['-o', 'address'])),
    groups: ofLab(await found('/sys/fs/cgroup', '-type', 'd', '-name', 'ship-*')),
    processes: ofLab(await must('ps', ['-e', '-o', 'args='])),
    marks: ofLab(environments()),
    folders: ofLab(await found('/run/systemd/nspawn', '/run/netns', '-mindepth', '1')),
  };
}

/** What goes away while it is looked for, because others run meanwhile, makes `find` fail. */
async function found(...args: readonly string[]): Promise<string> {
  const { stdout } = await attempt('find', args);
  return stdout;
}

/** Of all processes that may be looked at. */
function environments(): string {
  const ofProcess = (pid: string): string => {
    try {
      return readFileSync(`/proc/${pid}/environ`, 'utf8').replaceAll('\0', '\n');
    } catch {
      return ''; // somebody else's, or it has ended
    }
  };
  return readdirSync('/proc').filter(Number).map(ofProcess).join('\n');
}

const isFull = lacking('full') === undefined;

async function expectNone(address: string): Promise<void> {
  await vi.waitFor(async () => expect(Object.values(await traces(address)).flat()).toEqual([]), SOON);
}

labSuite('The broom', { needs: 'rootless' }, () => {
  test('removes what a killed runner left, and nothing of a lab beside it', async () => {
    const beside = await openLab(onTestFinished);
    const servers = await Promise.all([isFull ? beside.server() : beside.debian(), beside.sshd()]);
    const answering = async (each: readonly SshServer[]): Promise<readonly number[]> =>
      Promise.all(each.map(async server => (await server.ssh('true')).code));
    expect(await answering(servers)).toEqual([0, 0]);

    const runner = child(program('../lab/left', onTestFinished), []);
    onTestFinished(() => runner.signal('SIGKILL'));
    const [, address = '', mark = ''] = /^(\S+) (.+)$/.exec((await runner.line()) ?? '') ?? [];
    const marked = async (): Promise<boolean> => (await must('ps', ['-e', '-o', 'args='])).includes(mark);
    await vi.waitUntil(marked, SOON);
    runner.signal('SIGKILL');
    await runner.ended;
    const { mounts, links, groups, processes } = await traces(address);
    const left = isFull ? [mounts, links, groups, processes] : [processes];
    expect(left.map(each => each?.length)).not.toContain(0);

    await sweep();
    await expectNone(address);
    expect(await marked()).toBe(false);
    expect(await answering(servers)).toEqual([0, 0]);
  });

  test('has nothing to do where a lab is closed', async () => {
    const closers: (() => Promise<void>)[] = [];
    const lab = await openLab(close => closers.push(close));
    const more = isFull ? [lab.server()] : [];
    const [{ address }] = await Promise.all([lab.debian(), lab.sshd(), ...more]);
    const { mounts, marks, processes } = await traces(address);
    expect([isFull ? mounts : marks, processes].map(each => each?.length)).not.toContain(0);
    await closers[0]?.();
    await expectNone(address);
  });
});
