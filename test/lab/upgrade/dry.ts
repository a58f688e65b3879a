/** A dry run beside the upgrade that then really happens. */
import { createHash } from 'node:crypto';
import { expect } from 'vitest';
import { dryRun, type DryRun, type Side } from '../../../src/upgrade/dry-run.ts';
import type { Server } from '../lab.ts';
import { timed } from '../suite.ts';
import { difference, everyFile, packagesOf, planned, shellOf, upgraded } from './server.ts';

/** What runs, and what Docker knows: nothing of it is in a file that is compared. */
export const alive = (server: Server): Promise<string> =>
  server.run(`systemctl list-units --plain --no-legend --state=active --type=service,socket,timer | cut -d ' ' -f 1 | sort
    for each in $(systemctl list-units --plain --no-legend --state=active --type=service | cut -d ' ' -f 1); do
      systemctl show -p ActiveEnterTimestampMonotonic "$each"
    done
    nft list ruleset 2>/dev/null | sed 's/packets [0-9]* bytes [0-9]*//'
    command -v docker >/dev/null && docker info >/dev/null 2>&1 || exit 0
    docker network ls; docker service ls -q; docker inspect -f '{{.State.StartedAt}}' $(docker ps -q)
    docker service inspect $(docker service ls -q); mount | wc -l; ls -a /mnt /tmp /var/lib/shipshape 2>/dev/null; true`);

/** What a dry run says that a file is afterwards, as `everyFile` has it. */
function linesOf(path: string, { mode, owner, text, link, why }: Side): readonly string[] {
  expect([path, why]).toEqual([path, undefined]);
  const user = owner.replace(':', ' ');
  if (link === true) return [`${path} l ${mode} ${user} ${text ?? ''}`];
  const digest = createHash('sha256')
    .update(text ?? '')
    .digest('hex'); // nothing in these has to be masked
  return [`${path} f ${mode} ${user} `, `${digest}  ${path}`];
}

/** Files that come with packages: their own, and what their scripts make. */
async function fromPackages(server: Server, step: string): Promise<(line: string) => boolean> {
  const added = `$(cat /var/lib/shipshape/setup/runs/*/steps/${step}/packages.added 2>/dev/null)`;
  const own = new Set(
    (
      await server.run(
        `added="${added}"; [ -z "$added" ] || dpkg -L $added | sed 's|^/lib/|/usr/lib/|; s|^/sbin/|/usr/sbin/|'`,
      )
    ).split('\n'),
  );
  const made =
    /^\/(etc\/(passwd|group|shadow|gshadow|subuid|subgid|ld\.so\.cache|rc.\.d\/.*|alternatives\/.*|systemd\/system\/.*\.(wants|requires)\/.*|nginx\/(modules|sites)-enabled.*|ssl\/certs.*|ca-certificates.*|docker.*|cni.*|containerd.*|init\.d.*|cron\.d.*)|usr\/local\/share\/ca-certificates|usr\/share\/.*|var\/lib\/.*|var\/www\/html.*|var\/spool\/.*|home.*|opt.*|usr\/sbin\/.*|usr\/bin\/.*|usr\/lib\/.*)$/;
  return line => {
    const path = /(\/\S*)/.exec(line)?.[1] ?? '';
    return own.has(path) || (own.size > 1 && made.test(path));
  };
}

/** The dry run changes nothing, and tells every file that the upgrade then changes, byte for byte; returns what it told. */
export async function compared(server: Server, to: string): Promise<DryRun> {
  const shell = shellOf(server);
  const [files, lives, packages] = [
    await everyFile(server, { times: true }),
    await alive(server),
    await packagesOf(server),
  ];
  const { steps } = await planned(server, to);
  const dry = await timed(`dry run to ${to}`, () => dryRun(shell, steps, []));
  expect(difference(files, await everyFile(server, { times: true }))).toEqual([]);
  expect(await alive(server)).toBe(lives);
  expect(await packagesOf(server)).toBe(packages);
  expect(dry.notes.filter(each => each.includes('fail'))).toEqual([]);

  const before = await everyFile(server);
  await upgraded(server, to);
  const real = difference(before, await everyFile(server));
  const told = dry.files.flatMap(({ path, before, after }) => [
    ...(before ? linesOf(path, before).map(each => `- ${each}`) : []),
    ...(after ? linesOf(path, after).map(each => `+ ${each}`) : []),
  ]);
  const same = told.filter(each => told.includes(each.replace(/^[+-]/, sign => (sign === '+' ? '-' : '+'))));
  expect(told.filter(each => !real.includes(each) && !same.includes(each))).toEqual([]);
  const isFromPackages = await fromPackages(server, to);
  const isFile = (line: string): boolean => !/^[+-] \/\S* d /.test(line); // folders are made as they are needed
  const untold = real.filter(each => isFile(each) && !told.includes(each) && !isFromPackages(each));
  expect(untold.filter(each => !each.includes('/etc/tako/version.json'))).toEqual([]);
  return dry;
}
