/** A bridge for each lab; for each server a network namespace with one cable to it, which outlive the server's death. */
import { writeFileSync } from 'node:fs';
import { attempt, must } from './process.ts';

export const addressOf = (lab: number, server: number): string => `10.77.${lab}.${server}`;

/** For what an ordinary user starts: the whole 127.0.0.0/8 leads to this machine. */
export const loopbackOf = (lab: number, server: number): string => `127.77.${lab}.${server}`;

export async function makeBridge(name: string, address: string): Promise<void> {
  const lines = [
    `link add ${name} type bridge`,
    `address add ${address}/24 dev ${name}`,
    `link set ${name} up`,
  ];
  await must('ip', ['-batch', '-'], { input: lines.join('\n') });
}

export interface Network {
  /** The file that the namespace is mounted at. */
  readonly namespace: string;
  /** Pulls the cable: nothing arrives, and nobody is told. */
  readonly cut: () => Promise<void>;
  /** Swallows every packet. Unlike a pulled cable this is not seen from inside, and addresses are still resolved. */
  readonly drop: () => Promise<void>;
  /** Answers everything that comes to a port with a reset. */
  readonly reject: (port: number) => Promise<void>;
  /** Undoes all of these. */
  readonly mend: () => Promise<void>;
}

interface Cable {
  readonly name: string;
  readonly bridge: string;
  readonly address: string;
  readonly gateway: string;
  readonly namespace: string;
}

export async function makeNetwork({ name, bridge, address, gateway, namespace }: Cable): Promise<Network> {
  const inside = (command: string, args: readonly string[], input: string): Promise<string> =>
    must('nsenter', [`--net=${namespace}`, command, ...args], { input });
  /** Replaces the rules of these chains, before any others; without a chain nothing is filtered. */
  const filter = (...chains: readonly (readonly [hook: string, rule: string])[]): Promise<string> => {
    const table = chains.map(
      ([hook, rule]) => `chain ${hook} {\ntype filter hook ${hook} priority -300\n${rule}\n}\n`,
    );
    return inside(
      'nft',
      ['-f', '-'],
      `table inet lab\ndelete table inet lab\ntable inet lab {\n${table.join('')}}\n`,
    );
  };

  writeFileSync(namespace, '');
  await must('unshare', [`--net=${namespace}`, 'true']);
  const outer = [
    `link add ${name} type veth peer name eth0 netns ${namespace}`,
    `link set ${name} master ${bridge} up`,
  ];
  await must('ip', ['-batch', '-'], { input: outer.join('\n') });
  const inner = [
    'link set lo up',
    `address add ${address}/24 dev eth0`,
    'link set eth0 up',
    `route add default via ${gateway}`,
  ];
  await inside('ip', ['-batch', '-'], inner.join('\n'));

  return {
    namespace,
    cut: async () => {
      await must('ip', ['link', 'set', name, 'down']);
    },
    drop: async () => {
      await filter(['input', 'drop'], ['output', 'drop']);
    },
    reject: async port => {
      await filter(['input', `tcp dport ${port} reject with tcp reset`]);
    },
    mend: async () => {
      await must('ip', ['link', 'set', name, 'up']);
      await filter();
      // What was found unreachable meanwhile is not asked for again for a while.
      await attempt('ip', ['neighbour', 'flush', 'dev', bridge, 'to', address]);
    },
  };
}
