import { say } from '../../base/clean.ts';
import type { Written } from './written.ts';

/**
 * What deploying does with a setting of a service: it has it, it has nothing to do with it, it does without (said as a warning),
 * or it must not do without (said as an error).
 */
type Kind = 'known' | 'aside' | 'without' | 'needed';

function table(kinds: Readonly<Partial<Record<Kind, string>>>): ReadonlyMap<string, Kind> {
  return new Map(
    (Object.entries(kinds) as [Kind, string][]).flatMap(([kind, names]) =>
      // names of members come as texts
      names.split(' ').map(name => [name, kind] as const),
    ),
  );
}

const SERVICE = table({
  known:
    'build dockerfile image imageFrom port ports command entrypoint labels replicas restart env envFile envFiles user workingDir ' +
    'stopGracePeriod secrets volumes persistent kind schedule resources dependsOn proxy healthCheck health_check deploy placement ' +
    'loadBalancer hooks',
  aside: 'timezone monitoring',
  without: 'init ulimits shmSize backup export timeout',
  needed: 'files extraHosts imports dockerSecrets',
});

const HEALTH = table({ known: 'command path tcpPort interval timeout retries startPeriod' });

/** Of the sections of a service. */
const SECTIONS: readonly (readonly [path: readonly string[], ReadonlyMap<string, Kind>])[] = [
  [['build'], table({ known: 'context dockerfile args target' })],
  [['resources'], table({ known: 'memory cpus' })],
  [['healthCheck'], HEALTH],
  [['health_check'], HEALTH],
  [['placement'], table({ known: 'strategy servers', needed: 'constraints', without: 'preferences' })],
  [['loadBalancer'], table({ known: 'strategy', aside: 'healthCheck' })],
  [
    ['deploy'],
    table({
      known: 'strategy readiness release promotion rollbackOnFailure',
      aside: 'maxUnavailable maxSurge',
      without: 'smokeTest gracePeriod',
    }),
  ],
  [['deploy', 'readiness'], table({ known: 'path tcpPort timeout interval retries' })],
  [['deploy', 'release'], table({ known: 'command', aside: 'volumes', without: 'timeout' })],
  [
    ['proxy'],
    table({
      known: 'visibility domain domains redirectFrom basicAuth https tls',
      aside: 'cdn email host', // the proxy has its own address for certificates
      without: 'trustedProxies',
      needed: 'allowIps dynamicDomains',
    }),
  ],
  [['proxy', 'tls'], table({ known: 'mode', without: 'provider staging challenge' })],
];

const TOP = table({
  known: '$schema project servers environments builds registries volumes',
  aside: 'runtime mesh state deployment notifications infrastructure storage setup',
});
const ENVIRONMENT = table({ known: 'servers services', aside: 'labels serverSelector', without: 'proxy' });

/** Tells what around the services is not understood. */
export function checkAround(top: Written, environment: Written): void {
  check(top, TOP);
  check(environment, ENVIRONMENT);
}

/** Tells what of a service is not understood, or not done. */
export function checkSettings(service: Written): void {
  check(service, SERVICE);
  for (const [path, known] of SECTIONS) {
    const section = path.reduce((part, name) => part.at(name), service);
    if (section.isObject) check(section, known);
  }
}

function check(part: Written, known: ReadonlyMap<string, Kind>): void {
  for (const name of part.names) {
    const kind = known.get(name);
    const setting = part.at(name);
    const isOff = !setting.isThere || (setting.isObject ? setting.names : setting.items).length === 0;
    if (kind === 'known' || kind === 'aside' || isOff || setting.shown === 'false') continue;
    if (kind === undefined)
      setting.warning('unknown-setting', say('{0} is not known and does nothing.', setting.place));
    else if (kind === 'without')
      setting.warning(
        'not-supported',
        say('{0} is not supported here; the service runs without it.', setting.place),
      );
    else
      setting.error(
        'not-supported',
        say(
          '{0} is not supported here, and the service would not be what it has to be without it.',
          setting.place,
        ),
      );
  }
}
