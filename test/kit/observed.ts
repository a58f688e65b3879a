import { clean } from '../../src/base/clean.ts';
import type { Instant } from '../../src/base/time.ts';
import type {
  DeployedBy,
  DeployHold,
  ObservedContainer,
  ObservedImage,
  ServerAnswer,
  Setup,
  SwarmService,
} from '../../src/state/observed.ts';

/** What a healthy server of a setup version answers, but for what is given. */
export function answerOf(version: string, also: Partial<ServerAnswer> = {}): ServerAnswer {
  return {
    setup: { kind: 'versioned', version, record: { components: {}, features: [] } },
    components: {},
    features: [],
    systemd: true,
    user: clean('deploy'),
    root: true,
    disks: [],
    load: [],
    rebootRequired: false,
    deploying: [],
    docker: { state: 'answers' },
    containers: [],
    services: [],
    backups: [],
    stored: [],
    ...also,
  };
}

/** A setup whose version file records these components, and one feature. */
export function recorded(version: string, components: Readonly<Record<string, string>>): Setup {
  const cleaned = Object.entries(components).map(([name, value]) => [name, clean(value)] as const);
  const record = { components: Object.fromEntries(cleaned), features: [clean('docker-swarm')] };
  return { kind: 'versioned', version, record };
}

export function container(name: string, about: Partial<ObservedContainer> = {}): ObservedContainer {
  return {
    id: clean(`${name}c0ffee`.padEnd(64, '0')),
    name: clean(name),
    image: clean(`shop/${name}:v1.4.2`),
    imageId: clean(`sha256:${'1'.repeat(64)}`),
    state: clean('running'),
    restarts: 0,
    sites: [],
    ...about,
  };
}

export function swarmService(name: string, running: number, desired: number): SwarmService {
  return { name: clean(name), image: clean(`shop/${name}:v1.4.2`), running, desired, sites: [] };
}

/** An image that is called like this, with an id of this digit. */
export function image(reference: string, digit = '1', bytes = 50_000_000): ObservedImage {
  return { id: clean(`sha256:${digit.repeat(64)}`), references: [clean(reference)], bytes };
}

/** The labels of what was deployed from an editor. */
export function deployedBy(service: string, release: string, about: Partial<DeployedBy> = {}): DeployedBy {
  return {
    project: clean('shop'),
    environment: clean('production'),
    service: clean(service),
    release: clean(release),
    hash: clean('0'.repeat(64)),
    ...about,
  };
}

/** Ana holds it since a moment. Nobody was at work for so many seconds; after 5 minutes it is over. */
export function held(since: Instant, { now = since, idle = 0 } = {}): DeployHold {
  const lastSign = now - idle * 1000;
  return {
    token: 'a'.repeat(32),
    by: clean('ana@mac'),
    operation: clean('Deploy shop to production'),
    since,
    lastSign,
    until: lastSign + 300_000,
    isOver: idle > 300,
  };
}
