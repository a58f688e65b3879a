/** Each step between setup versions: what it starts from, the moments in it, and what makes its verification fail. */
import type { Kind } from '../machine.ts';
import type { Server } from '../lab.ts';
import type { Moment } from './moment.ts';
import { makeBare, makeLegacy, upgraded } from './server.ts';

export type Part = 'before' | 'during' | 'after';

export interface Step {
  readonly to: string;
  readonly kind: Kind;
  /** What makes a new server what the step starts from. */
  readonly prepare: (server: Server) => Promise<unknown>;
  /** Another server comes after it in the same upgrade. Else it stands beside. */
  readonly isTwo: boolean;
  readonly moments: { readonly [part in Part]: readonly Moment[] };
  /** Takes something away, or keeps it away, that the verification asks for; and ends that. */
  readonly spoil: string;
  readonly unspoil: string;
}

const at = (name: string, after: string, program: string, words?: string): Moment => ({
  name,
  after,
  program,
  ...(words !== undefined && { words }),
});

/** What every step has, with what is its own. */
function momentsOf(to: string, own: readonly Moment[], verifying: Moment, keeping = 'cp'): Step['moments'] {
  const begun = `begin ${to}`;
  return {
    before: [
      at('its backup is being made', 'started', keeping),
      at('its run is being started', '', 'systemd-run'),
      at('its backup stands', 'backed-up', 'sync'),
      at('the way back is rehearsed', 'started', 'mkdir', '*/rehearsal *'),
      at('it is looked at', '', 'df'),
      at('its run has begun', 'started', 'sync'),
    ],
    during: [
      at('a file is being put in place', begun, 'mv', '*.dpkg-new *'),
      ...own,
      at('nothing is changed yet', begun, 'sync', '*/journal *'),
      at('what it may change is being kept', begun, keeping),
    ],
    after: [
      at('it is applied', `applied ${to}`, 'sync'),
      verifying,
      at('version.json is being written', 'writing', 'mv'),
      at('it is verified', `verified ${to}`, 'sync'),
      at('it is finished', 'finished', 'sync'),
    ],
  };
}

const installing = (to: string): readonly Moment[] => [
  { ...at('dpkg is unpacking', `begin ${to}`, 'dpkg-deb', '* --fsys-tarfile *'), byDpkg: true },
  at('packages are being fetched', `begin ${to}`, 'apt-get', '* install *'),
  { ...at('a package is being configured', `begin ${to}`, 'deb-systemd-helper'), byDpkg: true },
];

const BARE = 'rmdir /etc/traefik 2>/dev/null || true';

export const STEPS: readonly Step[] = [
  {
    to: '1.1.0',
    kind: 'systemd',
    prepare: makeLegacy,
    isTwo: true,
    moments: momentsOf(
      '1.1.0',
      [...installing('1.1.0'), at('its last command is run', 'begin 1.1.0', 'systemctl', '* restart *')],
      at('it is being verified', 'applied 1.1.0', 'logrotate'),
    ),
    // The last file counts, and this one lies in no package and no backup.
    spoil: `mkdir -p /run/systemd/journald.conf.d
      printf '[Journal]\\nSystemMaxUse=3G\\n' > /run/systemd/journald.conf.d/99.conf`,
    unspoil: 'rm -f /run/systemd/journald.conf.d/99.conf',
  },
  {
    to: '1.2.0',
    kind: 'docker',
    prepare: async server => {
      await makeLegacy(server);
      await upgraded(server, '1.1.0');
    },
    isTwo: true,
    moments: momentsOf(
      '1.2.0',
      installing('1.2.0').slice(0, 2),
      at('it is being verified', 'applied 1.2.0', 'bash'),
    ),
    // Somebody else answers at the exporter's port, or makes it end.
    spoil: `systemctl stop prometheus-node-exporter 2>/dev/null
      printf '[Socket]\\nListenStream=9100\\nAccept=yes\\n' > /run/systemd/system/other.socket
      printf '[Service]\\nExecStart=/bin/true\\n' > /run/systemd/system/other@.service
      systemctl daemon-reload; systemctl start other.socket`,
    unspoil: `systemctl stop other.socket; rm -f /run/systemd/system/other.socket /run/systemd/system/other@.service
      systemctl daemon-reload; systemctl reset-failed
      ! systemctl cat prometheus-node-exporter >/dev/null 2>&1 || systemctl restart prometheus-node-exporter`,
  },
  {
    to: '2.0.0',
    kind: 'docker',
    prepare: async server => {
      await makeLegacy(server);
      await upgraded(server, '1.2.0');
    },
    isTwo: true,
    moments: momentsOf(
      '2.0.0',
      [at('its last command is run', 'begin 2.0.0', 'systemctl', '* enable *')],
      at('it is being verified', 'applied 2.0.0', 'iptables'),
    ),
    // Somebody else's firewall, which wants to be alone.
    spoil: `systemd-run --quiet --unit=other sh -c 'while :; do iptables -w 10 -F DOCKER-USER; sleep 0.05; done'`,
    unspoil: `systemctl stop other
      ! systemctl is-active --quiet tako-separation || systemctl restart tako-separation`,
  },
  {
    to: '1.0.0',
    kind: 'docker',
    prepare: makeBare,
    isTwo: false,
    moments: momentsOf(
      '1.0.0',
      installing('1.0.0'),
      at('it is being verified', 'applied 1.0.0', 'nft'),
      'sort', // there is nothing yet that could be copied
    ),
    spoil: 'mkdir -p /etc/traefik; touch /etc/traefik/acme.json; chmod 644 /etc/traefik/acme.json',
    unspoil: `[ -d /etc/tako/hooks ] || [ -e /etc/tako/version.json ] || rm -f /etc/traefik/acme.json
      chmod 600 /etc/traefik/acme.json 2>/dev/null; ${BARE}`,
  },
];
