/** What the tests of server setup do with a server, and what they see of it. */
import { expect } from 'vitest';
import { answerOf } from '../../../src/servers/answer.ts';
import { checkScript } from '../../../src/servers/scripts.ts';
import type { ServerAnswer } from '../../../src/state/observed.ts';
import { loadMigrations, type Migration } from '../../../src/upgrade/migrations.ts';
import { backupName, upgradeProgram, type Program, type UpgradeParts } from '../../../src/upgrade/program.ts';
import type { Shell, ShellEnd } from '../../../src/upgrade/shell.ts';
import { versionText } from '../../../src/upgrade/version-file.ts';
import { route } from '../../../src/upgrade/versions.ts';
import { makeImage } from '../image.ts';
import type { Debian, Lab, Server } from '../lab.ts';

const migrations = loadMigrations();

/** Its root. Over SSH what runs is part of the server, and killed with it. */
export function shellOf(server: Server, way: 'ssh' | 'attempt' = 'attempt'): Shell {
  return {
    run: async (script, args) => {
      const words = ['exec', 'sh', '-c', script, 'sh', ...args].map((word, index) =>
        index < 3 ? word : quote(word),
      );
      const { code, stdout, stderr } = await server[way](words.join(' '));
      return { code, out: stdout, err: stderr };
    },
  };
}

const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

export const run = (server: Server, { script, args }: Program): Promise<ShellEnd> =>
  shellOf(server, 'ssh').run(script, args);

export async function detect(server: Server): Promise<ServerAnswer> {
  const asked = Date.now();
  const { code, out, err } = await shellOf(server).run(checkScript(), []);
  return answerOf({ code, output: out, errors: err, asked, answered: Date.now() });
}

const versionOf = ({ setup }: ServerAnswer): string | undefined =>
  setup.kind === 'versioned' || setup.kind === 'legacy' ? setup.version : undefined;

let runs = 0;

/** The parts of an upgrade, planned with what stands on the server now. */
export async function planned(
  server: Server,
  to: string,
  parts: Partial<UpgradeParts> & { readonly from?: readonly Migration[] } = {},
): Promise<UpgradeParts> {
  const found = await detect(server);
  const way = route(versionOf(found), to, parts.from ?? migrations);
  if (!way.ok) throw new Error(way.why);
  const { steps } = way.way;
  const number = ++runs;
  return {
    id: `run-${number}`,
    steps,
    versionText: versionText(found, steps, parts.options ?? []),
    expected: found.versionFile?.digest,
    backup: backupName(new Date(Date.UTC(2026, 10, 20, 10, 0, number))),
    ...parts,
  };
}

/** Upgrades a server; returns what was planned. */
export async function upgraded(
  server: Server,
  to: string,
  parts: Partial<UpgradeParts> = {},
): Promise<UpgradeParts> {
  const plan = await planned(server, to, parts);
  const end = await run(server, upgradeProgram(plan));
  expect(end, end.out + end.err).toMatchObject({ code: 0 });
  expect(versionOf(await detect(server))).toBe(to);
  return plan;
}

/** A server that was set up before there were version files. */
export async function makeLegacy(server: Debian): Promise<void> {
  await server.run(`
    mkdir -p /etc/tako
    touch -d 2025-11-16T09:30:12Z /etc/tako/setup.complete
    mkdir -p /etc/systemd/journald.conf.d /etc/traefik
    printf '[Journal]\\nSystemMaxUse=2G' > /etc/systemd/journald.conf.d/00-journal-size.conf
    chmod 640 /etc/systemd/journald.conf.d/00-journal-size.conf
    chown 1:1 /etc/systemd/journald.conf.d/00-journal-size.conf
    printf 'entryPoints:\\n  web:\\n    address: ":80"' > /etc/traefik/traefik.yml
    chmod 600 /etc/traefik/traefik.yml`);
}

/** A new server of a lab that was set up before there were version files. */
export async function legacyServer(lab: Lab): Promise<Server> {
  const server = await lab.server();
  await makeLegacy(server);
  return server;
}

/** The version in its version file, read without SSH; nothing where there is no such file. */
export async function versionThere(server: Server): Promise<string | undefined> {
  const { code, stdout } = await server.attempt('cat /etc/tako/version.json');
  return code === 0 ? (JSON.parse(stdout) as { readonly version: string }).version : undefined; // written by us
}

/** What is no file of anybody's setup: what runs, logs, caches, accounts of packages, our own notes and backups. */
const PASSED_OVER = [
  '/proc',
  '/sys',
  '/dev',
  '/run',
  '/tmp',
  '/opt/lab',
  '/var/tmp',
  '/var/log',
  '/var/cache',
  '/var/backups',
  '/var/lib/apt',
  '/var/lib/dpkg',
  '/var/lib/systemd',
  '/var/lib/shipshape',
  '/var/lib/prometheus',
  '/etc/.pwd.lock',
  ...['passwd', 'group', 'shadow', 'gshadow', 'subuid', 'subgid'].map(each => `/etc/${each}-`),
];

/** Every file of a server: type, mode, owner, link, and the digest of what is in it. With `times` also when it was changed. */
export async function everyFile(server: Server, { times = false } = {}): Promise<readonly string[]> {
  const prune = PASSED_OVER.map(each => `-path ${each}`).join(' -o ');
  const find = `find / \\( ${prune} -o -path /var/lib/docker -o -path /var/lib/containerd \\) -prune -o`;
  const print = `-printf '%p %y %m %U %G %l${times ? ' %T@' : ''}\\n'`;
  const text = await server.run(`${find} -type d -printf '%p d %m %U %G\\n' -o ${print}
    ${find} -type f -print0 | xargs -0 sha256sum 2>/dev/null; true`);
  return text.trim().split('\n').sort();
}

/** What differs between two looks. */
export function difference(before: readonly string[], after: readonly string[]): readonly string[] {
  const [was, is] = [new Set(before), new Set(after)];
  return [
    ...before.filter(each => !is.has(each)).map(each => `- ${each}`),
    ...after.filter(each => !was.has(each)).map(each => `+ ${each}`),
  ];
}

/** Packages with their versions, and the accounts of the system. */
export const packagesOf = (server: Server): Promise<string> =>
  server.run(`dpkg-query -W -f '\${db:Status-Status} \${binary:Package} \${Version}\\n' | grep '^installed'`);

/** A server of the lab that has Docker becomes one that has not. */
export const makeBare = (server: Server): Promise<string> =>
  server.run(
    'systemctl stop docker.socket docker containerd; dpkg --purge docker.io containerd runc; rm -rf /etc/docker',
  );

/** Something that is called Traefik, and answers. */
export async function startTraefik(server: Server): Promise<void> {
  await makeImage(server, 'traefik:v2.11', 'proxied');
  await server.run('docker run -d --restart always --name traefik -p 80:8080 traefik:v2.11');
}
