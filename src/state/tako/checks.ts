import { clean, say, type Clean } from '../../base/clean.ts';
import type { Fields } from '../../base/fields.ts';
import type { FileContent } from '../cache.ts';
import { isHidden, type ConfigText } from './config-text.ts';
import type { ConfiguredEnvironment, ConfiguredService, TakoConfig } from './configured.ts';

type Report = (code: string, line: number | undefined, text: Clean) => void;

/** What the Tako CLI would refuse, and what cannot work on the servers. */
export function checkConfig(
  { servers, environments }: TakoConfig,
  root: Fields,
  text: ConfigText,
  content: Pick<FileContent, 'report'>,
): void {
  const told = new Set<string>();
  const tell: Report = (code, line, words) => {
    const id = `${line ?? ''} ${words}`; // environments that share their services by an alias
    if (!told.has(id)) content.report({ severity: 'warning', code, text: words, line });
    told.add(id);
  };
  for (const section of REQUIRED) {
    if (!root.has(section))
      tell('missing-section', undefined, say('{0} is missing; Tako requires it.', clean(section)));
  }
  for (const name of root.names) {
    if (KNOWN.has(name)) continue;
    const words =
      name === 'setup'
        ? say('The Tako CLI of today knows no setup section and refuses the whole file.')
        : say('{0} is not known to the Tako CLI, which refuses the whole file.', root.shown(name));
    tell('unknown-key', text.position([name]).line, words);
  }
  if (root.has('setup')) checkSetup(root.object('setup'), text, tell);
  const defined = new Set(servers.map(server => server.name));
  for (const environment of environments) {
    const { name, servers: named } = environment;
    const { line } = text.position(['environments', name, 'servers']);
    for (const server of named) {
      if (defined.has(server) || isHidden(server)) continue;
      const words = say('{0} names the server {1}, which is not defined under servers.', name, server);
      tell('unknown-server', line, words);
    }
    checkServices(environment, tell);
  }
}

const REQUIRED = ['project', 'servers', 'environments'] as const;
const KNOWN: ReadonlySet<string> = new Set([
  ...REQUIRED,
  '$schema',
  'builds',
  'runtime',
  'mesh',
  'state',
  'registries',
  'deployment',
  'notifications',
  'volumes',
]);

function checkServices({ name: environment, services }: ConfiguredEnvironment, tell: Report): void {
  const names = new Set(services.map(({ name }) => name));
  const ports: (Published & { readonly by: ConfiguredService })[] = [];
  const domains = new Map<string, ConfiguredService>();
  for (const service of services) {
    const { name, line } = service;
    for (const other of service.dependsOn) {
      if (names.has(other) || isHidden(other)) continue;
      const words = say('{0} depends on {1}, which is no service of {2}.', name, other, environment);
      tell('unknown-service', line, words);
    }
    for (const domain of service.domains) {
      const other = domains.get(domain.toLowerCase());
      if (other && other !== service && !isHidden(domain))
        tell('double-domain', line, say('{0} serves {1}, and so does {2}.', name, domain, other.name));
      domains.set(domain.toLowerCase(), service);
    }
    // Which servers a pinned one is on is said in words of its own.
    for (const port of service.placement === 'pinned' ? [] : service.ports.flatMap(published)) {
      const other = ports.find(each => each.by !== service && collide(each, port));
      if (other) {
        const words = say(
          '{0} publishes port {1} of its servers, and so does {2}.',
          name,
          clean(port.first),
          other.by.name,
        );
        tell('double-port', line, words);
      }
      ports.push({ ...port, by: service });
    }
  }
}

/** Ports of the machine itself. */
interface Published {
  readonly address: string;
  readonly first: number;
  readonly last: number;
  readonly protocol: string;
}

/** `[ADDRESS:]PORT[-PORT]:PORT[/PROTOCOL]`; a port alone is that of a container. */
const PUBLISHED = /^(?:(.+):)?(\d+)(?:-(\d+))?:\d+(?:-\d+)?(?:\/(\w+))?$/;
const EVERY_ADDRESS = new Set(['', '0.0.0.0', '[::]', '::']);

function published(port: Clean): readonly Published[] {
  const [, address = '', first, last = first, protocol = 'tcp'] = PUBLISHED.exec(port) ?? [];
  if (first === undefined) return [];
  return [{ address, first: Number(first), last: Number(last), protocol: protocol.toLowerCase() }];
}

function collide(a: Published, b: Published): boolean {
  const sameAddress = a.address === b.address || EVERY_ADDRESS.has(a.address) || EVERY_ADDRESS.has(b.address);
  return sameAddress && a.protocol === b.protocol && a.first <= b.last && b.first <= a.last;
}

/** The section as the design of server setup has it. */
function checkSetup(setup: Fields, text: ConfigText, tell: Report): void {
  const check = (path: readonly string[], fields: Fields, rules: Readonly<Record<string, Rule>>): void => {
    for (const name of fields.names) {
      const value = fields.raw(name);
      const rule = Object.hasOwn(rules, name) ? rules[name] : undefined;
      const line = text.position([...path, name]).line;
      if (!rule) tell('invalid-setup', line, say('{0} is no setting of setup.', fields.shown(name)));
      else if (value !== null && !isHidden(value) && !rule.holds(value))
        tell('invalid-setup', line, say('{0} has to be {1}.', fields.shown(name), rule.words()));
    }
  };
  check(['setup'], setup, SETUP);
  const window = setup.raw('maintenance_window');
  if (SETUP.maintenance_window.holds(window))
    check(['setup', 'maintenance_window'], setup.object('maintenance_window'), WINDOW);
}

interface Rule {
  readonly holds: (value: unknown) => boolean;
  readonly words: () => Clean;
}

const FLAG: Rule = { holds: value => typeof value === 'boolean', words: () => say('true or false') };
const CLOCK: Rule = {
  holds: value => typeof value === 'string' && /^([01]?\d|2[0-3]):[0-5]\d$/.test(value),
  words: () => say('a time like 02:00'),
};
const DAY = /^(mon|tues|wednes|thurs|fri|satur|sun)day$/i;

const SETUP = {
  auto_check_updates: FLAG,
  auto_upgrade: FLAG,
  upgrade_strategy: {
    holds: value => typeof value === 'string' && ['conservative', 'balanced', 'aggressive'].includes(value),
    words: () => say('conservative, balanced or aggressive'),
  },
  maintenance_window: {
    holds: value => typeof value === 'object' && value !== null && !Array.isArray(value),
    words: () => say('an object'),
  },
} satisfies Readonly<Record<string, Rule>>;

const WINDOW: Readonly<Record<string, Rule>> = {
  enabled: FLAG,
  days: {
    holds: value =>
      Array.isArray(value) && value.every(day => isHidden(day) || (typeof day === 'string' && DAY.test(day))),
    words: () => say('a list of days of the week'),
  },
  start_time: CLOCK,
  end_time: CLOCK,
};
