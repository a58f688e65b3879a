import { clean, join, say, type Clean } from '../base/clean.ts';
import type { Instant } from '../base/time.ts';
import { ago } from './ages.ts';
import { ageCell, numberCell, textCell } from './cells.ts';
import { fleetFeatures, type FleetServer, type Standing } from './fleet.ts';
import { fleetWords, rateWords, type Fleet } from './fleet-report.ts';
import { describe } from './names.ts';
import type { Action, Page, Table } from './page.ts';
import type { Icon } from './row.ts';
import type { Migration } from '../upgrade/migrations.ts';

/** What the page tells besides how the servers are. */
export interface FleetPlans {
  readonly migrations: readonly Migration[];
  /** What becomes of a server by itself, by its key: by the settings and what its repositories say. */
  readonly byItself: ReadonlyMap<string, Clean>;
  /** Sentences about what is proposed or scheduled. */
  readonly notes: readonly Clean[];
}

/** All servers by their setup versions. */
export function fleetPage(fleet: Fleet, { migrations, byItself, notes }: FleetPlans): Page {
  const { servers, latest, rates, now } = fleet;
  const times = servers.flatMap(({ asked }) => asked ?? []);
  return {
    title: say('Fleet'),
    summary: [
      describe(fleetWords(servers), say('latest setup version {0}', clean(latest))),
      times.length === 0
        ? say('Servers were not asked.')
        : say(
            'Asked: {0} of {1}, the first {2}.',
            times.length,
            servers.length,
            ago(Math.min(...times), now),
          ),
      ...notes,
    ],
    actions: pageActions(servers),
    tables: [
      ...underway(servers, now),
      serverTable(servers, byItself, now),
      featureTable(servers, migrations),
      componentTable(servers),
      rateTable(rates),
    ],
  };
}

function pageActions(servers: readonly FleetServer[]): Action[] {
  if (servers.length === 0) return [];
  const outdated = servers.some(({ standing }) => standing === 'outdated');
  return [
    { id: 'shipshape.checkServers', title: say('Check Servers') },
    ...(outdated ? [{ id: 'shipshape.upgradeServers', title: say('Upgrade Servers…') }] : []),
    { id: 'shipshape.copyFleetReport', title: say('Copy Fleet Report') },
    { id: 'shipshape.exportFleetReport', title: say('Export Fleet Report…') },
  ];
}

/** Upgrades that run now; the table is there only then. */
function underway(servers: readonly FleetServer[], now: Instant): Table[] {
  const running = servers.flatMap(({ key, name, upgrading }) =>
    upgrading ? [{ key, name, upgrading }] : [],
  );
  if (running.length === 0) return [];
  return [
    {
      title: say('Upgrades underway'),
      empty: say('No upgrade is underway.'),
      columns: [say('Server'), say('From'), say('To'), say('Step'), say('What it is at'), say('Since')],
      rows: running.map(({ key, name, upgrading: { from, to, step, steps, doing, since } }) => ({
        id: key,
        cells: [
          textCell(name, 'running'),
          textCell(from === undefined ? say('not set up') : clean(from)),
          textCell(clean(to)),
          { text: say('{0} of {1}', step, steps), order: step / Math.max(1, steps) },
          textCell(doing),
          ageCell(since, now),
        ],
        actions: [],
      })),
    },
  ];
}

function serverTable(
  servers: readonly FleetServer[],
  byItself: ReadonlyMap<string, Clean>,
  now: Instant,
): Table {
  return {
    title: say('Servers'),
    empty: say('No server is known: not in a project, and not in the settings.'),
    columns: [
      say('Server'),
      say('Setup'),
      say('Environments'),
      say('Why'),
      say('Missing features'),
      say('By itself'),
      say('Last upgrade'),
      say('Asked'),
    ],
    rows: servers.map(server => {
      const { key, name, standing, version, environments, why, missing, lastUpgrade, asked } = server;
      return {
        id: key,
        cells: [
          textCell(name, ICONS[standing]),
          textCell(describe(version === undefined ? undefined : clean(version), standingWords(standing))),
          textCell(join(environments, ', ')),
          textCell(why),
          { text: missingWords(missing), order: missing.length },
          textCell(byItself.get(key)),
          ageCell(lastUpgrade, now),
          ageCell(asked, now),
        ],
        actions: serverActions(server),
      };
    }),
  };
}

/** All of them stand in the table of features. */
function missingWords(missing: readonly Clean[]): Clean {
  const FEW = 3;
  if (missing.length <= FEW + 1) return join(missing, ', ');
  return say('{0} and {1} more', join(missing.slice(0, FEW), ', '), missing.length - FEW);
}

function serverActions({ key, standing, upgrading }: FleetServer): Action[] {
  if (standing !== 'outdated' || upgrading) return [];
  return [
    { id: 'shipshape.upgradeServer', title: say('Upgrade…'), key },
    { id: 'shipshape.scheduleUpgrade', title: say('Schedule…'), key },
  ];
}

const ICONS: Readonly<Record<Standing, Icon>> = {
  damaged: 'error',
  outdated: 'pending',
  'not-set-up': 'info',
  unknown: 'unknown',
  unreachable: 'unknown',
  'not-asked': 'unknown',
  current: 'succeeded',
  newer: 'succeeded',
  takod: 'info',
};

function standingWords(standing: Standing): Clean {
  switch (standing) {
    case 'damaged':
      return say('damaged');
    case 'outdated':
      return say('outdated');
    case 'not-set-up':
      return say('not set up');
    case 'unknown':
      return say('not known');
    case 'unreachable':
      return say('no answer');
    case 'not-asked':
      return say('not asked');
    case 'current':
      return say('up to date');
    case 'newer':
      return say('newer');
    case 'takod':
      return say('run by takod');
  }
}

function featureTable(servers: readonly FleetServer[], migrations: readonly Migration[]): Table {
  const names = (some: readonly FleetServer[]): Clean =>
    join(
      some.map(({ name }) => name),
      ', ',
    );
  return {
    title: say('Features'),
    empty: say('No setup version is known.'),
    columns: [
      say('Feature'),
      say('Since'),
      say('What can be seen of it'),
      say('Have it'),
      say('Do not have it'),
    ],
    rows: fleetFeatures(servers, migrations).map(({ name, since, result, optional, on, missing }) => ({
      id: name,
      cells: [
        textCell(optional ? say('{0} (optional)', name) : name),
        textCell(clean(since)),
        textCell(result),
        { text: names(on), order: on.length },
        { text: names(missing), order: missing.length },
      ],
      actions: [],
    })),
  };
}

/** What is really there beside what is recorded; what differs comes first. */
function componentTable(servers: readonly FleetServer[]): Table {
  const rows = servers.flatMap(({ key, name: server, answer }) => {
    if (!answer) return [];
    const recorded = answer.setup.kind === 'versioned' ? answer.setup.record.components : {};
    const names = new Set([...Object.keys(answer.components), ...Object.keys(recorded)]);
    return [...names].sort().map(component => {
      const [real, written] = [answer.components, recorded].map(from =>
        Object.hasOwn(from, component) ? from[component] : undefined,
      );
      const differs = written !== undefined && written !== real;
      return {
        id: JSON.stringify([key, component]),
        differs,
        cells: [
          textCell(server),
          textCell(clean(component), differs ? 'drift' : undefined),
          textCell(real ?? say('not found')),
          textCell(written ?? say('not recorded')),
        ],
        actions: [],
      };
    });
  });
  return {
    title: say('Components'),
    empty: say('No server has told of its components.'),
    columns: [say('Server'), say('Component'), say('Really there'), say('Recorded')],
    rows: rows
      .toSorted((a, b) => Number(b.differs) - Number(a.differs))
      .map(({ id, cells, actions }) => ({ id, cells, actions })),
  };
}

function rateTable({ all, byVersion }: Fleet['rates']): Table {
  return {
    title: say('Upgrades from this machine'),
    empty: say('None has been counted here yet.'),
    columns: [say('To'), say('Succeeded'), say('Failed'), say('In words')],
    rows: [...[...byVersion].map(([to, rate]) => [clean(to), rate] as const), [say('all'), all] as const]
      .filter(([, rate]) => rateWords(rate) !== undefined)
      .map(([to, rate]) => ({
        id: to,
        cells: [textCell(to), numberCell(rate.succeeded), numberCell(rate.failed), textCell(rateWords(rate))],
        actions: [],
      })),
  };
}
