/** Which servers are up to date, for people and programs elsewhere: as Markdown, as a table for spreadsheets, as JSON. */
import { clean, join, jsonText, NONE, say, type Clean } from '../base/clean.ts';
import { secondText, type Instant } from '../base/time.ts';
import type { Rate, rates } from '../upgrade/ledger.ts';
import { csv } from './csv.ts';
import type { FleetServer, Standing } from './fleet.ts';
import { code, codes, item, lines, row, time } from './markdown.ts';

export interface Fleet {
  readonly servers: readonly FleetServer[];
  /** The latest setup version. */
  readonly latest: string;
  /** How upgrades from this machine went, in all and by the version they led to. */
  readonly rates: ReturnType<typeof rates>;
  readonly now: Instant;
}

/** Whether a server has the latest version; nothing where that is not known, or not decided here. */
function isUpToDate(standing: Standing): boolean | undefined {
  switch (standing) {
    case 'current':
    case 'newer':
      return true;
    case 'outdated':
    case 'not-set-up':
      return false;
    default:
      return undefined;
  }
}

/** "3 servers: 1 up to date, 1 not, 1 not known". */
export function fleetWords(servers: readonly FleetServer[]): Clean {
  const count = (wanted: boolean | undefined): number =>
    servers.filter(({ standing }) => isUpToDate(standing) === wanted).length;
  const total = servers.length === 1 ? say('1 server') : say('{0} servers', servers.length);
  return say(
    '{0}: {1} up to date, {2} not, {3} not known',
    total,
    count(true),
    count(false),
    count(undefined),
  );
}

/** How upgrades went, in words; nothing where there was none. */
export function rateWords({ succeeded, failed }: Rate): Clean | undefined {
  if (succeeded + failed === 0) return undefined;
  const percent = Math.floor((100 * succeeded) / (succeeded + failed));
  return say('{0} succeeded, {1} failed ({2} %)', succeeded, failed, percent);
}

export function fleetMarkdown({ servers, latest, rates, now }: Fleet): Clean {
  return join(
    [
      say('**Setup of servers** at {0}', time(now)),
      lines(
        item(say('Latest version'), code(clean(latest))),
        item(say('Servers'), fleetWords(servers)),
        item(say('Upgrades from this machine'), rateWords(rates.all)),
      ),
      lines(
        row(columns().map(({ title }) => title)),
        row(columns().map(() => clean('---'))),
        ...servers.map(server => row(columns().map(({ of }) => of(server)))),
      ),
    ],
    '\n\n',
  );
}

const columns = (): readonly { readonly title: Clean; readonly of: (server: FleetServer) => Clean }[] => [
  { title: say('Server'), of: ({ name }) => code(name) },
  { title: say('Environments'), of: ({ environments }) => codes(environments) },
  { title: say('Version'), of: ({ version }) => (version === undefined ? NONE : code(clean(version))) },
  { title: say('Up to date'), of: ({ standing }) => yesNo(isUpToDate(standing)) },
  { title: say('Last upgrade'), of: ({ lastUpgrade }) => timeOr(lastUpgrade) },
  { title: say('Missing features'), of: ({ missing }) => codes(missing) },
  { title: say('Asked'), of: ({ asked }) => timeOr(asked) },
  { title: say('Why'), of: ({ why }) => code(why) },
];

function yesNo(value: boolean | undefined): Clean {
  return value === undefined ? say('not known') : value ? say('yes') : say('no');
}

function timeOr(at: Instant | undefined): Clean {
  return at === undefined ? NONE : time(at);
}

/** The same for spreadsheets. */
export function fleetCsv(fleet: Fleet): string {
  const records = fleet.servers.map(server => recordOf(server, fleet.latest));
  return csv([NAMES, ...records.map(record => NAMES.map(name => text(record[name])))]);
}

/** The same for programs. */
export function fleetJson({ servers, latest, rates, now }: Fleet): Clean {
  return jsonText({
    at: clean(secondText(now)),
    latest: clean(latest),
    upgrades: {
      ...rates.all,
      byVersion: Object.fromEntries([...rates.byVersion].map(([to, rate]) => [to, { ...rate }])),
    },
    servers: servers.map(server => recordOf(server, latest)),
  });
}

// Names of columns are for programs; they are the same in every language.
const NAMES = [
  'server',
  'address',
  'environments',
  'standing',
  'version',
  'latest',
  'upToDate',
  'installed',
  'lastUpgrade',
  'missingFeatures',
  'asked',
  'why',
] as const;

type Value = Clean | boolean | null | readonly Clean[];

function text(value: Value): string {
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return typeof value === 'object' ? (value ?? []).join('; ') : value;
}

function recordOf(server: FleetServer, latest: string): Record<(typeof NAMES)[number], Value> {
  const moment = (at: Instant | undefined): Value => (at === undefined ? null : clean(secondText(at)));
  return {
    server: server.name,
    address: server.address ?? null,
    environments: server.environments,
    standing: clean(server.standing),
    version: server.version === undefined ? null : clean(server.version),
    latest: clean(latest),
    upToDate: isUpToDate(server.standing) ?? null,
    installed: moment(server.installed),
    lastUpgrade: moment(server.lastUpgrade),
    missingFeatures: server.missing,
    asked: moment(server.asked),
    why: server.why,
  };
}
