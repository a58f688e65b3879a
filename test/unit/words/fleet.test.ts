import { describe, expect, onTestFinished, test } from 'vitest';
import { clean, say } from '../../../src/base/clean.ts';
import { openReader, readOnce } from '../../../src/engine.ts';
import { machinesOf } from '../../../src/state/machines.ts';
import type { State } from '../../../src/state/model.ts';
import type { Observation, ServerAnswer } from '../../../src/state/observed.ts';
import { loadMigrations } from '../../../src/upgrade/migrations.ts';
import { fleetPage } from '../../../src/words/fleet-page.ts';
import { fleetCsv, fleetJson, fleetMarkdown, type Fleet } from '../../../src/words/fleet-report.ts';
import { fleetServers } from '../../../src/words/fleet.ts';
import { answerOf } from '../../kit/observed.ts';
import { pageLines } from '../../kit/pages.ts';
import { workspace } from '../../kit/workspace.ts';

const migrations = loadMigrations();
const NOW = Date.parse('2026-11-21T09:00:00Z');
const HOUR = 3_600_000;
const NONE: Fleet['rates'] = { all: { succeeded: 0, failed: 0 }, byVersion: new Map() };
const SOME: Fleet['rates'] = {
  all: { succeeded: 3, failed: 1 },
  byVersion: new Map([
    ['1.1.0', { succeeded: 1, failed: 0 }],
    ['1.2.0', { succeeded: 2, failed: 1 }],
  ]),
};

/** The servers of a project, with what some of them answered. */
async function stateWith(observed: Readonly<Record<string, Observation>>): Promise<State> {
  const { root, write } = workspace(onTestFinished);
  const names = ['web01', 'web02', 'web03', 'web04', 'web05', 'web06', 'web07'];
  const servers = names.map((name, index) => `  ${name}: { host: 10.0.0.${index + 1} }\n`).join('');
  write({
    'tako.yaml': `project: { name: shop, version: 1 }
servers:
${servers}environments: { production: { servers: [web01, web02], services: {} }, staging: { servers: [web01], services: {} } }
`,
  });
  const state = await readOnce(
    openReader({}, undefined, () => NOW),
    [root],
  );
  const ids = new Map(machinesOf(state).map(({ id, server }) => [String(server.name), id]));
  const byId = Object.entries(observed).map(([name, each]) => [ids.get(name) ?? name, each]);
  return { ...state, observed: Object.fromEntries(byId) as State['observed'] };
}

const answered = (version: string, also: Partial<ServerAnswer> = {}): Observation => ({
  at: NOW - HOUR,
  answer: answerOf(version, also),
});

const features = (...names: string[]): readonly ReturnType<typeof clean>[] => names.map(name => clean(name));
const first = ['docker', 'nginx', 'firewall', 'traefik-proxy'];

/** One of each kind. */
const EACH: Readonly<Record<string, Observation>> = {
  web01: answered('2.0.0', {
    setup: {
      kind: 'versioned',
      version: '2.0.0',
      record: {
        installed: { text: clean('2024-01-15T10:30:00Z'), at: Date.parse('2024-01-15T10:30:00Z') },
        lastUpgrade: { text: clean('2026-11-20T09:00:00Z'), at: Date.parse('2026-11-20T09:00:00Z') },
        components: { docker: clean('24.0.7'), nginx: clean('1.24'), traefik: clean('2.10') },
        features: migrations.flatMap(each => each.features.map(({ name }) => clean(name))),
      },
    },
    components: { docker: clean('26.1.5'), nginx: clean('1.24') },
  }),
  web02: answered('1.1.0', {
    setup: {
      kind: 'versioned',
      version: '1.1.0',
      record: { components: {}, features: features(...first, 'log-rotation', 'journal-limits') },
    },
    features: features('log-rotation', 'log-cleanup'),
  }),
  web03: answered('', {
    setup: { kind: 'legacy', version: '1.0.0', since: Date.parse('2025-01-01T00:00:00Z') },
  }),
  web04: answered('', {
    setup: { kind: 'takod', version: 'v0.11', evidence: clean('/usr/local/bin/takod') },
  }),
  web05: answered('', { setup: { kind: 'damaged', why: clean('=cmd`\\|line 3') } }),
  web06: {
    at: NOW - HOUR,
    failure: { code: 'unreachable', what: say('It does not answer.'), next: say('Look at it.') },
  },
};

async function fleetWith(observed: Readonly<Record<string, Observation>>, rates = NONE): Promise<Fleet> {
  return { servers: fleetServers(await stateWith(observed), migrations), latest: '2.0.0', rates, now: NOW };
}

const noPlans = { migrations, byItself: new Map(), notes: [] };

describe('servers by version', () => {
  test('are those to look at first, the oldest first', async () => {
    const { servers } = await fleetWith(EACH);
    expect(servers.map(({ name, standing, version }) => [name, standing, version])).toEqual([
      ['web05', 'damaged', undefined],
      ['web03', 'outdated', '1.0.0'],
      ['web02', 'outdated', '1.1.0'],
      ['web06', 'unreachable', undefined],
      ['web07', 'not-asked', undefined],
      ['web01', 'current', '2.0.0'],
      ['web04', 'takod', 'v0.11'],
    ]);
  });

  test('lack what is neither recorded nor seen, optional features apart', async () => {
    const { servers } = await fleetWith(EACH);
    const missing = Object.fromEntries(servers.map(each => [each.name, each.missing]));
    const brought = (...versions: string[]): string[] =>
      migrations
        .filter(({ to }) => versions.includes(to))
        .flatMap(each => each.features.filter(({ optional }) => optional !== true).map(({ name }) => name));
    expect(missing.web01).toEqual([]);
    expect(missing.web02).toEqual(brought('1.2.0', '2.0.0'));
    expect(missing.web03).toEqual(brought('1.1.0', '1.2.0', '2.0.0'));
    expect(missing.web04).toEqual([]);
  });

  test('of a version that is not known here are told as they are', async () => {
    const { servers } = await fleetWith({ web01: answered('2.1.0'), web02: answered('0.9.0') });
    expect(servers.slice(0, 1)).toMatchObject([
      {
        name: 'web02',
        standing: 'unknown',
        why: 'No step starts from version 0.9.0, so there is no way to 2.0.0.',
      },
    ]);
    expect(servers.at(-1)).toMatchObject({ name: 'web01', standing: 'newer' });
  });
});

describe('the page', () => {
  test('tells how each server stands, what it lacks, what differs, and how upgrades went', async () => {
    const fleet = await fleetWith(EACH, SOME);
    const web02 = fleet.servers.find(({ name }) => name === 'web02');
    const byItself = new Map([[web02?.key ?? '', say('proposed in the window')]]);
    const lines = pageLines(fleetPage(fleet, { migrations, byItself, notes: [say('A note.')] }));
    expect(
      lines.filter(line => !/^(docker|nginx|firewall|traefik|[a-z]+-[a-z-]+( \(optional\))?) \|/.test(line)),
    ).toMatchInlineSnapshot(`
      [
        "Fleet [Check Servers, Upgrade Servers…, Copy Fleet Report, Export Fleet Report…]",
        "7 servers: 1 up to date, 2 not, 4 not known · latest setup version 2.0.0",
        "Asked: 6 of 7, the first 1 h ago.",
        "A note.",
        "# Servers: Server | Setup | Environments | Why | Missing features | By itself | Last upgrade | Asked",
        "web05 | damaged |  | =cmd\`\\|line 3 |  |  |  | 1 h ago",
        "web03 | 1.0.0 · outdated |  | 1.1.0: Log rotation · 1.2.0: Monitoring and metrics · 2.0.0: Encrypted networks, scaling hooks and stricter containers · needs your approval, because it breaks something | log-rotation, journal-limits, log-cleanup and 10 more |  |  | 1 h ago [Upgrade…, Schedule…]",
        "web02 | 1.1.0 · outdated | production | 1.2.0: Monitoring and metrics · 2.0.0: Encrypted networks, scaling hooks and stricter containers · needs your approval, because it breaks something | node-exporter, metrics-collection, health-endpoints and 7 more | proposed in the window |  | 1 h ago [Upgrade…, Schedule…]",
        "web06 | no answer |  | It does not answer. |  |  |  | 1 h ago",
        "web07 | not asked |  | not asked yet |  |  |  | ",
        "web01 | 2.0.0 · up to date | production, staging | the latest version |  |  | 1 d ago | 1 h ago",
        "web04 | v0.11 · run by takod |  | managed by the tako CLI: /usr/local/bin/takod |  |  |  | 1 h ago",
        "# Features: Feature | Since | What can be seen of it | Have it | Do not have it",
        "# Components: Server | Component | Really there | Recorded",
        "web01 | docker | 26.1.5 | 24.0.7",
        "web01 | traefik | not found | 2.10",
        "web01 | nginx | 1.24 | 1.24",
        "# Upgrades from this machine: To | Succeeded | Failed | In words",
        "1.1.0 | 1 | 0 | 1 succeeded, 0 failed (100 %)",
        "1.2.0 | 2 | 1 | 2 succeeded, 1 failed (66 %)",
        "all | 3 | 1 | 3 succeeded, 1 failed (75 %)",
      ]
    `);
    expect(lines).toContain(
      'log-cleanup | 1.1.0 | rotated container logs older than 30 days are deleted every day | web02, web01 | web03',
    );
  });

  test('tells live how far upgrades are', async () => {
    const state = await stateWith(EACH);
    const id = machinesOf(state).find(({ server }) => server.name === 'web02')?.id ?? '';
    const upgrading = {
      run: '1',
      from: '1.1.0',
      to: '1.2.0',
      step: 1,
      steps: 2,
      doing: say('Monitoring and metrics: verifying'),
      since: NOW - 90_000,
    };
    const servers = fleetServers({ ...state, upgrading: { [id]: upgrading } }, migrations);
    const lines = pageLines(fleetPage({ servers, latest: '2.0.0', rates: NONE, now: NOW }, noPlans));
    expect(lines.slice(3, 5)).toEqual([
      '# Upgrades underway: Server | From | To | Step | What it is at | Since',
      'web02 | 1.1.0 | 1.2.0 | 1 of 2 | Monitoring and metrics: verifying | 1 min ago',
    ]);
    expect(lines.find(line => line.startsWith('web02 | 1.1.0 · outdated'))).not.toContain('[Upgrade…');
  });

  test('says so where there is nothing', () => {
    const page = fleetPage({ servers: [], latest: '2.0.0', rates: NONE, now: NOW }, noPlans);
    expect(page.actions).toEqual([]);
    expect(pageLines(page)).toContain('No server is known: not in a project, and not in the settings.');
    expect(pageLines(page)).toContain('None has been counted here yet.');
  });
});

describe('the report', () => {
  test('is Markdown in which nothing of a server does anything', async () => {
    expect(fleetMarkdown(await fleetWith(EACH, SOME)).replaceAll(/UTC[+-]\d\d:\d\d/g, 'UTC'))
      .toMatchInlineSnapshot(`
        "**Setup of servers** at 2026-11-21 09:00 UTC

        - Latest version: \`2.0.0\`
        - Servers: 7 servers: 1 up to date, 2 not, 4 not known
        - Upgrades from this machine: 3 succeeded, 1 failed (75 %)

        | Server | Environments | Version | Up to date | Last upgrade | Missing features | Asked | Why |
        | --- | --- | --- | --- | --- | --- | --- | --- |
        | \`web05\` |  |  | not known |  |  | 2026-11-21 08:00 UTC | \`=cmd'\\¦line 3\` |
        | \`web03\` |  | \`1.0.0\` | no |  | \`log-rotation\`, \`journal-limits\`, \`log-cleanup\`, \`node-exporter\`, \`metrics-collection\`, \`health-endpoints\`, \`traefik-metrics\`, \`overlay-encryption\`, \`service-mesh\`, \`traefik-labels\`, \`auto-scaling-hooks\`, \`container-separation\`, \`no-new-privileges\` | 2026-11-21 08:00 UTC | \`1.1.0: Log rotation · 1.2.0: Monitoring and metrics · 2.0.0: Encrypted networks, scaling hooks and stricter containers · needs your approval, because it breaks something\` |
        | \`web02\` | \`production\` | \`1.1.0\` | no |  | \`node-exporter\`, \`metrics-collection\`, \`health-endpoints\`, \`traefik-metrics\`, \`overlay-encryption\`, \`service-mesh\`, \`traefik-labels\`, \`auto-scaling-hooks\`, \`container-separation\`, \`no-new-privileges\` | 2026-11-21 08:00 UTC | \`1.2.0: Monitoring and metrics · 2.0.0: Encrypted networks, scaling hooks and stricter containers · needs your approval, because it breaks something\` |
        | \`web06\` |  |  | not known |  |  | 2026-11-21 08:00 UTC | \`It does not answer.\` |
        | \`web07\` |  |  | not known |  |  |  | \`not asked yet\` |
        | \`web01\` | \`production\`, \`staging\` | \`2.0.0\` | yes | 2026-11-20 09:00 UTC |  | 2026-11-21 08:00 UTC | \`the latest version\` |
        | \`web04\` |  | \`v0.11\` | not known |  |  | 2026-11-21 08:00 UTC | \`managed by the tako CLI: /usr/local/bin/takod\` |"
      `);
  });

  test('is a table for spreadsheets, without formulas', async () => {
    expect(fleetCsv(await fleetWith(EACH)).split('\r\n')).toMatchInlineSnapshot(`
      [
        "server,address,environments,standing,version,latest,upToDate,installed,lastUpgrade,missingFeatures,asked,why",
        "web05,10.0.0.5,,damaged,,2.0.0,,,,,2026-11-21T08:00:00Z,'=cmd\`\\|line 3",
        "web03,10.0.0.3,,outdated,1.0.0,2.0.0,no,2025-01-01T00:00:00Z,,log-rotation; journal-limits; log-cleanup; node-exporter; metrics-collection; health-endpoints; traefik-metrics; overlay-encryption; service-mesh; traefik-labels; auto-scaling-hooks; container-separation; no-new-privileges,2026-11-21T08:00:00Z,"1.1.0: Log rotation · 1.2.0: Monitoring and metrics · 2.0.0: Encrypted networks, scaling hooks and stricter containers · needs your approval, because it breaks something"",
        "web02,10.0.0.2,production,outdated,1.1.0,2.0.0,no,,,node-exporter; metrics-collection; health-endpoints; traefik-metrics; overlay-encryption; service-mesh; traefik-labels; auto-scaling-hooks; container-separation; no-new-privileges,2026-11-21T08:00:00Z,"1.2.0: Monitoring and metrics · 2.0.0: Encrypted networks, scaling hooks and stricter containers · needs your approval, because it breaks something"",
        "web06,10.0.0.6,,unreachable,,2.0.0,,,,,2026-11-21T08:00:00Z,It does not answer.",
        "web07,10.0.0.7,,not-asked,,2.0.0,,,,,,not asked yet",
        "web01,10.0.0.1,production; staging,current,2.0.0,2.0.0,yes,2024-01-15T10:30:00Z,2026-11-20T09:00:00Z,,2026-11-21T08:00:00Z,the latest version",
        "web04,10.0.0.4,,takod,v0.11,2.0.0,,,,,2026-11-21T08:00:00Z,managed by the tako CLI: /usr/local/bin/takod",
        "",
      ]
    `);
  });

  test('is JSON for programs', async () => {
    const { servers, ...rest } = JSON.parse(fleetJson(await fleetWith(EACH, SOME))) as Record<
      string,
      unknown[]
    >;
    expect(rest).toEqual({
      at: '2026-11-21T09:00:00Z',
      latest: '2.0.0',
      upgrades: {
        ...SOME.all,
        byVersion: { '1.1.0': { succeeded: 1, failed: 0 }, '1.2.0': { succeeded: 2, failed: 1 } },
      },
    });
    expect(servers).toHaveLength(7);
    expect(servers?.[5]).toEqual({
      server: 'web01',
      address: '10.0.0.1',
      environments: ['production', 'staging'],
      standing: 'current',
      version: '2.0.0',
      latest: '2.0.0',
      upToDate: true,
      installed: '2024-01-15T10:30:00Z',
      lastUpgrade: '2026-11-20T09:00:00Z',
      missingFeatures: [],
      asked: '2026-11-21T08:00:00Z',
      why: 'the latest version',
    });
    expect(servers?.[4]).toMatchObject({ server: 'web07', upToDate: null, asked: null, version: null });
  });
});
