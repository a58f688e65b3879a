/** What servers run and answer, asked by their own Docker and over HTTP: nothing of the product has a part in it. */
import http from 'node:http';
import type { Server } from '../lab.ts';

/** The ids of the images that the running containers of each service have. */
export type Running = Readonly<Record<string, readonly string[]>>;

export async function runningOn(server: Server): Promise<Running> {
  const text = await server.run(`docker ps -q --filter label=tako.project=shop |
    xargs -r docker inspect -f '{{index .Config.Labels "tako.service"}} {{.Image}}' | sort`);
  const services: Record<string, string[]> = {};
  for (const line of text.trim().split('\n').filter(Boolean)) {
    const [service = '', id = ''] = line.split(' ');
    (services[service] ??= []).push(id);
  }
  return services;
}

/** Every container, running or not, with all that changes when it is touched. */
export const containersOn = (server: Server): Promise<string> =>
  server.run(
    `docker ps -aq --no-trunc | sort | xargs -r docker inspect -f '{{.Id}} {{json .State}} {{json .HostConfig.RestartPolicy}}'`,
  );

/** What a service answers on a server, each container once. */
export async function answersOn(server: Server, service: string): Promise<readonly string[]> {
  const text = await server.run(`docker ps -q --filter label=tako.service=${service} | while read -r each; do
    docker exec "$each" timeout 3 wget -q -O - http://127.0.0.1:8080/ </dev/null; echo; done`);
  return text.trim().split('\n').filter(Boolean).sort();
}

/** What the site answers at port 80 of a server; nothing where nobody does. */
export function siteOf({ address }: Server): Promise<string | undefined> {
  return new Promise(resolve => {
    const request = http.get(
      { host: address, headers: { host: 'shop.test' }, agent: false, timeout: 5_000 },
      response => {
        let body = '';
        response.on('data', (chunk: Buffer) => (body += chunk.toString()));
        response.on('end', () => resolve(response.statusCode === 200 ? body : undefined));
        response.on('error', () => resolve(undefined));
      },
    );
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(undefined));
  });
}
