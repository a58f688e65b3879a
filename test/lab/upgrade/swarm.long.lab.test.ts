import { expect, onTestFinished, test } from 'vitest';
import { restoreProgram } from '../../../src/upgrade/program.ts';
import { makeImage } from '../image.ts';
import { openLab, type Server } from '../lab.ts';
import { labSuite, timed } from '../suite.ts';
import { detect, makeLegacy, run, upgraded } from './server.ts';

// The kernel of the lab has no IPVS, so services are found by their tasks' addresses (dnsrr) and publish no port of the swarm.
const SWARM = `
  set -e
  docker swarm init --advertise-addr 127.0.0.1 >/dev/null
  docker network create -d overlay --attachable tako_shop
  docker network create -d overlay other
  create() { docker service create -q -d --no-resolve-image --endpoint-mode dnsrr --stop-grace-period 1s --update-monitor 1s "$@"; }
  create --name shop --network name=tako_shop,alias=front --label traefik.docker.network=tako_shop --replicas 2 shop:1.0
  create --name data --network tako_shop --network other shop:1.0
  create --name apart --network other shop:1.0
`;

/** Each service with the names of its networks and its aliases in them. */
const attached = (server: Server): Promise<string> =>
  server.run(`
    for each in shop data apart; do
      docker service inspect -f '{{range .Spec.TaskTemplate.Networks}}{{.Target}} {{.Aliases}}{{println}}{{end}}' $each |
        while read -r network aliases; do
          [ -z "$network" ] || echo "$each $(docker network inspect -f '{{.Name}}' "$network") $aliases"
        done | sort
      docker service inspect -f '{{index .Spec.Labels "traefik.docker.network"}}' $each
    done`);

const running = (server: Server): Promise<string> =>
  server.run(`docker service ls --format '{{.Name}} {{.Replicas}}' | sort`);

/** What takes away the observable result of each feature that only a swarm has, and what brings it back. */
const TAKEN: { readonly [feature: string]: readonly [take: string, bring: string] } = {
  'overlay-encryption': [
    'docker network create -d overlay tako_plain',
    'docker network rm tako_plain; while docker network inspect tako_plain; do sleep 0.2; done >/dev/null 2>&1',
  ],
  'service-mesh': [
    'docker service create -q -d --no-resolve-image --endpoint-mode dnsrr --name short nowhere:1.0',
    'docker service rm short',
  ],
  'traefik-labels': [
    'docker service update -q -d --label-add traefik.docker.network=tako_gone shop',
    'docker service update -q -d --label-add traefik.docker.network=tako_shop-encrypted shop',
  ],
};

labSuite('The step to 2.0.0 in a swarm', { needs: 'full' }, () => {
  test('moves services into an encrypted network, one by one, and back', { timeout: 400_000 }, async () => {
    const lab = await openLab(onTestFinished);
    const server = await lab.server({ kind: 'docker' });
    await makeLegacy(server);
    await makeImage(server, 'shop:1.0', 'open');
    await upgraded(server, '1.2.0');
    await server.run(SWARM);
    const whole = 'apart 1/1\ndata 1/1\nshop 2/2\n';
    await expect.poll(() => running(server), { timeout: 60_000 }).toBe(whole);
    const before = await attached(server);
    const dockerd = await server.run('systemctl show -p ActiveEnterTimestamp docker');
    const apart = await server.run('docker ps -q --filter name=apart');

    const plan = await timed('1.2.0 -> 2.0.0', () => upgraded(server, '2.0.0'));
    expect(await attached(server)).toBe(before.replaceAll('tako_shop', 'tako_shop-encrypted'));
    expect(await running(server)).toBe(whole);
    expect(await server.run(`docker network ls --filter driver=overlay --format '{{.Name}}' | sort`)).toBe(
      'ingress\nother\ntako_shop-encrypted\n',
    );
    expect(
      await server.run(`docker network inspect -f '{{.Attachable}} {{json .Options}}' tako_shop-encrypted`),
    ).toMatch(/^true .*"encrypted":""/);
    const front = `docker exec $(docker ps -q --filter name=data | head -n 1) timeout 5 wget -q -O - http://front:8080/`;
    expect(await server.run(front)).toBe('open');

    // A hook gets what runs.
    await server.run(`printf '#!/bin/sh\\ncat > /root/scaled\\n' > /etc/tako/hooks/scale.d/note
      chmod +x /etc/tako/hooks/scale.d/note; systemctl start tako-scale.service; rm /etc/tako/hooks/scale.d/note`);
    expect((await server.run('sort /root/scaled')).trim().split('\n')).toEqual([
      'apart 1 1',
      'data 1 1',
      'shop 2 2',
    ]);

    for (const [feature, [take, bring]] of Object.entries(TAKEN)) {
      const verify = `set -- /var/lib/shipshape/setup/runs/${plan.id}/steps/2.0.0; STEP=$1 sh $1/verify.sh`;
      await server.run(take);
      const { code, stdout } = await server.attempt(verify);
      expect([feature, code, stdout.includes(`not ${feature}:`)], stdout).toEqual([feature, 1, true]);
      await server.run(bring);
      await server.run(verify);
    }

    const end = await timed('restored', () => run(server, restoreProgram('back', plan.backup ?? '')));
    expect(end, end.out + end.err).toMatchObject({ code: 0 });
    expect(await attached(server)).toBe(before);
    await expect.poll(() => running(server), { timeout: 60_000 }).toBe(whole);
    expect((await detect(server)).setup).toMatchObject({ version: '1.2.0' });
    expect(await server.run('systemctl show -p ActiveEnterTimestamp docker')).toBe(dockerd);
    expect(await server.run('docker ps -q --filter name=apart')).toBe(apart);
  });
});
