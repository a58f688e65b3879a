/** Servers of a lab with Docker, held for deployments, and what runs there by an independent look. */
import { copyFileSync } from 'node:fs';
import { onTestFinished } from 'vitest';
import { clean, say, type Clean } from '../../../src/base/clean.ts';
import type { AppService } from '../../../src/deploy/configuration/application.ts';
import { bareService } from '../../../src/deploy/configuration/bare-service.ts';
import type { HeldServers } from '../../../src/deploy/hold/held-server.ts';
import { holdServers } from '../../../src/deploy/hold/hold.ts';
import type { Run } from '../../../src/operations/operation.ts';
import { askNobody } from '../../../src/ssh/prompts.ts';
import { connectionsTo, refTo } from '../check/accounts.ts';
import { makeImage } from '../image.ts';
import type { Lab, Server } from '../lab.ts';

export type Version = 'v1' | 'v2' | 'v3';

/** Two servers with the same three images of a shop; each answers at port 8080 with its version. */
export async function openShop(
  lab: Lab,
): Promise<{ readonly servers: readonly [Server, Server]; readonly ids: Readonly<Record<Version, string>> }> {
  const start = (name: string): Promise<Server> => lab.server({ kind: 'docker', name });
  const [one, two] = await Promise.all([start('one'), start('two')]);
  const made = async (version: Version): Promise<string> => {
    await makeImage(one, `shop/web:${version}`, version);
    return imageId(one, `shop/web:${version}`);
  };
  const ids = { v1: await made('v1'), v2: await made('v2'), v3: await made('v3') };
  await load(one, two);
  return { servers: [one, two], ids };
}

/** Brings the images of one server to another, so that their ids are the same. */
export async function load(from: Server, to: Server): Promise<void> {
  await from.run('docker save shop/web:v1 shop/web:v2 shop/web:v3 -o /root/images.tar');
  copyFileSync(`${from.files}/root/images.tar`, `${to.files}/root/images.tar`);
  await to.run('docker load -qi /root/images.tar && rm /root/images.tar');
}

/** As if nothing had ever been deployed. */
export async function clear(servers: readonly Server[]): Promise<void> {
  for (const each of servers)
    await each.run('docker ps -aq | xargs -r docker rm -f; rm -rf /var/lib/shipshape/deploy/shop/production');
}

/** Holds servers until the test has ended. `close` cuts their connections, as when an editor is killed. */
export async function held(
  servers: readonly Server[],
  over: readonly string[] = [],
): Promise<HeldServers & { readonly close: () => void }> {
  const connections = connectionsTo(onTestFinished, servers);
  const access = { connections, prompts: askNobody(), now: () => Date.now(), observed: () => undefined };
  const there = await holdServers(
    access,
    servers.map(each => refTo(each)),
    { project: 'shop', environment: 'production', operation: say('Deploy'), by: say('a test'), over },
    new AbortController().signal,
  );
  onTestFinished(async () => {
    await there.release();
  });
  return {
    servers: there.servers,
    byName: name => there.byName(name),
    making: release => there.making(release),
    release: () => there.release(),
    close: () => connections.close(),
  };
}

/** A run whose lines can be read. */
export function running(signal = new AbortController().signal): Run & { readonly lines: readonly Clean[] } {
  const lines: Clean[] = [];
  return { signal, lines, log: line => void lines.push(line), step: (_, work) => work() };
}

/** A service that answers at port 8080, as a configuration would say it. */
export function service(name: string, changes: Partial<AppService> = {}): AppService {
  return bareService(name, {
    ports: [{ container: 8080, protocol: 'tcp' }],
    health: { path: '/', intervalSeconds: 1, timeoutSeconds: 1, retries: 3, startSeconds: 1 },
    stopSeconds: 1,
    hash: clean(name),
    ...changes,
  });
}

/** What a server has of an image, by its name. */
export const imageId = async (server: Server, name: string): Promise<string> =>
  (await server.run(`docker image inspect -f '{{.ID}}' ${name}`)).trim();

/** Its containers as lines: name, image, state, restart policy; sorted. */
export async function containersOf(server: Server): Promise<readonly string[]> {
  const text = await server.run(
    `docker ps -aq | xargs -r docker inspect -f '{{slice .Name 1}} {{.Image}} {{.State.Status}} {{.HostConfig.RestartPolicy.Name}}'`,
  );
  return text.trim().split('\n').filter(Boolean).sort();
}

/** What the running containers of a service answer, asked from the server by their addresses. */
export async function answersOf(server: Server, name: string): Promise<readonly string[]> {
  const text = await server.run(`docker ps -q --filter label=tako.service=${name} |
    xargs -r docker inspect -f '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}' |
    while read -r address; do curl -sm 2 "http://$address:8080/"; echo; done`);
  return text.trim().split('\n').filter(Boolean).sort();
}
