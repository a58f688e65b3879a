/** Servers of a lab that are a swarm, and what runs in it by an independent look. */
import type { Lab, Server } from '../lab.ts';
import { makeImage } from '../image.ts';
import { imageId, load, type Version } from './there.ts';

/** The kernel of the lab cannot share an address between tasks (IPVS). */
export const DNSRR = new Map([['swarm.endpoint-mode', 'dnsrr']]);

export interface SwarmShop {
  /** The first manages it. */
  readonly servers: readonly [Server, ...Server[]];
  readonly ids: Readonly<Record<Version, string>>;
}

/** Makes a swarm of them, which the first manages. */
export async function joinSwarm([manager, ...workers]: readonly [Server, ...Server[]]): Promise<void> {
  await manager.run(`docker swarm init --advertise-addr ${manager.address}`);
  const token = (await manager.run('docker swarm join-token -q worker')).trim();
  for (const each of workers) await each.run(`docker swarm join --token ${token} ${manager.address}:2377`);
}

/** A swarm of this many servers, all with the same three images of a shop; each answers at port 8080 with its version. */
export async function openSwarm(lab: Lab, count: number): Promise<SwarmShop> {
  const start = (index: number): Promise<Server> => lab.server({ kind: 'docker', name: `node${index}` });
  const [manager, ...workers] = await Promise.all([
    start(1),
    ...Array.from({ length: count - 1 }, (_, index) => start(index + 2)),
  ]);
  const made = async (version: Version): Promise<string> => {
    await makeImage(manager, `shop/web:${version}`, version);
    return imageId(manager, `shop/web:${version}`);
  };
  const ids = { v1: await made('v1'), v2: await made('v2'), v3: await made('v3') };
  await joinSwarm([manager, ...workers]);
  for (const each of workers) await load(manager, each);
  return { servers: [manager, ...workers], ids };
}

/** As if nothing had ever been deployed. */
export async function clearSwarm([manager, ...workers]: SwarmShop['servers']): Promise<void> {
  await manager.run(`docker service ls -q | xargs -r docker service rm`);
  for (const each of [manager, ...workers]) {
    await each.run(`
      rm -rf /var/lib/shipshape/deploy/shop/production
      for _ in $(seq 60); do [ -n "$(docker ps -aq)" ] || break; sleep 0.5; done`);
  }
}

/** Ids of the images that run of a service on a server, asked there by its label. */
export async function imagesOf(server: Server, name: string): Promise<readonly string[]> {
  const text = await server.run(
    `docker ps -q --filter label=tako.service=${name} | xargs -r docker inspect -f '{{.Image}}'`,
  );
  return text.trim().split('\n').filter(Boolean);
}

/** What each running container of a service answers, asked inside of it. */
export async function answersIn(server: Server, name: string): Promise<readonly string[]> {
  const text = await server.run(`docker ps -q --filter label=tako.service=${name} | while read -r each; do
    docker exec "$each" timeout 5 wget -q -O - http://127.0.0.1:8080/ </dev/null; echo; done`);
  return text.trim().split('\n').filter(Boolean);
}
