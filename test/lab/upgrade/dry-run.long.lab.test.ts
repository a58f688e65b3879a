import { expect, onTestFinished, test } from 'vitest';
import { makeImage } from '../image.ts';
import { openLab } from '../lab.ts';
import { labSuite } from '../suite.ts';
import { compared } from './dry.ts';
import { detect, makeBare, makeLegacy, startTraefik, upgraded } from './server.ts';

labSuite('A dry run', { needs: 'full' }, () => {
  test('to 1.0.0 tells what the upgrade then changes, and changes nothing', async () => {
    const server = await (await openLab(onTestFinished)).server({ kind: 'docker' });
    await makeBare(server);
    const { commands, notes, files } = await compared(server, '1.0.0');
    expect(commands).toEqual([
      'systemctl mask --quiet --runtime nginx.service',
      'apt-get install docker.io',
      'apt-get install nginx nftables',
      'systemctl unmask --quiet --runtime nginx.service',
      'systemctl enable --quiet nginx',
      'systemctl restart nginx',
      'systemctl enable --quiet --now docker',
      'systemctl daemon-reload',
      'systemctl enable --quiet tako-firewall',
      'systemctl restart tako-firewall',
    ]);
    expect(notes).toEqual([
      expect.stringMatching(/^installed: .*\bdocker\.io 20/),
      expect.stringMatching(/^installed: .*\bnginx 1/),
    ]);
    expect(files.map(({ path }) => path)).toEqual([
      '/etc/nginx/conf.d/tako-static.conf',
      '/etc/systemd/system/multi-user.target.wants/tako-firewall.service',
      '/etc/systemd/system/tako-firewall.service',
      '/etc/tako/firewall.nft',
      '/etc/traefik/acme.json',
      '/etc/traefik/dynamic.yml',
      '/etc/traefik/traefik.yml',
      '/var/www/tako/index.html',
    ]);
    expect(files[3]?.after?.text).toContain('tcp dport { 22');
  });

  test('to 1.2.0 tells what the upgrade then changes, and changes nothing', async () => {
    const server = await (await openLab(onTestFinished)).server({ kind: 'docker' });
    await makeLegacy(server);
    await startTraefik(server);
    await upgraded(server, '1.1.0');
    const { commands, files } = await compared(server, '1.2.0');
    expect(commands).toEqual([
      'apt-get install prometheus-node-exporter',
      'systemctl daemon-reload',
      'systemctl enable --quiet prometheus-node-exporter',
      'systemctl restart prometheus-node-exporter',
      'systemctl daemon-reload',
      'systemctl enable --quiet --now tako-metrics.timer',
      'systemctl enable --quiet --now tako-health.socket',
      'systemctl start tako-metrics.service',
      expect.stringMatching(/^docker restart \w+ \(traefik\)$/),
    ]);
    const config = files.find(({ path }) => path === '/etc/traefik/traefik.yml');
    expect(config?.before?.mode).toBe('600');
    expect(config?.after).toEqual({
      mode: '600',
      owner: '0:0',
      text: `${config?.before?.text}\nping: {}\nmetrics:\n  prometheus: {}\n`,
    });
  });

  test('to 2.0.0 in a swarm tells what the upgrade then changes, and changes nothing', async () => {
    const server = await (await openLab(onTestFinished)).server({ kind: 'docker' });
    await makeLegacy(server);
    await makeImage(server, 'shop:1.0', 'open');
    await upgraded(server, '1.2.0');
    await server.run(`docker swarm init --advertise-addr 127.0.0.1 >/dev/null
      docker network create -d overlay tako_shop
      docker service create -q -d --no-resolve-image --endpoint-mode dnsrr --stop-grace-period 1s --update-monitor 1s --name shop --network tako_shop shop:1.0`);
    await expect
      .poll(() => server.run(`docker service ls --format '{{.Replicas}}'`), { timeout: 60_000 })
      .toBe('1/1\n');
    const { networks, services } = await detect(server);
    expect(networks).toEqual([{ name: 'tako_shop', encrypted: false }]);
    expect(services).toEqual([expect.objectContaining({ name: 'shop', networks: ['tako_shop'] })]);
    const { commands } = await compared(server, '2.0.0');
    expect((await detect(server)).networks).toEqual([{ name: 'tako_shop-encrypted', encrypted: true }]);
    expect(commands).toEqual([
      'systemctl daemon-reload',
      'systemctl enable --quiet --now tako-separation.service',
      'systemctl enable --quiet --now tako-scale.timer',
      'docker network create -d overlay --opt encrypted tako_shop-encrypted',
      'docker service update --quiet --detach=false --update-order start-first --network-add name=tako_shop-encrypted shop',
      'docker service update --quiet --detach --update-order stop-first shop',
      'docker service update --quiet --detach=false --update-order start-first --network-rm tako_shop shop',
      'docker service update --quiet --detach --update-order stop-first shop',
      'docker network rm tako_shop',
    ]);
  });
});
