/** How long it takes to ask many servers: beside a loop of ssh, and beside Ansible. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { checkServers } from '../../../src/servers/check.ts';
import { checkScript } from '../../../src/servers/scripts.ts';
import { askNobody } from '../../../src/ssh/prompts.ts';
import { workspace } from '../../kit/workspace.ts';
import { openLab, type Server, type SshServer } from '../lab.ts';
import { attempt } from '../process.ts';
import { labSuite } from '../suite.ts';
import { tcpProxy, type TcpProxy } from '../tcp-proxy.ts';
import { sshConfig, type Reached } from '../upgrade/fleet.ts';
import { connectionsTo, refTo } from './accounts.ts';

const hasAnsible = spawnSync('ansible', ['--version']).status === 0;
const tell = (line: string): void => void process.stdout.write(`    ${line}\n`);
const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(2)} s`;

/** Asks all of them as the editor does, from the first connection on; when each had answered. */
async function ours(servers: readonly Reached[]): Promise<ReadonlyMap<string, number>> {
  let close = (): void => undefined;
  const connections = connectionsTo(each => (close = each), servers);
  onTestFinished(close);
  const begin = performance.now();
  const heard = new Map<string, number>();
  const refs = servers.map(server => refTo(server));
  await checkServers(
    connections,
    refs,
    { prompts: askNobody(), signal: new AbortController().signal },
    ({ id }, { answer }) => {
      expect(answer?.setup.kind ?? 'none').toBe(id.startsWith('dead') ? 'none' : 'not-set-up');
      heard.set(id, performance.now() - begin);
    },
  );
  close();
  return heard;
}

const ended = (heard: ReadonlyMap<string, number>): number => Math.max(...heard.values());

/** The same script, one server after the other. */
async function loop(config: string, names: readonly string[]): Promise<number> {
  const begin = performance.now();
  for (const name of names) {
    const { stdout } = await attempt('ssh', ['-F', config, name, 'sh -s'], { input: checkScript() });
    expect(stdout).toMatch(/\nend\t1\n$/);
  }
  return performance.now() - begin;
}

/** The same script by Ansible's module that needs the fewest round trips. */
async function ansible(config: string, names: readonly string[]): Promise<number> {
  const { root, file } = workspace(onTestFinished);
  const inventory = file('hosts.ini');
  writeFileSync(inventory, names.map(name => `${name}\n`).join(''));
  // Ansible expands what a program says in its templates.
  const script = `echo ${Buffer.from(checkScript()).toString('base64')} | base64 -d | sh`;
  const all = [
    'all',
    '-i',
    inventory,
    '-f',
    '25',
    '-m',
    'raw',
    '-a',
    script,
    '--ssh-common-args',
    `-F ${config}`,
  ];
  const begin = performance.now();
  const { code, stdout, stderr } = await attempt('ansible', all, {
    env: { HOME: root },
  });
  const took = performance.now() - begin;
  expect(code, (stdout + stderr).slice(0, 500)).toBe(0);
  expect(stdout.match(/end\t1/g)).toHaveLength(names.length);
  return took;
}

labSuite('20 servers', { needs: 'full' }, () => {
  test('are asked sooner than by a loop of ssh, and than by Ansible', { timeout: 600_000 }, async () => {
    const lab = await openLab(onTestFinished);
    const servers: Server[] = [];
    while (servers.length < 20)
      servers.push(...(await Promise.all(Array.from({ length: 5 }, () => lab.server({ kind: 'plain' })))));
    const proxies: TcpProxy[] = [];
    const far: Reached[] = [];
    for (const server of servers) {
      const proxy = await tcpProxy(server, onTestFinished);
      proxies.push(proxy);
      far.push({ ...server, proxyPort: proxy.port });
    }
    const [first] = far as [Reached];
    const config = sshConfig(lab.folder, far);
    const names = far.map(({ name }) => name);
    for (const rtt of [0, 100]) {
      for (const proxy of proxies) proxy.delay(rtt / 2);
      const heard = await ours(far);
      const [one, oneBySsh] = [ended(await ours([first])), await loop(config, [first.name])];
      const [looped, byAnsible] = [
        await loop(config, names),
        hasAnsible ? await ansible(config, names) : undefined,
      ];
      tell(`at ${rtt} ms there and back, ${heard.size} servers:`);
      tell(`  all ${seconds(ended(heard))}, the first ${seconds(Math.min(...heard.values()))}`);
      tell(`  one alone ${seconds(one)}, by ssh ${seconds(oneBySsh)}`);
      tell(`  loop of ssh ${seconds(looped)}: ${(looped / ended(heard)).toFixed(1)} times as long`);
      if (byAnsible !== undefined)
        tell(
          `  Ansible, 25 forks ${seconds(byAnsible)}: ${(byAnsible / ended(heard)).toFixed(1)} times as long`,
        );
      if (rtt === 0) continue; // then it is told how fast this machine is, which all the servers share
      tell(
        `  round trips until one has answered: ${(one / rtt).toFixed(1)}, by ssh ${(oneBySsh / rtt).toFixed(1)}`,
      );
      expect(looped / ended(heard)).toBeGreaterThanOrEqual(5);
      expect((byAnsible ?? Infinity) / ended(heard)).toBeGreaterThan(1);
    }

    const dead = { ...first, name: 'dead' };
    const proxy = await tcpProxy(first, onTestFinished);
    proxy.silence('up', 'down');
    const others = await ours([...far, { ...dead, proxyPort: proxy.port }]);
    const late = others.get('dead') ?? 0;
    const rest = Math.max(...names.map(name => others.get(name) ?? Infinity));
    tell(`with one that is dead: the others ${seconds(rest)}, the dead one given up after ${seconds(late)}`);
    expect(rest).toBeLessThan(late);
  });
});

labSuite('50 servers', { needs: 'sshd' }, () => {
  test('are heard one after the other', { timeout: 600_000 }, async () => {
    const lab = await openLab(onTestFinished);
    const sshds: readonly SshServer[] = await Promise.all(Array.from({ length: 5 }, () => lab.sshd()));
    const servers = Array.from({ length: 50 }, (_, index) => {
      const sshd = sshds[index % sshds.length];
      if (!sshd) throw new Error('there is none');
      return { ...sshd, name: `web${index}` };
    });
    const connections = connectionsTo(onTestFinished, servers);
    const heard: number[] = [];
    const begin = performance.now();
    await checkServers(
      connections,
      servers.map((server, index) => ({ ...refTo(server), id: String(index) })),
      { prompts: askNobody(), signal: new AbortController().signal },
      (_, { answer }) => {
        expect(answer?.setup.kind).not.toBe('unknown');
        heard.push(performance.now() - begin);
      },
    );
    expect(heard).toHaveLength(50);
    const [first = 0, last = 0] = [heard[0], heard.at(-1)];
    tell(
      `50 servers: the first after ${seconds(first)}, half after ${seconds(heard[24] ?? 0)}, all after ${seconds(last)}`,
    );
    expect(first).toBeLessThan(last / 2);
  });
});
