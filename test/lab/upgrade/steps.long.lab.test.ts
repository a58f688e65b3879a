import { expect, onTestFinished, test } from 'vitest';
import { restoreProgram } from '../../../src/upgrade/program.ts';
import { openLab, type Server } from '../lab.ts';
import { labSuite, timed } from '../suite.ts';
import {
  detect,
  difference,
  everyFile,
  makeBare,
  makeLegacy,
  packagesOf,
  run,
  startTraefik,
  upgraded,
} from './server.ts';

interface Step {
  readonly to: string;
  readonly kind: 'systemd' | 'docker';
  /** What makes the server what the step starts from. */
  readonly prepare: (server: Server) => Promise<unknown>;
  /** What takes away the observable result of each feature, and what brings it back. */
  readonly taken: { readonly [feature: string]: readonly [take: string, bring: string] };
}

const service = (name: string): readonly [string, string] => [
  `systemctl stop ${name}`,
  `systemctl start ${name}`,
];
const file = (name: string): readonly [string, string] => [
  `mv ${name} /root/aside`,
  `mv /root/aside ${name}`,
];

const STEPS: readonly Step[] = [
  {
    to: '1.1.0',
    kind: 'systemd',
    prepare: makeLegacy,
    taken: {
      'log-rotation': file('/etc/logrotate.d/docker'),
      'journal-limits': [
        'printf "[Journal]\\nSystemMaxUse=3G\\n" > /etc/systemd/journald.conf.d/99.conf',
        'rm /etc/systemd/journald.conf.d/99.conf',
      ],
      'log-cleanup': [
        'chmod -x /etc/cron.daily/tako-log-cleanup',
        'chmod +x /etc/cron.daily/tako-log-cleanup',
      ],
    },
  },
  {
    to: '1.2.0',
    kind: 'docker',
    prepare: async server => {
      await makeLegacy(server);
      await startTraefik(server);
      await upgraded(server, '1.1.0');
    },
    taken: {
      'node-exporter': service('prometheus-node-exporter'),
      'metrics-collection': ['systemctl stop tako-metrics.timer', 'systemctl start tako-metrics.timer'],
      'health-endpoints': service('tako-health.socket'),
      'traefik-metrics': [
        'sed -i s/^ping/pong/ /etc/traefik/traefik.yml',
        'sed -i s/^pong/ping/ /etc/traefik/traefik.yml; docker restart traefik',
      ],
    },
  },
  {
    to: '1.0.0',
    kind: 'docker',
    prepare: makeBare,
    taken: {
      docker: ['systemctl stop docker.socket docker', 'systemctl start docker'],
      nginx: service('nginx'),
      firewall: ['nft delete table inet tako', 'systemctl restart tako-firewall'],
      'traefik-proxy': ['chmod 644 /etc/traefik/acme.json', 'chmod 600 /etc/traefik/acme.json'],
    },
  },
  {
    to: '2.0.0',
    kind: 'docker',
    prepare: async server => {
      await makeLegacy(server);
      await upgraded(server, '1.2.0');
    },
    taken: {
      'auto-scaling-hooks': service('tako-scale.timer'),
      'container-separation': service('tako-separation'),
      'no-new-privileges': file('/etc/docker/daemon.json'),
    },
  },
];

/** Packages are installed and taken away, twice. */
const LONG = { timeout: 600_000 };

labSuite('A step between setup versions', { needs: 'full' }, () => {
  test.for(STEPS)(
    '$to: applied, the same a second time, found out when taken away, undone',
    LONG,
    async step => {
      const { to, kind, prepare, taken } = step;
      const lab = await openLab(onTestFinished);
      const server = await lab.server({ kind });
      await prepare(server);
      const [before, packages, found] = [
        await everyFile(server),
        await packagesOf(server),
        await detect(server),
      ];
      const plan = await timed(`to ${to}`, () => upgraded(server, to));

      const folder = `/var/lib/shipshape/setup/runs/${plan.id}/steps/${to}`;
      const script = (name: string): string => `STEP=${folder} sh ${folder}/${name}.sh`;
      const after = await everyFile(server, { times: true });
      expect(difference(before, await everyFile(server)).length).toBeGreaterThan(2);
      await server.run(script('apply'));
      await server.run(script('verify'));
      expect(difference(after, await everyFile(server, { times: true }))).toEqual([]);

      for (const [feature, [take, bring]] of Object.entries(taken)) {
        await server.run(take);
        const { code, stdout, stderr } = await server.attempt(script('verify'));
        expect([feature, code, stdout.includes(`not ${feature}:`)], stdout).toEqual([feature, 1, true]);
        expect(stderr.trim().split('\n').at(-1)).toMatch(/^FAILED: verification failed: /);
        await server.run(bring);
      }
      await server.run(script('verify'));

      const end = await timed('restored', () => run(server, restoreProgram(`back-${to}`, plan.backup ?? '')));
      expect(end, end.out + end.err).toMatchObject({ code: 0 });
      expect(difference(before, await everyFile(server))).toEqual([]);
      expect(await packagesOf(server)).toBe(packages);
      expect((await detect(server)).setup).toEqual(found.setup);
    },
  );
});
