import { afterAll, expect, onTestFinished, test } from 'vitest';
import { makeImage } from '../image.ts';
import { openLab, type Server } from '../lab.ts';
import { labSuite, timed } from '../suite.ts';
import { bundleEditor, openDesk } from './desk.ts';
import { upgradeOf } from './fleet.ts';
import { probe, type Probed } from './probe.ts';
import { makeLegacy, upgraded } from './server.ts';

const bundle = bundleEditor(afterAll);

/** By an editor, over SSH. Returns what it told before. */
async function upgrade(server: Server, to: string): Promise<string> {
  const desk = await openDesk(bundle, [server], onTestFinished);
  const editor = desk.start(upgradeOf([server], { to }));
  const end = await timed(`-> ${to}`, () => editor.ended);
  expect(end, JSON.stringify(editor.told.slice(-20))).toEqual({ end: 'verified' });
  return JSON.stringify(editor.told.find(({ plan }) => plan !== undefined));
}

/** What would show that somebody restarted something. */
const running = (server: Server, names: string): Promise<string> =>
  server.run(`systemctl show -p ActiveEnterTimestampMonotonic -p MainPID docker
    docker inspect -f '{{.Id}} {{.RestartCount}} {{.State.StartedAt}}' ${names}`);

function tell(name: string, { asked, failed, pause }: Probed): void {
  process.stdout.write(
    `    ${name}: asked ${asked} times, ${failed} failed, longest pause ${pause.toFixed(2)} s\n`,
  );
}

labSuite('People who use a server while it is upgraded', { needs: 'full' }, () => {
  test(
    'miss no answer of a container; of Traefik only what was announced',
    { timeout: 300_000 },
    async () => {
      const lab = await openLab(onTestFinished);
      const server = await lab.server({ kind: 'docker' });
      await makeLegacy(server);
      await makeImage(server, 'shop:1.0', 'open');
      await makeImage(server, 'traefik:v2.11', 'proxied'); // something that is called so, and answers
      await server.run(`docker run -d --restart always --name shop -p 8088:8080 shop:1.0
      docker run -d --restart always --stop-timeout 1 --name traefik -p 80:8080 traefik:v2.11`);
      await expect
        .poll(() =>
          fetch(`http://${server.address}:8088/`).then(
            () => true,
            () => false,
          ),
        )
        .toBe(true);
      const before = await running(server, 'shop');
      const [shop, traefik] = [
        probe(`http://${server.address}:8088/`, 'open'),
        probe(`http://${server.address}:80/`, 'proxied'),
      ];
      await upgrade(server, '1.1.0');
      const plan = await upgrade(server, '1.2.0');
      const [asked, paused] = [await shop.stop(), await traefik.stop()];
      tell('a container at its own port, 1.0.0 -> 1.2.0', asked);
      tell('what is called Traefik, restarted by 1.2.0', paused);
      expect(asked.asked).toBeGreaterThan(20);
      expect(asked.failed).toBe(0);
      expect(await running(server, 'shop')).toBe(before);
      expect(plan).toMatch(/Restarts Traefik where it runs/);
      expect(paused.pause).toBeLessThan(10);
      expect(await server.run("docker inspect -f '{{.RestartCount}}' traefik")).toBe('0\n');
    },
  );

  // The kernel of the lab has no IPVS, so the swarm itself shares no port: nginx, in a network that is not moved, stands in for
  // the proxy at the edge, and finds the tasks by their addresses (dnsrr).
  test('miss no answer of a service that moves to another network', { timeout: 400_000 }, async () => {
    const lab = await openLab(onTestFinished);
    const server = await lab.server({ kind: 'docker' });
    await makeLegacy(server);
    await makeImage(server, 'shop:1.0', 'open');
    await upgraded(server, '1.2.0');
    await makeEdge(server);
    await server.run(`set -e
      docker swarm init --advertise-addr 127.0.0.1 >/dev/null
      docker network create -d overlay --attachable tako_shop
      docker network create -d overlay --attachable edge
      docker service create -q -d --no-resolve-image --endpoint-mode dnsrr --name shop --replicas 2 \
        --stop-grace-period 2s --update-monitor 1s --network tako_shop --network edge \
        --label traefik.docker.network=tako_shop shop:1.0
      docker service create -q -d --no-resolve-image --endpoint-mode dnsrr --name apart --network edge shop:1.0`);
    const replicas = (): Promise<string> =>
      server.run(`docker service ls --format '{{.Name}} {{.Replicas}}' | sort`);
    await expect.poll(replicas, { timeout: 60_000 }).toBe('apart 1/1\nshop 2/2\n');
    await server.run('docker run -d --name edge --network edge -p 80:80 edge:1.0');
    const url = `http://${server.address}:80/`;
    await expect
      .poll(
        () =>
          fetch(url).then(
            answer => answer.status,
            () => 0,
          ),
        { timeout: 30_000 },
      )
      .toBe(200);
    const untouched = `edge $(docker ps -q --filter name=apart)`;
    const before = await running(server, untouched);
    const asking = probe(url, 'open');
    await upgrade(server, '2.0.0');
    const asked = await asking.stop();
    tell('a service behind a proxy, 1.2.0 -> 2.0.0', asked);
    expect(asked.asked).toBeGreaterThan(20);
    expect(asked.failed).toBe(0);
    expect(await running(server, untouched)).toBe(before);
    expect(await server.run("docker inspect -f '{{.RestartCount}}' $(docker ps -q) | sort -u")).toBe('0\n');
    expect(await server.run("docker network ls -f driver=overlay --format '{{.Name}}' | sort")).toBe(
      'edge\ningress\ntako_shop-encrypted\n',
    );
  });
});

/** An image of Debian's nginx, made without a registry, that passes on to the tasks of the service `shop`. */
const makeEdge = (server: Server): Promise<string> =>
  server.run(`
    set -e
    root=$(mktemp -d)
    cd "$root"
    apt-get update -q >/dev/null
    apt-get download -q nginx >/dev/null 2>&1
    dpkg-deb -x nginx_*.deb .
    rm nginx_*.deb
    ldd usr/sbin/nginx | grep -o '/[^ ]*' | while read -r library; do cp --parents "$library" .; done
    mkdir -p etc/nginx var/log/nginx var/lib/nginx run tmp
    printf 'root:x:0:0::/:/bin/sh\\n' > etc/passwd
    printf 'root:x:0:\\n' > etc/group
    cat > etc/nginx/nginx.conf <<'end'
user root root;
daemon off;
error_log stderr;
events {}
http {
  access_log off;
  resolver 127.0.0.11 valid=1s ipv6=off;
  proxy_connect_timeout 1s;
  proxy_next_upstream error timeout;
  server {
    listen 80;
    set $shop shop;
    location / { proxy_pass http://$shop:8080; }
  }
}
end
    tar -c . | docker import -c 'CMD ["/usr/sbin/nginx"]' - edge:1.0 >/dev/null
    rm -r "$root"`);
